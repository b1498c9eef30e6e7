import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { LogEvent } from '../events/event.js';
import { uuidOfName } from '../lib/ids.js';
import type { TransferRecord } from '../model/facts.js';
import { ssccOf } from '../model/gs1.js';
import { foldPallet, type PalletLine, type PalletReport, type PalletStep, type ShipNoticeRecord } from '../model/pallet.js';
import { normalizeReferenceValue } from '../model/references.js';
import type { ConfirmedLine, ConfirmedPackage } from '../model/warehouse.js';
import { recordsOf } from './record-ids.js';
import { insertRows, upsertRows } from './rows.js';
import { facilityOf } from './warehouse-columns.js';

/** What a record says of one pallet, as it stands in `pallet_report`. */
interface ReportRow extends PalletReport {
  record_id: string;
  record_kind: 'transfer' | 'warehouse_confirmation' | 'ship_notice';
  pallet_id: string;
  sscc: string;
  company: string;
  connection: string;
  facility: string | null;
  reference: string | null;
  reference_key: string | null;
  number: string | null;
}

type Said = Pick<PalletReport, 'step' | 'at' | 'expected_at' | 'location' | 'within' | 'lines'> & { sscc: string; facility: string | null };
interface Source { id: string; company: string; connection: string; reference: string | null; number: string | null }
interface Packed { lines: ConfirmedLine[]; packages: ConfirmedPackage[] }
type TransferRow = Source & Pick<TransferRecord, 'direction' | 'lines'> & { done_at: string | null; updated_at: string };
type ConfirmationRow = Source & Packed & { direction: string; facility: string | null; confirmed_at: string };
type NoticeRow = Source & Packed & { facility: string | null; shipped_at: string; expected_at: string | null };

/** Columns of a ship notice. */
export function shipNoticeColumns(data: ShipNoticeRecord) {
  return {
    number: data.number ?? null, facility: facilityOf(data), names: data.references, shipped_at: data.shippedAt.instant, expected_at: data.expectedAt?.instant ?? null, carrier: data.carrier ?? null,
    lines: data.lines, packages: data.packages,
  };
}

/**
 * What the records of these events say of pallets, and how these stand by all that is said of them. Made anew from the newest versions,
 * so that it is the same for every order of events.
 */
export async function projectPallets(tx: Transaction, events: readonly LogEvent[]): Promise<void> {
  const [transfers, confirmations, notices] = [recordsOf(events, 'transfer'), recordsOf(events, 'warehouse_confirmation'), recordsOf(events, 'ship_notice')];
  const ids = [...transfers, ...confirmations, ...notices];
  if (ids.length === 0) return;
  const [before, reports] = await Promise.all([
    sql<{ pallet_id: string }>`delete from pallet_report where record_id = any(${ids}::uuid[]) returning pallet_id`.execute(tx),
    Promise.all([reportsOfTransfers(tx, transfers), reportsOfConfirmations(tx, confirmations), reportsOfNotices(tx, notices)]).then((each) => each.flat()),
  ]);
  await insertRows(tx, 'pallet_report', reports);
  await foldPallets(tx, [...new Set([...before.rows, ...reports].map((row) => row.pallet_id))]);
}

/** Folds these pallets anew from all their reports; one of which nothing is said any more is gone. */
async function foldPallets(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = (await tx.selectFrom('pallet_report').selectAll().where('pallet_id', '=', sql<string>`any(${[...ids]}::uuid[])`).execute()) as unknown as ReportRow[];
  const byPallet = Map.groupBy(rows, (row) => row.pallet_id);
  await upsertRows(tx, 'pallet', 'id', [...byPallet].map(([id, own]) => ({ id, sscc: own[0]!.sscc, company: own[0]!.company, facility: own[0]!.facility, ...foldPallet(own) })));
  const gone = ids.filter((id) => !byPallet.has(id));
  if (gone.length > 0) await tx.deleteFrom('pallet').where('id', '=', sql<string>`any(${gone}::uuid[])`).execute();
}

/** Transfers that are done: what is planned puts nothing anywhere. */
async function reportsOfTransfers(tx: Transaction, ids: readonly string[]): Promise<ReportRow[]> {
  if (ids.length === 0) return [];
  const found = await sql<TransferRow>`
    select id, company, connection, reference, null as number, direction, lines, done_at, updated_at from transfer where id = any(${[...ids]}::uuid[]) and state = 'done' and not deleted`.execute(tx);
  return found.rows.flatMap((row) => {
    const byPackage = Map.groupBy(row.lines, (line) => ssccOf(line.package ?? ''));
    return [...byPackage].flatMap(([sscc, lines]) => (sscc === undefined ? [] : stepsOf(row, lines).map((step) => reportRow(row, 'transfer', {
      ...step, sscc, at: row.done_at ?? row.updated_at, expected_at: null, within: null,
      lines: lines.filter(isSomething).map(({ productId, name, quantity, unit, lot, expiresOn }) => given({ productId, name, quantity, unit, lot, expiresOn })),
    }))));
  });
}

