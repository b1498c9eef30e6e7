import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { readConfig } from '../../src/lib/config.js';
import { createLog } from '../../src/lib/log.js';
import { openServices } from '../../src/main.js';
import { freePort } from '../support/free-port.js';
import { bodyText } from '../support/raw-bodies.js';
import { startProduct, type Product } from '../support/product.js';
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
  /** The raw messages, oldest first. */
  bodies(): Promise<string[]>;
  /** Waits until everything received is decoded and projected. */
  settled(): Promise<void>;
  /** The end of what its process printed. */
  output(): string;
  stopProduct(): Promise<void>;
  /** Waits until these transfers of Odoo are there. */
  knows(connection: string, pickings: readonly number[]): Promise<void>;
  /** With SIGKILL. */
  killProduct(): Promise<void>;
  startProduct(): Promise<void>;
  remove(): Promise<void>;
}

/** @param more variables of its environment */
export async function startGatehouse(databaseUrl: string, name: string, connections: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Gatehouse> {
  await createDatabase(databaseUrl, name);
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-odoo-product-'));
  const port = await freePort();
  // Odoo's form of the secret: the addon and Gatehouse both read it as Standard Webhooks say.
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const env = { DATABASE_URL: `${databaseUrl}${name}`, GATEHOUSE_DATA: folder, GATEHOUSE_SANDBOX: 'off', GATEHOUSE_LOG: 'warn', PORT: String(port), ...more };
  const services = await openServices(readConfig(env), createLog('warn'), { supervise: false });
  const sealer = services.tasks.bodies;
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
  const settled = async () => {
    for (let waited = 0; waited < 120_000; waited += 50) {
      const [row] = await rows<{ open: boolean }>(`select exists(select from inbox where state = 'RECEIVED') or (select position from log_head) > coalesce((select position from projection where name = 'main'), 0) as open`);
      if (row!.open === false) return;
      await pause(50);
    }
    throw new Error('Gatehouse does not come to rest within two minutes.');
  };
  return {
    secret,
    env,
    ingestUrl: (connection) => `http://127.0.0.1:${port}/ingest/${connection}`,
    rows,
    bodies: async () => (await rows<{ id: string; body: Uint8Array }>('select id, body from inbox order by received_at, id')).map((row) => bodyText(sealer, row)),
    async graphql(query, variables = {}) {
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }) });
      const answer = (await response.json()) as { data?: never; errors?: unknown };
      if (answer.errors !== undefined || answer.data === undefined) throw new Error(`The graph answers ${response.status}: ${JSON.stringify(answer.errors)}`);
      return answer.data;
    },
    settled,
    async knows(connection, pickings) {
      for (let waited = 0; ; waited += 250) {
        const [row] = await rows<{ count: number }>(`select count(*)::int as count from reference where kind = 'odoo.delivery' and issuer = $1 and value = any($2)`, [connection, pickings.map(String)]);
        if (row!.count === pickings.length) return settled();
        if (waited > 120_000) throw new Error(`Only ${row!.count} of ${pickings.length} deliveries arrived within two minutes.`);
        await pause(250);
      }
    },
    output: () => product?.output() ?? '',
    async stopProduct() {
      await product?.stop();
      product = null;
    },
    async killProduct() {
      await product?.kill();
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
