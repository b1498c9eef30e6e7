import { connectors } from '../../../connectors/registry.js';
import { acceptCommands, type NewCommand } from '../../../events/commands.js';
import { instant } from '../../../lib/clock.js';
import { uuidOfName, uuidv7 } from '../../../lib/ids.js';
import { canonicalJson } from '../../../lib/json.js';
import { normalizeReferenceValue } from '../../../model/references.js';
import type { ReleaseAction, WarehouseAddress, WarehousePolicy, WarehouseRelease } from '../../../model/warehouse.js';
import { releaseDecision, releaseLines, warehouseCode, type TransferLine } from '../../../model/warehouse-release.js';
import { productsOf } from '../../../projections/fulfilments.js';
import { blockedReleases, keepReleases, noticeOverdue, releasableTransfers, releasesOf, type ReleasableTransfer, type ReleaseRow } from '../../../projections/warehouse-releases.js';
import { standingShortages } from '../../../projections/shortages.js';
import { markForWriteBack } from '../../../projections/write-back.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';

/** A connection that looks after warehouses. */
export interface WarehouseConnection {
  id: string;
  company: string;
  policy: WarehousePolicy;
}

const hourMs = 3_600_000;
/** What one run has looked at again. */
const atOnce = 200;

/** Every connection that looks after warehouses, in the order of their ids. */
export async function warehousesOf({ connections }: Pick<TaskContext, 'connections'>): Promise<WarehouseConnection[]> {
  const found: WarehouseConnection[] = [];
  for (const connector of connectors.values()) {
    if (connector.warehouse === undefined) continue;
    for (const { id, company, settings } of await connections.liveOfConnector(connector.id)) {
      const policy = connector.warehouse(settings);
      if (policy !== null) found.push({ id, company, policy });
    }
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What is to happen at one connection with one transfer. */
interface Step {
  transfer: ReleasableTransfer;
  at: WarehouseConnection;
  before: ReleaseRow | undefined;
}

/**
 * Works out what warehouses should have of the transfers of these shipments, compares it with what they were told, and
 * accepts the commands that tell the difference. Commands and what was told are one transaction with the caller's position:
 * done again, it makes none.
 */
export async function releaseToWarehouses(tasks: TaskContext, tx: Transaction, shipmentIds: readonly string[], warehouses: readonly WarehouseConnection[]): Promise<void> {
  const transfers = await releasableTransfers(tx, shipmentIds, [...new Set(warehouses.map((each) => each.company))]);
  if (transfers.length === 0) return;
  const known = await releasesOf(tx, transfers.map((each) => each.subject));
  const products = await productsOf(tx, transfers.flatMap((each) => each.lines.flatMap((line) => line.productId ?? [])));
  const rows: ReleaseRow[] = [];
  const commands: NewCommand<'warehouse.release' | 'warehouse.announce'>[] = [];
  for (const step of transfers.flatMap((transfer) => stepsOf(transfer, warehouses, known))) {
    const lines = step.transfer.lines.map(({ productId, ...line }): TransferLine => ({ ...line, product: products.get(productId ?? '') ?? null }));
    const done = stepOf(tasks, step, lines);
    if (done === null) continue;
    const command = done.release === null ? null : commandOf(step, done.row, done.release);
    rows.push(command === null ? done.row : { ...done.row, command_id: command.id! });
    if (command !== null) commands.push(command);
  }
  await keepReleases(tx, rows);
  await acceptCommands(tx, tasks.bodies, commands);
  const shipments = [...new Set(rows.map((row) => row.shipment_id))];
  if (shipments.length > 0) await tasks.jobs.send(tx, 'follow-up', [{ action: 'settle-matters', shipmentIds: shipments }]);
}

/** The connection whose warehouse it is, and those that were told of it before. */
function stepsOf(transfer: ReleasableTransfer, warehouses: readonly WarehouseConnection[], known: readonly ReleaseRow[]): Step[] {
  const code = warehouseCode(transfer.reference);
  const own = known.filter((row) => row.transfer === transfer.subject);
  const at = code === null ? undefined : warehouses.find((each) => each.company === transfer.company && each.policy.warehouses.has(code));
  const others = own.filter((row) => row.connection !== at?.id).flatMap((before): Step[] => {
    const other = warehouses.find((each) => each.id === before.connection);
    return other === undefined ? [] : [{ transfer, at: other, before }];
  });
  return at === undefined ? others : [...others, { transfer, at, before: own.find((row) => row.connection === at.id) }];
}

/** What is told in this step, and how it is remembered; null where all stands as it should. */
function stepOf(tasks: Pick<TaskContext, 'people'>, { transfer, at, before }: Step, lines: readonly TransferLine[]): { row: ReleaseRow; release: WarehouseRelease | null } | null {
  const now = instant(Date.now());
  const code = warehouseCode(transfer.reference);
  const isOurs = code !== null && at.policy.warehouses.has(code);
  const decision = isOurs ? releaseDecision(transfer, at.policy) : 'WITHDRAW';
  const row: ReleaseRow = before ?? {
    connection: at.id, transfer: transfer.subject, shipment_id: transfer.shipment_id, company: transfer.company, order_key: normalizeReferenceValue(transfer.reference), state: 'CANCELLED', revision: 0, digest: null,
    problem: null, command_id: null, released_at: null, due_at: null, overdue: false, updated_at: now,
  };
  if (decision === 'KEEP') return null;
  if (decision === 'WITHDRAW') {
    if (row.state === 'CANCELLED') return null;
    const cancelled = { ...row, shipment_id: transfer.shipment_id, state: 'CANCELLED', digest: null, problem: null, due_at: null, overdue: false, updated_at: now };
    if (row.state === 'BLOCKED' && row.digest === null) return { row: cancelled, release: null };
    return { row: { ...cancelled, revision: row.revision + 1 }, release: { ...contentOf(tasks, transfer, at, code, []), action: 'CANCEL', revision: row.revision + 1 } };
  }
  const found = releaseLines(lines);
  if ('problem' in found) {
    // What was sent before stands until it can be said what takes its place.
    if (row.state === 'BLOCKED' && row.problem === found.problem) return null;
    return { row: { ...row, shipment_id: transfer.shipment_id, state: 'BLOCKED', problem: found.problem, updated_at: now }, release: null };
  }
  const content = contentOf(tasks, transfer, at, code, found.lines);
  const digest = tasks.people.fingerprint(canonicalJson(content)).toString('hex').slice(0, 32);
  const wasSent = row.digest !== null;
  if (row.state === 'RELEASED' && row.digest === digest) return null;
  if (row.state === 'BLOCKED' && row.digest === digest) return { row: { ...row, state: 'RELEASED', problem: null, updated_at: now }, release: null };
  const action: ReleaseAction = wasSent ? 'CHANGE' : 'NEW';
  const dueAt = at.policy.acknowledgeHours === null ? null : instant(Date.now() + at.policy.acknowledgeHours * hourMs);
  const released = { ...row, shipment_id: transfer.shipment_id, state: 'RELEASED', revision: row.revision + 1, digest, problem: null, released_at: wasSent ? row.released_at : now, due_at: wasSent ? row.due_at : dueAt, overdue: wasSent && row.overdue, updated_at: now };
  return { row: released, release: { ...content, action, revision: released.revision } };
}

function contentOf(tasks: Pick<TaskContext, 'people'>, transfer: ReleasableTransfer, at: WarehouseConnection, code: string | null, lines: WarehouseRelease['lines']): Omit<WarehouseRelease, 'action' | 'revision'> {
  const id = transfer.subject.split(':').slice(2).join(':');
  return {
    order: transfer.reference, warehouse: at.policy.warehouses.get(code ?? '') ?? code ?? '', facility: code ?? '', lines,
    references: [{ kind: 'odoo.delivery', issuer: transfer.connection, value: id }, { kind: 'delivery_order', issuer: at.id, value: normalizeReferenceValue(transfer.reference) }],
    ...given({ orderName: transfer.order_name, customerReference: transfer.customer_reference, carrier: transfer.carrier, scheduledAt: transfer.scheduled_at, promisedAt: transfer.promised_at }),
    ...(transfer.party_id === null ? {} : { party: addressOf(tasks, transfer) }),
  };
}

function addressOf({ people }: Pick<TaskContext, 'people'>, { party_name: openName, address, personal_data_id: personalDataId, sealed }: ReleasableTransfer): WarehouseAddress {
  const person = personalDataId === null ? {} : people.open(personalDataId, sealed);
  const name = openName === null || openName === '' ? person.name : openName;
  return given({ name, street: person.street, city: address?.city, region: address?.region, postalCode: address?.postalCode, country: address?.country, phone: person.phone, email: person.email });
}

/** Without what is null or absent. */
function given<T extends Record<string, string | null | undefined>>(values: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null && value !== '')) as { [K in keyof T]?: string };
}

