import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../src/lib/config.js';
import { createLog } from '../../../src/lib/log.js';
import { openServices, type Services } from '../../../src/main.js';
import { freePort } from '../../support/free-port.js';
import { administer, startCluster } from '../../support/postgres-cluster.js';
import { startProduct, type Product } from '../../support/product.js';

export interface Disruption {
  name: string;
  /** Kills it, and brings it back on the same data. */
  kill(): Promise<void>;
}

/** Two servers and a worker, each a process of its own, on one PostgreSQL of their own. */
export interface LiveTarget {
  /** Where the servers listen; both at all times but while one of them is killed. */
  urls: readonly string[];
  secret: string;
  /** Of the database, for a connection of one's own. */
  database: string;
  services<T>(use: (services: Services) => Promise<T>): Promise<T>;
  instances: readonly Disruption[];
  postgres: Disruption;
  remove(): Promise<void>;
}

/** @param prepare runs before the product starts */
export async function openTarget(programs: string, prepare: (services: Services, secret: string) => Promise<void>): Promise<LiveTarget> {
  const cluster = await startCluster(programs, { durable: true });
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-chaos-'));
  const secret = randomBytes(24).toString('hex');
  await administer(cluster.url, 'create database chaos');
  const env = { DATABASE_URL: `${cluster.url}chaos`, GATEHOUSE_DATA: folder, GATEHOUSE_SANDBOX: 'off', GATEHOUSE_LOG: 'silent', GATEHOUSE_SOCKET_BUFFER: '262144' };
  const services = async <T>(use: (services: Services) => Promise<T>): Promise<T> => {
    const opened = await openServices(readConfig(env), createLog('warn'), { supervise: false });
    try {
      return await use(opened);
    } finally {
      await opened.close();
    }
  };
  await services((opened) => prepare(opened, secret));

  const ports = [await freePort(), await freePort()];
  const starts: Record<string, () => Promise<Product>> = {
    'server 1': () => startProduct(['serve', '--no-work'], { ...env, PORT: String(ports[0]) }),
    'server 2': () => startProduct(['serve', '--no-work'], { ...env, PORT: String(ports[1]) }),
    worker: () => startProduct(['work'], env),
  };
  const running: Record<string, Product> = {};
  for (const [name, start] of Object.entries(starts)) running[name] = await start();
  return {
    urls: ports.map((port) => `http://127.0.0.1:${port}`), secret, database: env.DATABASE_URL, services,
    instances: Object.entries(starts).map(([name, start]): Disruption => ({
      name,
      async kill() {
        await running[name]!.kill();
        running[name] = await start();
      },
    })),
    postgres: {
      name: 'PostgreSQL',
      async kill() {
        await cluster.kill();
        await cluster.start();
        for (const [name, product] of Object.entries(running)) if (product.ended()) throw new Error(`${name} ended when PostgreSQL was killed; it should have waited for it. Its last words:\n${product.output()}`);
      },
    },
    async remove() {
      await Promise.all(Object.values(running).map((product) => product.kill()));
      await cluster.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
