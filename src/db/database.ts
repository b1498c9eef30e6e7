import type { Config } from '../lib/config.js';
import { inTransaction, type Database, type Driver, type JobsDatabase, type Transaction } from './driver.js';
import { openEmbedded } from './embedded.js';
import { openPostgres } from './postgres.js';

export type { Database, JobsDatabase, Queryable, Transaction } from './driver.js';

const retryable = new Set(['40001', '40P01']);
const attempts = 5;

async function runTransaction<T>(driver: Driver, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(driver, work);
    } catch (error) {
      if (attempt === attempts || !retryable.has((error as { code?: string }).code ?? '')) throw error;
      await new Promise((done) => setTimeout(done, Math.random() * 20 * attempt));
    }
  }
}

async function runOnce<T>(driver: Driver, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const { tx, commit, rollback } = await driver.begin();
  let result: T;
  try {
    result = await inTransaction.run(true, () => work(tx));
  } catch (error) {
    await rollback().catch(() => {}); // a connection that is lost has ended it, and the first error says more
    throw error;
  }
  await commit();
  return result;
}

/**
 * PostgreSQL where a URL is configured, else the embedded database in the data folder.
 * @throws LockedError when another process owns the data folder
 */
export async function openDatabase(config: Pick<Config, 'databaseUrl' | 'dataFolder' | 'poolSize' | 'readTimeoutMs'>): Promise<Database> {
  const driver = config.databaseUrl === undefined ? await openEmbedded(config.dataFolder) : await openPostgres(config.databaseUrl, config.poolSize, config.readTimeoutMs);
  const wakes = new Map<string, Set<() => void>>();
  return {
    ...driver,
    transaction: (work) => runTransaction(driver, work),
    async listen(channel, wake) {
      const own = () => wake();
      const listening = await driver.listen(channel, wake);
      const known = wakes.get(channel) ?? new Set();
      wakes.set(channel, known.add(own));
      return {
        async close() {
          known.delete(own);
          await listening.close();
        },
      };
    },
    wakeHere: (channel) => wakes.get(channel)?.forEach((wake) => wake()),
  };
}

/** Lets pg-boss send a job inside `tx`. */
export function jobsDatabaseOf(tx: Transaction): JobsDatabase {
  return {
    async executeSql(text, values = []) {
      const result = await tx.executeQuery({ sql: text, parameters: values, query: { kind: 'RawNode' } as never, queryId: { queryId: 'jobs' } });
      return { rows: [...result.rows] };
    },
  };
}
