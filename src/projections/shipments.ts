import { sql } from 'kysely';
import type { Queryable, Transaction } from '../db/database.js';
import { compareText } from '../lib/compare.js';
import type { Release } from '../model/facts.js';
import { carrierCode, normalizeReferenceValue } from '../model/references.js';
import { foldShipment, type LinkedTransfer, type ShipmentInput, type ShipmentState } from '../model/shipment.js';
import { isRetraction } from '../model/timeline.js';
import { holdLivingShipments } from './references.js';
import { timelineEntry, type MilestoneRow } from './milestones.js';
import { grantsFor, partnerKeys } from './partner-keys.js';
import { insertRows, upsertRows } from './rows.js';

interface ShipmentRow {
  id: string;
  company: string;
  created_at: string;
  updated_at: string;
  merged_into: string | null;
}

interface ReferenceRow {
  subject: string;
  kind: string;
  issuer: string;
  value: string;
  shipment_id: string | null;
}

interface TransferRow {
  id: string;
  subject: string;
  company: string;
  reference: string;
  state: string;
  direction: string;
  order_id: string | null;
  party_id: string | null;
  ship_to_commercial_id: string | null;
  carrier: string | null;
  tracking_numbers: string[];
  scheduled_at: string | null;
  done_at: string | null;
  first_deadline_at: string | null;
  package_count: number | null;
  release: Release | null;
  return_of: string | null;
  backorder_of: string | null;
  order_first_promised_at: string | null;
  order_party_id: string | null;
  order_reference: string | null;
  order_direction: string | null;
  order_company: string | null;
}

/** What the fold and the row need of a milestone that is stored already. */
const timelineColumns = [
  'id', 'position', 'shipment_id', 'fact_group', 'content_hash', 'active', 'code', 'classifier', 'occurred_at', 'observed_at', 'recorded_at', 'raw_code', 'connection', 'stop', 'carrier', 'package', 'pieces', 'place',
  'retracts', 'retracts_fact_key',
] as const;
type TimelineRow = Pick<MilestoneRow, (typeof timelineColumns)[number]>;

export interface FoldedShipment {
  id: string;
  company: string;
  /** The company whose it was before this batch. */
  companyBefore: string;
  state: ShipmentState;
  /** Milestones that became part of what is shown: new, moved here, or standing again. */
  shown: Array<Pick<MilestoneRow, 'id' | 'position'>>;
  access: string[];
  /** Who may see its transfers: the parties of each, which need not be those of another. */
  transferAccess: Array<{ id: string; keys: string[] }>;
  /** False where this batch brought its first milestones: nothing older can become visible. */
  hasOlder: boolean;
}

/**
 * Folds the given shipments anew from everything that is linked to them, and writes their rows,
 * their timelines and who may see them. `fresh` are milestones not stored yet.
 */
export async function projectShipments(tx: Transaction, affected: readonly string[], fresh: readonly MilestoneRow[]): Promise<FoldedShipment[]> {
  if (affected.length === 0) return [];
  const living = await holdLivingShipments(tx, affected);
  const ids = [...new Set(living.values())];
  const [shipments, names, milestones, partners, estimated] = await Promise.all([loadShipments(tx, ids), loadReferences(tx, ids), loadMilestones(tx, ids), partnerKeys(tx, ids), loadEstimates(tx, ids)]);
  const references = Map.groupBy(names, (row) => row.shipment_id!);
  const stored = Map.groupBy(milestones, (row) => row.shipment_id);
  const incoming = Map.groupBy(atLivingShipments(fresh, living), (row) => row.shipment_id);
  const transfers = new Map((await loadTransfers(tx, names)).map((row) => [row.subject, row]));
  const estimates = Map.groupBy(estimated, (row) => row.subject);

  const folded: FoldedShipment[] = [];
  const rows: object[] = [];
  const newRows: MilestoneRow[] = [];
  const flips: Array<{ id: string; active: boolean }> = [];
  for (const shipment of shipments) {
    const names = references.get(shipment.id) ?? [];
    const known = stored.get(shipment.id) ?? [];
    const knownIds = new Set(known.map((row) => row.id));
    const added = (incoming.get(shipment.id) ?? []).filter((row) => !knownIds.has(row.id));
    const timeline: TimelineRow[] = [...known, ...added];
    const linked = transfersOf(names, transfers);
    const input = inputOf(timeline, linked, names, names.flatMap((name) => estimates.get(name.subject) ?? []));
    const state = foldShipment(input);
    const shown: FoldedShipment['shown'] = [];
    for (const row of added) {
      newRows.push({ ...row, active: state.standing.has(row.id) });
      if (state.standing.has(row.id) || takesBack(row, timeline)) shown.push(row);
    }
    for (const row of known) {
      const active = state.standing.has(row.id);
      if (active !== row.active) flips.push({ id: row.id, active });
      if (active && !row.active) shown.push(row);
    }
    rows.push(rowOf(shipment, state, timeline, linked, names));
    const company = linked[0]?.company ?? shipment.company;
    const opened = grantsFor(partners.get(shipment.id) ?? [], company);
    folded.push({ id: shipment.id, company, companyBefore: shipment.company, state, shown, access: accessOf(input, state, linked, opened), transferAccess: linked.map((row) => transferAccess(row, opened)), hasOlder: known.length > 0 });
  }
  await Promise.all([upsertRows(tx, 'shipment', 'id', rows), insertRows(tx, 'milestone', newRows), flipMilestones(tx, flips)]);
  return folded;
}

