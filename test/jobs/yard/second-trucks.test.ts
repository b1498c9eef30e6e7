import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../../src/auth/principal.js';
import { instant } from '../../../src/lib/clock.js';
import { GatehouseError } from '../../../src/lib/errors.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { ourConnection } from '../../../src/model/our-connection.js';
import { recordId } from '../../../src/model/record-ids.js';
import type { AppointmentRecord } from '../../../src/model/yard/records.js';
import { stateOwn } from '../../../src/jobs/tasks/own/records.js';
import { saveFacilityPlan } from '../../../src/jobs/tasks/yard/facilities.js';
import { VisitDesk } from '../../../src/jobs/tasks/yard/visits.js';
import { openPipeline, type Pipeline } from '../../projections/pipeline.js';
import { describeOnEachDatabase } from '../../support/databases.js';
import { facilityPlan } from '../../support/yard/facility-plan.js';

const operator = principalOf({ subject: 'dock-office', role: 'operator', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false });
const asker = () => ({ by: operator, idempotencyKey: uuidv7(), correlationId: uuidv7() });

describeOnEachDatabase('several trucks for one thing', (kind) => {
  let pipeline: Pipeline;
  let desk: VisitDesk;
  let facility: string;
  const db = () => pipeline.services.database.kysely;
  beforeAll(async () => {
    pipeline = await openPipeline(kind);
    desk = new VisitDesk(pipeline.tasks);
    facility = await saveFacilityPlan(pipeline.tasks, { code: 'WH', company: 'main', plan: facilityPlan() }, operator, uuidv7());
  });
  afterAll(() => pipeline?.remove());

  async function appointment(confirmation: string, { inMinutes = 1, ...over }: Partial<AppointmentRecord> & { inMinutes?: number } = {}): Promise<string> {
    const id = uuidv7();
    const at = (minutes: number) => ({ instant: instant(Date.now() + minutes * 60_000), zone: 'Europe/Berlin' });
    await pipeline.services.database.transaction((tx) => stateOwn(tx, [{
      type: 'appointment.reported', kind: 'appointment', id, company: 'main', version: 1, step: { action: 'appointment.book', by: 'dock-office' },
      payload: { facilityId: 'WH@main', direction: 'INBOUND', state: 'SCHEDULED', rawState: 'SCHEDULED', startsAt: at(inMinutes), endsAt: at(inMinutes + 60), loads: [], references: [], handling: 'LIVE', confirmation, ...over },
    }], uuidv7()));
    return recordId('appointment', ourConnection, id);
  }
  const appointmentOf = async (visit: string) => (await db().selectFrom('visit').select('appointment_id').where('id', '=', visit).executeTakeFirstOrThrow()).appointment_id;
  const stateOf = async (id: string) => (await db().selectFrom('appointment').select('state').where('id', '=', id).executeTakeFirstOrThrow()).state;
  const open = async (about: string) => {
    await pipeline.settle();
    return db().selectFrom('exception').select(['kind', 'title']).where('state', '<>', 'RESOLVED').where('title', 'like', `%${about}%`).orderBy('kind').orderBy('title').execute();
  };
  const arrive = async (truck: string, said: { appointment?: string; references?: string[]; trailer?: string }) => desk.checkIn({ facility, truck, references: [], seals: [], ...said }, asker());

  const steps = ['START', 'END', 'CHECK_OUT', 'REJECT', 'UNDO'] as const;
  it('leave their appointment where the furthest of those that stand brings it, in any order, and after what is taken back', async () => {
    let run = 0;
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(2), fc.constantFrom(...steps)), { maxLength: 14 }), async (drawn) => {
      const id = await appointment(`F-${kind}-${++run}`);
      const visits: string[] = [];
      for (const truck of [1, 2, 3]) visits.push((await arrive(`F ${run} ${truck}`, { appointment: id })).visit);
      for (const [truck, step] of drawn) {
        try {
          await (step === 'UNDO' ? desk.undo(visits[truck]!, asker()) : desk.report({ visit: visits[truck]!, step, reason: 'no papers' }, asker()));
        } catch (error) {
          expect(error).toBeInstanceOf(GatehouseError);
        }
        const rows = await db().selectFrom('visit').select(['state', 'handling_started_at', 'handling_ended_at', 'checked_out_at']).where('id', 'in', visits).where('state', 'not in', ['REJECTED', 'CANCELLED']).execute();
        const has = (test: (row: (typeof rows)[number]) => boolean) => rows.some(test);
        const wanted = has((row) => row.handling_ended_at !== null || row.checked_out_at !== null) ? 'COMPLETED' : has((row) => row.handling_started_at !== null) ? 'IN_PROGRESS' : rows.length > 0 ? 'ARRIVED' : 'SCHEDULED';
        expect(await stateOf(id)).toBe(wanted);
      }
    }), { numRuns: 12, endOnFailure: true });
  }, 120_000);

  it('are raised where one is on site already, until the check-in that is not so is taken back', async () => {
    await arrive('DX 1', { trailer: 'DX T' });
    expect(await open('DX 1')).toEqual([]);
    const { visit: again } = await arrive('dx1', { trailer: 'DX T' });
    expect(await open('DX 1')).toEqual([{ kind: 'TRUCK_ON_SITE_TWICE', title: 'Truck DX 1 is at WH@main twice' }]);
    await desk.undo(again, asker());
    expect(await open('DX 1')).toEqual([]);
  });

  it('are not where one left and comes again, nor where it is not said which came', async () => {
    const { visit: first } = await arrive('DY 1', {});
    await desk.report({ visit: first, step: 'CHECK_OUT' }, asker());
    await arrive('DY 1', {});
    for (const _ of [1, 2]) await desk.checkIn({ facility, carrier: 'DY nobody', references: [], seals: [] }, asker());
    expect(await open('DY')).toEqual([]);
  });

  it('do not come for the one that was missed where there is another, nor for their carrier’s other one where they were announced', async () => {
    const [missed, next] = [await appointment('OLD-1', { inMinutes: -1_200, loads: ['L-77'], state: 'NO_SHOW', rawState: 'NO_SHOW' }), await appointment('NEW-1', { inMinutes: 30, loads: ['L-77'] })];
    expect([await appointmentOf((await arrive('N 1', { references: ['L-77'] })).visit), await stateOf(missed)]).toEqual([next, 'NO_SHOW']);
    const [later] = [await appointment('FAR-1', { inMinutes: 600, carrier: 'SPED' }), await appointment('NEAR-1', { inMinutes: 20, carrier: 'SPED' })];
    const { visit } = await desk.expect({ facility, appointment: later!, carrier: 'Sped', references: [], seals: [] }, asker());
    await desk.checkIn({ facility, visit, carrier: 'Sped', references: [], seals: [] }, asker());
    expect(await appointmentOf(visit)).toBe(later);
  });

  it('are raised where they come for one appointment, by its id or its number, one exception for all of them', async () => {
    const id = await appointment('MET-1');
    const { visit: first } = await arrive('M 1', { appointment: id });
    const others = await Promise.all([arrive('M 2', { appointment: id }), arrive('M 3', { references: ['met-1'] }), arrive('M 4', { references: ['MET-1'] })]);
    expect(others.map(({ unmatched }) => unmatched)).toEqual([[], [], []]);
    expect(await open('MET-1')).toEqual([{ kind: 'APPOINTMENT_MET_TWICE', title: '4 trucks came to WH@main for appointment MET-1' }]);
    await desk.undo(first, asker());
    expect(await open('MET-1')).toEqual([{ kind: 'APPOINTMENT_MET_TWICE', title: '3 trucks came to WH@main for appointment MET-1' }]);
    for (const { visit } of others.slice(1)) await desk.report({ visit, step: 'REJECT', reason: 'another one came' }, asker());
    expect([await open('MET-1'), await stateOf(id)]).toEqual([[], 'ARRIVED']);
    await desk.report({ visit: others[0]!.visit, step: 'CHECK_OUT' }, asker());
    await arrive('M 5', { appointment: id });
    expect([(await open('MET-1')).length, await stateOf(id)]).toEqual([1, 'COMPLETED']);
  });
});
