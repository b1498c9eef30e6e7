import { sql } from 'kysely';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { compareCursors, type FeedCursor } from '../../../lib/feed.js';
import { uuidFromGlobalId, uuidv7 } from '../../../lib/ids.js';
import type { Json } from '../../../lib/json.js';
import { typePrefix } from '../../../model/cloud-event.js';
import type { Queryable, Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { maxWaiting, pageSize } from './policy.js';
import type { EndpointRow } from '../../../events/webhooks.js';
import { principalOfEndpoint } from './rights.js';
import { before, readTold, type Interest, type ToldEvent, type ToldPage } from './told-events.js';

/** The endpoint is no longer this holder's, or was changed meanwhile. */
export class EndpointLost extends Error {}

export const interestOf = ({ topics, filter }: Pick<EndpointRow, 'topics' | 'filter'>): Interest => ({ topics, filter });

/**
 * Makes deliveries of what the owner's feed tells behind the endpoint's place; both in one transaction, so that
 * whatever is cut short is read again or stands.
 * @param from where this process has looked already: behind the place that is kept, where nothing was of interest
 * @returns up to where was looked, and whether more can be taken in at once
 * @throws EndpointLost
 */
export async function takeIn(tasks: TaskContext, endpoint: EndpointRow, holder: string, from: FeedCursor): Promise<{ scanned: FeedCursor; hasMore: boolean }> {
  const { kysely, transaction } = tasks.database;
  // No more can be taken in before something is sent: there is nothing to come back for at once.
  if (await isFull(kysely, endpoint.id)) return { scanned: from, hasMore: false };
  const page = await readOrSkip(tasks, endpoint, holder, from);
  if (page.events.length === 0 && !isWorthKeeping(endpoint, page.scanned)) return page;
  await transaction(async (tx) => {
    await addDeliveries(tx, endpoint.id, page.events, null);
    await movePlace(tx, endpoint, holder, page.scanned);
  });
  [endpoint.position, endpoint.ordinal] = [page.scanned.position, page.scanned.ordinal];
  return page;
}

/** Where nothing is of interest the place is kept now and then, so that it does not come to lie before what is kept of the feed. */
const keptEvery = 1_000;
function isWorthKeeping(kept: FeedCursor, scanned: FeedCursor): boolean {
  return scanned.position - kept.position >= keptEvery;
}

/** @throws EndpointLost */
export async function movePlace(tx: Queryable, { id, position, ordinal }: Pick<EndpointRow, 'id' | 'position' | 'ordinal'>, holder: string, to: FeedCursor): Promise<void> {
  const { rows } = await sql`
    update webhook_endpoint set position = ${to.position}, ordinal = ${to.ordinal}
    where id = ${id}::uuid and position = ${position} and ordinal = ${ordinal} and holder = ${holder}::uuid and state = 'ACTIVE' returning id`.execute(tx);
  if (rows.length === 0) throw new EndpointLost(`Endpoint ${id} is another's, or was changed.`);
}

/**
 * Where the feed is no longer kept from the endpoint's place on, that is told, to its owner by an event of its own,
 * and the endpoint goes on where the feed begins.
 */
export async function readOrSkip(tasks: TaskContext, endpoint: EndpointRow, holder: string, from: FeedCursor): Promise<ToldPage> {
  const principal = principalOfEndpoint(endpoint);
  try {
    return await readTold(tasks.graph, principal, interestOf(endpoint), from, pageSize);
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== 'CURSOR_EXPIRED') throw error;
    const live = await tasks.graph.live();
    const { start } = live;
    if (compareCursors(start, from) <= 0) throw error;
    const gap = { from: live.encode(from), to: live.encode(start), at: instant(Date.now()) };
    await tasks.database.transaction(async (tx) => {
      await movePlace(tx, endpoint, holder, start);
      await tellGap(tx, tasks, endpoint.id, gap);
    });
    [endpoint.position, endpoint.ordinal] = [start.position, start.ordinal];
    return readTold(tasks.graph, principal, interestOf(endpoint), start, pageSize);
  }
}

/**
 * What waited for so long that the feed no longer holds it cannot be read any more when it is sent: it is dropped, and
 * the endpoint is told. @returns how many
 */
export async function dropOutdated(tasks: TaskContext, endpoint: EndpointRow): Promise<number> {
  const live = await tasks.graph.live();
  const { start } = live;
  if (start.position === 0) return 0;
  return tasks.database.transaction(async (tx) => {
    const dropped = await tx.updateTable('webhook_delivery').set({ state: 'DROPPED', finished_at: sql<string>`clock_timestamp()` }).where('endpoint', '=', endpoint.id).where('state', '=', 'WAITING').where('position', '<=', start.position).returning(['position', 'ordinal']).execute();
    if (dropped.length === 0) return 0;
    const oldest = dropped.map(({ position, ordinal }) => ({ position: position!, ordinal: ordinal! })).sort(compareCursors)[0]!;
    await tellGap(tx, tasks, endpoint.id, { from: live.encode(before(oldest)), to: live.encode(start), at: instant(Date.now()) });
    return dropped.length;
  });
}