/** A shipment as it stands and as it would with further milestones. */
export interface ForeseenShipment {
  id: string;
  before: ShipmentState;
  after: ShipmentState;
  /** Stored milestones and the further ones. */
  timeline: ForeseenMilestone[];
}

const foreseenColumns = [...timelineColumns, 'raw_reason', 'exception_class'] as const;
export type ForeseenMilestone = Pick<MilestoneRow, (typeof foreseenColumns)[number]>;

/** What these shipments would be with further milestones, retractions among them. Nothing is written. */
export async function foreseeShipments(db: Queryable, further: readonly MilestoneRow[]): Promise<ForeseenShipment[]> {
  const ids = [...new Set(further.map((row) => row.shipment_id))].sort();
  if (ids.length === 0) return [];
  const known = db.selectFrom('milestone').select(foreseenColumns).where('shipment_id', '=', sql<string>`any(${ids}::uuid[])`).execute() as Promise<ForeseenMilestone[]>;
  const [names, milestones, estimated] = await Promise.all([loadReferences(db, ids), known, loadEstimates(db, ids)]);
  const transfers = new Map((await loadTransfers(db, names)).map((row) => [row.subject, row]));
  const [references, stored, fresh, estimates] = [Map.groupBy(names, (row) => row.shipment_id!), Map.groupBy(milestones, (row) => row.shipment_id), Map.groupBy(further, (row) => row.shipment_id), Map.groupBy(estimated, (row) => row.subject)];
  return ids.map((id) => {
    const own = references.get(id) ?? [];
    const input = (timeline: readonly ForeseenMilestone[]) => inputOf(timeline, transfersOf(own, transfers), own, own.flatMap((name) => estimates.get(name.subject) ?? []));
    const before = stored.get(id) ?? [];
    const timeline = [...before, ...(fresh.get(id) ?? [])];
    return { id, before: foldShipment(input(before)), after: foldShipment(input(timeline)), timeline };
  });
}

async function flipMilestones(tx: Transaction, flips: ReadonlyArray<{ id: string; active: boolean }>): Promise<void> {
  if (flips.length === 0) return;
  await sql`update milestone set active = x.active from unnest(${flips.map((f) => f.id)}::uuid[], ${flips.map((f) => f.active)}::boolean[]) as x(id, active) where milestone.id = x.id`.execute(tx);
}

/** A merge may have been committed since the batch was read. What leads to no shipment is a fault of ours, and is not dropped. */
function atLivingShipments(rows: readonly MilestoneRow[], living: ReadonlyMap<string, string>): MilestoneRow[] {
  return rows.map((row) => {
    const shipmentId = living.get(row.shipment_id);
    if (shipmentId === undefined) throw new Error(`milestone ${row.id} of ${row.subject} leads to the shipment ${row.shipment_id}, which does not exist`);
    return { ...row, shipment_id: shipmentId };
  });
}

