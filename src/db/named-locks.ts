import { sql } from 'kysely';
import type { Transaction } from './database.js';

/**
 * Nobody else holds these names until `tx` ends: for what no row stands for yet, since a row that another transaction has
 * inserted cannot be seen, nor locked, before it commits.
 * @param names each with what it is for in front, `pickup:<connection>`
 */
export async function holdNames(tx: Transaction, names: readonly string[]): Promise<void> {
  // In one order, so that two transactions wait instead of deadlocking.
  await sql`select pg_advisory_xact_lock(lock) from (select distinct hashtextextended(name, 0) as lock from unnest(${[...names]}::text[]) as name order by 1) as locks`.execute(tx);
}
