import { afterAll, beforeAll, expect, it } from 'vitest';
import { globalId, sha256, uuidOfName } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { dataOf, openAcknowledged } from '../support/sockets.js';
import { addTransportConnections, dockWarehouse, otmTrip, postTransport } from '../support/transport.js';
import { eventually, graphql, graphqlAnswer } from '../support/requests.js';

describeOnEachDatabase('vehicles in the graph', (kind) => {
  let server: TestServer;
  let [operator, carrier, other, tms] = ['', '', '', ''];
  beforeAll(async () => {
    server = await testServer(kind);
    await addTransportConnections(server);
    await server.connections.add({ id: 'trucks', connector: 'samsara', company: 'main', settings: {}, secrets: {} });
    const create = (claims: object) => server.tokens.create({ ttl: 3600, subject: JSON.stringify(claims), ...claims } as never);
    [operator, carrier, other, tms] = await Promise.all([create({ role: 'operator' }), create({ role: 'partner', carriers: ['Delta'] }), create({ role: 'partner', carriers: ['Omega'] }), create({ role: 'partner', connections: ['tms'] })]);
    const at = '2026-03-06T08:00:00Z';
    await postTransport(server, 'dock', JSON.stringify(dockWarehouse('hub', { at, code: 'HUB', name: 'Hub' })));
    await postTransport(server, 'tms', JSON.stringify(otmTrip('t1', { at, status: 'inTransit', carrier: 'Delta', truck: 'B-GH 77', stops: [{ code: 'HUB', load: ['WH/OUT/1'], planned: [at, at] }, { unload: ['WH/OUT/1'], planned: [at, at] }] })));
    await position('1', 'Truck 7', 'b-gh77', 5);
    await position('2', 'Lone truck', null, 6);
    await eventually(async () => (await graphql(server.url, operator, '{ vehicles(first: 10) { nodes { name } } }')).vehicles.nodes as unknown[], (nodes) => nodes.length === 2);
    await eventually(async () => (await graphql(server.url, operator, '{ load(reference: "T1") { truckPosition { name } } }')).load as { truckPosition: unknown } | null, (load) => load?.truckPosition != null);
  });
  afterAll(() => server?.remove());

  async function position(id: string, name: string, licensePlate: string | null, minute: number, latitude = 52.5): Promise<void> {
    const body = Buffer.from(JSON.stringify({ data: [{ id, name, licensePlate, gps: [{ time: new Date(Date.UTC(2026, 2, 6, 8, minute)).toISOString(), latitude, longitude: 13.4, headingDegrees: 90, speedMilesPerHour: 10 }] }], pagination: { endCursor: '1', hasNextPage: false } }));
    await server.tasks.inbox.receive({ connection: 'trucks', dedupeKey: sha256(body), headers: {}, body, receivedMs: Date.now() });
  }

  it('are shown with their last position, alone and on the load that names them', async () => {
    const fields = '{ name plate latitude longitude heading speed at }';
    const seven = { name: 'Truck 7', plate: 'b-gh77', latitude: 52.5, longitude: 13.4, heading: 90, speed: 16.1, at: '2026-03-06T08:05:00.000Z' };
    const first = (await graphql(server.url, operator, `{ vehicles(first: 1) { nodes { name } pageInfo { hasNextPage endCursor } } }`)).vehicles;
    expect(first).toMatchObject({ nodes: [{ name: 'Lone truck' }], pageInfo: { hasNextPage: true } });
    expect((await graphql(server.url, operator, `query ($after: String) { vehicles(first: 1, after: $after) { nodes ${fields} pageInfo { hasNextPage } } }`, { after: first.pageInfo.endCursor })).vehicles).toEqual({ nodes: [seven], pageInfo: { hasNextPage: false } });
    expect((await graphql(server.url, operator, `{ load(reference: "T1") { truckPosition ${fields} trailerPosition { name } } }`)).load).toEqual({ truckPosition: seven, trailerPosition: null });
  });

  it('are seen outside by who sees the load that they drive, and by nobody else', async () => {
    const query = '{ vehicles(first: 10) { nodes { name } } loads(first: 10) { nodes { truckPosition { name } } } }';
    for (const token of [carrier, tms]) expect(await graphql(server.url, token, query)).toEqual({ vehicles: { nodes: [{ name: 'Truck 7' }] }, loads: { nodes: [{ truckPosition: { name: 'Truck 7' } }] } });
    expect(await graphql(server.url, other, query)).toEqual({ vehicles: { nodes: [] }, loads: { nodes: [] } });
    const customer = await server.tokens.create({ role: 'customer', ttl: 3600, subject: 'c', parties: [uuidOfName('party:erp:1')] });
    expect((await graphqlAnswer(server.url, customer, query)).errors![0]!.extensions!.code).toBe('FORBIDDEN');
  });

  it('tell of their positions live, to who may see them, by load', async () => {
    const load = (await graphql(server.url, operator, '{ load(reference: "T1") { id } }')).load.id as string;
    const [mine, theirs] = await Promise.all([openAcknowledged(server.url, carrier), openAcknowledged(server.url, other)]);
    const query = 'subscription ($load: ID) { positions(filter: { loadId: $load }) { deleted vehicle { name latitude } } }';
    const [told, untold] = [mine.subscribe('1', query, { load }), theirs.subscribe('1', query, { load })];
    // Until the subscription stands: it tells of what comes from then on.
    let minute = 10;
    await eventually(async () => {
      await position('2', 'Lone truck', null, minute++, 51);
      await position('1', 'Truck 7', 'b-gh77', minute++, 53);
      return dataOf(told, 'positions') as unknown[];
    }, (events) => events.length > 0);
    expect(dataOf(told, 'positions')[0]).toEqual({ deleted: false, vehicle: { name: 'Truck 7', latitude: 53 } });
    expect(dataOf(untold, 'positions')).toEqual([]);
    await Promise.all([mine.close(), theirs.close()]);
  });

  it('have fences drawn around facilities by people of the company alone', async () => {
    const facility = globalId('Facility', uuidOfName('facility:dock:hub'));
    const draw = (token: string, input: object) => graphqlAnswer(server.url, token, 'mutation ($input: SetFacilityGeofenceInput!) { setFacilityGeofence(input: $input) { facility { code geofence { centre { latitude } radius polygon { longitude } } } userErrors { field code } } }', { input: { facility, ...input } }).then(({ data, errors }) => data?.setFacilityGeofence ?? errors![0]!.extensions!.code);
    const circle = { centre: { latitude: 52.5, longitude: 13.4 }, radius: 250 };
    expect(await draw(operator, { circle })).toEqual({ facility: { code: 'HUB', geofence: { centre: { latitude: 52.5 }, radius: 250, polygon: null } }, userErrors: [] });
    await eventually(async () => server.database.kysely.selectFrom('milestone').select('code').where('connection', '=', 'trucks').execute(), (rows) => rows.some(({ code }) => code === 'ARRIVED_PICKUP'));
    const polygon = [52, 53, 53.5].map((latitude, index) => ({ latitude, longitude: 13 + index }));
    expect(await draw(operator, { polygon })).toMatchObject({ facility: { geofence: { radius: null, polygon: [{ longitude: 13 }, { longitude: 14 }, { longitude: 15 }] } } });
    expect(await draw(operator, { circle, polygon })).toEqual({ facility: null, userErrors: [{ field: 'polygon', code: 'BAD_INPUT' }] });
    expect(await draw(operator, { circle: { ...circle, radius: -1 } })).toEqual({ facility: null, userErrors: [{ field: 'fence', code: 'BAD_INPUT' }] });
    expect(await draw(carrier, { circle })).toBe('FORBIDDEN');
    const warehouse = await server.tokens.create({ role: 'partner', ttl: 3600, subject: 'w', facilities: ['HUB'] });
    expect(await draw(warehouse, { circle })).toEqual({ facility: null, userErrors: [{ field: 'facility', code: 'NOT_FOUND' }] });
    expect(await draw(operator, {})).toMatchObject({ facility: { geofence: null } });
    const audited = await server.database.kysely.selectFrom('audit').select('action').where('target_kind', '=', 'facility').orderBy('position').execute();
    expect(audited.map(({ action }) => action)).toEqual(['geofence.set', 'geofence.set', 'geofence.removed']);
  });
});
