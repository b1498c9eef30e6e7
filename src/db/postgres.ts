import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { refuseInsideTransaction, type Driver } from './driver.js';
import type { Schema } from './schema.js';
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
  const main = openPool(connectionString, poolSize, '');
  const reads = openPool(connectionString, poolSize, ` -c statement_timeout=${readTimeoutMs} -c default_transaction_read_only=on`);
  return {
    kind: 'postgres',
    kysely: main.kysely,
    reads: reads.kysely,
    jobs: { connectionString },
    listen: (channel, wake) => listen(connectionString, channel, wake),
    async close() {
      await reads.pool.end();
      await main.pool.end();
    },
  };
}

function openPool(connectionString: string, size: number, options: string): { pool: pg.Pool; kysely: Kysely<Schema> } {
  const pool = new pg.Pool({ connectionString, max: size, types: types as never, options: `-c TimeZone=UTC -c idle_in_transaction_session_timeout=60000${options}`, keepAlive: true, connectionTimeoutMillis: 10_000, application_name: 'gatehouse' });
  // Idle clients that lose their server are dropped by the pool; the next query gets a new one.
  pool.on('error', () => {});
  // One that is lost between two statements of a transaction has no query to fail: the next one fails. Without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  const guarded = {
    connect: () => {
      refuseInsideTransaction();
      return pool.connect();
    },
    end: () => pool.end(),
  };
  return { pool, kysely: new Kysely<Schema>({ dialect: new PostgresDialect({ pool: guarded as never }) }) };
}

/** A connection of its own that listens, and comes back with growing pauses when it is lost. */
async function listen(connectionString: string, channel: string, wake: () => void): Promise<{ close(): Promise<void> }> {
  let closed = false;
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;

  const again = () => {
    if (closed) return;
    client = null;
    timer = setTimeout(() => void connect().catch(again), Math.min(10_000, 100 * 2 ** failures++));
  };
  const connect = async () => {
    const next = new pg.Client({ connectionString, application_name: 'gatehouse-listen', keepAlive: true });
    next.on('error', () => {}); // 'end' follows and reconnects
    next.on('notification', wake);
    await next.connect();
    if (closed) return next.end();
    await next.query(`listen ${channel}`);
    next.on('end', again);
    client = next;
    failures = 0;
    wake();
  };
  await connect();
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end();
    },
  };
}