async function tellGap(tx: Transaction, tasks: TaskContext, endpoint: string, gap: { from: string; to: string; at: string }): Promise<void> {
  await tx.updateTable('webhook_endpoint').set({ gap: JSON.stringify(gap) }).where('id', '=', endpoint).execute();
  await addNote(tx, endpoint, 'gap', { ...gap, message: 'Events between these cursors were no longer kept when they were to be sent. Read the graph for how things stand.' });
  tasks.log.warn({ endpoint, gap }, 'an endpoint was behind what is kept of the feed; it is told of the gap');
}

/** Adds deliveries of events, in their order. What stands already, of this place of the feed, stays. */
export async function addDeliveries(tx: Transaction, endpoint: string, events: readonly ToldEvent[], replay: string | null): Promise<void> {
  if (events.length === 0) return;
  await followMerges(tx, endpoint);
  const rows = events.map(({ place, id, type, subject, recordedAt }) => ({ position: place.position, ordinal: place.ordinal, id, type, subject, shipment: uuidFromGlobalId('Shipment', subject), at: recordedAt }));
  await sql`
    insert into webhook_delivery (endpoint, replay, position, ordinal, event_id, type, subject, order_key, shipment_id, happened_at)
    select ${endpoint}::uuid, ${replay}::uuid, x.position, x.ordinal, x.id, x.type, x.subject, coalesce(x.shipment::text, x.subject), x.shipment, coalesce(x.at, (select e.recorded_at from event e where e.position = x.position), clock_timestamp())
    from json_to_recordset(${JSON.stringify(rows)}::json) as x(position bigint, ordinal integer, id text, type text, subject text, shipment uuid, at timestamptz)
    order by x.position, x.ordinal
    on conflict do nothing`.execute(tx);
}

/** What waits for a shipment that was merged into another goes before what comes for that one. */
async function followMerges(tx: Transaction, endpoint: string): Promise<void> {
  await sql`
    update webhook_delivery d set shipment_id = s.merged_into, order_key = s.merged_into::text from shipment s
    where d.endpoint = ${endpoint}::uuid and d.state in ('WAITING', 'SENDING') and s.id = d.shipment_id and s.merged_into is not null`.execute(tx);
}

/** Adds an event about the endpoint itself. @returns its id */
export async function addNote(tx: Queryable, endpoint: string, what: string, data: { [name: string]: Json }): Promise<string> {
  const id = uuidv7();
  await tx.insertInto('webhook_delivery').values({
    endpoint, replay: null, position: null, ordinal: null, note: JSON.stringify(data), event_id: id, type: `${typePrefix}webhook.${what}`, subject: endpoint, order_key: endpoint, shipment_id: null, happened_at: instant(Date.now()), lease: null, finished_at: null,
  }).execute();
  return id;
}

async function isFull(db: Queryable, endpoint: string): Promise<boolean> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from (select from webhook_delivery where endpoint = ${endpoint}::uuid and state = 'WAITING' limit ${maxWaiting}) x`.execute(db);
  return Number(rows[0]!.count) >= maxWaiting;
}

/** The next part of the oldest replay that is not done becomes deliveries. @returns whether there may be more */
export async function takeInReplay(tasks: TaskContext, endpoint: EndpointRow): Promise<boolean> {
  const { kysely, transaction } = tasks.database;
  const replay = await kysely.selectFrom('webhook_replay').selectAll().where('endpoint', '=', endpoint.id).where('finished_at', 'is', null).orderBy('id').limit(1).executeTakeFirst();
  if (replay === undefined || (await isFull(kysely, endpoint.id))) return false;
  const end = { position: replay.end_position, ordinal: replay.end_ordinal };
  const page = await replayPage(tasks, endpoint, replay);
  const events = page.events.filter(({ place }) => compareCursors(place, end) <= 0);
  const isDone = !page.hasMore || events.length < page.events.length || compareCursors(page.scanned, end) >= 0;
  return transaction(async (tx) => {
    const moved = await tx.updateTable('webhook_replay')
      .set({ position: page.scanned.position, ordinal: page.scanned.ordinal, events: sql<number>`events + ${events.length}`, finished_at: isDone ? instant(Date.now()) : null })
      .where('id', '=', replay.id).where('position', '=', replay.position).where('ordinal', '=', replay.ordinal).where('finished_at', 'is', null).returning('id').execute();
    // Another has taken this part in.
    if (moved.length > 0) await addDeliveries(tx, endpoint.id, events, replay.id);
    return true;
  });
}

/** From where on the feed is kept, where the replay begins before that. */
export async function replayPage(tasks: TaskContext, endpoint: EndpointRow, { position, ordinal }: FeedCursor): Promise<ToldPage> {
  const { start } = await tasks.graph.live();
  const from = compareCursors({ position, ordinal }, start) < 0 ? start : { position, ordinal };
  return readTold(tasks.graph, principalOfEndpoint(endpoint), interestOf(endpoint), from, pageSize);
}
