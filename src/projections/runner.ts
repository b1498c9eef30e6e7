import { sql } from 'kysely';
import type { Database, Queryable, Transaction } from '../db/database.js';
import type { EventPayloads, LogEvent } from '../events/event.js';
import type { LiveBus } from '../events/live-bus.js';
import { projectedName } from '../events/live.js';
import { eventsOfSubjects, readLog } from '../events/read.js';
import { isDataFault } from '../lib/database-faults.js';
import type { TenderRecord } from '../model/edi.js';
import { forgetMoved, projectAccess, type AccessGrant } from './access.js';
import { followCompany, moveExceptions, projectExceptions } from './exceptions.js';
import { projectFeed } from './feed.js';
import { projectHealth } from './health.js';
import { projectInterchanges } from './interchanges.js';
import { applyLinks, isLinkEvent, shipmentsOfLink } from './links.js';
import { loadsOutOfStep } from './load-progress.js';
import { unsettledShipments } from './matters.js';
import { milestoneRows, projectEstimates } from './milestones.js';
import { projectPallets } from './pallets.js';
import { projectPickups } from './pickups.js';
import { projectRecords } from './records.js';
import { renamedTransfers } from './restate.js';
import { transferSubject } from './references.js';
import { projectShipments, shopKeys, type FoldedShipment } from './shipments.js';
import { recordsOf } from './record-ids.js';
import { markShopOrders } from './shops.js';
import { projectStopTimes } from './stop-times.js';
import { tenderedLoads } from './tenders.js';
import { projectTransport, visitsConcerned } from './transport.js';
import { renamedFacilities } from './facility-names.js';
import { projectYards } from './trailers.js';
import { projectVehicles } from './vehicles.js';

const name = projectedName;
const batchSize = 1000;

/** Something that a fold found and that asks for a new event; sent as a job in the same transaction. */
export type FollowUp =
  | { action: 'settle-matters'; shipmentIds: string[] }
  | { action: 'restate-names'; transfer: string }
  | { action: 'link-reported'; subjects: string[] }
  | { action: 'settle-presence'; loads: string[] }
  | { action: 'follow-tenders'; loads: string[]; answers: Array<{ id: string; subject: string }> }
  | { action: 'settle-progress'; loads: string[] }
  | { action: 'settle-visits'; visits: string[] }
  | { action: 'settle-contradictions'; contradictions: Array<{ kind: string; about: string }> }
  | { action: 'raise-unprojected'; company: string; position: number; subject: string; rawId: string | null };

export interface RunnerOptions {
  /** Runs in the projecting transaction. */
  onFollowUps(tx: Transaction, followUps: FollowUp[]): Promise<void>;
  /** Wakes readers of the feed after a batch. */
  bus: Pick<LiveBus, 'beforeCommit' | 'afterCommit'>;
}

/** How far the projections are; the feed shows nothing beyond it. */
export async function watermark(db: Queryable): Promise<number> {
  const row = await db.selectFrom('projection').select('position').where('name', '=', name).executeTakeFirst();
  return row?.position ?? 0;
}

/**
 * Projects what is in the log, batch by batch, in log order. One runner works at a time in all
 * processes; a second one waits for it and finds nothing left.
 * @param signal ends it after a batch
 * @returns up to where the read model is
 */
export async function runProjections(database: Database, options: RunnerOptions, signal?: AbortSignal): Promise<number> {
  for (let [limit, position] = [batchSize, 0]; ; ) {
    if (signal?.aborted === true) return position;
    let begunAt: number | undefined;
    try {
      const done = await database.transaction((tx) => projectBatch(tx, options, limit, (at) => (begunAt = at)));
      if (done.events > 0) options.bus.afterCommit();
      position = done.position;
      if (done.events < limit) return position;
      limit = Math.min(batchSize, limit * 2);
    } catch (error) {
      if (!isDataFault(error) || begunAt === undefined) throw error;
      const failedAt = begunAt;
      // One event that the read model cannot hold must not stop all others: find it by halving.
      if (limit === 1) await database.transaction((tx) => passOver(tx, options, failedAt));
      limit = Math.max(1, Math.floor(limit / 2));
    }
  }
}

/**
 * Leaves the event behind `failedAt` out of the read model, and says so. It stays in the log. Where another runner, which
 * failed at the same event, has passed over it meanwhile, the next one is innocent.
 */
