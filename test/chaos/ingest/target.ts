import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { readConfig } from '../../../src/lib/config.js';
import { createLog } from '../../../src/lib/log.js';
import { openServices, type Services } from '../../../src/main.js';
import { administer, startCluster } from '../../support/postgres-cluster.js';
import { freePort } from '../../support/free-port.js';
import { startProduct, type Product } from '../../support/product.js';

export const connectionId = 'ep';

/** What is killed, one after the other, again and again. */
export interface Victim {
  name: string;
  /** Kills it and brings it back on the same data. */
  kill(): Promise<void>;
}

/** The product on one database, with what may be killed of it. */
export interface Target {
  name: string;
  url: string;
  secret: string;
  token: string;
  victims: Victim[];
  /** Ends the product and opens what it left behind. */
  inspect<T>(look: (services: Services) => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

/** One process on the embedded database. */
export async function embeddedTarget(): Promise<Target> {
  const setUp = await prepare({});
  let product = await startProduct(['serve'], setUp.env);
  const restart = async () => {
    await product.kill();
    product = await startProduct(['serve'], setUp.env);
  };
  return {
    ...setUp, name: 'embedded',
    victims: [{ name: 'serve', kill: restart }],
    async inspect(look) {
      await product.stop();
      return setUp.look(look);
    },
    async remove() {
      await product.kill();
      setUp.removeFolder();
    },
  };
}

/** `serve --no-work` and `work` apart on a PostgreSQL of their own; each of the three is killed in turn. */
export async function postgresTarget(programs: string): Promise<Target> {
  const cluster = await startCluster(programs, { durable: true });
  const name = 'chaos';
  await administer(cluster.url, `create database ${name}`);
  const setUp = await prepare({ DATABASE_URL: `${cluster.url}${name}` });
  const products: Record<'serve' | 'work', Product> = { serve: await startProduct(['serve', '--no-work'], setUp.env), work: await startProduct(['work'], setUp.env) };
  const restart = (which: 'serve' | 'work') => async () => {
    await products[which].kill();
    products[which] = await startProduct(which === 'serve' ? ['serve', '--no-work'] : ['work'], setUp.env);
  };
  const postmaster: Victim = {
    name: 'postgres',
    async kill() {
      await cluster.kill();
      await cluster.start();
      for (const [which, product] of Object.entries(products)) if (product.ended()) throw new Error(`${which} ended when PostgreSQL was killed; it should have waited for it. Its last words:\n${product.output()}`);
    },
  };
  return {
    ...setUp, name: 'PostgreSQL',
    victims: [{ name: 'serve', kill: restart('serve') }, postmaster, { name: 'work', kill: restart('work') }, postmaster],
    async inspect(look) {
      await Promise.all([products.serve.stop(), products.work.stop()]);
      return setUp.look(look);
    },
    async remove() {
      await Promise.all([products.serve.kill(), products.work.kill()]);
      await cluster.stop();
      setUp.removeFolder();
    },
  };
}

async function prepare(database: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-chaos-'));
  const port = await freePort();
  const secret = randomBytes(24).toString('hex');
  const env = { ...database, GATEHOUSE_DATA: folder, GATEHOUSE_SANDBOX: 'off', GATEHOUSE_LOG: 'silent', PORT: String(port) };
  const look = async <T>(use: (services: Services) => Promise<T>): Promise<T> => {
    const services = await openServices(readConfig(env), createLog('warn'), { supervise: false });
    try {
      return await use(services);
    } finally {
      await services.close();
    }
  };
  const token = await look(async (services) => {
    await services.connections.add({ id: connectionId, connector: 'easypost', company: 'main', settings: {}, secrets: { webhookSecret: secret } });
    return services.tokens.create({ role: 'operator', ttl: 3600 });
  });
  return { env, secret, token, look, url: `http://127.0.0.1:${port}`, removeFolder: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface InboxRow {
  id: string;
  state: string;
}

export async function inboxRows(services: Services): Promise<InboxRow[]> {
  return (await sql<InboxRow>`select id, state from inbox`.execute(services.database.kysely)).rows;
}
