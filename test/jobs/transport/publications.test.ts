import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectorOf } from '../../../src/connectors/registry.js';
import { stateOwn } from '../../../src/jobs/tasks/own/records.js';
import { setPolicy } from '../../../src/jobs/tasks/outbound/partner.js';
import { askAboutLoads, publishLoads } from '../../../src/jobs/tasks/transport/publications.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import type { LoadRecord } from '../../../src/model/transport/records.js';
import { AnsweringServer, type Scripted } from '../../connectors/answering-server.js';
import { raw } from '../../connectors/raw.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../../support/databases.js';
import { decoded } from '../../support/odoo-sync.js';
import { plannedLoad, stateLoad, underWay } from '../../support/own-loads.js';
import { eventually } from '../../support/requests.js';
import { otmTrip, postTransport, transportSecrets } from '../../support/transport.js';

/** Patient with nobody: tests wait for what comes of it. */
const swift = { backoffSeconds: 0.1, backoffMaxSeconds: 1, openSeconds: 0.1, openMaxSeconds: 1, perMinute: 60_000, attempts: 50 };

describeOnEachDatabase('loads that partners are told of', (kind) => {
  let server: TestServer;
  const partner = new AnsweringServer();
  const visibility = new AnsweringServer();
  /** What the partner has, by id, and what was put to it. */
  const trips = new Map<string, unknown>();
  const puts: string[] = [];
  /** What happens to the next requests, before the partner is well again; `stored`: it took the trip all the same. */
  let faults: Array<Scripted & { stored?: true }> = [];

  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8' });
    partner.answer = ({ body }) => {
      const trip = JSON.parse(body) as { id: string };
      const fault = faults.shift();
      if (fault === undefined || fault.stored === true) {
        trips.set(trip.id, trip);
        puts.push(trip.id);
      }
      return fault ?? { body };
    };
    const url = await partner.listen();
    const visibilityUrl = await visibility.listen();
    await server.connections.add({ id: 'otm-partner', connector: 'otm', company: 'main', settings: { url, publish: 'loads', publishFrom: 'gatehouse, tms' }, secrets: { webhookSecret: 'whsec_of_partner', apiKey: 'bearer-of-partner' } });
    await server.connections.add({ id: 'p44', connector: 'project44', company: 'main', settings: { url: visibilityUrl, publish: 'loads', carriers: 'Delta Haulage=DELT' }, secrets: { webhookSecret: 'whsec_of_p44', apiKey: 'client', apiSecret: 'secret-of-client' } });
    await server.connections.add({ id: 'tms', connector: 'otm', company: 'main', settings: { url, publish: 'loads', publishFrom: 'tms' }, secrets: { webhookSecret: transportSecrets.tms } });
    for (const id of ['otm-partner', 'p44', 'tms']) await server.database.transaction((tx) => setPolicy(tx, id, swift, 'tests'));
    await publishLoads(server.tasks);
  });
  beforeEach(() => {
    faults = [];
    puts.length = 0;
    visibility.asked.length = 0;
    visibility.answer = ({ path, method }) => (path.endsWith('/oauth2/token') ? { body: JSON.stringify({ access_token: 'token', expires_in: 3_600 }) } : { body: method === 'POST' && path.endsWith('/shipments') ? JSON.stringify({ shipment: { id: 900044 } }) : '{}' });
  });
  afterAll(async () => {
    await server?.remove();
    await partner.close();
    await visibility.close();
  });

  const commands = (load: string, connection: string) => server.database.kysely.selectFrom('command').select(['id', 'state', 'error', 'attempts']).where('subject', '=', `load:${load}`).where('connection', '=', connection).where('kind', '=', 'load.publish').orderBy('sequence').execute();
  /** Everything is projected, followed and carried out. */
  async function settled(): Promise<void> {
    await decoded(server);
    await publishLoads(server.tasks);
    await eventually(() => server.database.kysely.selectFrom('command').select(['id', 'state', 'error', 'connection']).where('kind', '=', 'load.publish').where('state', '<>', 'DONE').execute(), (rows) => rows.length === 0);
  }
  const readBack = (load: string): LoadRecord => connectorOf('otm')!.receive!.decode(raw(JSON.stringify(trips.get(load))), {}).facts.find(({ type }) => type === 'load.reported')!.payload as LoadRecord;
  /** What was wanted to change there. */
  const asked = () => visibility.asked.filter(({ path, method }) => method !== 'GET' && !path.endsWith('/oauth2/token')).map(({ method, path }) => `${method} ${path.split('?')[0]}`);

  it('are told whole, again when they change, and not when nothing of them did', async () => {
    const id = await stateLoad(server, 'L1', 1, plannedLoad);
    await settled();
    expect(readBack(id)).toMatchObject({ name: 'LOAD-17', state: 'DRAFT', stops: [{ id: 'pickup', facilityCode: 'MEM1', loaded: [{ value: 'WH/OUT/00017' }] }, { id: 'drop', planned: { arrival: { instant: '2026-03-06T12:00:00.000Z' } } }] });
    await stateLoad(server, 'L1', 2, plannedLoad);
    await settled();
    await publishLoads(server.tasks);
    expect(await commands(id, 'otm-partner')).toHaveLength(1);
    await stateLoad(server, 'L1', 3, { ...underWay(plannedLoad), carrier: 'Delta Haulage', truck: 'TN-48-PX', trailer: 'TRL-1' });
    await settled();
    expect(readBack(id)).toMatchObject({ state: 'IN_TRANSIT', carrier: 'DELTA_HAULAGE', truck: 'TN-48-PX', trailer: 'TRL-1', stops: [{ actual: { departure: { instant: '2026-03-06T08:55:00.000Z' } } }, { estimated: { arrival: { instant: '2026-03-06T12:25:00.000Z' } } }] });
    expect(puts).toEqual([id, id]);
  });

  it('are told with who drives them as it was decided here', async () => {
    const id = await stateLoad(server, 'L9', 1, { ...plannedLoad, carrier: 'Delta Haulage' });
    await settled();
    const assigned = { loadId: id, carrier: 'ABCD', truck: 'TN-99-ZZ', assignedBy: 'tests', history: [] };
    await server.database.transaction((tx) => stateOwn(tx, [{ type: 'load_assignment.reported', kind: 'load_assignment', id: 'L9', company: 'main', version: 1, payload: assigned, step: { action: 'load.assign', by: 'tests' } }], uuidv7()));
    await settled();
    expect(readBack(id)).toMatchObject({ carrier: 'ABCD', truck: 'TN-99-ZZ' });
    expect(await commands(id, 'otm-partner')).toHaveLength(2);
  });

  it('are told once whatever the partner does: too many requests, failures, and answers that were lost', async () => {
    faults = [{ status: 429, headers: { 'retry-after': '0' } }, { status: 503 }, { cut: true, stored: true }, { status: 500 }];
    const id = await stateLoad(server, 'L2', 1, { ...plannedLoad, name: 'LOAD-18' });
    await settled();
    const [command, ...others] = await commands(id, 'otm-partner');
    expect(others).toEqual([]);
    expect(command!.attempts).toBeGreaterThan(3);
    expect(readBack(id).name).toBe('LOAD-18');
    expect([...trips.values()].filter((trip) => (trip as { name: string }).name === 'LOAD-18')).toHaveLength(1);
  });

  it('are told in their order, the last word last, while the partner is away', async () => {
    faults = Array.from({ length: 4 }, () => ({ status: 503 }));
    const id = await stateLoad(server, 'L3', 1, { ...plannedLoad, name: 'LOAD-19' });
    await decoded(server);
    await publishLoads(server.tasks);
    await stateLoad(server, 'L3', 2, { ...plannedLoad, name: 'LOAD-19', state: 'REQUESTED' });
    await decoded(server);
    await publishLoads(server.tasks);
    await stateLoad(server, 'L3', 3, { ...plannedLoad, name: 'LOAD-19', state: 'CONFIRMED', carrier: 'Delta Haulage' });
    await settled();
    expect(await commands(id, 'otm-partner')).toHaveLength(3);
    expect(readBack(id).state).toBe('CONFIRMED');
  });

  it('are withdrawn once, and a load that was never told needs no end', async () => {
    const id = await stateLoad(server, 'L4', 1, plannedLoad);
    await settled();
    await stateLoad(server, 'L4', 2, { ...plannedLoad, state: 'CANCELLED' });
    await settled();
    expect(readBack(id).state).toBe('CANCELLED');
    await stateLoad(server, 'L4', 3, { ...plannedLoad, state: 'CANCELLED', rawState: 'again' });
    await settled();
    expect(await commands(id, 'otm-partner')).toHaveLength(2);
    const never = await stateLoad(server, 'L5', 1, { ...plannedLoad, state: 'CANCELLED' });
    await settled();
    expect(await commands(never, 'otm-partner')).toEqual([]);
  });

  it('are those of their own company, and nobody is told what he said himself', async () => {
    const other = await stateLoad(server, 'L6', 1, plannedLoad, 'other');
    expect((await postTransport(server, 'tms', JSON.stringify(otmTrip('t-1', { at: '2026-03-06T06:00:00Z', stops: [{ load: ['D1'], planned: ['2026-03-06T08:00:00Z'] }] })))).status).toBe(202);
    await settled();
    expect(await commands(other, 'otm-partner')).toEqual([]);
    const { id } = await server.database.kysely.selectFrom('load').select('id').where('connection', '=', 'tms').executeTakeFirstOrThrow();
    expect(await commands(id, 'otm-partner')).toHaveLength(1);
    expect(await commands(id, 'tms')).toEqual([]);
  });

  it('are told by one process where two follow at once', async () => {
    const id = await stateLoad(server, 'L7', 1, plannedLoad);
    await decoded(server);
    await Promise.all(Array.from({ length: 4 }, () => publishLoads(server.tasks)));
    await settled();
    expect(await commands(id, 'otm-partner')).toHaveLength(1);
  });

  it('are registered no longer once their carrier gives them back, and anew with the next', async () => {
    const confirmed: LoadRecord = { ...plannedLoad, name: 'LOAD-20', state: 'CONFIRMED', carrier: 'Delta Haulage' };
    const { carrier: _, ...given } = confirmed;
    const id = await stateLoad(server, 'L10', 1, confirmed);
    await settled();
    await stateLoad(server, 'L10', 2, { ...given, state: 'REQUESTED' });
    await settled();
    expect(asked()).toEqual(['POST /api/v4/tl/shipments', 'POST /api/v4/tl/shipments/900044/actions']);
    await stateLoad(server, 'L10', 3, confirmed);
    await settled();
    expect(asked().at(-1)).toBe('POST /api/v4/tl/shipments');
    await stateLoad(server, 'L10', 4, { ...confirmed, state: 'COMPLETED', stops: confirmed.stops.map((stop) => ({ ...stop, actual: { departure: { instant: '2026-03-06T12:55:00.000Z', zone: 'Z' } } })) });
    await settled();
    expect(await commands(id, 'p44')).toHaveLength(3);
  });

  it('are registered for visibility once a carrier has taken them, by their plan alone, and their history is asked for while they are under way', async () => {
    const id = await stateLoad(server, 'L8', 1, plannedLoad);
    await settled();
    expect(await commands(id, 'p44')).toEqual([]);
    const confirmed: LoadRecord = { ...plannedLoad, state: 'CONFIRMED', carrier: 'Delta Haulage' };
    await stateLoad(server, 'L8', 2, confirmed);
    await settled();
    expect(asked()).toEqual(['POST /api/v4/tl/shipments']);
    await stateLoad(server, 'L8', 3, underWay(confirmed));
    await settled();
    expect(asked()).toEqual(['POST /api/v4/tl/shipments']);
    await stateLoad(server, 'L8', 4, { ...confirmed, truck: 'TN-48-PX' });
    await settled();
    expect(asked()).toEqual(['POST /api/v4/tl/shipments', 'PUT /api/v4/tl/shipments/900044']);

    visibility.answer = ({ path }) => (path.endsWith('/oauth2/token') ? { body: JSON.stringify({ access_token: 'token', expires_in: 3_600 }) } : {
      body: JSON.stringify({ shipment: { id: '900044', identifiers: [{ type: 'ORDER', value: 'WH/OUT/00017' }], routeInfo: { stops: [{ id: 's1', type: 'ORIGIN' }, { id: 's2', type: 'DESTINATION' }] } }, events: [{ type: 'DEPARTURE_FROM_STOP', stopId: 's1', dateTime: '2026-03-06T08:55:00Z' }] }),
    });
    const now = Date.now();
    const questions = async () => (await server.database.kysely.selectFrom('command').select('id').where('subject', '=', `load:${id}`).where('kind', '=', 'tracking.poll').execute()).length;
    // The server asks by itself every minute, too.
    await askAboutLoads(server.tasks, now);
    await askAboutLoads(server.tasks, now + 60_000);
    expect(await questions()).toBe(1);
    const told = await eventually(() => server.database.kysely.selectFrom('milestone').select(['code', 'stop']).where('connection', '=', 'p44').where('code', '=', 'PICKED_UP').execute(), (rows) => rows.length > 0);
    expect(told).toEqual([{ code: 'PICKED_UP', stop: 1 }]);

    await stateLoad(server, 'L8', 5, { ...confirmed, state: 'CANCELLED' });
    await settled();
    expect(asked().at(-1)).toBe('POST /api/v4/tl/shipments/900044/actions');
    await askAboutLoads(server.tasks, now + 48 * 3_600_000);
    expect(await questions()).toBe(1);
  });
});
