import { sql } from 'kysely';
import type { Queryable } from '../db/database.js';

/** How often a subject used something deprecated on one day. */
export interface DeprecatedUseCount {
  /** Of the token. */
  subject: string;
  /** Schema coordinate: `Shipment.carrier`. */
  coordinate: string;
  /** ISO date, UTC. */
  day: string;
  count: number;
}

/** Adds to the counts. */
export async function countDeprecatedUse(db: Queryable, counts: readonly DeprecatedUseCount[]): Promise<void> {
  if (counts.length === 0) return;
  // In one order for all processes, so that two wait for each other instead of deadlocking.
  const rows = [...counts].sort((a, b) => (`${a.coordinate}\n${a.subject}\n${a.day}` < `${b.coordinate}\n${b.subject}\n${b.day}` ? -1 : 1));
  await db.insertInto('deprecated_use').values(rows).onConflict((c) => c.columns(['coordinate', 'subject', 'day']).doUpdateSet({ count: sql`deprecated_use.count + excluded.count` })).execute();
}

export interface DeprecatedUseReport {
  coordinate: string;
  subject: string;
  /** Operations that used it since `since`. */
  count: number;
  /** ISO date of the last use. */
  last: string;
}

/**
 * Who still uses what is deprecated, most used first.
 * @param since ISO date from which it counts
 */
export async function deprecatedUse(db: Queryable, since: string): Promise<DeprecatedUseReport[]> {
  const rows = await sql<DeprecatedUseReport>`
    select coordinate, subject, sum(count)::float8 as count, max(day)::text as last from deprecated_use
    where day >= ${since}::date group by coordinate, subject order by coordinate, sum(count) desc, subject
  `.execute(db);
  return rows.rows;
}

/** How many counts are of days before `before` (ISO date or time). */
export async function oldDeprecatedUse(db: Queryable, before: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::float8 as count from deprecated_use where day < ${before.slice(0, 10)}::date`.execute(db);
  return rows[0]!.count;
}

/**
 * Forgets counts of days before `before` (ISO date or time), at most `limit`.
 * @returns how many
 */
export async function forgetDeprecatedUse(db: Queryable, before: string, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from deprecated_use where (coordinate, subject, day) in (select coordinate, subject, day from deprecated_use where day < ${before.slice(0, 10)}::date limit ${limit})
  `.execute(db);
  return Number(numAffectedRows ?? 0);
}
