import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readConfig } from '../../../src/lib/config.js';
import { startProduct, type Product } from '../../support/product.js';
import { accepted, postEasypost, tracker } from '../../support/partners.js';
import { eventually } from '../../support/requests.js';
import { Endpoints } from './endpoints.js';

const scans = 18;
const kills = 3;

describe.skipIf(inject('postgresUrl') === null)(`processes that send and are killed${inject('postgresUrl') === null ? ' (skipped: no PostgreSQL is installed)' : ''}`, () => {
  let all: Endpoints;
  const workers: Product[] = [];
  beforeAll(async () => void (all = await Endpoints.open('postgres')));
  afterAll(async () => {
    for (const worker of workers) if (!worker.ended()) await worker.kill();
    await all?.clear();
    await all?.server.remove();
  });

  it('lose no event and skip none: each arrives at least once under its id, in the order of its shipment', async () => {
    const { config } = all.server;
    const env = { DATABASE_URL: config.databaseUrl!, GATEHOUSE_DATA: config.dataFolder, GATEHOUSE_SANDBOX: 'off', GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8', PORT: '0' };
    expect(readConfig(env).databaseUrl).toBe(config.databaseUrl);
    const to = await all.receiver();
    // The receiver is slow, so that something is always under way.
    to.reply = () => new Promise((resolve) => setTimeout(() => resolve({ status: 200 }), 30));
    const { id } = await all.add(to.url, { concurrency: 2 });
    const parcels = [all.number(), all.number()];
    const send = async (index: number) => {
      const body = JSON.stringify(tracker(parcels[index % 2], [{ at: `2026-03-05T${String(1 + Math.floor(index / 2)).padStart(2, '0')}:00:00Z`, message: `scan ${index}` }]));
      await accepted(all.server, await postEasypost(all.server, body), body);
    };
    for (let turn = 0; turn < kills; turn++) {
      const worker = await startProduct(['work'], env);
      workers.push(worker);
      // Our own process lets go, so that the one that is killed has its turn.
      await all.db.updateTable('webhook_endpoint').set({ holder: null, lease_until: null }).where('id', '=', id).execute();
      for (let index = 0; index < scans / kills; index++) await send(turn * (scans / kills) + index);
      await worker.kill();
    }
    const shown = await eventually(() => all.shown(), (ids) => ids.length === scans);
    await eventually(async () => new Set(to.taken.map((taken) => taken.id)).size, (count) => count === scans);
    expect(new Set(to.taken.map((taken) => taken.id))).toEqual(new Set(shown));
    for (const parcel of parcels) {
      const times = to.taken.filter(({ event }) => event.data.shipment.trackingNumbers.includes(parcel)).map(({ event }) => event.data.occurredAt as string);
      const first = times.filter((time, index) => times.indexOf(time) === index);
      expect(first).toEqual([...first].sort());
    }
  });
});
