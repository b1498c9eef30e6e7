import { sql } from 'kysely';
import type { Database, Queryable, Transaction } from '../db/database.js';
import type { EventPayloads, LogEvent } from '../events/event.js';
import { readLog } from '../events/read.js';
import { isDataFault } from '../lib/database-faults.js';
import { projectAccess, type AccessGrant } from './access.js';
import { moveExceptions, projectExceptions } from './exceptions.js';
import { projectFeed } from './feed.js';
import { applyLinks, isLinkEvent, shipmentsOfLink } from './links.js';
import { milestoneRows, projectEstimates } from './milestones.js';
import { projectRecords } from './records.js';
import { projectShipments, type FoldedShipment } from './shipments.js';

/** Channel on which readers of the feed are woken after a batch. */
export const feedChannel = 'gatehouse_feed';

const name = 'main';
const batchSize = 1000;

/** Something that a fold found and that asks for a new event; sent as a job in the same transaction. */
export type FollowUp =
  | { action: 'raise-conflict'; shipmentId: string; ends: string }
  | { action: 'resolve-delivered'; shipmentId: string }
  | { action: 'raise-unprojected'; company: string; position: number; subject: string; rawId: string | null };

export interface RunnerOptions {
  /** Runs in the projecting transaction. */
  onFollowUps(tx: Transaction, followUps: FollowUp[]): Promise<void>;
}

/** How far the projections are; the feed shows nothing beyond it. */
export async function watermark(db: Queryable): Promise<number> {
  const row = await db.selectFrom('projection').select('position').where('name', '=', name).executeTakeFirst();
  return row?.position ?? 0;
}

/**
 * Projects everything that is in the log, batch by batch, in log order. One runner works at a time
 * in all processes; a second one waits for it and finds nothing left.
 * @returns how many events were projected
 */
export async function runProjections(database: Database, options: RunnerOptions): Promise<number> {
  let total = 0;
  for (let limit = batchSize; ; ) {
    try {
      const done = await database.transaction((tx) => projectBatch(tx, options, limit));
      total += done;
      if (done < limit) return total;
      limit = Math.min(batchSize, limit * 2);
    } catch (error) {
      if (!isDataFault(error)) throw error;
      // One event that the read model cannot hold must not stop all others: find it by halving.
      if (limit === 1) total += await database.transaction((tx) => passOver(tx, options));
      limit = Math.max(1, Math.floor(limit / 2));
    }
  }
}

/** Leaves the next event out of the read model, and says so. It stays in the log. */
async function passOver(tx: Transaction, options: RunnerOptions): Promise<number> {
  const row = await tx.selectFrom('projection').select('position').where('name', '=', name).forUpdate().executeTakeFirstOrThrow();
  const [event] = await readLog(tx, row.position, 1);
  if (event === undefined) return 0;
  await options.onFollowUps(tx, [{ action: 'raise-unprojected', company: event.company, position: event.position, subject: event.subject, rawId: event.causation_id }]);
  await tx.updateTable('projection').set({ position: event.position }).where('name', '=', name).execute();
  return 1;
}

async function projectBatch(tx: Transaction, options: RunnerOptions, limit: number): Promise<number> {
  const row = await tx.selectFrom('projection').select('position').where('name', '=', name).forUpdate().executeTakeFirst();
  if (row === undefined) {
    await tx.insertInto('projection').values({ name, position: 0 }).onConflict((c) => c.doNothing()).execute();
    return projectBatch(tx, options, limit);
  }
  const events = await readLog(tx, row.position, limit);
  if (events.length === 0) return 0;
  const last = events.at(-1)!.position;
  const folded = await projectEvents(tx, events, row.position, last);
  const followUps = [...folded.flatMap(conflictsOf), ...(await deliveredWithOpenMatters(tx, folded))];
  if (followUps.length > 0) await options.onFollowUps(tx, followUps);
  await tx.updateTable('projection').set({ position: last }).where('name', '=', name).execute();
  await sql`select pg_notify(${feedChannel}, '')`.execute(tx);
  return events.length;
}

