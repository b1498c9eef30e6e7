import type { Kysely } from 'kysely';
import type { Config } from '../lib/config.js';
import { inTransaction, type Database, type JobsDatabase, type Transaction } from './driver.js';
import { openEmbedded } from './embedded.js';
import { openPostgres } from './postgres.js';
import type { Schema } from './schema.js';

export type { Database, JobsDatabase, Queryable, Transaction } from './driver.js';

const retryable = new Set(['40001', '40P01']);
const attempts = 5;

async function runTransaction<T>(kysely: Kysely<Schema>, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await kysely.transaction().execute((tx) => inTransaction.run(true, () => work(tx)));
    } catch (error) {
      if (attempt === attempts || !retryable.has((error as { code?: string }).code ?? '')) throw error;
      await new Promise((done) => setTimeout(done, Math.random() * 20 * attempt));
    }
  }
}

/**
 * PostgreSQL where a URL is configured, else the embedded database in the data folder.
 * @throws LockedError when another process owns the data folder
 */
export async function openDatabase(config: Pick<Config, 'databaseUrl' | 'dataFolder' | 'poolSize' | 'readTimeoutMs'>): Promise<Database> {
  const driver = config.databaseUrl === undefined ? await openEmbedded(config.dataFolder) : await openPostgres(config.databaseUrl, config.poolSize, config.readTimeoutMs);
  return { ...driver, transaction: (work) => runTransaction(driver.kysely, work) };
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
