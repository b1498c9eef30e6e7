import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { EventPayloads, LogEvent, NewEvent } from '../events/event.js';
import { referenceKey, type Reference } from '../model/references.js';

/** The link tables, as far as one decision needs them. */
export interface LinkedReference extends Reference {
  subject: string;
  shipmentId: string;
}

export interface ClaimedShipment {
  id: string;
  /** Set when a transfer of Odoo has claimed it: it is then no provisional record any more. */
  transferSubject: string | null;
}

/** Locks are taken per bucket of reference values, so that their number stays bounded. */
const lockBuckets = 64;
const lockSpace = 7_134_023;

/**
 * Makes decisions about names exclusive: nobody else decides on a reference with one of these values
 * until this transaction ends. Two sources that name the same shipment at the same instant would
 * otherwise both find nothing and make two.
 */
export async function lockReferenceValues(tx: Transaction, values: readonly string[]): Promise<void> {
  const buckets = [...new Set(values.map(bucketOf))].sort((a, b) => a - b);
  if (buckets.length === 0) return;
  // In rising order, as unnest gives them, so that two transactions wait instead of deadlocking.
  await sql`select pg_advisory_xact_lock(${sql.lit(lockSpace)}, bucket) from unnest(${buckets}::integer[]) as bucket`.execute(tx);
}

function bucketOf(value: string): number {
  let hash = 0;
  for (let i = 0; i < value.length; i++) hash = (hash * 31 + value.charCodeAt(i)) >>> 0;
  return hash % lockBuckets;
}

/** All references with one of these values, whatever their kind and issuer. */
export async function referencesByValue(tx: Transaction, values: readonly string[]): Promise<LinkedReference[]> {
  if (values.length === 0) return [];
  // In one order, so that a decision never depends on how rows happen to lie.
  const rows = await sql<Omit<LinkedReference, 'shipmentId'> & { shipment_id: string }>`
    select r.subject, r.kind, r.issuer, r.value, coalesce(s.merged_into, r.shipment_id) as shipment_id
    from reference r left join shipment s on s.id = r.shipment_id
    where r.value = any(${values}::text[]) order by r.subject
  `.execute(tx);
  return rows.rows.map((row) => ({ subject: row.subject, kind: row.kind, issuer: row.issuer, value: row.value, shipmentId: row.shipment_id }));
}

/**
 * The references with one of these values, and their shipments held until this transaction ends.
 * Others that decide by other values may merge the same shipments: whoever decides holds them first,
 * and looks again at what the references mean once it does.
 */
export async function holdShipmentsOfValues(tx: Transaction, values: readonly string[]): Promise<LinkedReference[]> {
  const held = new Set<string>();
  for (;;) {
    const references = await referencesByValue(tx, values);
    const free = [...new Set(references.map((reference) => reference.shipmentId))].filter((id) => !held.has(id));
    if (free.length === 0) return references;
    await holdShipments(tx, free);
    for (const id of free) held.add(id);
  }
}

/** Nobody else merges or folds these shipments until this transaction ends. Gives where each was merged, as of now. */
async function holdShipments(tx: Transaction, ids: readonly string[]): Promise<Array<{ id: string; merged_into: string | null }>> {
  const rows = await sql<{ id: string; merged_into: string | null }>`
    select id, merged_into from shipment where id = any(${ids}::uuid[]) order by id for no key update
  `.execute(tx);
  return rows.rows;
}

/** Holds the shipments that these ids lead to now; gives the living one of each id. An id that is no shipment is missing. */
export async function holdLivingShipments(tx: Transaction, ids: readonly string[]): Promise<Map<string, string>> {
  const mergedInto = new Map<string, string | null>();
  for (let free = [...new Set(ids)]; free.length > 0; ) {
    const rows = await holdShipments(tx, free);
    for (const row of rows) mergedInto.set(row.id, row.merged_into);
    free = [...new Set(rows.map((row) => row.merged_into).filter((id) => id !== null && !mergedInto.has(id)))] as string[];
  }
  const living = (id: string): string => {
    const into = mergedInto.get(id);
    return into == null ? id : living(into);
  };
  return new Map(ids.filter((id) => mergedInto.has(id)).map((id) => [id, living(id)]));
}

