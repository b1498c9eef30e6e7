import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { connectors } from '../../src/connectors/registry.js';
import { readLog } from '../../src/events/read.js';
import { replay, type ReplayResult } from '../../src/jobs/tasks/replay.js';
import type { Decoded, MilestoneFact } from '../../src/model/facts.js';
import { businessStates } from '../projections/business-state.js';
import { messagesOf, type Message } from '../projections/journey-messages.js';
import type { Journey } from '../projections/journeys.js';
import { openPipeline, type Pipeline } from '../projections/pipeline.js';
import { describeOnEachDatabase } from '../support/databases.js';

const journey: Journey = {
  order: [{ version: 1, promisedDay: 5 }, { version: 2, promisedDay: 7 }], address: true,
  deliveries: [{ carrier: 'FedEx', hasPartner: true, hasOrder: true, isDeleted: false, versions: [{ state: 'assigned', deadlineDay: 5, scheduledDay: 4, numbers: [0], packageCount: 2, version: 1 }, { state: 'done', deadlineDay: 6, scheduledDay: 4, numbers: [0, 1], packageCount: 2, version: 2 }] }],
  trackers: [{ delivery: 0, number: 0, carrier: 'FedEx', hasId: true, scans: [{ status: 'pre_transit', detail: null, day: 1 }, { status: 'in_transit', detail: 'weather_delay', day: 3 }, { status: 'teleported', detail: null, day: 4 }], updates: [1, 2, 3], revision: { update: 2, scan: 1, status: 'in_transit' }, etaDays: [4, 5, 4] }],
  freight: [{ delivery: 0, by: 'DO', statuses: [{ code: 'AF', day: 2 }, { code: 'ZZ', day: 2 }, { code: 'X2', day: 6 }], pieces: 2 }],
};

const range = { from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };

