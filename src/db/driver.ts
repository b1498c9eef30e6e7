import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely, Transaction as KyselyTransaction } from 'kysely';
import type { Schema } from './schema.js';
import type { OpenTransaction } from './transactions.js';

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
  /** For what is read on behalf of somebody: on PostgreSQL a pool of its own, whose statements are ended when they take too long. */
  reads: Kysely<Schema>;
  /** The role as which PostgreSQL runs what outsiders read with `reads`, so that row-level security holds for it; null: as ourselves, the tables' owner. */
  outsiders: { role: string | null };
  /**
   * Runs `work` in a transaction (read committed) and commits. A deadlock or a serialization
   * failure runs it again, up to five times, so `work` must have no effect outside the database.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Calls `wake` at every NOTIFY on `channel`, with its payload, and without one after every reconnect (something may have been missed). */
  listen(channel: string, wake: (payload?: string) => void): Promise<{ close(): Promise<void> }>;
  /** Calls in this process alone whoever listens on `channel`, without NOTIFY: for what any process would do, and this one does as well. */
  wakeHere(channel: string): void;
  /** For pg-boss: statements of its own, outside any transaction of ours. */
  jobs: { db: JobsDatabase } | { connectionString: string };
  close(): Promise<void>;
}

/** What a driver gives; `openDatabase` adds what is the same for both. */
export type Driver = Omit<Database, 'transaction' | 'wakeHere'> & { begin(): Promise<OpenTransaction> };

export const inTransaction = new AsyncLocalStorage<true>();

/**
 * Called by drivers when the pool hands out a connection. The embedded database has a single
 * connection: asking for it while a transaction holds it would wait for ever, so it is refused, on
 * PostgreSQL as well, where tests would otherwise not notice.
 */
export function refuseInsideTransaction(): void {
  if (inTransaction.getStore()) throw new Error('The pool was used inside a transaction: use the transaction that is already open.');
}
