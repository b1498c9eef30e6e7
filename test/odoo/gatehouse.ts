import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { readConfig } from '../../src/lib/config.js';
import { createLog } from '../../src/lib/log.js';
import { openServices } from '../../src/main.js';
import { freePort, startProduct, type Product } from '../support/product.js';
import { createDatabase, dropDatabase } from './cluster.js';

/** A real Gatehouse on PostgreSQL, with one connection of the connector odoo per name. */
export interface Gatehouse {
  /** Where Odoo posts the events of a connection. */
  ingestUrl(connection: string): string;
  secret: string;
  /** The environment of its processes, for commands. */
  env: Readonly<Record<string, string>>;
  graphql<T>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<T>;
  rows<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Waits until everything received is decoded and projected. */
  settled(): Promise<void>;
  stopProduct(): Promise<void>;
  startProduct(): Promise<void>;
  remove(): Promise<void>;
}

export async function startGatehouse(databaseUrl: string, name: string, connections: readonly string[]): Promise<Gatehouse> {
  await createDatabase(databaseUrl, name);
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-odoo-product-'));
  const port = await freePort();
  // Odoo's form of the secret: the addon and Gatehouse both read it as Standard Webhooks say.
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const env = { DATABASE_URL: `${databaseUrl}${name}`, GATEHOUSE_DATA: folder, GATEHOUSE_SANDBOX: 'off', GATEHOUSE_LOG: 'warn', PORT: String(port) };
  const services = await openServices(readConfig(env), createLog('warn'), { supervise: false });
  let token: string;
  try {
    for (const id of connections) await services.connections.add({ id, connector: 'odoo', company: 'main', settings: {}, secrets: { webhookSecret: secret } });
    token = await services.tokens.create({ role: 'operator', ttl: 6 * 3600 });
  } finally {
    await services.close();
  }
  let product: Product | null = await startProduct(['serve'], env);
  const pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: 2 });
  pool.on('error', () => {}); // the database is dropped at the end
  const rows = async <Row extends object>(text: string, values: readonly unknown[] = []) => (await pool.query(text, [...values])).rows as Row[];
  return {
    secret,
    env,
    ingestUrl: (connection) => `http://127.0.0.1:${port}/ingest/${connection}`,
    rows,
    async graphql(query, variables = {}) {
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }) });
      const answer = (await response.json()) as { data?: never; errors?: unknown };
      if (answer.errors !== undefined || answer.data === undefined) throw new Error(`The graph answers ${response.status}: ${JSON.stringify(answer.errors)}`);
      return answer.data;
    },
    async settled() {
      for (let waited = 0; waited < 120_000; waited += 50) {
        const [row] = await rows<{ open: boolean }>(`select exists(select from inbox where state = 'RECEIVED') or (select position from log_head) > (select coalesce(min(position), 0) from projection) as open`);
        if (row!.open === false) return;
        await pause(50);
      }
      throw new Error('Gatehouse does not come to rest within two minutes.');
    },
    async stopProduct() {
      await product?.stop();
      product = null;
    },
    async startProduct() {
      product ??= await startProduct(['serve'], env);
    },
    async remove() {
      await product?.kill();
      await pool.end();
      rmSync(folder, { recursive: true, force: true });
      await dropDatabase(databaseUrl, name);
    },
  };
}
