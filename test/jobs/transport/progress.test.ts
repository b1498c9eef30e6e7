import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../../src/auth/principal.js';
import { openAssignmentDesk } from '../../../src/jobs/tasks/transport/assignments.js';
import { openLoadDesk } from '../../../src/jobs/tasks/transport/loads.js';
import { settleProgress, settleProgressInTime } from '../../../src/jobs/tasks/transport/progress.js';
import { openTenderDesk } from '../../../src/jobs/tasks/transport/tenders.js';
import { saveFacilityPlan } from '../../../src/jobs/tasks/yard/facilities.js';
import { VisitDesk } from '../../../src/jobs/tasks/yard/visits.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { leavingMs } from '../../../src/model/transport/progress.js';
import { openPipeline, type Pipeline } from '../../projections/pipeline.js';
import { describeOnEachDatabase } from '../../support/databases.js';
import { facilityPlan } from '../../support/yard/facility-plan.js';

const operator = principalOf({ subject: 'dispatch', role: 'admin', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false });
const asker = () => ({ by: operator, idempotencyKey: uuidv7(), correlationId: uuidv7() });
const nowMs = Date.now();
const at = (hours: number) => ({ instant: new Date(nowMs + hours * 3_600_000).toISOString(), zone: 'UTC' });

describeOnEachDatabase('how far loads that are planned here have come', (kind) => {
  let pipeline: Pipeline;
  let loads: ReturnType<typeof openLoadDesk>;
  let visits: VisitDesk;
  const facilities: string[] = [];

  beforeAll(async () => {
    pipeline = await openPipeline(kind);
    [loads, visits] = [openLoadDesk(pipeline.tasks), new VisitDesk(pipeline.tasks)];
    for (const code of ['WA', 'WB']) facilities.push(await saveFacilityPlan(pipeline.tasks, { code, company: 'main', plan: facilityPlan({ name: code }) }, operator, uuidv7()));
    await pipeline.settle();
  });
  afterAll(() => pipeline?.remove());

  const stops = (later = 0) => [
    { id: 'a', facilityCode: 'WA', window: { from: at(-20), to: at(-19) }, load: [], unload: [] },
    { id: 'b', facilityCode: 'WB', window: { from: at(-10 + later), to: at(-9 + later) }, load: [], unload: [] },
  ];
  const plan = async (reference: string) => {
    const id = await loads.create({ reference, stops: stops() }, asker());
    await pipeline.settle();
    return id;
  };
  const comes = (reference: string, where: number, hours: number) => visits.checkIn({ facility: facilities[where]!, carrier: 'Acme', truck: `T ${reference}`, references: [reference], seals: [], type: 'LIVE', at: at(hours).instant }, asker()).then(({ visit }) => visit);
  const leaves = (visit: string, hours: number) => visits.report({ visit, step: 'CHECK_OUT', at: at(hours).instant }, asker());
  const stateOf = async (id: string) => (await pipeline.services.database.kysely.selectFrom('load').select('state').where('id', '=', id).executeTakeFirstOrThrow()).state;
  const versions = async (id: string) => (await pipeline.services.database.kysely.selectFrom('load').select('version').where('id', '=', id).executeTakeFirstOrThrow()).version;

  it('under way when the truck leaves the first stop, done when it leaves the last, and neither again where that is taken back', async () => {
    const id = await plan('P-1');
    const first = await comes('P-1', 0, -19.5);
    await pipeline.settle();
    expect(await stateOf(id)).toBe('DRAFT');
    await leaves(first, -19);
    await pipeline.settle();
    expect(await stateOf(id)).toBe('IN_TRANSIT');
    const last = await comes('P-1', 1, -9.5);
    await leaves(last, -9);
    await pipeline.settle();
    expect(await stateOf(id)).toBe('COMPLETED');
    const before = await versions(id);
    await settleProgress(pipeline.tasks, [id, id]);
    await Promise.all([settleProgress(pipeline.tasks, [id]), settleProgress(pipeline.tasks, [id])]);
    expect(await versions(id)).toBe(before);
    await visits.undo(last, asker());
    await pipeline.settle();
    expect(await stateOf(id)).toBe('IN_TRANSIT');
    await visits.undo(last, asker());
    await visits.undo(first, asker());
    await pipeline.settle();
    expect(await stateOf(id)).toBe('DRAFT');
  });

  it('says who drives it again once a check-out is taken back', async () => {
    const id = await plan('P-2');
    await openAssignmentDesk(pipeline.tasks).assign(id, { carrier: 'ACME', truck: `T-${kind}` }, asker());
    const first = await comes('P-2', 0, -19.5);
    await leaves(first, -19);
    await pipeline.settle();
    expect(await stateOf(id)).toBe('IN_TRANSIT');
    await visits.undo(first, asker());
    await pipeline.settle();
    expect(await stateOf(id)).toBe('CONFIRMED');
  });

  it('keeps what is under way from being cancelled, split, merged and offered, and what is done from being planned anew', async () => {
    const id = await plan('P-3');
    const other = await plan('P-3-OTHER');
    const first = await comes('P-3', 0, -19.5);
    await leaves(first, -19);
    // The read model has the time; the follow-up that states what comes of it has not run yet.
    await pipeline.project();
    expect(await stateOf(id)).toBe('DRAFT');
    const refused = async () => {
      await expect(loads.cancel(id, 'mistake', asker())).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(loads.merge(other, [id], asker())).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(openTenderDesk(pipeline.tasks).start(id, { carriers: [{ carrier: 'ACME', channel: 'PORTAL', minutes: 30 }] }, asker())).rejects.toMatchObject({ code: 'CONFLICT' });
    };
    await refused();
    await pipeline.settle();
    await refused();
    const [a, b] = stops();
    await expect(loads.change(id, { stops: [{ ...a!, window: { from: at(-2), to: at(-1) } }, b!] }, asker())).rejects.toMatchObject({ code: 'CONFLICT' });
    await loads.change(id, { stops: stops(2) }, asker());
    await pipeline.settle();
    expect(await stateOf(id)).toBe('IN_TRANSIT');
    await leaves(await comes('P-3', 1, -9.5), -9);
    await pipeline.settle();
    expect(await stateOf(id)).toBe('COMPLETED');
    await refused();
    await expect(loads.change(id, { stops: stops(9) }, asker())).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(loads.undo(id, asker())).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(openAssignmentDesk(pipeline.tasks).assign(id, { truck: 'X' }, asker())).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('takes a truck that came to the last stop to have left it after a day', async () => {
    const [id, long] = [await plan('P-4'), await plan('P-4-LONG')];
    await comes('P-4', 1, -9.5);
    await comes('P-4-LONG', 1, -1 - leavingMs / 3_600_000);
    // Whatever became of the follow-ups, the look that is taken every minute finds what they were for.
    await pipeline.project();
    await settleProgressInTime(pipeline.tasks);
    expect([await stateOf(id), await stateOf(long)]).toEqual(['IN_TRANSIT', 'COMPLETED']);
    await pipeline.settle();
    expect(await settleProgressInTime(pipeline.tasks)).toBe(0);
  });

  it('a load that was cancelled by mistake comes back as far as its truck has come', async () => {
    const id = await plan('P-5');
    await loads.cancel(id, 'mistake', asker());
    await leaves(await comes('P-5', 0, -19.5), -19);
    await pipeline.settle();
    expect(await stateOf(id)).toBe('CANCELLED');
    await loads.undo(id, asker());
    await pipeline.settle();
    expect(await stateOf(id)).toBe('IN_TRANSIT');
  });
});
