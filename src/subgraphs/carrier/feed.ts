import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import type { FeedCursor, LiveFeed } from '../../events/live.js';
import { GatehouseError } from '../../lib/errors.js';
import { uuidFromGlobalId } from '../../lib/ids.js';
import { milestoneOf, type MilestoneRow } from './rows.js';
import type { MilestoneEvent, MilestoneFilter } from './types.js';

/** A milestone as the principal meets it in the feed. */
export interface FedMilestone {
  event: MilestoneEvent;
  cursor: FeedCursor;
}

/** Where the feed ends now, for this principal: subscribe behind it to hear only of what comes. */
export async function latestCursor({ db, principal }: Reader): Promise<FeedCursor> {
  const ends = db.selectFrom('feed').select(['position', 'ordinal']).orderBy('position', 'desc').orderBy('ordinal', 'desc').limit(1);
  // Key by key, each is the end of an index, however few rows of the feed the keys have.
  const queries = principal.companies === 'none' && principal.keys.length > 1 ? principal.keys.map((key) => ends.where('key', '=', key)) : [ends];
  const found = await Promise.all(queries.map((query) => query.executeTakeFirst()));
  return found.reduce<FeedCursor>((last, row) => (row !== undefined && isBehind(row, last) ? row : last), { position: 0, ordinal: 0 });
}

/** What follows `after` in the feed, in its order; at most `limit`, so that a reader comes back from where it got to. */
export async function feedPage({ db }: Reader, after: FeedCursor | Promise<FeedCursor>, filter: MilestoneFilter, limit: number): Promise<FedMilestone[]> {
  const { position, ordinal } = await after;
  let query = db
    .selectFrom('feed')
    .innerJoin('milestone', 'milestone.id', 'feed.milestone_id')
    .selectAll('milestone')
    .select(['feed.position as feed_position', 'feed.ordinal as feed_ordinal'])
    .where(sql<boolean>`(feed.position, feed.ordinal) > (${position}::bigint, ${ordinal}::integer)`)
    .orderBy('feed.position')
    .orderBy('feed.ordinal')
    .limit(limit);
  if (filter.shipmentId != null) query = query.where('milestone.shipment_id', '=', shipmentUuid(filter.shipmentId));
  if (filter.codes != null) query = query.where('milestone.code', '=', sql<string>`any(${filter.codes}::text[])`);
  if (filter.classifiers != null) query = query.where('milestone.classifier', '=', sql<string>`any(${filter.classifiers}::text[])`);
  const rows = await query.execute();
  return rows.map((row) => ({ event: milestoneOf(row as unknown as MilestoneRow), cursor: { position: row.feed_position, ordinal: row.feed_ordinal } }));
}

function shipmentUuid(id: string): string {
  const uuid = uuidFromGlobalId('Shipment', id);
  if (uuid === null) throw new GatehouseError('BAD_INPUT', 'filter.shipmentId is no shipment id.', { field: 'filter.shipmentId' });
  return uuid;
}

/** True when `a` comes after `b` in the feed. */
function isBehind(a: FeedCursor, b: FeedCursor): boolean {
  return a.position !== b.position ? a.position > b.position : a.ordinal > b.ordinal;
}

const pageSize = 100;
/** Reads that may fail in a row, one every `retryMs`, before the stream ends with the error. */
const maxFailures = 120;
const retryMs = 1000;

/**
 * The feed from `after` on, for as long as the reader wants it: what was missed first, then what
 * comes, in one order and without a seam, because both are read from the same place.
 * An iterator written by hand: a generator that waits cannot be closed from outside.
 * @throws what `after` fails with, before there is an iterator
 */
export async function followFeed(reader: Reader, live: LiveFeed, after: FeedCursor | Promise<FeedCursor>, filter: MilestoneFilter): Promise<AsyncIterableIterator<FedMilestone>> {
  const abort = new AbortController();
  let scanned = await after;
  let failures = 0;
  let page: FedMilestone[] = [];
  /** At most one at a time, however many pages are read meanwhile. */
  let woken: Promise<void> | undefined;

  async function next(): Promise<IteratorResult<FedMilestone>> {
    while (!abort.signal.aborted) {
      const item = page.shift();
      if (item !== undefined) return { done: false, value: item };
      woken ??= live.next(abort.signal); // before the read, so that a wake-up during it is not missed
      try {
        await readOn();
        failures = 0;
      } catch (error) {
        // A database that restarts must not end the stream: the place in the feed is kept.
        if (++failures > maxFailures || error instanceof GatehouseError) throw error;
        // What woke this reader is still unread and may wake it no more.
        await pause(retryMs, abort.signal);
        continue;
      }
      if (page.length > 0) continue;
      await woken;
      woken = undefined;
    }
    return { done: true, value: undefined };
  }

  async function readOn(): Promise<void> {
    const end = await latestCursor(reader);
    page = await feedPage(reader, scanned, filter, pageSize);
    const last = page.at(-1)?.cursor;
    // A short page has looked at everything up to the end: what the filter left out is not read again.
    if (last !== undefined && (page.length === pageSize || isBehind(last, end))) scanned = last;
    else if (isBehind(end, scanned)) scanned = end;
  }

  let turn: Promise<unknown> = Promise.resolve();
  const milestones: AsyncIterableIterator<FedMilestone> = {
    next() {
      const mine = turn.then(next);
      turn = mine.catch(() => {});
      return mine;
    },
    async return() {
      abort.abort();
      return { done: true, value: undefined };
    },
    async throw(error) {
      abort.abort();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return milestones;
}

/** Resolves after `ms`, or when `signal` aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