async function passOver(tx: Transaction, options: RunnerOptions, failedAt: number): Promise<void> {
  // A batch that fails at the first event of all takes the row with it.
  await beginAtZero(tx);
  const row = await tx.selectFrom('projection').select('position').where('name', '=', name).forUpdate().executeTakeFirstOrThrow();
  if (row.position !== failedAt) return;
  const [event] = await readLog(tx, failedAt, 1);
  if (event === undefined) return;
  await options.onFollowUps(tx, [{ action: 'raise-unprojected', company: event.company, position: event.position, subject: event.subject, rawId: event.causation_id }]);
  await tx.updateTable('projection').set({ position: event.position }).where('name', '=', name).execute();
}

async function beginAtZero(tx: Transaction): Promise<void> {
  await tx.insertInto('projection').values({ name, position: 0 }).onConflict((c) => c.doNothing()).execute();
}

/** @param begun told where the batch begins, once nobody else can move on from there */
async function projectBatch(tx: Transaction, options: RunnerOptions, limit: number, begun: (position: number) => void): Promise<{ events: number; position: number }> {
  const place = tx.selectFrom('projection').select('position').where('name', '=', name);
  // The lock comes first: what is asked for behind it is read when it is held.
  const [row, events] = await Promise.all([place.forUpdate().executeTakeFirst(), readLog(tx, sql<number>`(${place})`, limit)]);
  if (row === undefined) {
    await beginAtZero(tx);
    return projectBatch(tx, options, limit, begun);
  }
  begun(row.position);
  if (events.length === 0) return { events: 0, position: row.position };
  const last = events.at(-1)!.position;
  const followUps = await projectEvents(tx, events, row.position, last);
  await Promise.all([
    followUps.length === 0 ? undefined : options.onFollowUps(tx, followUps),
    tx.updateTable('projection').set({ position: last }).where('name', '=', name).execute(),
    options.bus.beforeCommit(tx, last),
  ]);
  return { events: events.length, position: last };
}

async function projectEvents(tx: Transaction, events: readonly LogEvent[], before: number, last: number): Promise<FollowUp[]> {
  const applied = events.filter(isApplied);
  const links = applied.filter((event) => isLinkEvent(event.type));
  const [followed] = await Promise.all([projectRecords(tx, applied), applyLinks(tx, links.map((event) => ({ ...event, recordedAt: event.recorded_at }))), projectEstimates(tx, applied)]);
  const renamed = await renamedFacilities(tx, recordsOf(applied, 'facility'));
  const [transport, shipmentOf, moved, ofRecords, shownAgain] = await Promise.all([
    projectTransport(tx, applied, links, renamed), shipmentsOfSubjects(tx, [...freightSubjects(applied), ...relinked(links)]), moveMilestones(tx, links), shipmentsOfRecords(tx, followed), ledNowhere(tx, links, before),
  ]);
  await projectInterchanges(tx, applied);
  await markShopOrders(tx, applied);
  await projectPallets(tx, applied);
  const telematics = await projectVehicles(tx, applied);
  const fetched = await projectPickups(tx, applied);
  const affected = new Set([...links.flatMap(shipmentsOfLink), ...shipmentOf.values(), ...ofRecords, ...transport.shipments, ...fetched]);
  const folded = await projectShipments(tx, [...affected], milestoneRows([...shownAgain, ...applied], shipmentOf));
  const { records, atFacilities } = transport;
  const timed = await projectStopTimes(tx, { loads: records.load, appointments: [...records.appointment, ...atFacilities.appointments], visits: [...records.visit, ...atFacilities.visits], shipments: [...affected] });
  const grants = folded.flatMap((shipment): AccessGrant[] => [
    { kind: 'shipment', recordId: shipment.id, keys: shipment.access },
    ...shipment.transferAccess.map(({ id, keys }): AccessGrant => ({ kind: 'transfer', recordId: id, keys })),
  ]);
  const [granted, exceptions, health] = await Promise.all([
    grantAccess(tx, applied, grants, moved.map((row) => row.id)), exceptionsOfBatch(tx, applied, links, folded), projectHealth(tx, applied),
  ]);
  const yards = await projectYards(tx, { visits: recordsOf(applied, 'visit'), moves: recordsOf(applied, 'yard_move'), facilities: recordsOf(applied, 'facility'), renamed, appointments: recordsOf(applied, 'appointment') });
  const changed = { ...transport.records, trailer_stay: yards.stays, tender_offer: transport.offers, vehicle: telematics.vehicles, connection: health, shipment: mergesOf(links).map((merge) => merge.from), exception: [...new Set(exceptions)], stock: recordsOf(applied, 'stock') };
  const [, matters, names] = await Promise.all([projectFeed(tx, { folded, granted, moved, changed, before, last }), mattersOfBatch(tx, events, folded), namesOfBatch(tx, events)]);
  const presence: FollowUp[] = telematics.settle.length === 0 ? [] : [{ action: 'settle-presence', loads: telematics.settle }];
  const toSettle = await visitsConcerned(tx, transport.records);
  const visits: FollowUp[] = toSettle.length === 0 ? [] : [{ action: 'settle-visits', visits: toSettle }];
  const contradictions: FollowUp[] = yards.contradictions.length === 0 ? [] : [{ action: 'settle-contradictions', contradictions: yards.contradictions }];
  const outOfStep = await loadsOutOfStep(tx, Date.now(), timed);
  const progress: FollowUp[] = outOfStep.length === 0 ? [] : [{ action: 'settle-progress', loads: outOfStep }];
  return [...matters, ...names, ...presence, ...progress, ...visits, ...contradictions, ...(await tendersOfBatch(tx, applied))];
}

