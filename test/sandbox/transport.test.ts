import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectorOf } from '../../src/connectors/registry.js';
import { createLog } from '../../src/lib/log.js';
import type { Decoded, Fact } from '../../src/model/facts.js';
import { dockLogin } from '../../src/sandbox/dock/server.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/main.js';
import type { Json } from '../../src/lib/json.js';
import { distance, type Point } from '../../src/model/geo.js';
import type { Outcome, PollPage } from '../../src/connectors/contract.js';
import { warehouseSite, yards } from '../../src/sandbox/telematics/geography.js';
import { telematicsToken } from '../../src/sandbox/telematics/server.js';
import { tmsApiToken } from '../../src/sandbox/tms/server.js';
import { Receiver } from './receiver.js';

const receiver = new Receiver();
let sandbox: Sandbox;
const telematicsSecret = Buffer.from('secret of the telematics').toString('base64');

beforeAll(async () => {
  const transport = { tmsSecret: 'secret-of-the-tms', dockSecret: 'secret-of-the-dock', telematicsSecret };
  sandbox = await startSandbox({ target: await receiver.listen(), odooSecret: 'odoo', parcelSecret: 'parcel', transport, log: createLog('silent'), pace: 20, seed: 3 });
});
afterAll(async () => {
  await sandbox.stop();
  await receiver.close();
});

type Connection = 'sandbox-tms' | 'sandbox-dock' | 'sandbox-telematics';
const messagesTo = (connection: Connection) => receiver.of(connection);
function decoded(connection: Connection, connector: string): Decoded[] {
  return messagesTo(connection).map(({ body, headers, receivedMs }) => connectorOf(connector)!.receive!.decode({ headers: headers as Record<string, string>, body, receivedAt: new Date(receivedMs).toISOString(), connection, zone: 'UTC' }, {}));
}
const factsOf = <T extends Fact['type']>(messages: Decoded[], type: T) => messages.flatMap(({ facts }) => facts).filter((fact): fact is Extract<Fact, { type: T }> => fact.type === type);
const loads = () => factsOf(decoded('sandbox-tms', 'otm'), 'load.reported');

it('tells of trips, appointments and stops of routes in messages that the connectors take for authentic and read without a fault', async () => {
  await receiver.until('trips', () => messagesTo('sandbox-tms').length > 30 && messagesTo('sandbox-dock').length > 30 && messagesTo('sandbox-telematics').length > 3);
  for (const [connection, connector, secret] of [['sandbox-tms', 'otm', 'secret-of-the-tms'], ['sandbox-dock', 'opendock', 'secret-of-the-dock'], ['sandbox-telematics', 'samsara', telematicsSecret]] as const) {
    for (const { headers, body, receivedMs } of messagesTo(connection)) {
      expect(connectorOf(connector)!.receive!.verify({ headers: headers as Record<string, string>, body, receivedMs }, [secret], {})).toEqual({ ok: true });
    }
    expect(decoded(connection, connector).flatMap(({ anomalies }) => anomalies)).toEqual([]);
  }
});

it('hauls the deliveries of its Odoo from one code of a facility to the yard of their carrier', async () => {
  await receiver.until('a whole live run', () => loads().some((load) => load.payload.state === 'IN_TRANSIT') && loads().some((load) => load.payload.state === 'COMPLETED' && load.version > Date.now() - 60_000));
  const names = [...sandbox.odoo.rows('stock.picking').values()].map((picking) => picking.name.toUpperCase());
  for (const { payload } of loads()) {
    expect(payload.stops.map((stop) => stop.kind).slice(0, 1)).toEqual(payload.stops[0]!.loaded.length > 0 ? ['PICKUP'] : ['OTHER']);
    expect(payload.stops[0]!.facilityCode).toBe('MEM1');
    for (const stop of payload.stops) for (const name of [...stop.loaded, ...stop.unloaded]) expect(names).toContain(name.value);
  }
  const codes = new Set(factsOf(decoded('sandbox-tms', 'otm'), 'milestone.reported').map((fact) => `${fact.payload.code} ${fact.payload.classifier}`));
  for (const code of ['ARRIVED_PICKUP PLANNED', 'ARRIVED_PICKUP ACTUAL', 'LOADED ACTUAL', 'PICKED_UP ACTUAL', 'ARRIVED_FACILITY ESTIMATED', 'ARRIVED_FACILITY ACTUAL']) expect(codes).toContain(code);
});

