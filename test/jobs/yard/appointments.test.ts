import { afterAll, beforeAll, expect, it } from 'vitest';
import { readerFor } from '../../../src/auth/reader.js';
import { project } from '../../../src/jobs/tasks/project.js';
import { keepAppointments } from '../../../src/jobs/tasks/yard/appointments/upkeep.js';
import { saveFacilityOnce, saveFacilityPlan } from '../../../src/jobs/tasks/yard/facilities.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { addDays, weekdayOf } from '../../../src/model/yard/local-time.js';
import type { FacilityPlan } from '../../../src/model/yard/plan.js';
import type { Services } from '../../../src/main.js';
import { describeOnEachDatabase, testServices } from '../../support/databases.js';
import { asking, at, carrierNamed, dockOffice, noNames, openAppointmentDesk, warehouseOf, wish, workingDay, type AppointmentDesk } from '../../support/yard/appointments.js';
import { facilityPlan } from '../../support/yard/facility-plan.js';

describeOnEachDatabase('appointments at a facility that is run here', (kind) => {
  let services: Services & { remove(): Promise<void> };
  let desk: AppointmentDesk;
  let serial = 0;
  const day = workingDay();
  const alpha = carrierNamed('Alpha Haulage');
  const beta = carrierNamed('Beta Lines');
  beforeAll(async () => {
    services = await testServices(kind);
    desk = openAppointmentDesk(services.tasks);
  });
  afterAll(() => services.remove());

  const codeOf = () => `F${serial}`;
  const facility = (over: Partial<FacilityPlan> = {}) => (serial++, saveFacilityPlan(services.tasks, { code: codeOf(), company: 'main', plan: facilityPlan({ docks: facilityPlan().docks.slice(0, 1), ...over }) }, dockOffice, uuidv7()));
  const booking = (over: Partial<FacilityPlan['booking']>) => ({ booking: { ...facilityPlan().booking, ...over } });
  const row = (id: string) => services.database.kysely.selectFrom('appointment').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const told = async (id: string) => {
    const { version: _, updated_at: __, ...rest } = await row(id);
    return rest;
  };
  const exceptions = (kindOf: string) => services.database.kysely.selectFrom('exception').select(['state', 'title', 'detail', 'source_subject']).where('kind', '=', kindOf).execute();

  it('are booked once for a key, and a time at a dock is given out once, with others named to whoever comes second', async () => {
    const id = await facility();
    const asker = asking(alpha);
    const first = await desk.book(wish(id, at(day, '08:00')), asker);
    expect(await desk.book(wish(id, at(day, '08:00')), asker)).toEqual({ ...first, duplicate: true });
    expect(await row(first.appointmentId)).toMatchObject({ state: 'SCHEDULED', dock: 'D1', carrier: 'ALPHA_HAULAGE', ends_at: at(day, '09:00') });
    await expect(desk.book(wish(id, at(day, '08:30')), asking(beta))).rejects.toMatchObject({ code: 'SLOT_TAKEN', alternatives: [{ startsAt: at(day, '09:00') }, { startsAt: at(day, '09:30') }, expect.anything(), expect.anything(), expect.anything()] });
    const free = await desk.freeSlots({ facilityId: id, from: at(day, '06:00'), to: at(day, '10:00'), need: wish(id, '').need, limit: 100 }, beta);
    expect(free.map((slot) => slot.startsAt)).toEqual(['06:00', '06:30', '07:00', '09:00', '09:30'].map((time) => at(day, time)));
    const before = await row(first.appointmentId);
    await project(services.tasks);
    expect(await row(first.appointmentId)).toEqual(before);
  });

  it('keep their old time while another one is asked for, and when that is refused', async () => {
    const id = await facility(booking({ outsiders: 'REQUEST' }));
    const { appointmentId } = await desk.book(wish(id, at(day, '08:00')), asking(alpha));
    expect(await row(appointmentId)).toMatchObject({ state: 'REQUESTED' });
    await expect(desk.decide({ id: appointmentId, decision: 'CONFIRM' }, asking(alpha))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await desk.decide({ id: appointmentId, decision: 'CONFIRM' }, asking(warehouseOf(`${codeOf()}@main`)));
    const confirmed = await told(appointmentId);
    await desk.reschedule({ id: appointmentId, startsAt: at(day, '10:00') }, asking(alpha));
    expect(await row(appointmentId)).toMatchObject({ state: 'SCHEDULED', starts_at: at(day, '08:00'), wish: { startsAt: { instant: at(day, '10:00') } } });
    await desk.decide({ id: appointmentId, decision: 'REJECT', reason: 'Full.' }, asking(dockOffice));
    expect(await told(appointmentId)).toEqual({ ...confirmed, reason: 'Full.' });
    await desk.reschedule({ id: appointmentId, startsAt: at(day, '11:00') }, asking(alpha));
    await desk.decide({ id: appointmentId, decision: 'CONFIRM' }, asking(dockOffice));
    expect(await row(appointmentId)).toMatchObject({ starts_at: at(day, '11:00'), wish: null, state: 'SCHEDULED' });
  });

  it('are exactly as before when the latest step is undone, again and again, and not where their time was given away', async () => {
    const id = await facility();
    const { appointmentId } = await desk.book(wish(id, at(day, '08:00')), asking(dockOffice));
    const booked = await told(appointmentId);
    await desk.reschedule({ id: appointmentId, startsAt: at(day, '12:00'), reason: 'Later.' }, asking(dockOffice));
    const moved = await told(appointmentId);
    await desk.cancel({ id: appointmentId, reason: 'No.' }, asking(dockOffice));
    await desk.undo({ id: appointmentId }, asking(dockOffice));
    expect(await told(appointmentId)).toEqual(moved);
    const other = await desk.book(wish(id, at(day, '08:30')), asking(alpha));
    await expect(desk.undo({ id: appointmentId }, asking(dockOffice))).rejects.toMatchObject({ code: 'SLOT_TAKEN' });
    await desk.cancel({ id: other.appointmentId }, asking(alpha));
    await desk.undo({ id: appointmentId }, asking(dockOffice));
    expect(await told(appointmentId)).toEqual(booked);
    await expect(desk.undo({ id: appointmentId }, asking(dockOffice))).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('are a carrier’s own affair within the rules of the facility, and nobody else’s', async () => {
    const id = await facility(booking({ leadMinutes: 60, horizonDays: 30 }));
    const { appointmentId } = await desk.book(wish(id, at(day, '08:00')), asking(alpha));
    for (const attempt of [
      () => desk.cancel({ id: appointmentId }, asking(beta)), () => desk.reschedule({ id: appointmentId, startsAt: at(day, '10:00') }, asking(beta)), () => desk.undo({ id: appointmentId }, asking(beta)),
      () => desk.cancel({ id: appointmentId }, asking(warehouseOf('ELSEWHERE@main'))), () => desk.cancel({ id: appointmentId }, asking({ ...dockOffice, companies: ['other'] })),
    ]) await expect(attempt()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(desk.book(wish(id, at(day, '10:00'), { carrier: 'Beta Lines' }), asking(alpha))).rejects.toMatchObject({ code: 'BAD_INPUT', field: 'input.carrier' });
    await expect(desk.book(wish(id, at(workingDay(40), '10:00')), asking(alpha))).rejects.toMatchObject({ code: 'SLOT_TAKEN' });
    await expect(desk.book(wish(id, at(day, '10:10')), asking(alpha))).rejects.toMatchObject({ code: 'SLOT_TAKEN' });
    await expect(desk.book(wish(id, at(day, '17:30')), asking(alpha))).rejects.toMatchObject({ code: 'SLOT_TAKEN' });
    await desk.cancel({ id: appointmentId }, asking(warehouseOf(`${codeOf()}@main`)));
    await expect(desk.undo({ id: appointmentId }, asking(alpha))).rejects.toMatchObject({ code: 'CONFLICT' });
    const never = await facility(booking({ outsiders: 'NEVER' }));
    await expect(desk.book(wish(never, at(day, '08:00')), asking(alpha))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await desk.book(wish(never, at(day, '08:00')), asking(warehouseOf(`${codeOf()}@main`)))).toMatchObject({ duplicate: false });
  });

  it('make no use of what an outsider names until somebody of the company confirms it', async () => {
    const id = await facility();
    const names = { loads: ['load 77'], deliveries: ['WH/OUT/00077'], orders: ['S00077'] };
    const { appointmentId } = await desk.book(wish(id, at(day, '08:00'), { names }), asking(alpha));
    expect(await row(appointmentId)).toMatchObject({ numbers: [], names: [], claimed: { loads: ['LOAD77'], references: [{ kind: 'delivery_name', value: 'WH/OUT/00077' }, { kind: 'order_name', value: 'S00077' }] } });
    expect(await services.database.kysely.selectFrom('mention').selectAll().where('record_id', '=', appointmentId).execute()).toEqual([]);
    for (const by of [alpha, warehouseOf(`${codeOf()}@main`)]) await expect(desk.confirmNames({ id: appointmentId, decision: 'CONFIRM' }, asking(by))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await desk.confirmNames({ id: appointmentId, decision: 'CONFIRM' }, asking(dockOffice));
    expect(await row(appointmentId)).toMatchObject({ numbers: ['LOAD77'], claimed: null });
    const { confirmation } = await row(appointmentId);
    await expect(desk.book(wish(id, at(day, '10:00'), { names: { ...noNames, loads: ['LOAD77'] } }), asking(dockOffice))).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(confirmation!) });
    // Whoever does not see it is not told: for them it is a claim like any other.
    expect(await desk.book(wish(id, at(day, '10:00'), { names: { ...noNames, loads: ['LOAD77'] } }), asking(beta))).toMatchObject({ duplicate: false });
    await desk.undo({ id: appointmentId }, asking(dockOffice));
    expect(await row(appointmentId)).toMatchObject({ numbers: [], claimed: { loads: ['LOAD77'] } });
  });

  it('stand when the plan changes, are named where they do not fit it any more, and told to people until they do', async () => {
    const id = await facility();
    const { appointmentId } = await desk.book(wish(id, at(day, '08:00')), asking(alpha));
    const closed = facilityPlan({ docks: facilityPlan().docks.slice(0, 1), days: [{ on: day, hours: [], reason: 'Stocktaking' }] });
    const saved = await saveFacilityOnce(services.tasks, { code: codeOf(), company: 'main', plan: closed }, asking(dockOffice));
    expect(saved.unfit).toEqual([{ appointmentId, reason: 'The facility is not open then.' }]);
    expect(await row(appointmentId)).toMatchObject({ state: 'SCHEDULED', starts_at: at(day, '08:00') });
    const subject = (await row(appointmentId)).subject;
    const states = async () => (await exceptions('APPOINTMENT_UNFIT')).filter((each) => each.source_subject === subject).map((each) => each.state);
    expect(await states()).toEqual(['OPEN']);
    await saveFacilityOnce(services.tasks, { code: codeOf(), company: 'main', plan: closed }, asking(dockOffice));
    expect(await states()).toEqual(['OPEN']);
    await desk.reschedule({ id: appointmentId, startsAt: at(workingDay(10), '08:00') }, asking(alpha));
    expect(await states()).toEqual(['RESOLVED']);
    await expect(saveFacilityOnce(services.tasks, { code: codeOf(), company: 'main', plan: { ...closed, zone: 'Mars/Base' } }, asking(dockOffice))).rejects.toMatchObject({ code: 'BAD_INPUT', field: 'input.plan.zone' });
  });

  it('are no-shows by themselves, once, and requests that nobody decided lapse', async () => {
    const always = { zone: 'UTC', hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' })), gridMinutes: 1, docks: facilityPlan().docks };
    const id = await facility({ ...always, ...booking({ outsiders: 'REQUEST', noShowMinutes: 30 }) });
    const soonMs = Math.ceil(Date.now() / 60_000 + 1) * 60_000;
    const { appointmentId: confirmed } = await desk.book(wish(id, new Date(soonMs).toISOString()), asking(dockOffice));
    const { appointmentId: asked } = await desk.book(wish(id, new Date(soonMs).toISOString()), asking(alpha));
    await keepAppointments(services.tasks, soonMs + 29 * 60_000);
    expect([(await row(confirmed)).state, (await row(asked)).raw_state]).toEqual(['SCHEDULED', 'LAPSED']);
    await keepAppointments(services.tasks, soonMs + 31 * 60_000);
    expect((await row(confirmed)).state).toBe('NO_SHOW');
    await desk.undo({ id: confirmed }, asking(dockOffice));
    await keepAppointments(services.tasks, soonMs + 60 * 60_000);
    expect((await row(confirmed)).state).toBe('SCHEDULED');
  });

  it('are seen to each alone where one of them cannot be, which is told', async () => {
    const always = { zone: 'UTC', hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' })), gridMinutes: 1, docks: facilityPlan().docks };
    const id = await facility({ ...always, ...booking({ noShowMinutes: 30 }) });
    const soonMs = Math.ceil(Date.now() / 60_000 + 1) * 60_000;
    const booked = [];
    for (let n = 0; n < 3; n++) booked.push((await desk.book(wish(id, new Date(soonMs + n * 60_000).toISOString()), asking(dockOffice))).appointmentId);
    const [damaged, ...sound] = booked;
    const subject = (await row(damaged!)).subject;
    await services.database.kysely.updateTable('event').set({ subject: `${subject}-lost` }).where('subject', '=', subject).execute();
    try {
      await expect(keepAppointments(services.tasks, soonMs + 40 * 60_000)).rejects.toThrow();
      expect(await Promise.all(sound.map(async (each) => (await row(each)).state))).toEqual(['NO_SHOW', 'NO_SHOW']);
    } finally {
      await services.database.kysely.deleteFrom('appointment').where('id', '=', damaged!).execute();
    }
  });

  it('come again every week where they stand, but not on holidays nor in the place of what was moved or cancelled', async () => {
    const holiday = addDays(workingDay(7), 7);
    const id = await facility({ days: [{ on: holiday, hours: [], reason: 'Holiday' }], ...booking({ horizonDays: 22 }) });
    const standingId = await desk.saveStanding({ weekday: weekdayOf(holiday), time: '08:00', need: wish(id, '').need, carrier: 'Alpha Haulage', from: workingDay(7) }, id, asking(dockOffice));
    await keepAppointments(services.tasks);
    const made = () => services.database.kysely.selectFrom('appointment').select(['id', 'state', 'starts_at', 'carrier', 'standing']).where('facility_id', '=', id).orderBy('subject').execute();
    const first = await made();
    expect(first.map((each) => each.standing)).toEqual([{ id: standingId, on: workingDay(7) }, { id: standingId, on: addDays(workingDay(7), 14) }]);
    expect(await services.database.kysely.selectFrom('standing_skip').select(['on_day', 'reason']).where('standing_id', '=', standingId).execute()).toEqual([{ on_day: holiday, reason: 'The facility is closed then: Holiday.' }]);
    await desk.cancel({ id: first[0]!.id }, asking(alpha));
    await desk.reschedule({ id: first[1]!.id, startsAt: at(workingDay(10), '10:00') }, asking(dockOffice));
    await keepAppointments(services.tasks);
    expect((await made()).length).toBe(2);
    await expect(desk.endStanding({ id: standingId, lastOn: '2020-01-01' }, asking(dockOffice))).rejects.toMatchObject({ code: 'BAD_INPUT', field: 'input.lastOn', message: expect.stringContaining(`Its first day is ${workingDay(7)}`) });
    await desk.endStanding({ id: standingId, lastOn: workingDay(7) }, asking(dockOffice));
    await keepAppointments(services.tasks, Date.now() + 14 * 86_400_000);
    expect((await made()).length).toBe(2);
  });

  it('are given to trucks without one in the order of coming', async () => {
    const always = { zone: 'UTC', hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' })) };
    const [dock] = facilityPlan().docks;
    const id = await facility({ ...always, docks: [{ ...dock!, name: 'Q', firstComeFirstServed: true }] });
    const came = [];
    for (let truck = 0; truck < 3; truck++) came.push(await row((await desk.firstCome({ facilityId: id, need: wish(id, '').need, carrier: 'Alpha Haulage', names: noNames }, asking(dockOffice))).appointmentId));
    expect(came.map((each) => each.dock)).toEqual(['Q', 'Q', 'Q']);
    expect([came[1]!.starts_at, came[2]!.starts_at]).toEqual([came[0]!.ends_at, came[1]!.ends_at]);
    await expect(desk.book(wish(id, at(day, '08:00')), asking(dockOffice))).rejects.toMatchObject({ code: 'SLOT_TAKEN' });
    await expect(desk.firstCome({ facilityId: id, need: wish(id, '').need, names: noNames }, asking(alpha))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('show a facility to carriers that may book there, and to no other outsiders', async () => {
    const id = await facility();
    const sees = async (by: typeof alpha) => (await readerFor(services.database.reads, by).db.selectFrom('facility').select('facility.id').where('facility.id', '=', id).execute()).length;
    expect([await sees(alpha), await sees(warehouseOf('ELSEWHERE@main')), await sees(warehouseOf(`${codeOf()}@main`))]).toEqual([1, 0, 1]);
    await saveFacilityPlan(services.tasks, { code: codeOf(), company: 'main', plan: facilityPlan(booking({ outsiders: 'NEVER' })) }, dockOffice, uuidv7());
    expect(await sees(alpha)).toBe(0);
  });
});