/** Which of these shipments a transfer has claimed. */
export async function claimedShipments(tx: Transaction, ids: readonly string[]): Promise<ClaimedShipment[]> {
  if (ids.length === 0) return [];
  const rows = await sql<{ id: string; subject: string | null }>`
    select s.id, min(r.subject) as subject from unnest(${ids}::uuid[]) as s(id)
    left join reference r on r.shipment_id = s.id and r.kind = 'odoo.delivery' group by s.id
  `.execute(tx);
  return rows.rows.map((row) => ({ id: row.id, transferSubject: row.subject }));
}

type LinkEvent = Pick<LogEvent | NewEvent, 'type' | 'payload' | 'subject' | 'company'> & { recordedAt: string; position: number };

/**
 * Applies link events to the link tables; a repetition changes nothing. Runs in the transaction that
 * appends them, so that the next decision sees them, and again when the projections are rebuilt.
 */
export async function applyLinks(tx: Transaction, events: readonly LinkEvent[]): Promise<void> {
  // New shipments and names do not depend on one another; a merge depends on what was said before it.
  for (let start = 0; start < events.length; ) {
    let end = start;
    while (end < events.length && events[end]!.type !== 'shipment.merged') end++;
    const run = events.slice(start, end);
    await registerShipments(tx, run.filter((event) => event.type === 'shipment.registered'));
    await linkReferences(tx, run.filter((event) => event.type === 'reference.linked'));
    const merge = events[end];
    if (merge !== undefined) await mergeShipment(tx, merge);
    start = end + 1;
  }
}

async function registerShipments(tx: Transaction, events: readonly LinkEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql`
    insert into shipment (id, company, status, provisional, created_at, updated_at)
    select x.id, x.company, 'UNKNOWN', true, x.at, x.at
    from unnest(${events.map((event) => event.subject.slice('shipment:'.length))}::uuid[], ${events.map((event) => event.company)}::text[], ${events.map((event) => event.recordedAt)}::timestamptz[]) as x(id, company, at)
    on conflict (id) do nothing
  `.execute(tx);
}

async function linkReferences(tx: Transaction, events: readonly LinkEvent[]): Promise<void> {
  if (events.length === 0) return;
  const payloads = events.map((event) => event.payload as EventPayloads['reference.linked']);
  await sql`
    insert into reference (subject, kind, issuer, value, shipment_id)
    select x.subject, x.kind, x.issuer, x.value, coalesce(s.merged_into, x.shipment_id)
    from unnest(
      ${payloads.map((p) => referenceKey(p.reference))}::text[], ${payloads.map((p) => p.reference.kind)}::text[], ${payloads.map((p) => p.reference.issuer)}::text[],
      ${payloads.map((p) => p.reference.value)}::text[], ${payloads.map((p) => p.shipmentId)}::uuid[]) as x(subject, kind, issuer, value, shipment_id)
    left join shipment s on s.id = x.shipment_id
    on conflict (subject) do nothing
  `.execute(tx);
}

async function mergeShipment(tx: Transaction, event: LinkEvent): Promise<void> {
  const { from, into } = event.payload as EventPayloads['shipment.merged'];
  await tx.updateTable('reference').set({ shipment_id: into }).where('shipment_id', '=', from).execute();
  await tx.updateTable('shipment').set({ merged_into: into }).where((w) => w.or([w('id', '=', from), w('merged_into', '=', from)])).execute();
}

/** Shipments that link events touch: both sides of a merge. */
export function shipmentsOfLink(event: LogEvent): string[] {
  if (event.type === 'shipment.registered') return [event.subject.slice('shipment:'.length)];
  if (event.type === 'reference.linked') return [(event.payload as EventPayloads['reference.linked']).shipmentId];
  const { from, into } = event.payload as EventPayloads['shipment.merged'];
  return [from, into];
}

export function isLinkEvent(type: string): boolean {
  return type === 'shipment.registered' || type === 'reference.linked' || type === 'shipment.merged';
}