function inputOf(timeline: readonly TimelineRow[], linked: readonly TransferRow[], names: readonly ReferenceRow[], estimates: ReadonlyArray<{ kind: string; estimated_at: string; observed_at: string }>): ShipmentInput {
  const promised = linked.map((row) => row.order_first_promised_at).filter((value) => value !== null).sort();
  return {
    entries: timeline.map(timelineEntry),
    transfers: linked.map(linkedTransfer),
    estimates: estimates.map((row) => ({ of: row.kind, estimatedAt: row.estimated_at, observedAt: row.observed_at })),
    tracking: names.filter((name) => name.kind === 'tracking').map((name) => ({ carrier: name.issuer, number: name.value })),
    names: printedKinds.flatMap((kind) => names.filter((name) => name.kind === kind).map((name) => name.value).sort()),
    orderFirstPromisedAt: promised[0] ?? null,
  };
}

/** Kinds of names that people read on papers, the most telling first. */
const printedKinds = ['delivery_name', 'delivery_order', 'bill_of_lading', 'pro_number'];

/** What the shipment can be asked for by, in the form in which references are compared. */
function namesOf(state: ShipmentState, names: readonly ReferenceRow[]): string[] {
  const printed = names.filter((name) => printedKinds.includes(name.kind)).map((name) => name.value);
  return [...new Set([...printed, ...(state.reference === null ? [] : [normalizeReferenceValue(state.reference)])])].sort();
}

function linkedTransfer(row: TransferRow): LinkedTransfer {
  return {
    subject: row.subject, reference: row.reference, state: row.state, direction: row.direction, orderId: row.order_id, carrier: row.carrier === null ? null : carrierCode(row.carrier),
    trackingNumbers: row.tracking_numbers, scheduledAt: row.scheduled_at, doneAt: row.done_at, firstDeadlineAt: row.first_deadline_at, packageCount: row.package_count, release: row.release,
    returnOf: row.return_of, backorderOf: row.backorder_of,
  };
}

function rowOf(shipment: ShipmentRow, state: ShipmentState, timeline: readonly TimelineRow[], linked: readonly TransferRow[], names: readonly ReferenceRow[]): object {
  const last = timeline.find((row) => row.id === state.lastMilestoneId);
  const standing = timeline.filter((row) => state.standing.has(row.id) && row.classifier === 'ACTUAL' && row.place !== null);
  // Of one instant in the order of their names: never in that of their arrival.
  standing.sort((a, b) => compareText(a.occurred_at, b.occurred_at) || compareText(a.fact_group, b.fact_group));
  const search = [state.reference, ...state.trackingNumbers, ...names.map((name) => name.value), ...linked.map((row) => row.order_reference)];
  const recorded = timeline.map((row) => row.recorded_at).sort().at(-1);
  return {
    id: shipment.id, company: linked[0]?.company ?? shipment.company, reference: state.reference, status: state.status, raw_status: last?.raw_code ?? linked[0]?.state ?? null,
    provisional: state.provisional, carrier: state.carrier, direction: state.direction, order_id: state.orderId, transfer_subject: state.transferSubject,
    return_of: state.returnOf, backorder_of: state.backorderOf, tracking_numbers: state.trackingNumbers, names: namesOf(state, names), packages: state.packages,
    promised_at: state.promisedAt, planned_at: state.plannedAt, estimated_at: state.estimatedAt, delivered_at: state.deliveredAt,
    last_milestone_id: state.lastMilestoneId, conflict: state.conflict, release: state.release, origin: standing[0]?.place ?? null,
    destination: state.status === 'DELIVERED' ? (standing.at(-1)?.place ?? null) : null,
    search: [...new Set(search.filter((value) => value != null).map((value) => value!.toLowerCase()))].join(' '),
    created_at: shipment.created_at, updated_at: recorded !== undefined && recorded > shipment.updated_at ? recorded : shipment.updated_at, merged_into: shipment.merged_into,
  };
}

/** A retraction of what was never reported here is kept and tells nobody anything. */
function takesBack(row: MilestoneRow, timeline: readonly TimelineRow[]): boolean {
  return isRetraction(timelineEntry(row)) && timeline.some((other) => other.id === row.retracts || other.fact_group === row.retracts_fact_key);
}

