import { AsyncLocalStorage } from 'node:async_hooks';
import { Kysely, type Transaction as KyselyTransaction } from 'kysely';
import type { Config } from '../lib/config.js';
import type { Schema } from './schema.js';
import { openEmbedded } from './embedded.js';
import { openPostgres } from './postgres.js';

export type Transaction = KyselyTransaction<Schema>;
/** A transaction or the pool itself: for functions that only read. */
export type Queryable = Kysely<Schema>;

/** What pg-boss asks of a database (its IDatabase). */
export interface JobsDatabase {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: any[] }>;
  listen?(channel: string, onNotification: (payload: string) => void, onReconnect: () => void): Promise<{ close(): Promise<void> }>;
}

export interface Database {
  kind: 'embedded' | 'postgres';
  kysely: Kysely<Schema>;
  /**
   * Runs `work` in a transaction (read committed) and commits. A deadlock or a serialization
   * failure runs it again, up to five times, so `work` must have no effect outside the database.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Calls `wake` at every NOTIFY on `channel` and after every reconnect (something may have been missed). */
  listen(channel: string, wake: () => void): Promise<{ close(): Promise<void> }>;
  /** For pg-boss: statements of its own, outside any transaction of ours. */
  jobs: { db: JobsDatabase } | { connectionString: string };
  close(): Promise<void>;
}

/** What a driver gives; `openDatabase` adds what is the same for both. */
export type Driver = Omit<Database, 'transaction'>;

const inTransaction = new AsyncLocalStorage<true>();

/**
 * Called by drivers when the pool hands out a connection. The embedded database has a single
 * connection: asking for it while a transaction holds it would wait for ever, so it is refused, on
 * PostgreSQL as well, where tests would otherwise not notice.
 */
export function refuseInsideTransaction(): void {
  if (inTransaction.getStore()) throw new Error('The pool was used inside a transaction: use the transaction that is already open.');
}

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
export async function openDatabase(config: Pick<Config, 'databaseUrl' | 'dataFolder' | 'poolSize'>): Promise<Database> {
  const driver = config.databaseUrl === undefined ? await openEmbedded(config.dataFolder) : await openPostgres(config.databaseUrl, config.poolSize);
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
