import { afterAll, beforeAll, expect, it } from 'vitest';
import { sql } from 'kysely';
import { principalOf } from '../../src/auth/principal.js';
import { readerFor } from '../../src/auth/reader.js';
import { stateOwn } from '../../src/jobs/tasks/own/records.js';
import { project } from '../../src/jobs/tasks/project.js';
import { saveFacilityPlan } from '../../src/jobs/tasks/yard/facilities.js';
import { globalId, uuidv7 } from '../../src/lib/ids.js';
import { ourConnection } from '../../src/model/our-connection.js';
import { calendarQuery, plannedFacilityQuery } from '../../src/subgraphs/yard/facilities/calendar.js';
import { adherenceQuery } from '../../src/subgraphs/yard/appointments/adherence.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { addConnections, delivery, odooBatch, order, postOdoo, settled } from '../support/partners.js';
import { recordStatements } from '../support/recorded-statements.js';
import { graphql } from '../support/requests.js';
import { asking, at, carrierNamed, dockOffice, noNames, openAppointmentDesk, warehouseOf, wish, workingDay, type AppointmentDesk } from '../support/yard/appointments.js';
import { facilityPlan } from '../support/yard/facility-plan.js';

const calendar = `query ($id: ID!, $on: String!) { dockCalendar(facilityId: $id, on: $on) {
  on zone facility { id name code } open { from to } docks { name entries { appointment { id state carrier startsAt endsAt dock confirmation claimedNames { deliveries } } load { reference state } visit { state truck checkedInAt } } }
  elsewhere { appointment { id } } hours { startsAt booked freeDocks capacities { perHour left } } } }`;