/** Keys under which outsiders see the shipment: the parties and the shop of its orders and transfers, every carrier that moves it by a report that stands, and those that handle it (`partners`). */
function accessOf(input: ShipmentInput, state: ShipmentState, linked: readonly TransferRow[], partners: readonly string[]): string[] {
  const issuers = input.tracking.map((tracking) => tracking.carrier).filter((carrier) => carrier !== '*');
  const booked = input.transfers.map((transfer) => transfer.carrier).filter((carrier) => carrier !== null);
  // Not only the one that is shown: who moved it or was to move it keeps seeing it when another is named, too.
  const carriers = [...issuers, ...state.carriers, ...booked];
  return [...new Set([...linked.flatMap(ownerKeys), ...carriers.map((code) => `carrier:${code}`), ...partners])].sort();
}

function ownerKeys(row: TransferRow): string[] {
  const parties = [row.party_id, row.order_party_id, row.ship_to_commercial_id].filter((id) => id !== null).map((id) => `party:${id}`);
  return [...parties, ...(row.order_company === null ? [] : shopKeys({ direction: row.order_direction!, company: row.order_company }))];
}

/** A shop is a company of Odoo and what it sells: of the channels that Odoo knows, the one that its orders carry. */
export function shopKeys({ direction, company }: { direction: string; company: string }): string[] {
  return direction === 'SALE' ? [`shop:${company}`] : [];
}

/** A warehouse sees the deliveries and receipts that it is to handle; a TMS does not need them. */
function transferAccess(row: TransferRow, partners: readonly string[]): { id: string; keys: string[] } {
  return { id: row.id, keys: row.direction === 'INTERNAL' ? [] : [...new Set([...ownerKeys(row), ...partners.filter((key) => key.startsWith('facility:'))])] };
}

function transfersOf(names: readonly ReferenceRow[], transfers: ReadonlyMap<string, TransferRow>): TransferRow[] {
  return names
    .filter((name) => name.kind === 'odoo.delivery')
    .map((name) => transfers.get(`transfer:${name.issuer}:${name.value}`))
    .filter((row) => row !== undefined);
}

async function loadShipments(tx: Transaction, ids: readonly string[]): Promise<ShipmentRow[]> {
  return tx.selectFrom('shipment').select(['id', 'company', 'created_at', 'updated_at', 'merged_into']).where('id', '=', sql<string>`any(${ids}::uuid[])`).where('merged_into', 'is', null).orderBy('id').execute();
}

async function loadReferences(tx: Queryable, ids: readonly string[]): Promise<ReferenceRow[]> {
  return tx.selectFrom('reference').select(['subject', 'kind', 'issuer', 'value', 'shipment_id']).where('shipment_id', '=', sql<string>`any(${ids}::uuid[])`).orderBy('subject').execute();
}

async function loadMilestones(tx: Queryable, ids: readonly string[]): Promise<TimelineRow[]> {
  return tx.selectFrom('milestone').select(timelineColumns).where('shipment_id', '=', sql<string>`any(${ids}::uuid[])`).execute();
}

/** A transfer that was made a step within our walls moves its shipment no more, as one that is deleted, and gives no numbers. */
async function loadTransfers(tx: Queryable, references: readonly ReferenceRow[]): Promise<TransferRow[]> {
  const subjects = references.filter((row) => row.kind === 'odoo.delivery').map((row) => `transfer:${row.issuer}:${row.value}`);
  if (subjects.length === 0) return [];
  const rows = await sql<TransferRow>`
    select t.*, case when t.deleted or t.direction = 'INTERNAL' then 'cancel' else t.state end as state,
      case when t.direction = 'INTERNAL' then '{}' else t.tracking_numbers end as tracking_numbers, o.first_promised_at as order_first_promised_at, o.party_id as order_party_id, o.reference as order_reference, o.direction as order_direction, o.company as order_company, p.commercial_id as ship_to_commercial_id
    from transfer t left join sales_order o on o.id = t.order_id left join party p on p.id = t.ship_to_id
    where t.subject = any(${subjects}::text[])
  `.execute(tx);
  return rows.rows;
}

async function loadEstimates(tx: Queryable, ids: readonly string[]): Promise<Array<{ subject: string; kind: string; estimated_at: string; observed_at: string }>> {
  return tx.selectFrom('reference as r').innerJoin('estimate as e', 'e.subject', 'r.subject').select(['e.subject', 'e.kind', 'e.estimated_at', 'e.observed_at']).where('r.shipment_id', '=', sql<string>`any(${ids}::uuid[])`).execute();
}
