import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../src/auth/principal.js';
import { openAppointmentDesk } from '../../src/jobs/tasks/yard/appointments/index.js';
import { appointmentsNamed } from '../../src/jobs/tasks/yard/ssc/find.js';
import { localTime } from '../../src/jobs/tasks/yard/ssc/answers.js';
import { saveFacilityPlan } from '../../src/jobs/tasks/yard/facilities.js';
import { uuidFromGlobalId, uuidv7 } from '../../src/lib/ids.js';
import { addDays, localDay, weekdayOf } from '../../src/model/yard/local-time.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { json, send } from '../support/partners.js';
import { at as clock } from '../support/yard/appointments.js';
import { facilityPlan } from '../support/yard/facility-plan.js';

const operator = principalOf({ subject: 'dock-office', role: 'operator', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false });
const zone = 'Europe/Berlin';
/** The next Monday that is at least three days away. */
const monday = (() => {
  let day = addDays(localDay(zone, Date.now()), 3);
  while (weekdayOf(day) !== 1) day = addDays(day, 1);
  return day;
})();

describeOnEachDatabase('our docks by the SSC standard', (kind) => {
  let server: TestServer;
  let [alpha, beta, customer, office] = ['', '', '', ''];
  let [wh, ask_] = ['', ''];

  beforeAll(async () => {
    server = await testServer(kind);
    wh = await saveFacilityPlan(server.tasks, { code: 'WH', company: 'main', plan: facilityPlan({ zone }) }, operator, uuidv7());
    ask_ = await saveFacilityPlan(server.tasks, { code: 'ASK', company: 'main', plan: facilityPlan({ zone, booking: { outsiders: 'REQUEST', leadMinutes: 0, horizonDays: 60, noShowMinutes: 60 } }) }, operator, uuidv7());
    await saveFacilityPlan(server.tasks, { code: 'NEVER', company: 'main', plan: facilityPlan({ zone, booking: { outsiders: 'NEVER', leadMinutes: 0, horizonDays: 60, noShowMinutes: 60 } }) }, operator, uuidv7());
    alpha = await server.tokens.create({ role: 'partner', carriers: ['ALPHA'], ttl: 600, subject: 'alpha-tms' });
    beta = await server.tokens.create({ role: 'partner', carriers: ['BETA'], ttl: 600, subject: 'beta-tms' });
    customer = await server.tokens.create({ role: 'customer', parties: [uuidv7()], ttl: 600, subject: 'customer' });
    office = await server.tokens.create({ role: 'operator', ttl: 600, subject: 'office' });
  });
  afterAll(() => server?.remove());

  const ask = (token: string, action: string, body: unknown, headers: Record<string, string> = {}) =>
    send(`${server.url}/ssc/v1/appointments/v1/${action}`, { method: 'POST', headers: { ...json, authorization: `Bearer ${token}`, ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });
  const at = (time: string) => ({ startDateTime: localTime(zone, clock(monday, time)), duration: 'PT1H' });
  const load = (number: string, locationId = 'WH') => ({ primaryReferenceNumber: number, stopSequenceNumber: 0, locationId });
  const schedule = (token: string, number: string, time: string, more: object = {}, headers = {}, locationId = 'WH') => ask(token, 'schedule-appointment', { identifiers: load(number, locationId), preferredAppointment: { arrivalWindow: at(time), loadingType: 'LIVE' }, direction: 'INBOUND', ...more }, headers);
  const rows = (carrier: string) => server.database.kysely.selectFrom('appointment').select(['id', 'state', 'carrier', 'numbers', 'claimed']).where('carrier', '=', carrier).execute();
  const idOf = (answer: { body: any }) => answer.body.appointment.id as string;

  it.each([{ startDate: '0001-01-01', endDate: '9999-12-31' }, { exactDate: '9999-12-31' }, { exactDate: '0001-01-01' }, { startDate: monday, endDate: new Date(Date.parse(monday) + 70 * 86_400_000).toISOString().slice(0, 10) }])('tells no free times of %j: too many days, or too far', async (dateRestrictions) => {
    const { body } = await ask(alpha, 'fetch-available-appointments', { identifiers: load('L-1'), dateRestrictions, direction: 'INBOUND' });
    expect(body).toMatchObject({ status: 'FAILURE', problemDetails: [{ detail: expect.stringMatching(/days/i) }] });
  });

  it('tells free times with ids, books one by its id, shows, moves and gives it back', async () => {
    const free = await ask(alpha, 'fetch-available-appointments', { identifiers: load('L-1'), dateRestrictions: { exactDate: monday }, direction: 'INBOUND', loadingType: 'LIVE' });
    expect(free).toMatchObject({ status: 200, body: { status: 'SUCCESS', locationId: 'WH@main' } });
    const [first] = free.body.appointments;
    expect(first).toMatchObject({ appointmentType: 'AUTOMATIC', loadingType: 'LIVE', arrivalWindow: { startDateTime: expect.stringMatching(`^${monday}T06:00:00`), duration: 'PT60M' }, dockDoor: { name: 'D1' } });
    expect((await ask(alpha, 'fetch-appointment-details', { identifiers: load('L-1') })).body).toMatchObject({ status: 'SUCCESS', appointmentStatus: 'NOT_SCHEDULED' });
    const booked = await ask(alpha, 'schedule-appointment', { identifiers: load('L-1'), preferredAppointment: { id: first.id } });
    expect(booked).toMatchObject({ status: 200, body: { status: 'SUCCESS', appointmentStatus: 'CONFIRMED', appointmentConfirmationNumber: expect.stringMatching(/\S/), appointment: { dockDoor: { name: 'D1' }, loadingType: 'LIVE' } } });
    // What a carrier names is a claim until the facility confirms it.
    expect(await rows('ALPHA')).toMatchObject([{ state: 'SCHEDULED', numbers: [], claimed: { loads: ['L-1'] } }]);
    const moved = await ask(alpha, 'reschedule-appointment', { identifiers: { appointmentId: idOf(booked) }, preferredAppointment: { arrivalWindow: at('10:00') }, comment: 'Late from the last stop.' });
    expect(moved.body).toMatchObject({ status: 'SUCCESS', appointmentStatus: 'CONFIRMED', appointment: { id: idOf(booked), arrivalWindow: { startDateTime: expect.stringContaining('T10:00:00') } } });
    expect((await ask(alpha, 'cancel-appointment', { identifiers: load('L-1'), comment: 'No truck.' })).body).toEqual({ status: 'SUCCESS' });
    expect((await ask(alpha, 'cancel-appointment', { identifiers: load('L-1') })).body).toEqual({ status: 'SUCCESS' });
    expect((await ask(alpha, 'fetch-appointment-details', { identifiers: load('L-1') })).body).toMatchObject({ appointmentStatus: 'CANCELED', mostRecentComment: 'No truck.' });
    const again = await ask(alpha, 'schedule-appointment', { identifiers: load('L-1'), preferredAppointment: { id: first.id } });
    expect(again.body.status).toBe('SUCCESS');
    expect(idOf(again)).not.toBe(idOf(booked));
  });

  it('does what was asked twice once, with a name of the request and without', async () => {
    const [one, two] = await Promise.all([schedule(beta, 'L-2', '07:00'), schedule(beta, 'L-2', '07:00')]);
    expect([one.body.status, two.body.status]).toEqual(['SUCCESS', 'SUCCESS']);
    expect(idOf(one)).toBe(idOf(two));
    const key = { 'idempotency-key': 'request-7' };
    const first = await schedule(beta, 'L-3', '07:00', {}, key);
    expect(idOf(await schedule(beta, 'L-3', '07:00', {}, key))).toBe(idOf(first));
    expect((await schedule(beta, 'L-4', '09:00', {}, key)).body).toMatchObject({ status: 'FAILURE', problemDetails: [{ title: expect.stringContaining('appointmentError') }] });
    expect((await schedule(beta, 'L-3', '11:00')).body).toMatchObject({ status: 'FAILURE', problemDetails: [{ detail: expect.stringContaining('reschedule'), appointment: { id: idOf(first) } }] });
    expect((await rows('BETA')).filter(({ state }) => state === 'SCHEDULED')).toHaveLength(2);
  });

  it('refuses a time that is taken with others that are free, and leaves the old one standing', async () => {
    for (const number of ['F-1', 'F-2', 'F-3']) expect((await schedule(office, number, '13:00')).body.status).toBe('SUCCESS');
    const taken = await schedule(alpha, 'L-5', '13:00');
    expect(taken).toMatchObject({ status: 200, body: { status: 'FAILURE', problemDetails: [{ title: 'https://docs.freightapis.org/problemDetails/appointmentError', detail: expect.stringContaining('Free are') }] } });
    const [alternative] = taken.body.problemDetails[0].alternatives;
    const booked = await ask(alpha, 'schedule-appointment', { identifiers: load('L-5'), preferredAppointment: { id: alternative.id } });
    expect(booked.body.status).toBe('SUCCESS');
    const refused = await ask(alpha, 'reschedule-appointment', { identifiers: { appointmentId: idOf(booked) }, preferredAppointment: { arrivalWindow: at('13:00') } });
    expect(refused.body.status).toBe('FAILURE');
    expect((await ask(alpha, 'fetch-appointment-details', { identifiers: { appointmentId: idOf(booked) } })).body.appointment).toEqual(booked.body.appointment);
  });

  it('answers PENDING where people decide, and what they decided afterwards', async () => {
    const asked = await schedule(alpha, 'L-6', '08:00', {}, {}, 'ASK');
    expect(asked).toMatchObject({ status: 200, body: { status: 'PENDING' } });
    const details = () => ask(alpha, 'fetch-appointment-details', { identifiers: load('L-6', 'ASK') });
    const pending = await details();
    expect(pending.body).toMatchObject({ status: 'SUCCESS', appointmentStatus: 'PENDING', appointment: { arrivalWindow: { startDateTime: expect.stringContaining('T08:00') } } });
    const desk = openAppointmentDesk(server.tasks);
    const id = uuidFromGlobalId('Appointment', idOf(pending))!;
    const decide = (decision: 'CONFIRM' | 'REJECT') => desk.decide({ id, decision, reason: 'The dock is kept.' }, { by: operator, idempotencyKey: uuidv7(), correlationId: uuidv7() });
    await decide('CONFIRM');
    expect((await details()).body.appointmentStatus).toBe('CONFIRMED');
    expect((await ask(alpha, 'reschedule-appointment', { identifiers: load('L-6', 'ASK'), preferredAppointment: { arrivalWindow: at('14:00') } })).body).toEqual({ status: 'PENDING' });
    expect((await details()).body).toMatchObject({ appointmentStatus: 'PENDING', appointment: { arrivalWindow: { startDateTime: expect.stringContaining('T08:00') } } });
    await decide('REJECT');
    expect((await details()).body).toMatchObject({ appointmentStatus: 'CONFIRMED', mostRecentComment: 'The dock is kept.', appointment: { arrivalWindow: { startDateTime: expect.stringContaining('T08:00') } } });
    expect(ask_).not.toBe(wh);
  });

  it('shows and changes nothing of other carriers, whatever they are asked by', async () => {
    const theirs = await schedule(beta, 'L-7', '15:00');
    for (const identifiers of [{ appointmentId: idOf(theirs) }, load('L-7')]) {
      const seen = await ask(alpha, 'fetch-appointment-details', { identifiers });
      expect('appointmentId' in identifiers ? seen.body.status : seen.body.appointmentStatus).toBe('appointmentId' in identifiers ? 'FAILURE' : 'NOT_SCHEDULED');
      expect((await ask(alpha, 'cancel-appointment', { identifiers })).body).toMatchObject({ status: 'FAILURE', problemDetails: [{ title: expect.stringContaining('entityNotFound') }] });
      expect((await ask(alpha, 'reschedule-appointment', { identifiers, preferredAppointment: { arrivalWindow: at('16:00') } })).body.status).toBe('FAILURE');
    }
    expect((await schedule(alpha, 'L-8', '16:00', { carrier: 'BETA' })).body).toMatchObject({ status: 'FAILURE', problemDetails: [{ title: expect.stringContaining('invalidArgumentError') }] });
    expect((await ask(beta, 'fetch-appointment-details', { identifiers: { appointmentId: idOf(theirs) } })).body.appointmentStatus).toBe('CONFIRMED');
    expect((await schedule(alpha, 'L-9', '16:00', {}, {}, 'NEVER')).body.status).toBe('FAILURE');
    expect((await schedule(alpha, 'L-9', '16:00', {}, {}, 'NOWHERE')).body).toMatchObject({ problemDetails: [{ title: expect.stringContaining('entityNotFound') }] });
  });

  it('answers problem details to who may not ask, and to what is no request of the standard', async () => {
    expect((await send(`${server.url}/ssc/v1/appointments/v1/fetch-appointment-details`, { method: 'POST', headers: json, body: '{}' })).status).toBe(401);
    expect(await ask('forged.token.here', 'fetch-appointment-details', {})).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(await ask(customer, 'fetch-available-appointments', { identifiers: load('x') })).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect((await ask(alpha, 'delete-everything', {})).status).toBe(404);
    for (const [action, body] of [
      ['fetch-appointment-details', '{'], ['fetch-appointment-details', '[]'], ['fetch-appointment-details', 'null'], ['fetch-appointment-details', { identifiers: {} , more: 1 }], ['fetch-appointment-details', { identifiers: { appointmentId: 'a\0b' } }],
      ['fetch-appointment-details', { identifiers: { primaryReferenceNumber: '\ud800', locationId: 'WH' } }], ['schedule-appointment', { identifiers: load('x') }], ['schedule-appointment', { identifiers: load('x'), preferredAppointment: { arrivalWindow: { startDateTime: 'tomorrow', duration: 'PT1H' } } }],
      ['schedule-appointment', { identifiers: load('x'.repeat(101)), preferredAppointment: { arrivalWindow: at('10:00') } }], ['cancel-appointment', { identifiers: load('x'), comment: 'a\0' }],
    ] as const) expect([JSON.stringify(body).slice(0, 80), (await ask(alpha, action, body)).status]).toEqual([JSON.stringify(body).slice(0, 80), 400]);
    expect((await ask(alpha, 'fetch-appointment-details', { identifiers: load('x'), comment: 'y'.repeat(100_000) })).status).toBe(413);
    expect((await ask(alpha, 'fetch-appointment-details', '<xml/>', { 'content-type': 'application/xml' })).status).toBe(415);
    expect((await schedule(alpha, 'L-10', '17:00', {}, { 'idempotency-key': 'k'.repeat(121) })).status).toBe(400);
    // Of the standard, and yet nothing that is here: answered in its words.
    for (const body of [{ identifiers: { appointmentId: 'x' } }, { identifiers: { appointmentId: 'QXBwb2ludG1lbnQ6eA' } }, { identifiers: { locationId: 'WH' } }, { identifiers: { primaryReferenceNumber: 'x' } }]) expect((await ask(alpha, 'fetch-appointment-details', body)).body.status).toBe('FAILURE');
    for (const id of ['x', Buffer.from('["a"]').toString('base64url'), Buffer.from(JSON.stringify([wh, '2026-03-06T08:00:00.000Z', 'D1\0', 'INBOUND', 'LIVE', 'AMBIENT', null, null])).toString('base64url')]) {
      expect((await ask(alpha, 'schedule-appointment', { identifiers: load('L-11'), preferredAppointment: { id } })).body).toMatchObject({ status: 'FAILURE', problemDetails: [{ title: expect.stringContaining('invalidArgumentError') }] });
    }
  });

  it('finds what is meant by indexes however many appointments there are', async () => {
    const db = server.database.kysely;
    await sql`insert into appointment (id, subject, company, connection, version, updated_at, facility_id, direction, state, raw_state, starts_at, carrier, numbers, names, claimed)
      select gen_random_uuid(), 'appointment:gatehouse:many-' || g, 'main', 'gatehouse', 1, now(), ${wh}::uuid, 'INBOUND', 'COMPLETED', 'x', timestamptz '2020-01-01' + g * interval '1 minute', 'ALPHA', array['M-' || g],
        jsonb_build_array(jsonb_build_object('kind', 'order_name', 'value', 'P' || g)), jsonb_build_object('loads', jsonb_build_array('C-' || g), 'references', jsonb_build_array(jsonb_build_object('kind', 'delivery_name', 'value', 'D' || g)))
      from generate_series(1, 20000) g`.execute(db);
    await sql`analyze`.execute(db);
    const carrier = principalOf({ subject: 'alpha-tms', role: 'partner', parties: [], carriers: ['ALPHA'], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false });
    for (const by of [carrier, operator]) {
      for (const named of [{ primaryReferenceNumber: 'M-7' }, { primaryReferenceNumber: 'C-7' }, { poNumber: 'P7' }, { bolNumber: 'D7' }, { primaryReferenceNumber: 'M-7', poNumber: 'P7' }]) {
        const plan = (await appointmentsNamed(server.database.reads, by, wh, named).explain('text', sql`analyze, costs off, timing off`)).map((row) => String(Object.values(row)[0])).join('\n');
        expect(plan).not.toMatch(/Seq Scan on appointment/);
        for (const [, read] of plan.matchAll(/(?:rows=|Removed by Filter: )(\d+)/g)) expect(Number(read), plan).toBeLessThan(2_000);
      }
    }
    await db.deleteFrom('appointment').where('subject', 'like', 'appointment:gatehouse:many-%').execute();
  });

  it('is described by an OpenAPI document', async () => {
    const { status, body } = await send(`${server.url}/ssc/v1/openapi.json`, {});
    expect([status, Object.keys(body.paths)]).toEqual([200, ['fetch-available-appointments', 'schedule-appointment', 'reschedule-appointment', 'cancel-appointment', 'fetch-appointment-details'].map((action) => `/appointments/v1/${action}`)]);
  });
});