describeOnEachDatabase('the docks of a facility and day', (kind) => {
  let server: TestServer;
  let desk: AppointmentDesk;
  const day = workingDay();
  const tokens = { operator: '', alpha: '', beta: '', warehouse: '' };
  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    desk = openAppointmentDesk(server.tasks);
    tokens.operator = await server.tokens.create({ role: 'operator', ttl: 3600 });
    tokens.alpha = await server.tokens.create({ role: 'partner', carriers: ['Alpha Haulage'], ttl: 3600 });
    tokens.beta = await server.tokens.create({ role: 'partner', carriers: ['Beta Lines'], ttl: 3600 });
    tokens.warehouse = await server.tokens.create({ role: 'partner', facilities: ['WH@main'], ttl: 3600 });
  });
  afterAll(() => server?.remove());

  const facility = (code: string, over: Parameters<typeof facilityPlan>[0] = {}) => saveFacilityPlan(server.tasks, { code, company: 'main', plan: facilityPlan(over) }, dockOffice, uuidv7());
  const visit = async (facilityCode: string, appointmentId: string, arrivedAt: string) => {
    const { subject } = await server.database.kysely.selectFrom('appointment').select('subject').where('id', '=', appointmentId).executeTakeFirstOrThrow();
    const own = subject.slice(`appointment:${ourConnection}:`.length);
    await server.database.transaction((tx) => stateOwn(tx, [{
      type: 'visit.reported', kind: 'visit', id: `visit of ${own}`, company: 'main', version: 1, step: { action: 'visit.check-in', by: 'gate' },
      payload: { facilityId: `${facilityCode}@main`, appointmentId: own, type: 'LIVE', state: 'CHECKED_IN', truck: 'B-XY 1', checkedInAt: { instant: arrivedAt, zone: 'UTC' } },
    }], uuidv7()));
  };

  it('are shown in one request by four statements, whoever asks as far as they may see', async () => {
    const id = await facility('WH', { capacities: [{ perHour: 2 }] });
    const { appointmentId: mine } = await desk.book(wish(id, at(day, '08:00'), { names: { ...noNames, deliveries: ['WH/OUT/9'] } }), asking(carrierNamed('Alpha Haulage')));
    for (const [time, dock] of [['08:00', 'D2'], ['10:00', 'D1'], ['10:30', 'D3']] as const) await desk.book(wish(id, at(day, time), { carrier: 'Beta Lines', dock }), asking(dockOffice));
    await visit('WH', mine, at(day, '07:50'));
    const ask = (token: string) => graphql(server.url, token, calendar, { id: globalId('Facility', id), on: day }).then((data) => data.dockCalendar);
    let shown: any;
    const statements = await recordStatements(server.database, async () => void (shown = await ask(tokens.operator)));
    expect(statements.length).toBeLessThanOrEqual(4);
    expect(shown).toMatchObject({ on: day, zone: 'Europe/Berlin', open: [{ from: at(day, '06:00'), to: at(day, '18:00') }], elsewhere: [] });
    expect(shown.docks.map((dock: any) => [dock.name, dock.entries.map((entry: any) => [entry.appointment.carrier, entry.visit?.state ?? null])])).toEqual([
      ['D1', [['ALPHA_HAULAGE', 'CHECKED_IN'], ['BETA_LINES', null]]], ['D2', [['BETA_LINES', null]]], ['D3', [['BETA_LINES', null]]],
    ]);
    expect(shown.hours.slice(2, 6).map((hour: any) => [hour.startsAt, hour.booked, hour.freeDocks, hour.capacities[0].left])).toEqual([[at(day, '08:00'), 2, 1, 0], [at(day, '09:00'), 0, 3, 2], [at(day, '10:00'), 2, 1, 0], [at(day, '11:00'), 0, 2, 2]]);
    expect((await ask(tokens.alpha)).docks.flatMap((dock: any) => dock.entries.map((entry: any) => [entry.appointment.carrier, entry.appointment.claimedNames]))).toEqual([['ALPHA_HAULAGE', null]]);
    expect((await ask(tokens.beta)).hours).toBeNull();
    expect((await ask(tokens.warehouse)).docks[0].entries[0].appointment.claimedNames).toEqual({ deliveries: ['WH/OUT/9'] });
    expect((await graphql(server.url, tokens.operator, '{ facility(code: "wh@main") { id code } other: facility(code: "WH@second") { id } }'))).toEqual({ facility: { id: globalId('Facility', id), code: 'WH' }, other: null });
  });

  it('tell how carriers keep to their appointments', async () => {
    const id = await facility('ADH', { docks: Array.from({ length: 6 }, (_, index) => ({ ...facilityPlan().docks[0]!, name: `D${index}` })) });
    const book = (carrier: string) => desk.book(wish(id, at(day, '09:00'), { carrier }), asking(dockOffice)).then((done) => done.appointmentId);
    for (const came of ['08:50', '09:15', '08:30', '09:40']) await visit('ADH', await book('Alpha Haulage'), at(day, came));
    const missed = await book('Beta Lines');
    await book('Beta Lines');
    await sql`update appointment set state = 'NO_SHOW' where id = ${missed}`.execute(server.database.kysely);
    const ask = (token: string) => graphql(server.url, token, 'query ($id: ID!, $from: DateTime!, $to: DateTime!) { appointmentAdherence(facilityId: $id, from: $from, to: $to, first: 10, toleranceMinutes: 15) { carrier appointments onTime early late noShow onTimeShare noShowShare } }', { id: globalId('Facility', id), from: at(day, '00:00'), to: at(day, '23:00') }).then((data) => data.appointmentAdherence);
    const alpha = { carrier: 'ALPHA_HAULAGE', appointments: 4, onTime: 2, early: 1, late: 1, noShow: 0, onTimeShare: 0.5, noShowShare: 0 };
    expect(await ask(tokens.operator)).toEqual([alpha, { carrier: 'BETA_LINES', appointments: 1, onTime: 0, early: 0, late: 0, noShow: 1, onTimeShare: 0, noShowShare: 1 }]);
    expect(await ask(tokens.alpha)).toEqual([alpha]);
  });

  it('say nothing of goods that an outsider names and may not see, and open them to nobody until the company confirms it', async () => {
    const id = await facility('CLAIM');
    await settled(server, (await postOdoo(server, JSON.stringify(odooBatch(order(1, { name: 'S00001', customer: 7 }), delivery(1, { name: 'WH/OUT/00001', order: 1, customer: 7 }))))).body.id as string);
    await project(server.tasks);
    const book = (token: string, time: string, names: { loads: string[]; deliveries: string[]; orders: string[] }) =>
      graphql(server.url, token, 'mutation ($input: BookAppointmentInput!) { bookAppointment(input: $input) { appointment { state dock shipments(first: 5) { nodes { id } } load { id } claimedNames { loads } } alternatives { startsAt } userErrors { code message field } } }', {
        input: { facilityId: globalId('Facility', id), startsAt: at(day, time), direction: 'OUTBOUND', dock: 'D1', idempotencyKey: uuidv7(), ...names },
      }).then((data) => data.bookAppointment);
    const real = await book(tokens.beta, '09:00', { loads: [], deliveries: ['WH/OUT/00001'], orders: ['S00001'] });
    const none = await book(tokens.beta, '10:00', { loads: [], deliveries: ['WH/OUT/99999'], orders: ['S99999'] });
    expect(real).toEqual(none);
    expect(real).toMatchObject({ userErrors: [], appointment: { shipments: { nodes: [] }, claimedNames: null } });
    const [{ id: shipment } = { id: '' }] = await server.database.kysely.selectFrom('shipment').select('id').where('reference', '=', 'WH/OUT/00001').execute();
    const linked = () => server.database.kysely.selectFrom('appointment_shipment').selectAll().where('shipment_id', '=', shipment).execute();
    const gate = warehouseOf('CLAIM@main');
    const seen = async () => (await readerFor(server.database.reads, gate).db.selectFrom('shipment').select('shipment.id').where('shipment.id', '=', shipment).execute()).length;
    await project(server.tasks);
    expect([await linked(), await seen()]).toEqual([[], 0]);
    const booked = await server.database.kysely.selectFrom('appointment').select('id').where('facility_id', '=', id).where('starts_at', '=', at(day, '09:00')).executeTakeFirstOrThrow();
    await desk.confirmNames({ id: booked.id, decision: 'CONFIRM' }, asking(dockOffice));
    await project(server.tasks);
    expect([(await linked()).length, await seen()]).toEqual([1, 1]);
  });

  it('are found through indexes, whatever else the facility gives out', async () => {
    const id = await facility('MANY');
    await sql`insert into appointment (id, subject, company, connection, facility_id, dock, direction, state, raw_state, starts_at, ends_at, carrier, numbers, names, version, updated_at)
      select gen_random_uuid(), 'appointment:gatehouse:m' || g, 'main', 'gatehouse', case when g % 10 = 0 then ${id}::uuid else gen_random_uuid() end, 'D1', 'INBOUND', 'COMPLETED', 'COMPLETED', timestamptz '2026-01-01' + (g * 10 || ' minutes')::interval,
        timestamptz '2026-01-01' + (g * 10 + 60 || ' minutes')::interval, 'C' || g % 7, '{}', '[]', 1, now() from generate_series(1, 20000) g`.execute(server.database.kysely);
    await sql`insert into visit (id, subject, company, connection, facility_id, appointment_id, type, state, checked_in_at, version, updated_at)
      select gen_random_uuid(), 'visit:gatehouse:' || subject, 'main', 'gatehouse', facility_id, id, 'LIVE', 'CHECKED_OUT', starts_at, 1, now() from appointment where subject like 'appointment:gatehouse:m%'`.execute(server.database.kysely);
    await sql`analyze`.execute(server.database.kysely);
    const reader = readerFor(server.database.reads, principalOf({ subject: 's', role: 'operator', parties: [], carriers: [], companies: ['main'], expiresMs: Date.now() + 3_600_000, demonstration: false }));
    const [fromMs, toMs] = [Date.parse('2026-03-02T00:00:00Z'), Date.parse('2026-03-03T00:00:00Z')];
    for (const query of [plannedFacilityQuery(reader, id), calendarQuery(reader, id, { fromMs, toMs }), adherenceQuery(reader, id, new Date(fromMs).toISOString(), new Date(toMs).toISOString(), 15, 10)]) {
      const plan = (await query.explain('text', sql`analyze, costs off, timing off`)).map((row: object) => String(Object.values(row)[0])).join('\n');
      expect(plan).not.toMatch(/Seq Scan on (appointment|visit)\b/);
      const removed = [...plan.matchAll(/Rows Removed by (?:Filter|Index Recheck): (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
      expect(removed, plan).toBeLessThan(100);
    }
  });
});
