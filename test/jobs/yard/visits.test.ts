import { hash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../../src/auth/principal.js';
import { instant } from '../../../src/lib/clock.js';
import type { GatehouseError } from '../../../src/lib/errors.js';
import { globalId, uuidv7 } from '../../../src/lib/ids.js';
import { canonicalJson } from '../../../src/lib/json.js';
import { ourConnection } from '../../../src/model/our-connection.js';
import { recordId } from '../../../src/model/record-ids.js';
import type { AppointmentRecord } from '../../../src/model/yard/records.js';
import { stateOwn } from '../../../src/jobs/tasks/own/records.js';
import { saveFacilityPlan } from '../../../src/jobs/tasks/yard/facilities.js';
import { retain } from '../../../src/jobs/tasks/retention.js';
import { eraseSubject, findSubject } from '../../../src/jobs/tasks/subject.js';
import { MoveDesk } from '../../../src/jobs/tasks/yard/moves.js';
import { bookFirstCome } from '../../../src/jobs/tasks/yard/appointments/book.js';
import { confirmAppointmentNames } from '../../../src/jobs/tasks/yard/appointments/change.js';
import { keepPhoto } from '../../../src/jobs/tasks/yard/photos.js';
import { VisitDesk } from '../../../src/jobs/tasks/yard/visits.js';
import { transfersOfVisits } from '../../../src/projections/handling-progress.js';
import { openPipeline, type Pipeline } from '../../projections/pipeline.js';
import { describeOnEachDatabase } from '../../support/databases.js';
import { dockAppointment, dockVisit, dockWarehouse } from '../../support/transport.js';
import { facilityPlan } from '../../support/yard/facility-plan.js';
import { png } from '../../support/yard/photo.js';

const claims = { subject: 'dock-office', role: 'operator' as const, parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false };
const operator = principalOf(claims);
const warehouse = principalOf({ ...claims, subject: 'gate', role: 'partner', facilities: ['WH@main'] });
const stranger = principalOf({ ...claims, subject: 'other', role: 'partner', facilities: ['XX@main'] });
const asker = (by = operator) => ({ by, idempotencyKey: uuidv7(), correlationId: uuidv7() });

/** A time at a dock, as the appointments of a facility that is run here stand in the log. */
async function appointment(pipeline: Pipeline, over: Partial<AppointmentRecord> & { facilityId: string }): Promise<string> {
  const id = uuidv7();
  const at = { instant: instant(Date.now() + 60_000), zone: 'Europe/Berlin' };
  const payload: AppointmentRecord = { direction: 'INBOUND', state: 'SCHEDULED', rawState: 'SCHEDULED', startsAt: at, endsAt: { ...at, instant: instant(Date.now() + 3_600_000) }, loads: [], references: [], handling: 'LIVE', ...over };
  await pipeline.services.database.transaction((tx) => stateOwn(tx, [{ type: 'appointment.reported', kind: 'appointment', id, company: 'main', version: 1, payload, step: { action: 'appointment.schedule', by: 'dock-office' } }], uuidv7()));
  return recordId('appointment', ourConnection, id);
}

async function delivery(pipeline: Pipeline, recordId: number, name: string, company?: { id: number; name: string }): Promise<void> {
  const fresh = await pipeline.receive([{ connection: 'erp', body: JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: '2026-03-01T10:00:00Z', events: [{
    id: `e${recordId}`, topic: 'receipt', action: 'updated', model: 'stock.picking', recordId, version: 1, occurredAt: '2026-03-01T10:00:00Z', ...(company === undefined ? {} : { company }), record: { name, state: 'assigned', picking_type_code: 'incoming', lines: [] },
  }] }) }]);
  await pipeline.decode('erp', fresh.get('erp') ?? []);
  await pipeline.settle();
}