async function projectEvents(tx: Transaction, events: readonly LogEvent[], before: number, last: number): Promise<FoldedShipment[]> {
  const applied = events.filter((event) => (event.payload as { notOwned?: boolean }).notOwned !== true);
  const links = applied.filter((event) => isLinkEvent(event.type));
  await applyLinks(tx, links.map((event) => ({ ...event, recordedAt: event.recorded_at })));
  const followed = await projectRecords(tx, applied);
  await projectEstimates(tx, applied);

  const shipmentOf = await shipmentsOfSubjects(tx, applied);
  const moved = await moveMilestones(tx, links);
  const affected = new Set([...links.flatMap(shipmentsOfLink), ...shipmentOf.values(), ...(await shipmentsOfRecords(tx, followed))]);
  const folded = await projectShipments(tx, [...affected], milestoneRows(applied, shipmentOf));
  const grants: AccessGrant[] = folded.map((shipment) => ({ kind: 'shipment', recordId: shipment.id, keys: shipment.access }));
  const widened = await projectAccess(tx, [...grants, ...(await orderGrants(tx, applied))]);
  for (const id of moved) widened.add(id);
  for (const shipment of folded) if (shipment.company !== shipment.before.company) widened.add(shipment.id);
  await projectFeed(tx, folded, widened, before, last);
  await projectExceptions(tx, applied);
  await moveExceptions(tx, links.filter((event) => event.type === 'shipment.merged').map((event) => event.payload as EventPayloads['shipment.merged']));
  return folded;
}

/** Where the references of freight facts lead now. */
async function shipmentsOfSubjects(tx: Transaction, events: readonly LogEvent[]): Promise<Map<string, string>> {
  const subjects = [...new Set(events.filter((event) => event.type.startsWith('milestone.') || event.type === 'estimate.reported').map((event) => event.subject))];
  if (subjects.length === 0) return new Map();
  const rows = await sql<{ subject: string; shipment_id: string }>`
    select r.subject, coalesce(s.merged_into, r.shipment_id) as shipment_id from reference r left join shipment s on s.id = r.shipment_id
    where r.subject = any(${subjects}::text[])
  `.execute(tx);
  return new Map(rows.rows.map((row) => [row.subject, row.shipment_id]));
}

/** Milestones follow their reference when it now leads to another shipment. Gives the shipments they came to. */
async function moveMilestones(tx: Transaction, links: readonly LogEvent[]): Promise<string[]> {
  const merges = links.filter((event) => event.type === 'shipment.merged').map((event) => (event.payload as EventPayloads['shipment.merged']).from);
  if (merges.length === 0) return [];
  const rows = await sql<{ shipment_id: string }>`
    update milestone m set shipment_id = r.shipment_id from reference r
    where m.shipment_id = any(${merges}::uuid[]) and r.subject = m.subject and r.shipment_id <> m.shipment_id
    returning m.shipment_id
  `.execute(tx);
  return [...new Set(rows.rows.map((row) => row.shipment_id))];
}

/** Shipments whose row depends on a record that changed: by their transfers, and by the orders and addresses of these. */
async function shipmentsOfRecords(tx: Transaction, subjects: readonly string[]): Promise<string[]> {
  if (subjects.length === 0) return [];
  const rows = await sql<{ shipment_id: string }>`
    with changed as (
      select subject from transfer where subject = any(${subjects}::text[])
      union select t.subject from transfer t join sales_order o on o.id = t.order_id where o.subject = any(${subjects}::text[])
      union select t.subject from transfer t join party p on p.id = t.ship_to_id where p.subject = any(${subjects}::text[])
    )
    select r.shipment_id from changed c join reference r on r.subject = 'odoo.delivery:' || substr(c.subject, length('transfer:') + 1)
  `.execute(tx);
  return rows.rows.map((row) => row.shipment_id);
}

async function orderGrants(tx: Transaction, events: readonly LogEvent[]): Promise<AccessGrant[]> {
  const subjects = events.filter((event) => event.type === 'order.reported').map((event) => event.subject);
  if (subjects.length === 0) return [];
  const rows = await tx.selectFrom('sales_order').select(['id', 'party_id']).where('subject', '=', sql<string>`any(${subjects}::text[])`).execute();
  return rows.map((row) => ({ kind: 'order', recordId: row.id, keys: [`party:${row.party_id}`] }));
}

function conflictsOf({ id, state, before }: FoldedShipment): FollowUp[] {
  return state.conflict !== null && state.conflict !== before.conflict ? [{ action: 'raise-conflict', shipmentId: id, ends: state.conflict }] : [];
}

/** Also what is noticed after the delivery: a delay that is reported late ended with it all the same. */
async function deliveredWithOpenMatters(tx: Transaction, folded: readonly FoldedShipment[]): Promise<FollowUp[]> {
  const delivered = folded.filter((shipment) => shipment.state.status === 'DELIVERED').map((shipment) => shipment.id);
  if (delivered.length === 0) return [];
  const rows = await tx.selectFrom('exception').select('shipment_id').distinct().where('shipment_id', '=', sql<string>`any(${delivered}::uuid[])`).where('kind', '=', 'MILESTONE').where('state', '<>', 'RESOLVED').execute();
  return rows.map((row) => ({ action: 'resolve-delivered', shipmentId: row.shipment_id! }));
}
