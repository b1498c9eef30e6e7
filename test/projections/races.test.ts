import { AsyncLocalStorage } from 'node:async_hooks';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { append } from '../../src/events/append.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { applyLinks } from '../../src/projections/links.js';
import { settleMatters } from '../../src/projections/matters.js';
import { holdLivingShipments } from '../../src/projections/references.js';
import { runProjections, type FollowUp } from '../../src/projections/runner.js';
import { describeOnEachDatabase } from '../support/databases.js';
import type { Message } from './journey-messages.js';
import { openPipeline, type Pipeline } from './pipeline.js';

function delivery(version: number, numbers: string, release: object | null = null): Message {
  const record = { release, name: 'WH/OUT/1', state: 'done', picking_type_code: 'outgoing', carrier_tracking_ref: numbers, lines: [] };
  const event = { id: `d-${version}`, topic: 'delivery', action: 'updated', model: 'stock.picking', recordId: 1, version, occurredAt: `2026-03-01T12:0${version}:00Z`, record };
  return { connection: 'erp', body: JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: '2026-03-01T12:00:00Z', events: [event] }) };
}

const tracked: Message = {
  connection: 'parcels',
  body: JSON.stringify({ object: 'Event', description: 'tracker.updated', updated_at: '2026-03-02T09:00:00Z', result: { id: 'trk_1', tracking_code: 'N1', carrier: 'UPS', status: 'in_transit', updated_at: '2026-03-02T09:00:00Z', tracking_details: [{ status: 'in_transit', datetime: '2026-03-02T08:00:00Z' }] } }),
};

const pause = (ms: number) => new Promise((next) => setTimeout(next, ms));

describeOnEachDatabase('several workers at once', (kind) => {
  let pipeline: Pipeline;
  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  beforeEach(() => pipeline.reset());
  afterAll(() => pipeline?.remove());

  async function decode(message: Message): Promise<void> {
    for (const [connection, ids] of await pipeline.receive([message])) await pipeline.decode(connection, ids);
  }

  async function project(): Promise<FollowUp[]> {
    const asked: FollowUp[] = [];
    await runProjections(pipeline.services.database, { bus: pipeline.services.bus, onFollowUps: async (_tx, jobs) => void asked.push(...jobs) });
    return asked;
  }

  it.skipIf(kind === 'embedded')('do not close an exception whose cause came back while it was being closed', async () => {
    const { database } = pipeline.services;
    const blocked = { ready: false, blocked: [{ check: 'address', reason: 'no street' }] };
    await decode(delivery(1, '', blocked));
    await pipeline.settle();
    await decode(delivery(2, '', { ready: true, blocked: [] }));
    const shipmentIds = (await project()).flatMap((job) => (job.action === 'settle-matters' ? job.shipmentIds : []));
    await decode(delivery(3, '', blocked));
    const outside = AsyncLocalStorage.snapshot();
    let projecting: Promise<FollowUp[]> | undefined;
    await database.transaction(async (tx) => {
      const events = await settleMatters(tx, shipmentIds);
      expect(events.map((event) => event.type)).toEqual(['exception.resolved']);
      projecting = outside(project);
      await pause(300);
      await append(tx, events);
    });
    const asked = (await projecting)!.flatMap((job) => (job.action === 'settle-matters' ? job.shipmentIds : []));
    await database.transaction(async (tx) => void (await append(tx, await settleMatters(tx, asked))));
    await pipeline.settle();
    expect(await database.kysely.selectFrom('exception').select('state').execute()).toEqual([{ state: 'OPEN' }]);
  });

  it.skipIf(kind === 'embedded')('do not wait for one another when one projects links that are there and one merges the shipment', async () => {
    const { database } = pipeline.services;
    await decode(delivery(1, ''));
    await pipeline.settle();
    await decode(tracked);
    const links = await database.kysely.selectFrom('event').selectAll().where('type', 'in', ['shipment.registered', 'reference.linked', 'reference.named']).where('subject', 'not like', 'odoo%').orderBy('position').execute();
    const [[connection, ids]] = [...(await pipeline.receive([delivery(2, 'N1')]))] as [[string, string[]]];
    const shipmentIds = (await database.kysely.selectFrom('shipment').select('id').execute()).map((row) => row.id);
    const deadlocks = async () => Number((await sql<{ count: number }>`select deadlocks as count from pg_stat_database where datname = current_database()`.execute(database.kysely)).rows[0]!.count);
    const before = await deadlocks();
    const outside = AsyncLocalStorage.snapshot();
    let decoding: Promise<void> | undefined;
    await database.transaction(async (tx) => {
      await applyLinks(tx, links.map((event) => ({ ...event, recordedAt: event.recorded_at })));
      decoding = outside(() => pipeline.decode(connection, ids));
      await pause(300);
      await holdLivingShipments(tx, shipmentIds);
    });
    await decoding;
    await pause(1500); // until statistics are written
    expect((await deadlocks()) - before).toBe(0);
  });

  it('never lead an old id back to a shipment that was merged itself', async () => {
    const { database } = pipeline.services;
    const [p, q, r] = [uuidv7(), uuidv7(), uuidv7()] as const;
    const link = (type: string, subject: string, payload: object) => ({ type, subject, payload, company: 'main', recordedAt: '2026-03-01T12:00:00.000Z', position: 0 });
    const first = [...[p, q, r].map((id) => link('shipment.registered', `shipment:${id}`, {})), link('shipment.merged', `shipment:${p}`, { from: p, into: q })];
    const second = [link('shipment.merged', `shipment:${q}`, { from: q, into: r })];
    // The decoder applies both; then the projector, which has read the first only.
    for (const events of [first, second, first]) await database.transaction((tx) => applyLinks(tx, events));
    const rows = await database.kysely.selectFrom('shipment').select(['id', 'merged_into']).orderBy('id').execute();
    expect(rows).toEqual([{ id: p, merged_into: r }, { id: q, merged_into: r }, { id: r, merged_into: null }]);
  });
});
