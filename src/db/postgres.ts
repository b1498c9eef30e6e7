import { Kysely, PostgresDialect, type CompiledQuery, type QueryResult } from 'kysely';
import pg from 'pg';
import { refuseInsideTransaction, type Driver } from './driver.js';
import { Listener } from './listener.js';
import { ReadClient } from './read-client.js';
import { readDialect } from './read-dialect.js';
import type { Schema } from './schema.js';
import { shareConnections } from './shared-connections.js';
import { PlainConnection, transactionOn, type OpenTransaction } from './transactions.js';
import { valueParsers } from './values.js';

const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => valueParsers[oid] ?? pg.types.getTypeParser(oid as never, format as never),
};

/**
 * PostgreSQL 15 or later by its connection string. Two pools of `poolSize`: what clients read waits
 * for no work on messages, nor that for it.
 * @param readTimeoutMs longest that a statement of `reads` may take; 0: no limit
 */
export async function openPostgres(connectionString: string, poolSize: number, readTimeoutMs: number): Promise<Driver> {
  const main = openPool(connectionString, poolSize, '', { Client: ReadClient, pipeline: true });
  const reads = openPool(connectionString, poolSize, ` -c statement_timeout=${readTimeoutMs} -c default_transaction_read_only=on`, { Client: ReadClient, pipeline: true });
  const outsiders: Driver['outsiders'] = { role: null };
  const listener = new Listener(connectionString);
  return {
    kind: 'postgres',
    kysely: new Kysely<Schema>({ dialect: new PostgresDialect({ pool: guarded(main) as never }) }),
    begin: () => begin(main),
    reads: new Kysely<Schema>({ dialect: readDialect(shareConnections(() => reads.connect() as Promise<ReadClient & pg.PoolClient>), outsiders) }),
    outsiders,
    jobs: { connectionString },
    listen: (channel, wake) => listener.listen(channel, wake),
    async close() {
      await listener.close();
      await reads.end();
      await main.end();
    },
  };
}

function openPool(connectionString: string, size: number, options: string, more: object): pg.Pool {
  const pool = new pg.Pool({ ...more, connectionString, max: size, types: types as never, options: `-c TimeZone=UTC -c idle_in_transaction_session_timeout=60000${options}`, keepAlive: true, connectionTimeoutMillis: 10_000, application_name: 'gatehouse' });
  // Idle clients that lose their server are dropped by the pool; the next query gets a new one.
  pool.on('error', () => {});
  // One that is lost between two statements of a transaction has no query to fail: the next one fails. Without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

function guarded(pool: pg.Pool): Pick<pg.Pool, 'end'> & { connect(): Promise<pg.PoolClient> } {
  return {
    connect: () => {
      refuseInsideTransaction();
      return pool.connect();
    },
    end: () => pool.end(),
  };
}

/** `begin` leaves with the first statement. */
async function begin(pool: pg.Pool): Promise<OpenTransaction> {
  refuseInsideTransaction();
  const client = await pool.connect();
  const begun = client.query('begin');
  begun.catch(() => {}); // told when it ends
  return transactionOn(new ClientConnection(client), async (statement) => {
    try {
      await Promise.all([begun, client.query(statement)]);
    } catch (error) {
      client.release(error as Error);
      throw error;
    }
    client.release();
  });
}

class ClientConnection extends PlainConnection {
  readonly #client: pg.PoolClient;

  constructor(client: pg.PoolClient) {
    super();
    this.#client = client;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.#client.query(sql, parameters as unknown[]);
    return { rows, ...(['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(command) ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}) };
  }
}