/**
 * Which steps a transfer makes of a package of it, and at which warehouse. A receipt that goes to storage in one step is put away by it.
 * A step within the walls that ends at another warehouse is shipped by the one that numbers it. What is shipped from no warehouse of
 * ours, as a drop shipment is, stood at none.
 */
function stepsOf({ direction, reference }: TransferRow, lines: TransferRecord['lines']): Array<Pick<Said, 'step' | 'location' | 'facility'>> {
  const own = codeIn(reference);
  const shipped = (from: string) => ({ step: 'SHIPPED' as const, location: null, facility: from });
  if (direction === 'OUTGOING') return own === null ? [] : [shipped(own)];
  const [location, to] = [lines[0]!.location?.name ?? null, facilityOf({ facility: lines[0]!.location?.facility })];
  const isStored = lines.every((line) => line.location?.stored === true);
  const steps: PalletStep[] = direction === 'INCOMING' ? ['RECEIVED', ...(isStored ? ['PUT_AWAY' as const] : [])] : [isStored ? 'PUT_AWAY' : 'MOVED'];
  const here = steps.map((step) => ({ step, location, facility: to ?? own }));
  return direction === 'INTERNAL' && own !== null && to !== null && own !== to ? [shipped(own), ...here] : here;
}

async function reportsOfConfirmations(tx: Transaction, ids: readonly string[]): Promise<ReportRow[]> {
  if (ids.length === 0) return [];
  const found = await sql<ConfirmationRow>`
    select id, company, connection, reference, number, direction, facility, confirmed_at, lines, packages from warehouse_confirmation where id = any(${[...ids]}::uuid[]) and not deleted`.execute(tx);
  return found.rows.flatMap((row) => packedOf(row).map((packed) => reportRow(row, 'warehouse_confirmation', {
    ...packed, step: row.direction === 'INBOUND' ? 'RECEIVED' : 'SHIPPED', at: row.confirmed_at, expected_at: null, location: null, facility: row.facility ?? codeIn(row.reference),
  })));
}

async function reportsOfNotices(tx: Transaction, ids: readonly string[]): Promise<ReportRow[]> {
  if (ids.length === 0) return [];
  const found = await sql<NoticeRow>`
    select id, company, connection, number as reference, number, facility, shipped_at, expected_at, lines, packages from ship_notice where id = any(${[...ids]}::uuid[]) and not deleted`.execute(tx);
  return found.rows.flatMap((row) => packedOf(row).map((packed) => reportRow(row, 'ship_notice', { ...packed, step: 'EXPECTED', at: row.shipped_at, expected_at: row.expected_at, location: null, facility: row.facility })));
}

/** Each package that has a number, with what is in it and in the cartons on it. */
function packedOf({ lines, packages }: Packed): Array<Pick<Said, 'sscc' | 'within' | 'lines'>> {
  const byId = new Map(packages.map((each) => [each.id, each]));
  const ssccIn = (id: string | undefined) => (id === undefined ? undefined : ssccOf(byId.get(id)?.sscc ?? ''));
  const found = new Map(packages.flatMap((each) => {
    const sscc = ssccIn(each.id);
    return sscc === undefined ? [] : [[sscc, { sscc, within: ssccIn(each.within) ?? null, lines: [] as PalletLine[] }] as const];
  }));
  for (const line of lines.filter(isSomething)) {
    const { sku, barcode, quantity, unit, lot, expiresOn } = line;
    const own = given({ sku: sku === '' ? undefined : sku, barcode, quantity, unit, lot, expiresOn });
    const [holder, pallet] = [ssccIn(line.package), ssccIn(byId.get(line.package ?? '')?.within)];
    found.get(holder ?? '')?.lines.push(own);
    if (pallet !== holder) found.get(pallet ?? '')?.lines.push(given({ ...own, carton: holder }));
  }
  return [...found.values()];
}

/** The row of what a record says of one pallet: a record says a step of it once at each warehouse. */
function reportRow(source: Source, kind: ReportRow['record_kind'], said: Said): ReportRow {
  const { id, company, connection, reference, number } = source;
  return {
    ...said, id: uuidOfName(`pallet_report:${id}:${said.facility ?? ''}:${said.sscc}:${said.step}`), record_id: id, record_kind: kind, pallet_id: uuidOfName(`pallet:${company}:${said.facility ?? ''}:${said.sscc}`), company, connection,
    reference, reference_key: reference === null ? null : normalizeReferenceValue(reference), number,
  };
}

/**
 * Code of the warehouse that the name of a transfer begins with, as Odoo numbers them: `WH/IN/00007`. Odoo numbers what is of no
 * warehouse, as drop shipments, without one: `DS/00007`.
 */
function codeIn(reference: string | null): string | null {
  const parts = reference?.split('/') ?? [];
  const code = parts.length < 3 ? '' : normalizeReferenceValue(parts[0]!);
  return code === '' ? null : code;
}

const isSomething = ({ quantity }: { quantity: string }) => !/^0(\.0*)?$/.test(quantity);

function given<T extends object>(of: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as T;
}
