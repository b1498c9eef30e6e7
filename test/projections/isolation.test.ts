import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { connectorOf } from '../../src/connectors/registry.js';
import type { Database } from '../../src/db/database.js';
import { append } from '../../src/events/append.js';
import type { NewEvent } from '../../src/events/event.js';
import { maintain } from '../../src/jobs/tasks/maintain.js';
import { project } from '../../src/jobs/tasks/project.js';
import { replay } from '../../src/jobs/tasks/replay.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { projectAccess } from '../../src/projections/access.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { openPipeline, type Pipeline } from './pipeline.js';

const now = '2026-11-21T12:00:00.000Z';

const product = (id: string, weight: unknown): NewEvent => ({
  id: uuidv7(), type: 'stock.reported', version: 1, subject: `stock:erp:${id}`, company: 'main', connection: 'erp', factKey: 'v1', contentHash: id, occurredAt: now, recordedAt: now,
  correlationId: uuidv7(), causationId: null,
  payload: { data: { productId: '1', locationId: '1', locationName: 'WH', onHand: weight, reserved: '0', unit: 'Units' }, observedAt: now, recordVersion: 1 },
});

const tracker = (number: string, status = 'in_transit') =>
  JSON.stringify({
    id: 'evt_1', object: 'Event', description: 'tracker.updated', mode: 'production',
    result: { id: `trk_${number}`, object: 'Tracker', tracking_code: number, status, status_detail: status, carrier: 'UPS', updated_at: now, tracking_details: [{ object: 'TrackingDetail', message: 'x', status, status_detail: status, datetime: now, source: 'UPS', tracking_location: {} }] },
  });

/** Whose transaction fails goes on once another's has failed as well. */
function failingTogether(database: Database): Database {
  let waiting: PromiseWithResolvers<void> | undefined;
  const another = (): Promise<void> => {
    const met = waiting ?? Promise.withResolvers<void>();
    if (waiting !== undefined) met.resolve();
    waiting = waiting === undefined ? met : undefined;
    return met.promise;
  };
  return {
    ...database,
    transaction: (work) => database.transaction(work).catch(async (error: unknown) => {
      await another();
      throw error;
    }),
  };
}

describeOnEachDatabase('the read model', (kind) => {
  let pipeline: Pipeline;
  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  beforeEach(() => pipeline.reset());
  afterAll(() => pipeline?.remove());

  const db = () => pipeline.services.database.kysely;

  it('passes over an event that it cannot store, says so, and shows all others', async () => {
    const good = Array.from({ length: 5 }, (_, index) => product(`good${index}`, String(index)));
    await pipeline.services.database.transaction((tx) => append(tx, [good[0]!, good[1]!, product('bad', 'not a number'), good[2]!, good[3]!, good[4]!]));
    await pipeline.settle();
    expect(await db().selectFrom('stock_level').select('subject').orderBy('subject').execute()).toHaveLength(5);
    const raised = await db().selectFrom('exception').select(['kind', 'state', 'detail']).execute();
    expect(raised).toEqual([{ kind: 'NOT_PROJECTED', state: 'OPEN', detail: expect.stringContaining('position 3') }]);
    await pipeline.settle();
    expect(await db().selectFrom('exception').select('id').execute()).toHaveLength(1);
  });

  it('passes over the very first event of all where it cannot store that one', async () => {
    await pipeline.services.database.transaction((tx) => append(tx, [product('bad', 'not a number'), product('good', '1')]));
    await pipeline.settle();
    expect(await db().selectFrom('stock_level').select('subject').execute()).toEqual([{ subject: 'stock:erp:good' }]);
    expect(await db().selectFrom('exception').select('detail').execute()).toEqual([{ detail: expect.stringContaining('position 1') }]);
  });

  it('passes over one event alone where two projectors fail at it in the same moment', async () => {
    const { database } = pipeline.services;
    await database.transaction((tx) => append(tx, [product('shown', '0')]));
    await pipeline.settle();
    await database.transaction((tx) => append(tx, [product('bad', 'not a number'), product('next', '1'), product('last', '2')]));
    const together = { ...pipeline.tasks, database: failingTogether(database) };
    await Promise.all([project(together), project(together)]);
    await pipeline.settle();
    expect((await db().selectFrom('stock_level').select('subject').orderBy('subject').execute()).map(({ subject }) => subject)).toEqual(['stock:erp:last', 'stock:erp:next', 'stock:erp:shown']);
    expect(await db().selectFrom('exception').select('detail').execute()).toEqual([{ detail: expect.stringContaining('position 2') }]);
  });

  it('lists a milestone again for who loses the right to it and gets it back', async () => {
    const fresh = await pipeline.receive([{ connection: 'parcels', body: tracker('RIGHT1') } as never]);
    await pipeline.decode('parcels', fresh.get('parcels')!);
    await pipeline.settle();
    const shipment = await db().selectFrom('shipment').select('id').executeTakeFirstOrThrow();
    const listed = () => db().selectFrom('feed').select('position').where('key', '=', 'carrier:UPS').execute();
    expect((await listed()).length).toBe(1);
    await pipeline.services.database.transaction((tx) => projectAccess(tx, [{ kind: 'shipment', recordId: shipment.id, keys: [] }]));
    expect(await listed()).toEqual([]);
    const again = await pipeline.receive([{ connection: 'parcels', body: tracker('RIGHT1', 'out_for_delivery') } as never]);
    const before = (await db().selectFrom('log_head').select('position').executeTakeFirstOrThrow()).position;
    await pipeline.decode('parcels', again.get('parcels')!);
    await pipeline.settle();
    const rows = await listed();
    expect(rows.length).toBeGreaterThanOrEqual(2);
    expect(rows.every((row) => row.position > before)).toBe(true);
  });

  it('closes the exception of a quarantined message once a replay can read it', async () => {
    const receive = connectorOf('easypost')!.receive!;
    const decode = vi.spyOn(receive, 'decode').mockImplementation(() => {
      throw new Error('a fault of the mapping');
    });
    const fresh = await pipeline.receive([{ connection: 'parcels', body: tracker('LATER1') } as never]);
    await pipeline.decode('parcels', fresh.get('parcels')!);
    await pipeline.settle();
    const state = async () => (await db().selectFrom('exception').select('state').where('kind', '=', 'QUARANTINED').executeTakeFirst())?.state;
    expect(await state()).toBe('OPEN');
    decode.mockRestore();
    const result = await replay(pipeline.tasks, { connection: 'parcels', from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' });
    await pipeline.settle();
    expect(result).toMatchObject({ messages: 1, quarantined: 0 });
    expect(await state()).toBe('RESOLVED');
    expect(await db().selectFrom('milestone').select('code').where('active', '=', true).execute()).not.toEqual([]);
  });

  it('makes partitions though several processes start at once', async () => {
    await db().updateTable('log_head').set({ position: 45_000_000 }).execute();
    await Promise.all(Array.from({ length: 4 }, () => maintain(pipeline.tasks)));
    await pipeline.services.database.transaction((tx) => append(tx, [product('far', '1')]));
    expect((await db().selectFrom('event').select('position').execute()).map((row) => row.position)).toEqual([45_000_001]);
  });
});
