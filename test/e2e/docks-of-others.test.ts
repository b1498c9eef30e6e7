import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { globalId } from '../../src/lib/ids.js';
import { recordId } from '../../src/model/record-ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { json, send } from '../support/partners.js';
import { eventually, graphql } from '../support/requests.js';
import { dockUser, OpendockThere, type Trouble } from '../support/yard/opendock-there.js';

const secret = 'token-of-opendock';
const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
const at = (time: string) => `${day}T${time}:00.000Z`;

describeOnEachDatabase('docks that Opendock gives out', (kind) => {
  let server: TestServer;
  let there: OpendockThere;
  let operator: string;
  let serial = 0;

  beforeAll(async () => {
    server = await testServer(kind);
    there = new OpendockThere();
    const url = await there.listen();
    await server.connections.add({ id: 'dock', connector: 'opendock', company: 'main', settings: { url, email: dockUser.email, loadTypeId: 'lt1', dockId: 'd1', lookSeconds: 1, settleSeconds: 1 }, secrets: { webhookSecret: secret, password: dockUser.password } });
    const overrides = JSON.stringify({ backoffSeconds: 0.1, backoffMaxSeconds: 0.5, breakerWindow: 1000, timeoutMs: 5000 });
    await server.database.transaction((tx) => tx.insertInto('partner_policy').values({ connection: 'dock', overrides, changed_by: 'test', changed_at: new Date().toISOString() }).execute());
    operator = await server.tokens.create({ role: 'operator', subject: 'olga', ttl: 600 });
  });
  afterAll(async () => {
    await server?.remove();
    await there?.close();
  });
  beforeEach(() => void (there.troubles = []));

  const mutate = async (name: string, input: object, token = operator) => (await graphql(server.url, token, `mutation($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { commandId duplicate userErrors { field code } } }`, { input }))[name];
  const command = async (id: string) => (await graphql(server.url, operator, 'query($id: ID!) { command(id: $id) { state error { reason kind message } } }', { id })).command;
  const ended = (id: string) => eventually(() => command(id), ({ state }) => ['DONE', 'DEAD'].includes(state));
  const row = (id: string) => server.database.kysely.selectFrom('appointment').select(['state', 'raw_state', 'dock', 'carrier', 'direction', 'handling', 'facility_id', 'deleted']).select((eb) => eb.ref('starts_at').as('starts_at')).where('id', '=', recordId('appointment', 'dock', id)).executeTakeFirst();
  const request = (number: string, startsAt: string, over: object = {}) => mutate('requestOutsideAppointment', { connection: 'dock', references: [number], startsAt, endsAt: new Date(Date.parse(startsAt) + 3_600_000).toISOString(), idempotencyKey: `key ${++serial}`, ...over });
  const booked = async (number: string, startsAt: string) => {
    const { commandId } = await request(number, startsAt);
    expect((await ended(commandId)).state).toBe('DONE');
    return there.appointments.find((each) => each.refNumbers.includes(number))!;
  };
  const appointmentId = (id: string) => globalId('Appointment', recordId('appointment', 'dock', id));

  it('are asked for there, shown here with dock, carrier and facility, and the same request asks once', async () => {
    const asked = await request('PO-1', at('06:00'), { idempotencyKey: 'once', note: 'Two pallets' });
    expect(asked).toMatchObject({ duplicate: false, userErrors: [] });
    expect(await request('PO-1', at('06:00'), { idempotencyKey: 'once', note: 'Two pallets' })).toMatchObject({ commandId: asked.commandId, duplicate: true });
    expect((await ended(asked.commandId)).state).toBe('DONE');
    const [one] = there.appointments.filter((each) => each.refNumbers.includes('PO-1'));
    expect(one).toMatchObject({ start: at('06:00'), end: at('07:00'), refNumbers: ['PO-1'], loadTypeId: 'lt1', dockId: 'd1' });
    expect(await eventually(() => row(one!.id), (found) => found !== undefined)).toMatchObject({ state: 'REQUESTED', dock: 'Door 4', carrier: 'DELTA', direction: 'INBOUND', handling: 'LIVE', facility_id: recordId('facility', 'dock', 'w1') });
    const audited = await server.database.kysely.selectFrom('audit').select(['actor', 'action']).where('action', '=', 'appointment_book.requested').execute();
    expect(audited).toEqual([{ actor: 'olga', action: 'appointment_book.requested' }]);
  });

  it.each<[string, Trouble[]]>([
    ['too many requests, then a server that fails', [429, 503]], ['an answer that is lost', ['done, answer lost']], ['a request that is lost on the way', ['lost on the way']], ['all of it', [503, 'lost on the way', 429, 'done, answer lost']],
  ])('are taken once in spite of %s', async (_what, troubles) => {
    const number = `PO-${++serial}`;
    there.troubles = [...troubles];
    const { commandId } = await request(number, `${new Date(Date.parse(at('08:00')) + serial * 86_400_000).toISOString()}`);
    expect((await ended(commandId)).state).toBe('DONE');
    expect(there.troubles).toEqual([]);
    expect(there.appointments.filter((each) => each.refNumbers.includes(number))).toHaveLength(1);
  }, 60_000);

  it('that are taken by somebody else are refused clearly, and become an open matter; who stands there stays', async () => {
    there.make({ start: at('12:00'), end: at('13:00'), refNumbers: ['THEIRS'] });
    const { commandId } = await request('PO-TAKEN', at('12:30'));
    expect(await ended(commandId)).toMatchObject({ state: 'DEAD', error: { reason: 'REFUSED', kind: 'invalid', message: expect.stringContaining('does not fit') } });
    const matter = await server.database.kysely.selectFrom('exception').select(['title', 'state']).where('title', 'like', 'appointment.book at dock%').execute();
    expect(matter).toEqual([{ title: 'appointment.book at dock was refused', state: 'OPEN' }]);
    expect(there.appointments.filter((each) => each.refNumbers.includes('PO-TAKEN'))).toEqual([]);
  });

  it('are moved and given back; where another time is refused the one before stands', async () => {
    const one = await booked('PO-MOVE', at('15:00'));
    await eventually(() => row(one.id), (found) => found !== undefined);
    const moved = await mutate('moveOutsideAppointment', { appointmentId: appointmentId(one.id), startsAt: at('16:00'), endsAt: at('17:00'), idempotencyKey: 'move' });
    expect((await ended(moved.commandId)).state).toBe('DONE');
    await eventually(() => row(one.id), (found) => found?.starts_at === at('16:00'));
    const refused = await mutate('moveOutsideAppointment', { appointmentId: appointmentId(one.id), startsAt: at('12:15'), endsAt: at('12:45'), idempotencyKey: 'move to a taken one' });
    expect(await ended(refused.commandId)).toMatchObject({ state: 'DEAD', error: { message: expect.stringContaining(`The time before stands: ${at('16:00')}`) } });
    expect(one.start).toBe(at('16:00'));
    expect(await row(one.id)).toMatchObject({ starts_at: at('16:00'), state: 'REQUESTED' });
    there.troubles = ['done, answer lost'];
    const off = await mutate('cancelOutsideAppointment', { appointmentId: appointmentId(one.id), idempotencyKey: 'off' });
    expect((await ended(off.commandId)).state).toBe('DONE');
    await eventually(() => row(one.id), (found) => found?.state === 'CANCELLED');
    const audited = await server.database.kysely.selectFrom('audit').select('action').where('actor', '=', 'olga').where('action', 'in', ['appointment_move.requested', 'appointment_cancel.requested']).orderBy('position').execute();
    expect(audited.map(({ action }) => action)).toEqual(['appointment_move.requested', 'appointment_move.requested', 'appointment_cancel.requested']);
    expect(there.changesAsked().filter((each) => each === `PATCH /appointment/${one.id}`)).toHaveLength(3);
  }, 60_000);

  it('are refused before anything is sent where the time has passed, nothing comes, or the connection is another’s', async () => {
    expect(await request('PO-X', '2026-03-06T10:00:00.000Z')).toMatchObject({ commandId: null, userErrors: [{ field: 'input.startsAt', code: 'BAD_INPUT' }] });
    expect(await request(' ', at('18:00'))).toMatchObject({ userErrors: [{ field: 'input.references', code: 'BAD_INPUT' }] });
    expect(await request('PO\0', at('18:00'))).toMatchObject({ userErrors: [{ code: 'BAD_INPUT' }] });
    expect(await request('PO-X', at('18:00'), { connection: 'nowhere' })).toMatchObject({ userErrors: [{ field: 'input.connection', code: 'NOT_FOUND' }] });
    const stranger = await server.tokens.create({ role: 'operator', subject: 'sam', ttl: 600, companies: ['elsewhere'] });
    expect(await mutate('requestOutsideAppointment', { connection: 'dock', references: ['PO-X'], startsAt: at('18:00'), idempotencyKey: 'stranger' }, stranger)).toMatchObject({ userErrors: [{ field: 'input.connection', code: 'NOT_FOUND' }] });
    const [theirs] = there.appointments;
    expect(await mutate('cancelOutsideAppointment', { appointmentId: appointmentId(theirs!.id), idempotencyKey: 'stranger 2' }, stranger)).toMatchObject({ userErrors: [{ field: 'input.appointmentId', code: 'NOT_FOUND' }] });
  });

  it('are followed by looking: what is sent as well is known, an undo brings the status before back, and what is taken away is gone', async () => {
    const one = there.make({ start: at('20:00'), end: at('21:00'), refNumbers: ['PO-LOOK'] });
    await eventually(() => row(one.id), (found) => found?.state === 'SCHEDULED');
    const push = (data: object) => send(`${server.url}/ingest/dock`, { method: 'POST', headers: { ...json, authorization: `Bearer ${secret}` }, body: JSON.stringify({ entity: 'Appointment', operation: 'Update', data }) });
    // A push without relations, of the same change: what the look knows more stands.
    expect((await push({ ...one })).status).toBe(202);
    there.change(one.id, { status: 'Cancelled' });
    await eventually(() => row(one.id), (found) => found?.state === 'CANCELLED');
    there.change(one.id, { status: 'Scheduled' });
    await eventually(() => row(one.id), (found) => found?.state === 'SCHEDULED');
    expect(await row(one.id)).toMatchObject({ dock: 'Door 4', carrier: 'DELTA' });
    there.change(one.id, { isActive: false });
    await eventually(() => row(one.id), (found) => found?.deleted === true);
    const versions = await server.database.kysely.selectFrom('event').select('id').where('subject', '=', `appointment:dock:${one.id}`).execute();
    // Three states, the first told twice (once without its relations), and its end.
    expect(versions.length).toBe(5);
  }, 60_000);

  it('go on with a fresh token where the one before has ended', async () => {
    there.endToken();
    const one = there.make({ start: at('22:00'), end: at('23:00'), refNumbers: ['PO-TOKEN'] });
    await eventually(() => row(one.id), (found) => found !== undefined);
    expect(there.logins).toBeGreaterThan(1);
  });
});
