import { sql, type RawBuilder } from 'kysely';
import type { Transaction } from '../db/database.js';
import { referenceKey, type Reference } from '../model/references.js';

/** The link tables, as far as one decision needs them. */
export interface LinkedReference extends Reference {
  subject: string;
  /** Null: its source took the name back. */
  shipmentId: string | null;
  /** Number of its last link event. */
  sequence: number;
  /** Number of the last statement on the names that its source gives beside it; 0: none. */
  namedSequence: number;
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
  return values.length === 0 ? [] : loadReferences(tx, sql`r.value = any(${values}::text[])`);
}

/** All references that lead to this shipment. */
export async function referencesOfShipment(tx: Transaction, shipmentId: string): Promise<LinkedReference[]> {
  return loadReferences(tx, sql`r.shipment_id = ${shipmentId}::uuid`);
}

async function loadReferences(tx: Transaction, condition: RawBuilder<unknown>): Promise<LinkedReference[]> {
  // In one order, so that a decision never depends on how rows happen to lie.
  const rows = await sql<Omit<LinkedReference, 'shipmentId' | 'namedSequence'> & { shipment_id: string | null; named_sequence: number }>`
    select r.subject, r.kind, r.issuer, r.value, coalesce(s.merged_into, r.shipment_id) as shipment_id, r.sequence, r.named_sequence
    from reference r left join shipment s on s.id = r.shipment_id
    where ${condition} order by r.subject
  `.execute(tx);
  return rows.rows.map(({ shipment_id: shipmentId, named_sequence: namedSequence, ...row }) => ({ ...row, shipmentId, namedSequence }));
}

/** Which names these sources give beside their own, by the key of the source. */
export async function namesOfSources(tx: Transaction, sources: readonly string[]): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  if (sources.length === 0) return found;
  const rows = await tx.selectFrom('naming').select(['source', 'name']).where('source', '=', sql<string>`any(${[...sources]}::text[])`).execute();
  for (const { source, name } of rows) found.set(source, (found.get(source) ?? new Set()).add(name));
  return found;
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
    const free = [...new Set(references.map((reference) => reference.shipmentId))].filter((id) => id !== null && !held.has(id)) as string[];
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

/** Which of these shipments a transfer has claimed: they are no provisional records any more. */
export async function claimedShipments(tx: Transaction, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await tx.selectFrom('reference').select('shipment_id').distinct().where('shipment_id', '=', sql<string>`any(${[...ids]}::uuid[])`).where('kind', '=', 'odoo.delivery').execute();
  return rows.map((row) => row.shipment_id!);
}

/** The lowest version of each of these transfers that can still say something, as far as the log knows, by the key of its reference. */
export async function standingVersions(tx: Transaction, transfers: readonly Reference[]): Promise<Map<string, number>> {
  if (transfers.length === 0) return new Map();
  const keyOfSubject = new Map(transfers.map((reference) => [transferSubject(reference), referenceKey(reference)]));
  // What was deleted at a version said nothing from then on; only a newer one does.
  const found = await sql<{ subject: string; version: number }>`
    select subject, max((payload->>'recordVersion')::bigint + case when type = 'record.deleted' then 1 else 0 end) as version from event
    where subject = any(${[...keyOfSubject.keys()]}::text[]) and type in ('transfer.reported', 'record.deleted') group by subject
  `.execute(tx);
  return new Map(found.rows.map((row) => [keyOfSubject.get(row.subject)!, row.version]));
}

/** Subject under which a transfer is reported, of the reference that stands for it. */
export function transferSubject(reference: Reference): string {
  return `transfer:${reference.issuer}:${reference.value}`;
}
