import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commandChannel } from '../../src/events/commands.js';
import { openAppointmentDesk } from '../../src/jobs/tasks/yard/appointments/index.js';
import { saveFacilityPlan } from '../../src/jobs/tasks/yard/facilities.js';
import { globalId, uuidv7 } from '../../src/lib/ids.js';
import { ourConnection } from '../../src/model/our-connection.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { eventually, graphql } from '../support/requests.js';
import { at, dockOffice, workingDay } from '../support/yard/appointments.js';
import { facilityPlan } from '../support/yard/facility-plan.js';

const day = workingDay(5);

describeOnEachDatabase('our connector at our own docks, by the SSC standard', (kind) => {
  let server: TestServer;
  let operator: string;
  let serial = 0;

  beforeAll(async () => {
    server = await testServer(kind);
    for (const [code, outsiders] of [['WH', 'BOOK'], ['ASK', 'REQUEST']] as const) await saveFacilityPlan(server.tasks, { code, company: 'main', plan: facilityPlan({ booking: { outsiders, leadMinutes: 0, horizonDays: 60, noShowMinutes: 60 } }) }, dockOffice, uuidv7());
    const apiKey = await server.tokens.create({ role: 'partner', carriers: ['ALPHA'], ttl: 3600, subject: 'alpha-tms' });
    await server.connections.add({ id: 'docks', connector: 'ssc', company: 'main', settings: { url: `${server.url}/ssc/v1`, locationId: 'WH', carrier: 'ALPHA', peer: 'gatehouse', followSeconds: 1, settleSeconds: 1 }, secrets: { webhookSecret: 'capability-0123456789', apiKey } });
    operator = await server.tokens.create({ role: 'operator', subject: 'olga', ttl: 3600 });
  });
  afterAll(() => server?.remove());

  const mutate = async (name: string, input: object) => (await graphql(server.url, operator, `mutation($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { commandId userErrors { field code message } } }`, { input: { idempotencyKey: `key ${++serial}`, ...input } }))[name];
  const ended = async ({ commandId, userErrors }: { commandId: string; userErrors: unknown[] }) => {
    expect(userErrors).toEqual([]);
    return eventually(async () => (await graphql(server.url, operator, 'query($id: ID!) { command(id: $id) { state error { reason kind message } } }', { id: commandId })).command, ({ state }: { state: string }) => ['DONE', 'DEAD'].includes(state));
  };
  const request = (number: string, time: string, over: object = {}) => mutate('requestOutsideAppointment', { connection: 'docks', references: [number], startsAt: at(day, time), direction: 'INBOUND', drop: false, ...over });
  /** As the facility has it, and as the carrier's side shows it. */
  const here = (number: string) => server.database.kysely.selectFrom('appointment').select(['id', 'state', 'starts_at', 'carrier', 'confirmation', 'handling']).where('connection', '=', ourConnection).where(sql<boolean>`claimed->'loads' @> ${JSON.stringify([number])}::jsonb`).execute();
  const mirrored = (number: string) => server.database.kysely.selectFrom('appointment').select(['id', 'subject', 'state', 'raw_state', 'starts_at', 'carrier', 'confirmation', 'handling', 'direction', 'wish', 'deleted']).where('connection', '=', 'docks').where(sql<boolean>`numbers @> ${[number]}::text[]`).orderBy('subject').execute();
  const decide = async (number: string, decision: 'CONFIRM' | 'REJECT') => openAppointmentDesk(server.tasks).decide({ id: (await here(number))[0]!.id, decision, reason: 'The dock is kept.' }, { by: dockOffice, idempotencyKey: uuidv7(), correlationId: uuidv7() });
  const followed = sql<boolean>`kind = 'appointment.follow' and state = 'WAITING'`;
  const waits = () => eventually(() => server.database.kysely.selectFrom('command').select('id').where(followed).execute(), (rows) => rows.length > 0);
  /** What waits to be asked again is asked now. */
  const askNow = async () => {
    await server.database.kysely.updateTable('command').set({ next_at: sql`clock_timestamp()` }).where(followed).execute();
    await sql`select pg_notify(${commandChannel}, '')`.execute(server.database.kysely);
  };

  it('books, moves and gives back; both sides say the same', async () => {
    expect((await ended(await request('TRIP-1', '08:00'))).state).toBe('DONE');
    const [booked] = await here('TRIP-1');
    expect(booked).toMatchObject({ state: 'SCHEDULED', carrier: 'ALPHA', starts_at: at(day, '08:00'), handling: 'LIVE' });
    const [mirror] = await eventually(() => mirrored('TRIP-1'), (rows) => rows.length === 1);
    expect(mirror).toMatchObject({ state: 'SCHEDULED', raw_state: 'CONFIRMED', starts_at: at(day, '08:00'), carrier: 'ALPHA', confirmation: booked!.confirmation, handling: 'LIVE', direction: 'INBOUND' });
    const appointmentId = globalId('Appointment', mirror!.id);
    expect((await ended(await mutate('moveOutsideAppointment', { appointmentId, startsAt: at(day, '10:00') }))).state).toBe('DONE');
    expect((await here('TRIP-1'))[0]).toMatchObject({ starts_at: at(day, '10:00') });
    await eventually(() => mirrored('TRIP-1'), ([row]) => row?.starts_at === at(day, '10:00'));
    expect((await ended(await mutate('cancelOutsideAppointment', { appointmentId, reason: 'No truck.' }))).state).toBe('DONE');
    expect((await here('TRIP-1'))[0]).toMatchObject({ state: 'CANCELLED' });
    await eventually(() => mirrored('TRIP-1'), ([row]) => row?.state === 'CANCELLED' && row.raw_state === 'CANCELED');
  });

  it('is refused what is not free, told what is, and keeps what it has', async () => {
    for (const dock of ['D1', 'D2', 'D3']) await openAppointmentDesk(server.tasks).book({ facilityId: (await server.database.kysely.selectFrom('facility').select('id').where('code', '=', 'WH').executeTakeFirstOrThrow()).id, startsAt: at(day, '13:00'), dock, need: { direction: 'INBOUND', handling: 'LIVE', temperature: 'AMBIENT' }, names: { loads: [], deliveries: [], orders: [] } }, { by: dockOffice, idempotencyKey: uuidv7(), correlationId: uuidv7() });
    expect(await ended(await request('TRIP-2', '13:00'))).toMatchObject({ state: 'DEAD', error: { reason: 'REFUSED', message: expect.stringContaining('Free are') } });
    expect(await here('TRIP-2')).toEqual([]);
    expect((await ended(await request('TRIP-2', '15:00'))).state).toBe('DONE');
    const [mirror] = await eventually(() => mirrored('TRIP-2'), (rows) => rows.length === 1);
    expect(await ended(await mutate('moveOutsideAppointment', { appointmentId: globalId('Appointment', mirror!.id), startsAt: at(day, '13:00') }))).toMatchObject({ state: 'DEAD', error: { message: expect.stringContaining('the time before stands') } });
    expect((await here('TRIP-2'))[0]).toMatchObject({ state: 'SCHEDULED', starts_at: at(day, '15:00') });
    // A second request for the same trip moves nothing.
    expect(await ended(await request('TRIP-2', '16:00'))).toMatchObject({ state: 'DEAD', error: { message: expect.stringContaining('already') } });
    expect(await here('TRIP-2')).toHaveLength(1);
  });

  it('waits where people decide, for a first time and for another', async () => {
    expect((await ended(await request('TRIP-3', '08:00', { facility: 'ASK' }))).state).toBe('DONE');
    await eventually(() => mirrored('TRIP-3'), ([row]) => row?.state === 'REQUESTED');
    await waits();
    await decide('TRIP-3', 'CONFIRM');
    await askNow();
    const standing = await eventually(() => mirrored('TRIP-3'), (rows) => rows.some((row) => !row.deleted && row.state === 'SCHEDULED'));
    const living = standing.filter((row) => !row.deleted);
    expect(living).toHaveLength(1);
    const move = { appointmentId: globalId('Appointment', living[0]!.id), startsAt: at(day, '11:00') };
    expect((await ended(await mutate('moveOutsideAppointment', move))).state).toBe('DONE');
    const one = async () => (await mirrored('TRIP-3')).find((row) => !row.deleted);
    expect(await eventually(one, (row) => row?.wish != null)).toMatchObject({ state: 'SCHEDULED', starts_at: at(day, '08:00'), wish: { startsAt: { instant: at(day, '11:00') } } });
    await waits();
    await decide('TRIP-3', 'REJECT');
    await askNow();
    expect(await eventually(one, (row) => row?.wish === null)).toMatchObject({ state: 'SCHEDULED', starts_at: at(day, '08:00') });
    const matter = await eventually(() => server.database.kysely.selectFrom('exception').select('detail').where('title', '=', 'APPOINTMENT_REFUSED').execute(), (rows) => rows.length > 0);
    expect(matter[0]!.detail).toContain('the time before stands');
  }, 60_000);
});
