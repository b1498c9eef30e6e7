import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { readConfig } from '../../../src/lib/config.js';
import { createLog } from '../../../src/lib/log.js';
import { openServices, type Services } from '../../../src/main.js';
import { freePort } from '../../support/free-port.js';
import { progress } from '../../support/measurements.js';
import { administer } from '../../support/postgres-cluster.js';
import { fillStatements, sessionFunctions } from './rows.js';

/** A database with shipments and what belongs to them, and how to run the product on it. */
export interface BoardDatabase {
  url: string;
  /** Where the product is told to listen. */
  port: number;
  env: Record<string, string>;
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  createToken(options: Pick<Parameters<Services['tokens']['create']>[0], 'role' | 'parties'>): Promise<string>;
  remove(): Promise<void>;
}

/** @param clusterUrl connection string without a database name at its end */
export async function openBoardDatabase(clusterUrl: string, name: string, shipments: number): Promise<BoardDatabase> {
  await administer(clusterUrl, `create database ${name}`);
  const url = `${clusterUrl}${name}`;
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const port = await freePort();
  const env = { DATABASE_URL: url, GATEHOUSE_DATA: folder, GATEHOUSE_SANDBOX: 'off', PORT: String(port), NODE_ENV: 'production', GATEHOUSE_OPERATIONS_PER_MINUTE: '0', GATEHOUSE_COST_PER_MINUTE: '0' };
  const services = await openServices(readConfig(env), createLog('warn'), { supervise: false });
  await withClient(url, (client) => fill(client, shipments));
  return {
    url, port, env,
    query: (text, values) => withClient(url, async (client) => (await client.query(text, values)).rows),
    createToken: (options) => services.tokens.create({ ...options, ttl: 3600 }),
    async remove() {
      await services.close();
      await administer(clusterUrl, `drop database ${name} with (force)`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Rows first, then the indexes, which are quicker made over all of them than kept row by row. */
async function fill(client: pg.Client, shipments: number): Promise<void> {
  const startMs = performance.now();
  const seconds = () => `${Math.round((performance.now() - startMs) / 1000)} s`;
  await client.query(`set time zone 'UTC'; set maintenance_work_mem = '512MB'; set work_mem = '256MB'; set max_parallel_maintenance_workers = 2`);
  await client.query(sessionFunctions);
  const steps = fillStatements(shipments);
  const tables = steps.map(({ table }) => table);
  const indexes = await client.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes where schemaname = 'public' and tablename = any($1) and not exists (select 1 from pg_constraint c where c.conname = indexname)`, [tables]);
  for (const { name } of indexes.rows) await client.query(`drop index ${name}`);
  for (const { statement } of steps) await client.query(statement);
  progress(`${shipments.toLocaleString('en')} shipments: rows made after ${seconds()}`);
  for (const { definition } of indexes.rows) await client.query(definition);
  progress(`${shipments.toLocaleString('en')} shipments: indexes made after ${seconds()}`);
  for (const table of tables) await client.query(`vacuum (analyze) ${table}`);
  progress(`${shipments.toLocaleString('en')} shipments: ready after ${seconds()}`);
}

async function withClient<T>(connectionString: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
