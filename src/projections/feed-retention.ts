import { sql } from 'kysely';
import type { Database } from '../db/database.js';
import { projectedName, removedName } from '../events/live.js';
import { instant } from '../lib/clock.js';

/** How far apart marks are noted, ms: by so much more than its days a row may be kept. */
const markMs = 3600_000;
/** Positions whose rows are removed by one statement. */
const chunk = 10_000;
/** Most statements of one call. */
const maxChunks = 50;

/**
 * Cuts off the feed after `days`. First it is told from where on the feed is kept, in a transaction of
 * its own; rows go with the next call, when every process has long read that: so no reader of theirs
 * passes over a gap without noticing.
 * @param nowMs milliseconds UTC
 * @returns rows removed
 */
export async function cutFeed(database: Database, days: number, nowMs: number = Date.now()): Promise<number> {
  const removed = await removeRows(database);
  await noteMark(database, nowMs);
  const { kysely } = database;
  const mark = await kysely.selectFrom('feed_mark').select((of) => of.fn.max('position').as('position')).where('at', '<', instant(nowMs - days * 86_400_000)).executeTakeFirst();
  if (mark?.position == null) return removed;
  await kysely.insertInto('projection').values({ name: removedName, position: mark.position })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ position: sql<number>`greatest(projection.position, excluded.position)` })).execute();
  await kysely.deleteFrom('feed_mark').where('position', '<', mark.position).execute();
  return removed;
}

async function removeRows({ kysely }: Database): Promise<number> {
  const upTo = await kysely.selectFrom('projection').select('position').where('name', '=', removedName).executeTakeFirst();
  if (upTo === undefined) return 0;
  let removed = 0;
  for (let count = 0; count < maxChunks; count++) {
    const first = await kysely.selectFrom('feed').select('position').where('key', '=', sql.lit('all')).orderBy('position').limit(1).executeTakeFirst();
    if (first === undefined || first.position > upTo.position) return removed;
    const result = await kysely.deleteFrom('feed').where('position', '<=', Math.min(upTo.position, first.position + chunk)).executeTakeFirst();
    removed += Number(result.numDeletedRows);
  }
  return removed;
}

async function noteMark({ kysely }: Database, nowMs: number): Promise<void> {
  const latest = await kysely.selectFrom('feed_mark').select('at').orderBy('at', 'desc').limit(1).executeTakeFirst();
  if (latest !== undefined && Date.parse(latest.at) > nowMs - markMs) return;
  const projected = await kysely.selectFrom('projection').select('position').where('name', '=', projectedName).executeTakeFirst();
  if (projected === undefined) return;
  await kysely.insertInto('feed_mark').values({ position: projected.position, at: instant(nowMs) }).onConflict((conflict) => conflict.doNothing()).execute();
}
