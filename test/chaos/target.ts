import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/lib/config.js';
import { createLog } from '../../src/lib/log.js';
import { openServices, type Services } from '../../src/main.js';
import { administer, startCluster } from '../support/postgres-cluster.js';

/** A database on a PostgreSQL of its own, with its services, and what a process of the product needs to run on it. */
export interface ChaosDatabase {
  env: Record<string, string>;
  services: Services;
  /** After whatever was started on it has ended. */
  remove(): Promise<void>;
}

/** @param programs folder of PostgreSQL's programs */
export async function openChaosDatabase(programs: string, more: Readonly<Record<string, string>> = {}): Promise<ChaosDatabase> {
  const cluster = await startCluster(programs, { durable: true });
  await administer(cluster.url, 'create database chaos');
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-chaos-'));
  const env = { DATABASE_URL: `${cluster.url}chaos`, GATEHOUSE_DATA: folder, GATEHOUSE_SANDBOX: 'off', GATEHOUSE_LOG: 'silent', GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8', ...more };
  const services = await openServices(readConfig(env), createLog('warn'), { supervise: false });
  return {
    env, services,
    async remove() {
      await services.close();
      await cluster.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
