import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import {
  CompiledQuery, Kysely,
  type Dialect, type Driver as KyselyDriver, type QueryResult,
} from 'kysely';
import { postgresDialect } from './dialect.js';
import { refuseInsideTransaction, type Driver, type JobsDatabase } from './driver.js';
import { lockFolder } from './lock-file.js';
import type { Schema } from './schema.js';
import { PlainConnection, transactionOn, type OpenTransaction } from './transactions.js';
import { valueParsers } from './values.js';

/**
 * The embedded database: one connection, handed out to one holder at a time. Kysely's own PGlite
 * driver lets statements of others slip into an open transaction; this one makes them wait, and
 * pg-boss with them.
 */
export async function openEmbedded(dataFolder: string): Promise<Driver> {
  const lock = lockFolder(dataFolder);
  try {
    return await openLocked(dataFolder, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openLocked(dataFolder: string, lock: { release(): void }): Promise<Driver> {
  const pglite = await PGlite.create({ dataDir: join(dataFolder, 'database'), parsers: { ...valueParsers } as never });
  await pglite.exec(`set time zone 'UTC'`);
  const connection = new EmbeddedConnection(pglite);
  const turns = new Turns();
  const kysely = new Kysely<Schema>({ dialect: dialectOf(connection, turns) });
  return {
    kind: 'embedded',
    kysely,
    reads: kysely,
    begin: () => begin(connection, turns),
    outsiders: { role: null },
    jobs: { db: jobsDatabase(pglite, turns) },
    async listen(channel, wake) {
      const stop = await turns.run(() => pglite.listen(channel, wake));
      return { close: () => turns.run(() => stop()) };
    },
    async close() {
      await turns.run(() => pglite.close());
      lock.release();
    },
  };
}

/** First come, first served access to the single connection. */
class Turns {
  #tail: Promise<void> = Promise.resolve();

  /** Resolves, when it is the caller's turn, to the function that ends it. */
  take(): Promise<() => void> {
    let end!: () => void;
    const mine = new Promise<void>((resolve) => (end = resolve));
    const before = this.#tail;
    this.#tail = mine;
    return before.then(() => end);
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const end = await this.take();
    try {
      return await work();
    } finally {
      end();
    }
  }
}

class EmbeddedConnection extends PlainConnection {
  readonly #pglite: PGlite;
  endTurn: () => void = () => {};

  constructor(pglite: PGlite) {
    super();
    this.#pglite = pglite;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const result = await this.#pglite.query<R>(query.sql, query.parameters as unknown[]);
    return { rows: result.rows, numAffectedRows: BigInt(result.affectedRows ?? 0) };
  }
}

async function begin(connection: EmbeddedConnection, turns: Turns): Promise<OpenTransaction> {
  refuseInsideTransaction();
  const endTurn = await turns.take();
  try {
    await connection.executeQuery(CompiledQuery.raw('begin'));
  } catch (error) {
    endTurn();
    throw error;
  }
  return transactionOn(connection, async (statement) => {
    try {
      await connection.executeQuery(CompiledQuery.raw(statement));
    } finally {
      endTurn();
    }
  });
}

function dialectOf(connection: EmbeddedConnection, turns: Turns): Dialect {
  const run = (statement: string) => connection.executeQuery(CompiledQuery.raw(statement));
  const driver: KyselyDriver = {
    async init() {},
    async acquireConnection() {
      refuseInsideTransaction();
      const end = await turns.take();
      connection.endTurn = end;
      return connection;
    },
    async beginTransaction() {
      await run('begin');
    },
    async commitTransaction() {
      await run('commit');
    },
    async rollbackTransaction() {
      await run('rollback');
    },
    async releaseConnection() {
      connection.endTurn();
    },
    async destroy() {},
  };
  return postgresDialect(driver);
}

/**
 * pg-boss sends several statements in one text where it has no parameters (its migrations), and
 * expects what a pool gives: a failed statement leaves no aborted transaction behind.
 */
function jobsDatabase(pglite: PGlite, turns: Turns): JobsDatabase {
  return {
    executeSql: (text, values) =>
      turns.run(async () => {
        try {
          if (values !== undefined && values.length > 0) return await pglite.query(text, values as unknown[]);
          const results = await pglite.exec(text);
          return { rows: results.flatMap((result) => result.rows) };
        } catch (error) {
          await pglite.exec('rollback');
          throw error;
        }
      }),
    async listen(channel, onNotification, onReconnect) {
      const stop = await turns.run(() => pglite.listen(channel, onNotification));
      onReconnect();
      return { close: () => turns.run(() => stop()) };
    },
  };
}
