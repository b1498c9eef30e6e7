import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, inject } from 'vitest';
import { createLog } from '../../src/lib/log.js';
import { readConfig, type Config } from '../../src/lib/config.js';
import { openServices, startServer, startWork, type RunningServer, type Services } from '../../src/main.js';
import { administer } from './postgres-cluster.js';

export type DatabaseKind = 'embedded' | 'postgres';

/** A configuration on a fresh, empty database; `remove` drops it. */
export interface TestConfig {
  config: Config;
  remove(): Promise<void>;
}

let serial = 0;

export async function freshConfig(kind: DatabaseKind, env: Record<string, string> = {}): Promise<TestConfig> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  const base = { GATEHOUSE_DATA: folder, GATEHOUSE_SANDBOX: 'off', GATEHOUSE_SYNC_HOUR: 'off', GATEHOUSE_LOG: 'silent', PORT: '0', ...env };
  if (kind === 'embedded') {
    return { config: readConfig(base), remove: async () => rmSync(folder, { recursive: true, force: true }) };
  }
  const url = inject('postgresUrl')!;
  const name = `test_${process.pid}_${++serial}`;
  await administer(url, `create database ${name}`);
  return {
    config: readConfig({ ...base, DATABASE_URL: `${url}${name}` }),
    async remove() {
      rmSync(folder, { recursive: true, force: true });
      await administer(url, `drop database ${name} with (force)`);
    },
  };
}

/** Runs the same tests on the embedded database and on PostgreSQL; says so where the latter is missing. */
export function describeOnEachDatabase(name: string, tests: (kind: DatabaseKind) => void): void {
  describe(`${name} (embedded)`, () => tests('embedded'));
  describe.skipIf(inject('postgresUrl') === null)(`${name} (PostgreSQL${inject('postgresUrl') === null ? ': skipped, none is installed' : ''})`, () => tests('postgres'));
}

/** Services on a fresh database, without server and workers. */
export async function testServices(kind: DatabaseKind, env: Record<string, string> = {}): Promise<Services & { remove(): Promise<void> }> {
  const { config, remove } = await freshConfig(kind, env);
  const services = await openServices(config, createLog(config.logLevel), { supervise: false });
  return Object.assign(services, {
    async remove() {
      await services.close();
      await remove();
    },
  });
}

export interface TestServer extends Services {
  url: string;
  server: RunningServer;
  remove(): Promise<void>;
}

/** A whole Gatehouse on a fresh database: server and workers, on a free port. */
export async function testServer(kind: DatabaseKind, env: Record<string, string> = {}): Promise<TestServer> {
  const { config, remove } = await freshConfig(kind, env);
  const services = await openServices(config, createLog(config.logLevel), { supervise: true });
  const server = await startServer(services);
  const workers = await startWork(services);
  return Object.assign(services, {
    url: server.url,
    server,
    async remove() {
      await server.close();
      await workers.stop();
      await services.close();
      await remove();
    },
  });
}
