import { Kysely, type CompiledQuery, type DatabaseConnection, type QueryResult } from 'kysely';
import { postgresDialect } from './dialect.js';
import type { Transaction } from './driver.js';
import type { Schema } from './schema.js';

/** A transaction that has begun, on a connection that nobody else uses until it has ended. */
export interface OpenTransaction {
  tx: Transaction;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/**
 * A transaction on this connection. Kysely's own send a statement when the one before it was answered; here those
 * that are asked for together leave together, and are carried out in the order in which they were asked for.
 * @param end sends what ends it, and gives the connection back
 */
export function transactionOn(connection: DatabaseConnection, end: (statement: 'commit' | 'rollback') => Promise<void>): OpenTransaction {
  const statements = new TransactionStatements(connection);
  const driver = {
    async init() {},
    acquireConnection: () => Promise.resolve(statements),
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    async releaseConnection() {},
    async destroy() {},
  };
  const endWith = (statement: 'commit' | 'rollback') => {
    statements.end();
    return end(statement);
  };
  // The database takes a commit behind a failed statement for a rollback, and says nothing.
  const commit = async () => {
    await endWith(statements.failure === undefined ? 'commit' : 'rollback');
    if (statements.failure !== undefined) throw statements.failure.error;
  };
  return { tx: new Kysely<Schema>({ dialect: postgresDialect(driver) }) as unknown as Transaction, commit, rollback: () => endWith('rollback') };
}

async function refuse(): Promise<never> {
  throw new Error('A transaction is open already.');
}

/** What every connection of ours answers: rows, and how many were changed. */
export abstract class PlainConnection implements DatabaseConnection {
  abstract executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>>;

  // eslint-disable-next-line require-yield -- the interface wants a generator
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Rows are read in pages, not as a stream.');
  }
}

/** Where one of several statements fails, those who wait for the others go on: nothing of theirs may run behind the end. */
class TransactionStatements extends PlainConnection {
  readonly #connection: DatabaseConnection;
  #hasEnded = false;
  /** Of the first statement that failed since one was carried out: what is carried out behind it is a return to a savepoint. */
  failure: { error: unknown } | undefined;

  constructor(connection: DatabaseConnection) {
    super();
    this.#connection = connection;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#hasEnded) throw new Error('The transaction has ended.');
    try {
      const result = await this.#connection.executeQuery<R>(query);
      this.failure = undefined;
      return result;
    } catch (error) {
      // Of all that follows the database says only that something failed before it, and that may be heard of first.
      this.failure ??= { error };
      throw this.failure.error;
    }
  }

  end(): void {
    this.#hasEnded = true;
  }
}
