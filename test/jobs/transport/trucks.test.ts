import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../../src/auth/principal.js';
import { readerFor } from '../../../src/auth/reader.js';
import { openLoadDesk, type StopWish } from '../../../src/jobs/tasks/transport/loads.js';
import { saveFacilityPlan } from '../../../src/jobs/tasks/yard/facilities.js';
import { VisitDesk } from '../../../src/jobs/tasks/yard/visits.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { ourConnection } from '../../../src/model/our-connection.js';
import { performanceOf } from '../../../src/subgraphs/tms/times/performance.js';
import type { StopPerformanceFilter } from '../../../src/subgraphs/tms/times/types.js';
import { openPipeline, type Pipeline } from '../../projections/pipeline.js';
import { describeOnEachDatabase } from '../../support/databases.js';
import { facilityPlan } from '../../support/yard/facility-plan.js';

const operator = principalOf({ subject: 'dispatch', role: 'admin', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false });
const asker = () => ({ by: operator, idempotencyKey: uuidv7(), correlationId: uuidv7() });
const nowMs = Date.now();
const at = (hours: number) => ({ instant: new Date(nowMs + hours * 3_600_000).toISOString(), zone: 'UTC' });

describeOnEachDatabase('trucks of loads that are planned here', (kind) => {
  let pipeline: Pipeline;
  let loads: ReturnType<typeof openLoadDesk>;
  let visits: VisitDesk;
  const facilities: string[] = [];
  const db = () => pipeline.services.database.kysely;

  beforeAll(async () => {
    pipeline = await openPipeline(kind);
    [loads, visits] = [openLoadDesk(pipeline.tasks), new VisitDesk(pipeline.tasks)];
    for (const code of ['WA', 'WB']) facilities.push(await saveFacilityPlan(pipeline.tasks, { code, company: 'main', plan: facilityPlan({ name: code }) }, operator, uuidv7()));
    await pipeline.settle();
  });
  afterAll(() => pipeline?.remove());

  const delivered = async (recordId: number, name: string) => {
    const fresh = await pipeline.receive([{ connection: 'erp', body: JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: '2026-03-01T10:00:00Z', events: [{
      id: `e${recordId}`, topic: 'delivery', action: 'updated', model: 'stock.picking', recordId, version: 1, occurredAt: '2026-03-01T10:00:00Z', record: { name, state: 'assigned', picking_type_code: 'outgoing', lines: [] },
    }] }) }]);
    await pipeline.decode('erp', fresh.get('erp') ?? []);
    await pipeline.settle();
    return (await db().selectFrom('reference').select('shipment_id').where('value', '=', name).where('shipment_id', 'is not', null).executeTakeFirstOrThrow()).shipment_id!;
  };
  const comes = (name: string, where = 0, hours = -1) => visits.checkIn({ facility: facilities[where]!, carrier: 'Acme', truck: `T ${name}`, references: [name], seals: [], type: 'LIVE', at: at(hours).instant }, asker());
  const timesOf = async (visit: string) => (await db().selectFrom('stop_time').innerJoin('load', 'load.id', 'stop_time.load_id').select('load.reference').distinct().where('source', '=', 'YARD').where('record_id', '=', visit).orderBy('load.reference').execute()).map((row) => row.reference);

  it('are known by the number of a load that was merged into theirs, tell its stops and shipments, and lead back when the merge is taken back', async () => {
    const shipment = await delivered(41, 'WH/OUT/00041');
    const plan = (reference: string, load: string[]) => loads.create({ reference, stops: [{ id: 'a', facilityCode: 'WA', window: { from: at(-2), to: at(1) }, load, unload: [] }, { id: 'b', facilityCode: 'WB', window: { from: at(4), to: at(5) }, load: [], unload: load }] }, asker());
    const [into, ended] = [await plan('M-1', []), await plan('M-2', [shipment])];
    await pipeline.settle();
    await loads.merge(into, [ended], asker());
    await pipeline.settle();
    const { visit, unmatched } = await comes('M-2');
    await pipeline.settle();
    expect(unmatched).toEqual([]);
    expect(await timesOf(visit)).toEqual(['M-1']);
    const told = await db().selectFrom('milestone').select('code').where('shipment_id', '=', shipment).where('active', '=', true).where('connection', '=', ourConnection).execute();
    expect(told.map(({ code }) => code)).toContain('CHECKED_IN');
    // The truck is there for what is one load now.
    await expect(loads.undo(into, asker())).rejects.toMatchObject({ code: 'CONFLICT' });
    await visits.undo(visit, asker());
    await pipeline.settle();
    await loads.undo(into, asker());
    await pipeline.settle();
    const again = await comes('m-2');
    await pipeline.settle();
    expect(await timesOf(again.visit)).toEqual(['M-2']);
  });

  it('are judged by what was agreed first, whatever the load is planned to be later, and not at all once it was cancelled', async () => {
    const stops = (window: number, planned: number): StopWish[] => [
      { id: 'a', place: { country: 'DE', postalCode: '28195' }, load: [], unload: [] },
      { id: 'b', facilityCode: 'WB', window: { from: at(window), to: at(window + 1) }, planned: { arrival: at(planned) }, load: [], unload: [] },
    ];
    const id = await loads.create({ reference: 'J-1', stops: stops(-200, -200) }, asker());
    await pipeline.settle();
    await loads.change(id, { stops: stops(-195, -195) }, asker());
    await pipeline.settle();
    await comes('J-1', 1, -194.5);
    await pipeline.settle();
    const judged = async (filter: Partial<StopPerformanceFilter> = {}) => {
      const { stops: count, late, onTime, against } = await performanceOf(readerFor(pipeline.services.database.reads, operator), { from: at(-210).instant, to: at(-190).instant, ...filter });
      return { count, late, onTime, against };
    };
    expect(await judged()).toEqual({ count: 1, late: 1, onTime: 0, against: 'FIRST' });
    expect(await judged({ against: 'CURRENT' })).toEqual({ count: 1, late: 0, onTime: 1, against: 'CURRENT' });
    expect([await judged({ fromRegion: 'de28' }), await judged({ fromRegion: 'DE 10' }), await judged({ region: 'DE 28' })].map(({ count }) => count)).toEqual([1, 0, 0]);
    await expect(judged({ fromRegion: 'Bremen' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
    const cancelled = await loads.create({ reference: 'J-2', stops: [{ id: 'b', facilityCode: 'WB', window: { from: at(-195), to: at(-194) }, load: [], unload: [] }] }, asker());
    await pipeline.settle();
    await comes('J-2', 1, -194.5);
    await pipeline.project();
    expect((await judged()).count).toBe(2);
    await db().updateTable('stop').set({ actual_arrival: null }).where('load_id', '=', cancelled).execute();
    await loads.cancel(cancelled, 'never driven', asker());
    await pipeline.settle();
    expect((await judged()).count).toBe(1);
  });
});