function commandOf({ transfer, at }: Step, row: ReleaseRow, release: WarehouseRelease): NewCommand<'warehouse.release' | 'warehouse.announce'> {
  const key = `warehouse:${at.id}:${transfer.subject}:${release.revision}`;
  const subject = `odoo.delivery:${transfer.subject.slice('transfer:'.length)}`;
  return {
    // What it says is part of its name: after a backup was restored, another statement is another command.
    id: uuidOfName(`${key}:${canonicalJson(release)}`), kind: transfer.direction === 'INCOMING' ? 'warehouse.announce' : 'warehouse.release', input: release, connection: at.id, company: transfer.company,
    lane: 'DISPATCH', requestedBy: 'gatehouse', idempotencyKey: key, subject, orderKey: transfer.subject, shipmentId: row.shipment_id, correlationId: transfer.correlation_id ?? uuidv7(),
  };
}

/** Every minute: notices releases that were not acknowledged in time, and has looked at again what could not be sent and what is short. */
export async function watchReleases(tasks: TaskContext): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    const shipmentIds = [...new Set(await noticeOverdue(tx, instant(Date.now())))];
    if (shipmentIds.length > 0) await tasks.jobs.send(tx, 'follow-up', [{ action: 'settle-matters', shipmentIds }]);
    const again = [...(await blockedReleases(tx, atOnce)), ...(await standingShortages(tx, Date.now(), atOnce))];
    if (again.length > 0) await markForWriteBack(tx, { shipments: [...new Set(again)] });
  });
}