async function grantAccess(tx: Transaction, events: readonly LogEvent[], ofShipments: readonly AccessGrant[], movedMilestones: readonly string[]): Promise<Map<string, string[]>> {
  const [orders, invoices] = await Promise.all([orderGrants(tx, events), invoiceGrants(tx, events)]);
  const granted = await projectAccess(tx, [...ofShipments, ...orders, ...invoices]);
  await forgetMoved(tx, movedMilestones);
  return granted;
}

/** @returns ids of the exceptions that the batch says something of, or that came to another shipment or company */
async function exceptionsOfBatch(tx: Transaction, events: readonly LogEvent[], links: readonly LogEvent[], folded: readonly FoldedShipment[]): Promise<string[]> {
  const told = await projectExceptions(tx, events);
  const moved = await moveExceptions(tx, mergesOf(links), relinked(links));
  const followed = await followCompany(tx, folded.filter((shipment) => shipment.company !== shipment.companyBefore));
  return [...told, ...moved, ...followed];
}

function mergesOf(links: readonly LogEvent[]): Array<EventPayloads['shipment.merged']> {
  return links.filter((event) => event.type === 'shipment.merged').map((event) => event.payload as EventPayloads['shipment.merged']);
}

/** References that lead elsewhere now, or lead somewhere again. */
function relinked(links: readonly LogEvent[]): string[] {
  return links.filter((event) => event.type === 'reference.linked' && (event.payload as EventPayloads['reference.linked']).sequence > 1).map((event) => event.subject);
}

/** What was reported under a name while that led nowhere could not be shown, and can be now. */
async function ledNowhere(tx: Transaction, links: readonly LogEvent[], before: number): Promise<LogEvent[]> {
  return (await eventsOfSubjects(tx, relinked(links), before)).filter(isApplied);
}

/** What a source does not own is kept in the log and not applied. */
function isApplied(event: LogEvent): boolean {
  return (event.payload as { notOwned?: boolean }).notOwned !== true;
}

function freightSubjects(events: readonly LogEvent[]): string[] {
  return [...new Set(events.filter((event) => event.type.startsWith('milestone.') || event.type === 'estimate.reported').map((event) => event.subject))];
}

/** Where the references of freight facts lead now. */
async function shipmentsOfSubjects(tx: Transaction, subjects: readonly string[]): Promise<Map<string, string>> {
  if (subjects.length === 0) return new Map();
  const rows = await sql<{ subject: string; shipment_id: string }>`
    select r.subject, coalesce(s.merged_into, r.shipment_id) as shipment_id from reference r join shipment s on s.id = r.shipment_id
    where r.subject = any(${[...subjects]}::text[])
  `.execute(tx);
  return new Map(rows.rows.map((row) => [row.subject, row.shipment_id]));
}

