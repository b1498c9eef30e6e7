import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { readConfig } from '../../../src/lib/config.js';
import { createLog } from '../../../src/lib/log.js';
import { openServices, type Services } from '../../../src/main.js';
import { startCluster } from '../../support/postgres-cluster.js';
import { startProduct, type Product } from '../../support/product.js';

/** Two workers on a PostgreSQL of their own, and the services by which commands are accepted. */
export interface Target {
  services: Services;
  /** SIGKILL to one of the workers, which is started again. */
  killWorker(which: 0 | 1): Promise<void>;
  remove(): Promise<void>;
}

export async function startTarget(programs: string): Promise<Target> {
  const cluster = await startCluster(programs, { durable: true });
  const client = new pg.Client({ connectionString: `${cluster.url}postgres` });
  await client.connect();
  await client.query('create database chaos');
  await client.end();
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-chaos-'));
  const env = { DATABASE_URL: `${cluster.url}chaos`, GATEHOUSE_DATA: folder, GATEHOUSE_SANDBOX: 'off', GATEHOUSE_LOG: 'silent', GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8' };
  const services = await openServices(readConfig(env), createLog('warn'), { supervise: false });
  const workers: [Product, Product] = [await startProduct(['work'], env), await startProduct(['work'], env)];
  return {
    services,
    async killWorker(which) {
      await workers[which].kill();
      workers[which] = await startProduct(['work'], env);
    },
    async remove() {
      await Promise.all(workers.map((worker) => worker.kill()));
      await services.close();
      await cluster.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
