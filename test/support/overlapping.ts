import { sql } from 'kysely';
import type { Database, Transaction } from '../../src/db/database.js';
import { eventually } from './requests.js';

/**
 * Does `first` in a transaction that stays open until each of `later`, begun behind it, has ended or waits for a lock; then `last`, and commits.
 * For PostgreSQL: the embedded database has one connection, for which all would wait.
 * @returns how `later` ended
 */
export async function overlapping<T>(database: Database, first: (tx: Transaction) => Promise<unknown>, later: ReadonlyArray<() => Promise<T>>, last: (tx: Transaction) => Promise<unknown> = async () => {}): Promise<Array<PromiseSettledResult<T>>> {
  const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holding = database.transaction(async (tx) => {
    await first(tx);
    begun.resolve();
    await released.promise;
    await last(tx);
  });
  await Promise.race([begun.promise, holding]);
  const acts = later.map((act) => act());
  let open = acts.length;
  for (const act of acts) void act.catch(() => {}).then(() => open--);
  await eventually(() => waitingForLocks(database), (waiting) => waiting >= open).finally(released.resolve);
  await holding;
  return Promise.allSettled(acts);
}

async function waitingForLocks(database: Database): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(database.kysely);
  return rows[0]!.count;
}
