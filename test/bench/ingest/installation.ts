import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { readConfig } from '../../../src/lib/config.js';
import { createLog } from '../../../src/lib/log.js';
import { openServices } from '../../../src/main.js';
import { freePort } from '../../support/free-port.js';
import { administer } from '../../support/postgres-cluster.js';

export const connectionId = 'ep';

/** A fresh database on the cluster with one EasyPost connection, and how to run the product on it. */
export interface Installation {
  databaseUrl: string;
  port: number;
  secret: string;
  env: Record<string, string>;
  /** Milliseconds from now until every message is decoded and the projections stand at the head of the log. */
  untilCaughtUp(timeoutMs?: number): Promise<number>;
  count(statement: string): Promise<number>;
  remove(): Promise<void>;
}

let serial = 0;

/** @param more variables of its environment */
export async function install(clusterUrl: string, more: Readonly<Record<string, string>> = {}): Promise<Installation> {
  const name = `bench_${++serial}`;
  await administer(clusterUrl, `create database ${name}`);
  const databaseUrl = `${clusterUrl}${name}`;
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const port = await freePort();
  const secret = randomBytes(24).toString('hex');
  const env = { DATABASE_URL: databaseUrl, GATEHOUSE_DATA: folder, GATEHOUSE_SANDBOX: 'off', PORT: String(port), NODE_ENV: 'production', ...more };
  const services = await openServices(readConfig(env), createLog('warn'), { supervise: false });
  await services.connections.add({ id: connectionId, connector: 'easypost', company: 'main', settings: {}, secrets: { webhookSecret: secret } });
  await services.close();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const count = async (statement: string) => Number((await client.query<{ count: string }>(statement)).rows[0]!.count);
  return {
    databaseUrl, port, secret, env, count,
    async untilCaughtUp(timeoutMs = 120_000) {
      const startMs = performance.now();
      for (;;) {
        const behind = await count(`select (exists (select 1 from inbox where state = 'RECEIVED') or (select position from log_head) > coalesce((select max(position) from projection), 0))::int as count`);
        const passedMs = performance.now() - startMs;
        if (behind === 0) return passedMs;
        if (passedMs > timeoutMs) throw new Error(`The product had not caught up after ${timeoutMs} ms.`);
        await new Promise((next) => setTimeout(next, 20));
      }
    },
    async remove() {
      await client.end();
      await administer(clusterUrl, `drop database ${name} with (force)`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