/** Milestones follow their reference when it now leads to another shipment. Gives them with the shipments they came to. */
async function moveMilestones(tx: Transaction, links: readonly LogEvent[]): Promise<Array<{ id: string; shipment_id: string }>> {
  const merged = mergesOf(links).map((merge) => merge.from);
  const subjects = relinked(links);
  if (merged.length === 0 && subjects.length === 0) return [];
  const rows = await sql<{ id: string; shipment_id: string }>`
    update milestone m set shipment_id = r.shipment_id from reference r
    where (m.shipment_id = any(${merged}::uuid[]) or m.subject = any(${subjects}::text[])) and r.subject = m.subject and r.shipment_id <> m.shipment_id
    returning m.id, m.shipment_id
  `.execute(tx);
  return rows.rows;
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
  const rows = await tx.selectFrom('sales_order').select(['id', 'party_id', 'direction', 'company']).where('subject', '=', sql<string>`any(${subjects}::text[])`).execute();
  return rows.map((row) => ({ kind: 'order', recordId: row.id, keys: [`party:${row.party_id}`, ...shopKeys(row)] }));
}

/** A customer sees an invoice once it is posted, as in the portal of Odoo. */
async function invoiceGrants(tx: Transaction, events: readonly LogEvent[]): Promise<AccessGrant[]> {
  const subjects = events.filter((event) => event.type === 'invoice.reported').map((event) => event.subject);
  if (subjects.length === 0) return [];
  const rows = await tx.selectFrom('invoice').select(['id', 'party_id', 'state']).where('subject', '=', sql<string>`any(${subjects}::text[])`).execute();
  return rows.map((row) => ({ kind: 'invoice', recordId: row.id, keys: row.state === 'posted' ? [`party:${row.party_id}`] : [] }));
}

/** Also of exceptions that are new: what raised them may be over already. */
async function mattersOfBatch(tx: Transaction, events: readonly LogEvent[], folded: readonly FoldedShipment[]): Promise<FollowUp[]> {
  const raised = events.filter((event) => event.type === 'exception.raised').map((event) => event.subject);
  const about = raised.length === 0 ? [] : await tx.selectFrom('exception').select('shipment_id').where('subject', '=', sql<string>`any(${raised}::text[])`).where('shipment_id', 'is not', null).execute();
  const shipmentIds = await unsettledShipments(tx, [...new Set([...folded.map((shipment) => shipment.id), ...about.map((row) => row.shipment_id!)])]);
  return shipmentIds.length === 0 ? [] : [{ action: 'settle-matters', shipmentIds }];
}

/** Loads of a TMS that are tendered here and were stated anew, and what carriers answered over EDI. */
async function tendersOfBatch(tx: Transaction, events: readonly LogEvent[]): Promise<FollowUp[]> {
  const loads = await tenderedLoads(tx, events);
  const answers = events.filter((event) => event.type === 'tender.reported' && (event.payload as { data: TenderRecord }).data.role === 'ANSWER').map(({ id, subject }) => ({ id, subject }));
  return loads.length + answers.length === 0 ? [] : [{ action: 'follow-tenders', loads, answers }];
}

async function namesOfBatch(tx: Transaction, events: readonly LogEvent[]): Promise<FollowUp[]> {
  const reported = freightSubjects(events);
  const [renamed, led] = await Promise.all([renamedTransfers(tx, [...new Set(events.flatMap(transferOf))]), shipmentsOfSubjects(tx, reported)]);
  const unlinked = reported.filter((subject) => !led.has(subject));
  return [
    ...renamed.map(({ transfer }): FollowUp => ({ action: 'restate-names', transfer: transferSubject(transfer) })),
    ...(unlinked.length === 0 ? [] : [{ action: 'link-reported' as const, subjects: unlinked }]),
  ];
}

/** Subject of the transfer that an event says something of: it was reported or deleted, or names were kept for it. */
function transferOf({ type, subject }: LogEvent): string[] {
  if (type === 'transfer.reported' || type === 'record.deleted') return subject.startsWith('transfer:') ? [subject] : [];
  const prefix = 'odoo.delivery:';
  // An outdated version that is decoded again keeps names anew and appends no report.
  return type === 'reference.named' && subject.startsWith(prefix) ? [`transfer:${subject.slice(prefix.length)}`] : [];
}