describeOnEachDatabase('what was read once', (kind) => {
  let pipeline: Pipeline;
  let messages: Message[];

  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  beforeEach(async () => {
    await pipeline.reset();
    messages = messagesOf(journey, { prefix: 'R0V0C0', base: 10 });
    await deliver(messages);
  });
  afterEach(() => void vi.restoreAllMocks());
  afterAll(() => pipeline?.remove());

  async function deliver(of: ReadonlyArray<Message & { delivery?: string }>): Promise<number> {
    const fresh = await pipeline.receive(of);
    for (const [connection, ids] of fresh) await pipeline.decode(connection, ids);
    await pipeline.settle();
    return [...fresh.values()].flat().length;
  }
  const log = () => readLog(pipeline.services.database.kysely, 0, 10_000);
  const state = async () => (await businessStates(pipeline.services.database.kysely, 'R0V0', new Map())).get('0')!;
  const replayed = async (connection = 'parcels'): Promise<ReplayResult> => {
    const result = await replay(pipeline.tasks, { connection, ...range });
    await pipeline.settle();
    return result;
  };
  /** The connector as a later version would map it. */
  const withMapping = (change: (fact: MilestoneFact) => MilestoneFact | null) => {
    const receive = connectors.get('easypost')!.receive!;
    const decode = receive.decode;
    vi.spyOn(receive, 'decode').mockImplementation((message, settings): Decoded => {
      const decoded = decode(message, settings);
      return { ...decoded, facts: decoded.facts.flatMap((fact) => (fact.type === 'milestone.reported' ? (change(fact) ?? []) : fact)) };
    });
  };
  const feedRows = async () => (await pipeline.services.database.kysely.selectFrom('feed').selectAll().execute()).length;

  it('is one row of the inbox, however often the same body comes', async () => {
    expect(await deliver(messages)).toBe(0);
    expect(await pipeline.services.database.kysely.selectFrom('inbox').select('id').execute()).toHaveLength(messages.length);
  });

  it('changes nothing when it is decoded again', async () => {
    const [before, stateBefore, fed] = [await log(), await state(), await feedRows()];
    await sql`update inbox set state = 'RECEIVED', decoded_at = null`.execute(pipeline.services.database.kysely);
    for (const connection of ['freight', 'parcels', 'erp']) {
      const rows = await pipeline.services.database.kysely.selectFrom('inbox').select('id').where('connection', '=', connection).execute();
      await pipeline.decode(connection, rows.map((row) => row.id));
    }
    await pipeline.settle();
    expect(await log()).toEqual(before);
    expect(await state()).toBe(stateBefore);
    expect(await feedRows()).toBe(fed);
    expect(await pipeline.services.database.kysely.selectFrom('inbox').select('id').where('state', '<>', 'DECODED').execute()).toEqual([]);
  });

  it('changes nothing when the same facts come by another delivery', async () => {
    const [before, stateBefore] = [await log(), await state()];
    expect(await deliver(messages.map((message, index) => ({ ...message, delivery: `another ${index}` })))).toBe(messages.length);
    expect(await log()).toEqual(before);
    expect(await state()).toBe(stateBefore);
  });

  it('changes nothing when it is replayed through the same mapping', async () => {
    const before = await log();
    for (const connection of ['parcels', 'freight', 'erp']) expect(await replayed(connection)).toMatchObject({ appended: 0, retracted: 0, quarantined: 0 });
    expect(await log()).toEqual(before);
  });

  it('is mapped anew by a replay through a better mapping: what is said no more is retracted, what is said now is appended, once', async () => {
    const timeline = async () => (await pipeline.services.database.kysely.selectFrom('milestone').select(['code', 'raw_code']).where('connection', '=', 'parcels').where('active', '=', true).where('classifier', '=', 'ACTUAL').orderBy('occurred_at').execute()).map((row) => row.code);
    expect(await timeline()).toEqual(['INFO_RECEIVED', 'DELAYED', 'INFO']);
    const stateBefore = await state();
    withMapping((fact) => (fact.payload.code === 'INFO' ? { ...fact, payload: { ...fact.payload, code: 'ARRIVED_FACILITY' } } : fact));
    const first = await replayed();
    expect(first).toMatchObject({ appended: 1, retracted: 1 });
    expect(await timeline()).toEqual(['INFO_RECEIVED', 'DELAYED', 'ARRIVED_FACILITY']);
    const after = await log();
    expect(await replayed()).toMatchObject({ appended: 0, retracted: 0 });
    expect(await log()).toEqual(after);
    vi.restoreAllMocks();
    expect(await replayed()).toMatchObject({ appended: 1, retracted: 1 });
    expect(await state()).toBe(stateBefore);
  });

  it('is retracted where the mapping says nothing of it any more, and comes back with the mapping that does', async () => {
    const stateBefore = await state();
    withMapping((fact) => (fact.payload.code === 'DELAYED' ? null : fact));
    expect(await replayed()).toMatchObject({ appended: 0, retracted: 2 });
    expect(await state()).not.toContain('DELAYED');
    expect(await replayed()).toMatchObject({ appended: 0, retracted: 0 });
    vi.restoreAllMocks();
    expect(await replayed()).toMatchObject({ appended: 2, retracted: 0 });
    expect(await state()).toBe(stateBefore);
  });

  it('keeps its raw message and its events when a mapping fails on it, and is well again with the next', async () => {
    const before = await log();
    vi.spyOn(connectors.get('easypost')!.receive!, 'decode').mockImplementation(() => {
      throw new TypeError('a fault in the mapping');
    });
    expect(await replayed()).toMatchObject({ retracted: 0, quarantined: 3 });
    expect((await log()).slice(0, before.length)).toEqual(before);
    vi.restoreAllMocks();
    expect(await replayed()).toMatchObject({ appended: 0, retracted: 0, quarantined: 0 });
    expect(await pipeline.services.database.kysely.selectFrom('inbox').select('id').where('state', '<>', 'DECODED').execute()).toEqual([]);
  });

  it('stands as INFO under its raw code where the code is in no table, and moves no status', async () => {
    const unknown = await pipeline.services.database.kysely.selectFrom('milestone').select(['raw_code', 'connection', 'active']).where('code', '=', 'INFO').orderBy('raw_code').execute();
    expect(unknown).toEqual([{ raw_code: 'ZZ', connection: 'freight', active: true }, { raw_code: 'teleported', connection: 'parcels', active: true }]);
    expect(await pipeline.services.database.kysely.selectFrom('shipment').select('status').execute()).toEqual([{ status: 'INFO_RECEIVED' }]);
  });
});