describeOnEachDatabase('visits at facilities that are run here', (kind) => {
  let pipeline: Pipeline;
  let desk: VisitDesk;
  let facility: string;
  const facilityId = 'WH@main';
  const db = () => pipeline.services.database.kysely;
  const visit = (id: string) => db().selectFrom('visit').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const milestones = async (name: string) => {
    const rows = await db().selectFrom('milestone').innerJoin('reference', 'reference.shipment_id', 'milestone.shipment_id').select('milestone.code').where('reference.value', '=', name).where('milestone.active', '=', true).where('milestone.connection', '=', ourConnection).orderBy('milestone.code').execute();
    return [...new Set(rows.map(({ code }) => code))];
  };
  beforeAll(async () => {
    pipeline = await openPipeline(kind, {}, { erp: { companies: '1=main, 2=second' } });
    desk = new VisitDesk(pipeline.tasks);
    facility = await saveFacilityPlan(pipeline.tasks, { code: 'WH', company: 'main', plan: facilityPlan() }, operator, uuidv7());
  });
  afterAll(() => pipeline?.remove());

  it('go from the gate over a dock to the gate, move their appointment, and tell the shipments that they are for', async () => {
    await delivery(pipeline, 1, 'WH/IN/00001');
    const appointmentId = await appointment(pipeline, { facilityId, confirmation: 'A-1', dock: 'D2', carrier: 'ACME', references: [{ kind: 'delivery_name', issuer: 'erp', value: 'WH/IN/00001' }] });
    const state = async () => (await db().selectFrom('appointment').select('state').where('id', '=', appointmentId).executeTakeFirstOrThrow()).state;
    const { visit: id, unmatched } = await desk.checkIn({ facility, carrier: 'Acme', truck: 'B-XY 12', trailer: 'TR 7', references: ['a-1'], seals: ['S1'] }, asker(warehouse));
    expect(unmatched).toEqual([]);
    expect(await visit(id)).toMatchObject({ state: 'CHECKED_IN', appointment_id: appointmentId, type: 'LIVE_UNLOAD', direction: 'INBOUND', trailer_key: 'TR7', seals: { in: ['S1'], out: [] } });
    expect(await state()).toBe('ARRIVED');
    await desk.assignDock({ visit: id }, asker());
    expect(await visit(id)).toMatchObject({ dock: 'D2', dock_reasons: ['It is the dock of the appointment, and free.'] });
    for (const step of ['AT_DOCK', 'START'] as const) await desk.report({ visit: id, step }, asker());
    expect(await state()).toBe('IN_PROGRESS');
    await desk.report({ visit: id, step: 'COUNT', counts: [{ reference: 'WH/IN/00001', unit: 'PALLET', quantity: '12' }] }, asker());
    await pipeline.settle();
    expect(await milestones('WH/IN/00001')).toEqual(['ARRIVED_DELIVERY', 'CHECKED_IN', 'DOCKED', 'UNLOADING']);
    for (const step of ['END', 'LEAVE_DOCK', 'CHECK_OUT'] as const) await desk.report({ visit: id, step }, asker());
    expect(await state()).toBe('COMPLETED');
    expect(await visit(id)).toMatchObject({ state: 'CHECKED_OUT', counts: [{ quantity: '12', unit: 'PALLET' }] });
    await pipeline.settle();
    expect(await milestones('WH/IN/00001')).toEqual(['ARRIVED_DELIVERY', 'CHECKED_IN', 'CHECKED_OUT', 'DOCKED', 'UNLOADED', 'UNLOADING']);
  });

  it('take their latest step back exactly, one after the other, with the appointment and what shipments were told', async () => {
    await delivery(pipeline, 2, 'WH/IN/00002');
    const appointmentId = await appointment(pipeline, { facilityId, confirmation: 'A-2', references: [{ kind: 'delivery_name', issuer: 'erp', value: 'WH/IN/00002' }] });
    const read = async (id: string) => {
      const { version: _, updated_at: __, ...own } = await visit(id);
      return { own, appointment: (await db().selectFrom('appointment').select(['state', 'raw_state']).where('id', '=', appointmentId).executeTakeFirstOrThrow()), told: (await pipeline.settle(), await milestones('WH/IN/00002')) };
    };
    const { visit: id } = await desk.checkIn({ facility, truck: 'U1', references: ['A-2'], seals: [] }, asker());
    const seen = [await read(id)];
    const steps = [() => desk.assignDock({ visit: id }, asker()), ...(['AT_DOCK', 'START', 'END', 'CHECK_OUT'] as const).map((step) => () => desk.report({ visit: id, step }, asker()))];
    for (const step of steps) {
      await step();
      seen.push(await read(id));
    }
    for (const before of seen.toReversed()) {
      expect(await read(id)).toEqual(before);
      await desk.undo(id, asker());
    }
    expect(await read(id)).toMatchObject({ own: { state: 'CANCELLED' }, appointment: { state: 'SCHEDULED' }, told: [] });
    await expect(desk.undo(id, asker())).rejects.toMatchObject({ code: 'CONFLICT' });
  }, 60_000);

  it('never give one dock to two, whoever asks at once, and name what is free', async () => {
    const arrivals = await Promise.all(Array.from({ length: 6 }, (_, index) => desk.checkIn({ facility, truck: `R${index}`, references: [], seals: [] }, asker())));
    const answers = await Promise.allSettled(arrivals.map(({ visit: id }) => desk.assignDock({ visit: id }, asker())));
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused).toHaveLength(3);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'SLOT_TAKEN', message: expect.stringContaining('has it') });
    const docks = await Promise.all(arrivals.map(async ({ visit: id }) => (await visit(id)).dock));
    expect(docks.filter((dock) => dock !== null).toSorted()).toEqual(['D1', 'D2', 'D3']);
    const left = arrivals[docks.indexOf('D1')]!.visit;
    const waiting = arrivals[docks.indexOf(null)]!.visit;
    await desk.report({ visit: left, step: 'CHECK_OUT' }, asker());
    await expect(desk.assignDock({ visit: waiting, dock: 'D2' }, asker())).rejects.toMatchObject({ code: 'SLOT_TAKEN', message: expect.stringContaining('Free: D1.') });
    await desk.assignDock({ visit: waiting, dock: 'd1' }, asker());
    // What is reported is taken, though another is there.
    const other = arrivals[docks.indexOf('D3')]!.visit;
    await desk.report({ visit: other, step: 'AT_DOCK', dock: 'D1' }, asker());
    expect(await visit(other)).toMatchObject({ state: 'AT_DOCK', dock: 'D1' });
    for (const { visit: id } of arrivals) if (id !== left) await desk.report({ visit: id, step: 'CHECK_OUT' }, asker());
  });

  it('are changed by who runs the facility alone, and once for each key', async () => {
    await expect(desk.checkIn({ facility, truck: 'S1', references: [], seals: [] }, asker(stranger))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const same = asker();
    const [first, second] = [await desk.checkIn({ facility, truck: 'S1', references: [], seals: [] }, same), await desk.checkIn({ facility, truck: 'S1', references: [], seals: [] }, same)];
    expect(second).toEqual(first);
    await expect(desk.report({ visit: first.visit, step: 'CHECK_OUT' }, asker(stranger))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(desk.report({ visit: first.visit, step: 'END' }, asker())).rejects.toMatchObject({ code: 'CONFLICT' });
    await desk.report({ visit: first.visit, step: 'CHECK_OUT' }, asker());
    await expect(desk.report({ visit: first.visit, step: 'CHECK_OUT' }, asker())).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('are at docks of the plan alone', async () => {
    const { visit: id } = await desk.checkIn({ facility, truck: 'ND 1', references: [], seals: [] }, asker());
    for (const dock of ['NODOCK', 'P1']) await expect(desk.report({ visit: id, step: 'AT_DOCK', dock }, asker())).rejects.toMatchObject({ code: 'BAD_INPUT', field: 'input.dock', message: `There is no dock ${dock} here. There are D1, D2, D3.` });
    await desk.report({ visit: id, step: 'AT_DOCK', dock: 'd1' }, asker());
    expect(await visit(id)).toMatchObject({ state: 'AT_DOCK', dock: 'D1' });
    await desk.report({ visit: id, step: 'CHECK_OUT' }, asker());
  });

  it('are raised at a dock that is blocked, until they are not there', async () => {
    const [hall] = facilityPlan().docks;
    const [from, to] = [instant(Date.now() - 3_600_000), instant(Date.now() + 3_600_000)];
    const at = await saveFacilityPlan(pipeline.tasks, { code: 'BD', company: 'main', plan: facilityPlan({ docks: [{ ...hall!, name: 'B1', blocked: [{ from, to, reason: 'the door is broken' }] }, { ...hall!, name: 'B2' }] }) }, operator, uuidv7());
    const open = async () => (await pipeline.settle(), await db().selectFrom('exception').select(['title', 'detail']).where('kind', '=', 'DOCK_BLOCKED').where('state', '<>', 'RESOLVED').where('title', 'like', '%BD 1%').execute());
    const { visit: id } = await desk.checkIn({ facility: at, truck: 'BD 1', references: [], seals: [] }, asker());
    await expect(desk.assignDock({ visit: id, dock: 'B1' }, asker())).rejects.toMatchObject({ code: 'SLOT_TAKEN', message: expect.stringContaining('it is blocked until') });
    expect(await open()).toEqual([]);
    await desk.report({ visit: id, step: 'AT_DOCK', dock: 'B1' }, asker());
    expect(await open()).toEqual([{ title: 'Truck BD 1 is at B1 of BD@main, which is blocked', detail: expect.stringContaining(`blocked from ${from} to ${to}: the door is broken`) }]);
    await desk.undo(id, asker());
    expect(await open()).toEqual([]);
    await desk.report({ visit: id, step: 'AT_DOCK', dock: 'B2' }, asker());
    expect(await open()).toEqual([]);
  });

  it('of others are answered as those that do not exist, whatever is asked of them', async () => {
    const { visit: theirs } = await desk.checkIn({ facility, truck: 'S 2', references: [], seals: [] }, asker());
    const asks: Array<(id: string) => Promise<unknown>> = [
      (id) => desk.report({ visit: id, step: 'CHECK_OUT' }, asker(stranger)), (id) => desk.assignDock({ visit: id }, asker(stranger)), (id) => desk.undo(id, asker(stranger)),
      (id) => keepPhoto(pipeline.tasks, globalId('Visit', id), png(), stranger, uuidv7()),
    ];
    const answer = (error: GatehouseError) => ({ code: error.code, message: error.message, field: error.field });
    for (const ask of asks) {
      const [known, unknown] = await Promise.all([theirs, uuidv7()].map((id) => ask(id).then(() => null, answer)));
      expect(known).toMatchObject({ code: 'NOT_FOUND' });
      expect(known).toEqual(unknown);
    }
    await desk.report({ visit: theirs, step: 'CHECK_OUT' }, asker());
  });

  it('leave trailers that are swapped and moved where they are said to be, and keep places for moves', async () => {
    const moves = new MoveDesk(pipeline.tasks);
    const stay = (trailer: string) => db().selectFrom('trailer_stay').select(['place', 'load', 'left_at', 'left_with', 'ready']).where('trailer', '=', trailer).executeTakeFirst();
    const { visit: first } = await desk.checkIn({ facility, truck: 'M1', trailer: 'SW 1', type: 'DROP', direction: 'INBOUND', references: [], seals: [] }, asker());
    await desk.report({ visit: first, step: 'DETACH', place: 'P1' }, asker());
    await desk.report({ visit: first, step: 'CHECK_OUT' }, asker());
    expect(await stay('SW 1')).toMatchObject({ place: 'P1', load: 'LOADED', left_at: null });
    await expect(moves.request({ facility, trailer: 'nobody', to: 'D1' }, asker())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { move } = await moves.request({ facility, trailer: 'sw1', to: 'd1' }, asker());
    await expect(moves.request({ facility, trailer: 'SW1', to: 'P2' }, asker())).rejects.toMatchObject({ code: 'CONFLICT' });
    const { visit: second } = await desk.checkIn({ facility, truck: 'M2', trailer: 'SW 2', type: 'DROP_HOOK', references: [], seals: [] }, asker(warehouse));
    await expect(desk.assignDock({ visit: second, dock: 'D1' }, asker())).rejects.toMatchObject({ code: 'SLOT_TAKEN', message: expect.stringContaining('the move of trailer SW 1 has it') });
    await moves.report({ move, step: 'ASSIGN', assignee: 'shunter 1' }, asker());
    await moves.report({ move, step: 'DONE' }, asker(warehouse));
    expect(await stay('SW 1')).toMatchObject({ place: 'D1' });
    await desk.report({ visit: first, step: 'START' }, asker());
    await desk.report({ visit: first, step: 'END' }, asker());
    expect(await stay('SW 1')).toMatchObject({ place: 'D1', load: 'EMPTY', ready: true });
    await desk.report({ visit: second, step: 'DETACH', place: 'P2' }, asker());
    await desk.report({ visit: second, step: 'ATTACH', trailer: 'SW 1' }, asker());
    await desk.report({ visit: second, step: 'CHECK_OUT' }, asker());
    expect(await stay('SW 1')).toMatchObject({ left_with: second });
    expect(await stay('SW 2')).toMatchObject({ place: 'P2', left_at: null });
    await moves.undo(move, asker());
    expect(await db().selectFrom('yard_move').select('state').where('id', '=', move).executeTakeFirst()).toEqual({ state: 'ASSIGNED' });
    await moves.report({ move, step: 'CANCEL', reason: 'gone' }, asker());
  });

  it('raise what contradicts between sources as exceptions, and end them when it is said otherwise', async () => {
    const open = async () => (await db().selectFrom('exception').select(['kind', 'title']).where('kind', 'in', ['DOCK_TAKEN_TWICE', 'TRAILER_IN_TWO_PLACES', 'TRAILER_NEVER_CAME', 'OUT_BEFORE_IN', 'VISIT_FINDING', 'GATE_REFERENCE']).where('state', '<>', 'RESOLVED').where('title', 'like', '%QX%').orderBy('kind').execute()).map(({ kind: what }) => what);
    const time = (minutes: number) => instant(Date.now() + minutes * 60_000);
    const tell = async (version: number, dock: string, trailer: string) => {
      const messages = [dockWarehouse('qx', { at: '2026-03-01T00:00:00Z', code: 'WH' }), dockAppointment('qxa', { at: `2026-03-01T0${version}:00:00Z`, start: time(-60), numbers: [], warehouse: 'qx', dock }), dockVisit('qxv', { at: `2026-03-01T0${version}:00:00Z`, warehouse: 'qx', appointment: 'qxa', plate: 'QX 9', trailer, events: { Arrived: time(-50), Docked: time(-40) } })];
      const fresh = await pipeline.receive(messages.map((message) => ({ connection: 'dock' as const, body: JSON.stringify(message) })));
      await pipeline.decode('dock', fresh.get('dock') ?? []);
      await pipeline.settle();
    };
    await tell(1, 'D2', 'QXT 1');
    expect(await open()).toEqual([]);
    const { visit: id, unmatched } = await desk.checkIn({ facility, truck: 'QX 1', trailer: 'QXT2', references: ['NOTHING-LIKE-IT'], seals: [], at: time(-30) }, asker());
    expect(unmatched).toMatchObject([{ given: 'NOTHING-LIKE-IT' }]);
    await expect(desk.assignDock({ visit: id, dock: 'D2' }, asker())).rejects.toMatchObject({ code: 'SLOT_TAKEN' });
    await desk.report({ visit: id, step: 'AT_DOCK', dock: 'D2', at: time(-20) }, asker());
    await desk.report({ visit: id, step: 'FINDING', findings: [{ kind: 'SEAL_BROKEN', note: 'cut', photos: [] }] }, asker());
    await pipeline.settle();
    expect(await open()).toEqual(['GATE_REFERENCE', 'VISIT_FINDING']);
    expect(await db().selectFrom('exception').select(['title', 'detail']).where('kind', '=', 'DOCK_TAKEN_TWICE').where('state', '<>', 'RESOLVED').where('detail', 'like', '%QX%').execute()).toMatchObject([{ title: 'Two trucks at D2 of WH@main' }]);
    // The other source says that it is the same trailer, at another dock.
    await tell(2, 'D3', 'QXT2');
    expect(await open()).toEqual(['GATE_REFERENCE', 'TRAILER_IN_TWO_PLACES', 'VISIT_FINDING']);
    expect(await db().selectFrom('exception').select('title').where('kind', '=', 'DOCK_TAKEN_TWICE').where('state', '<>', 'RESOLVED').where('detail', 'like', '%QX%').execute()).toEqual([]);
    await desk.undo(id, asker());
    expect(await open()).toEqual(['GATE_REFERENCE', 'TRAILER_IN_TWO_PLACES']);
    await desk.undo(id, asker());
    await desk.undo(id, asker());
    await pipeline.settle();
    expect(await open()).toEqual([]);
    expect(await visit(id)).toMatchObject({ state: 'CANCELLED' });
  });

  it('leave the dock to an appointment that was asked for and is not decided, and to one whose truck was turned away, unless a person says otherwise', async () => {
    const [hall] = facilityPlan().docks;
    const at = await saveFacilityPlan(pipeline.tasks, { code: 'RQ', company: 'main', plan: facilityPlan({ docks: [{ ...hall!, name: 'Q1' }, { ...hall!, name: 'Q2' }] }) }, operator, uuidv7());
    const holds = async (confirmation: string, over: Partial<AppointmentRecord>) => appointment(pipeline, { facilityId: 'RQ@main', confirmation, ...over });
    await holds('RQ-1', { dock: 'Q1', state: 'REQUESTED', rawState: 'REQUESTED' });
    await holds('RQ-2', { dock: 'Q2' });
    await desk.checkIn({ facility: at, truck: 'RQ 2', references: ['RQ-2'], seals: [] }, asker(), 'no papers');
    const { visit: id } = await desk.checkIn({ facility: at, truck: 'RQ 3', references: [], seals: [] }, asker());
    await expect(desk.assignDock({ visit: id }, asker())).rejects.toMatchObject({ code: 'SLOT_TAKEN', message: expect.stringMatching(/Q1: the appointment RQ-1 .* has it.*Q2: the appointment RQ-2 .* has it/) });
    await desk.assignDock({ visit: id, dock: 'Q1', evenIfBooked: true }, asker());
    expect(await visit(id)).toMatchObject({ dock: 'Q1' });
  });

  it('are compared by nothing from which a driver could be worked out, and who drives counts all the same', async () => {
    const arrival = { facility, truck: 'PD 1', references: [], seals: [], driver: { name: 'Erna', phone: '+49 170 999' } };
    const same = asker();
    const first = await desk.checkIn(arrival, same);
    expect(await desk.checkIn({ ...arrival }, same)).toEqual(first);
    await expect(desk.checkIn({ ...arrival, driver: { ...arrival.driver, phone: '+49 170 998' } }, same)).rejects.toMatchObject({ code: 'CONFLICT' });
    const { digest } = await db().selectFrom('own_request').select('digest').where('idempotency_key', '=', same.idempotencyKey).executeTakeFirstOrThrow();
    expect(Buffer.from(digest).equals(hash('sha256', canonicalJson({ arrival, kind: 'CHECK_IN', rejected: null }), 'buffer'))).toBe(false);
    await desk.undo(first.visit, asker());
  });

  it('keep who drives sealed, and out of the log', async () => {
    const { visit: id } = await desk.checkIn({ facility, truck: 'P1', driver: { name: 'Erna Musterfahrer', phone: '+49 170 123', licence: 'L-99' }, references: [], seals: [] }, asker());
    const row = await visit(id);
    expect(pipeline.tasks.people.open(row.personal_data_id!, row.sealed)).toEqual({ name: 'Erna Musterfahrer', phone: '+49 170 123', licence: 'L-99' });
    for (const table of ['event', 'audit', 'own_request', 'visit', 'personal_data'] as const) expect(JSON.stringify(await db().selectFrom(table).selectAll().execute())).not.toContain('Musterfahrer');
    await pipeline.settle();
    expect(await visit(id)).toEqual(row);
    await desk.report({ visit: id, step: 'CHECK_OUT' }, asker());
    const person = await findSubject(pipeline.tasks, { phone: '0049 (170) 123' });
    expect(person.visits.map((each) => each.id)).toEqual([id]);
    await eraseSubject(pipeline.tasks, person, { subject: 'dpo', role: 'admin' }, 'asked for');
    await pipeline.settle();
    expect(await visit(id)).toMatchObject({ truck: 'P1', sealed: null, personal_data_id: null });
  });

  it('keep who drives for 90 days after the last that was heard of them, also where the truck never came or nobody saw it leave', async () => {
    const driver = { name: 'Emil Musterfahrer', phone: '+49 171 55', licence: 'L-12' };
    const comesLater = await appointment(pipeline, { facilityId, confirmation: 'LATER-1' });
    const said = async (truck: string, met: { appointment?: string } = {}) => (await desk.expect({ facility, truck, driver, references: [], seals: [], ...met }, asker())).visit;
    const [never, later, fresh] = [await said('R 1'), await said('R 2', { appointment: comesLater }), await said('R 3')];
    const { visit: stays } = await desk.checkIn({ facility, truck: 'R 4', driver, references: [], seals: [] }, asker());
    await pipeline.settle();
    expect((await visit(later)).appointment_id).toBe(comesLater);
    const long = instant(Date.now() - 100 * 86_400_000);
    await db().updateTable('visit').set({ updated_at: long }).where('id', 'in', [never, later]).execute();
    await db().updateTable('visit').set({ updated_at: long, arrived_at: long, checked_in_at: long }).where('id', '=', stays).execute();
    await retain(pipeline.tasks);
    const known = await Promise.all([never, stays, later, fresh].map(async (id) => (await visit(id)).sealed !== null));
    expect(known).toEqual([false, false, true, true]);
  });

  it('of who comes after all leave the dock to whom it was given meanwhile', async () => {
    const missed = await appointment(pipeline, { facilityId, confirmation: 'LATE-1', dock: 'D3', state: 'NO_SHOW', rawState: 'NO_SHOW' });
    const given = await appointment(pipeline, { facilityId, confirmation: 'INSTEAD-1', dock: 'D3' });
    const { visit: id } = await desk.checkIn({ facility, truck: 'B-LATE 1', references: ['LATE-1'], seals: [] }, asker());
    const rows = await db().selectFrom('appointment').select(['id', 'state', 'dock']).where('id', 'in', [missed, given]).execute();
    expect(new Map(rows.map(({ id: each, state, dock }) => [each, { state, dock }]))).toEqual(new Map([[missed, { state: 'ARRIVED', dock: null }], [given, { state: 'SCHEDULED', dock: 'D3' }]]));
    await desk.undo(id, asker());
    expect(await db().selectFrom('appointment').select(['state', 'dock', 'version']).where('id', '=', missed).execute()).toEqual([{ state: 'NO_SHOW', dock: 'D3', version: 3 }]);
  });

  it('that are taken back leave no appointment behind as arrived, whatever was said of its names meanwhile', async () => {
    const named = await appointment(pipeline, { facilityId, confirmation: 'N-1', claimed: { loads: ['L-77'], references: [] } });
    const { visit: id } = await desk.checkIn({ facility, truck: 'B-N 1', references: ['N-1'], seals: [] }, asker());
    await confirmAppointmentNames(pipeline.tasks, { id: named, decision: 'CONFIRM' }, asker());
    await desk.undo(id, asker());
    expect(await db().selectFrom('appointment').select(['state', 'numbers', 'claimed']).where('id', '=', named).execute()).toEqual([{ state: 'SCHEDULED', numbers: ['L-77'], claimed: null }]);
  });

  it('that were announced for one appointment and came for another give both back as they were', async () => {
    const [announced, instead] = [await appointment(pipeline, { facilityId, confirmation: 'M-1' }), await appointment(pipeline, { facilityId, confirmation: 'M-2' })];
    const { visit: id } = await desk.expect({ facility, appointment: announced, truck: 'B-M 1', references: [], seals: [] }, asker());
    await desk.checkIn({ facility, visit: id, appointment: instead, references: [], seals: [] }, asker());
    const states = async () => new Map((await db().selectFrom('appointment').select(['id', 'state']).where('id', 'in', [announced, instead]).execute()).map((row) => [row.id, row.state]));
    expect(await states()).toEqual(new Map([[announced, 'SCHEDULED'], [instead, 'ARRIVED']]));
    await desk.undo(id, asker());
    expect(await states()).toEqual(new Map([[announced, 'SCHEDULED'], [instead, 'SCHEDULED']]));
  });

  it('and appointments open nothing of another company, whoever names its freight', async () => {
    await delivery(pipeline, 9, 'WB/IN/00009', { id: 2, name: 'Second' });
    const { id: shipment } = await db().selectFrom('shipment').innerJoin('reference', 'reference.shipment_id', 'shipment.id').select('shipment.id').where('reference.value', '=', 'WB/IN/00009').where('shipment.company', '=', 'second').executeTakeFirstOrThrow();
    await appointment(pipeline, { facilityId, confirmation: 'O-1', references: [{ kind: 'delivery_name', issuer: ourConnection, value: 'WB/IN/00009' }] });
    const { visit: id } = await desk.checkIn({ facility, truck: 'B-O 1', references: ['O-1'], seals: [] }, asker());
    await pipeline.settle();
    expect(await db().selectFrom('visit_shipment').select('shipment_id').where('visit_id', '=', id).execute()).toEqual([{ shipment_id: shipment }]);
    expect((await db().selectFrom('record_access').select('key').where('record_id', '=', shipment).execute()).map(({ key }) => key)).not.toContain('facility:WH@main');
    expect(await transfersOfVisits(db(), [id])).toEqual([]);
    expect(await milestones('WB/IN/00009')).toEqual([]);
  });

  it('keep a dock that is given out in the order of coming from whom comes next', async () => {
    const [dock] = facilityPlan().docks;
    const always = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' }));
    const queue = await saveFacilityPlan(pipeline.tasks, { code: 'FC', company: 'main', plan: facilityPlan({ zone: 'UTC', hours: always, docks: [{ ...dock!, name: 'Q', firstComeFirstServed: true }] }) }, operator, uuidv7());
    const { visit: id } = await desk.checkIn({ facility: queue, truck: 'B-Q 1', references: [], seals: [] }, asker());
    await desk.assignDock({ visit: id, dock: 'Q' }, asker());
    const { appointmentId } = await bookFirstCome(pipeline.tasks, { facilityId: queue, need: { direction: 'INBOUND', handling: 'LIVE', temperature: 'AMBIENT' }, names: { loads: [], deliveries: [], orders: [] } }, asker());
    const { starts_at: startsAt } = await db().selectFrom('appointment').select('starts_at').where('id', '=', appointmentId).executeTakeFirstOrThrow();
    expect(Date.parse(startsAt) - Date.now()).toBeGreaterThan(45 * 60_000);
  });
});