it('has its appointments kept by trucks that check in, dock and leave', async () => {
  const messages = () => decoded('sandbox-dock', 'opendock');
  await receiver.until('a truck that left', () => factsOf(messages(), 'visit.reported').some((visit) => visit.payload.checkedOutAt !== undefined && visit.version > Date.now() - 60_000));
  expect(factsOf(messages(), 'appointment.reported').map((fact) => fact.payload.state)).toEqual(expect.arrayContaining(['REQUESTED', 'SCHEDULED', 'ARRIVED', 'IN_PROGRESS', 'COMPLETED']));
  expect(factsOf(messages(), 'facility.reported')[0]!.payload).toMatchObject({ code: 'MEM1', zone: 'America/Chicago' });
  const tripNames = new Set(loads().map((load) => load.payload.name));
  for (const { payload } of factsOf(messages(), 'appointment.reported')) expect(payload.loads.some((name) => tripNames.has(name))).toBe(true);
});

it('gives the positions of its trucks by the feed that Samsara has, each once, and drives to the warehouse and away from it', async () => {
  const access = { connection: 'sandbox-telematics', settings: { url: sandbox.telematicsUrl!, thinMetres: 1, thinSeconds: 1 }, secrets: { apiKey: [telematicsToken] }, allowedNetworks: ['127.0.0.0/8'] } as never;
  const poll = connectorOf('samsara')!.poll!;
  const facts: Fact[] = [];
  let cursor: Json | null = null;
  const look = async () => {
    const page: Outcome<PollPage> = await poll.read(access, cursor, 5_000);
    if (!page.ok) throw new Error(page.error.message);
    cursor = page.value.cursor;
    for (const { body, headers } of page.value.answers) facts.push(...connectorOf('samsara')!.receive!.decode({ headers, body: Buffer.from(body), receivedAt: new Date().toISOString(), connection: 'sandbox-telematics', zone: 'UTC' }, {}).facts);
  };
  const positions = () => facts.flatMap((fact) => (fact.type === 'vehicle.reported' ? [{ id: fact.key.id, key: fact.factKey, ...fact.payload }] : []));
  const isAt = (at: Point) => positions().some((position) => distance(position, at) < 50);
  const plates = () => new Set(loads().flatMap(({ payload }) => payload.truck ?? []));
  const isMoving = () => positions().some(({ plate, speed }) => plates().has(plate!) && (speed ?? 0) > 0);
  await look();
  expect(positions()).toHaveLength(9);
  // Each look asks for what came since the one before it.
  for (let looks = 0; looks < 2_000 && !(isAt(warehouseSite.at) && Object.values(yards).some(isAt) && isMoving()); looks++) {
    await new Promise((later) => setTimeout(later, 50));
    await look();
  }
  expect(isAt(warehouseSite.at)).toBe(true);
  expect(Object.values(yards).some(isAt)).toBe(true);
  const keys = positions().map(({ id, key }) => `${id} ${key}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(isMoving()).toBe(true);
  const stops = factsOf(decoded('sandbox-telematics', 'samsara'), 'milestone.reported').map((fact) => fact.payload.code);
  expect(stops).toContain('ARRIVED_PICKUP');
  expect(factsOf(decoded('sandbox-telematics', 'samsara'), 'estimate.reported').every((fact) => fact.payload.of === 'PICKUP')).toBe(true);
  expect((await fetch(`${sandbox.telematicsUrl}/fleet/vehicles/stats/feed?types=gps`)).status).toBe(401);
});

it('lets trips and appointments be read with the right token, and refuses every other', async () => {
  const trips = await fetch(`${sandbox.tmsUrl}/api/v5/trips`, { headers: { authorization: `Bearer ${tmsApiToken}` } });
  const [trip] = (await trips.json()) as Array<{ id: string; name: string }>;
  expect(await (await fetch(`${sandbox.tmsUrl}/api/v5/trips/${trip!.id}`, { headers: { authorization: `Bearer ${tmsApiToken}` } })).json()).toMatchObject({ entityType: 'trip', name: trip!.name });
  expect((await fetch(`${sandbox.tmsUrl}/api/v5/trips`)).status).toBe(401);
  const login = (body: object) => fetch(`${sandbox.dockUrl}/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  expect((await login({ ...dockLogin, password: 'wrong' })).status).toBe(401);
  const { access_token: token } = (await (await login(dockLogin)).json()) as { access_token: string };
  const book = (headers: Record<string, string>) => fetch(`${sandbox.dockUrl}/appointment`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ start: '2026-12-01T08:00:00Z', end: '2026-12-01T09:00:00Z', refNumbers: ['X'], carrier: 'C' }) });
  expect((await book({})).status).toBe(401);
  const { data } = (await (await book({ authorization: `Bearer ${token}` })).json()) as { data: { id: string; status: string } };
  expect(data.status).toBe('Requested');
  expect((await fetch(`${sandbox.dockUrl}/appointment/${data.id}`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
});
