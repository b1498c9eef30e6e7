import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, delivery, odooBatch, order, party, postOdoo, settled } from '../support/partners.js';
import { eventually, graphql } from '../support/requests.js';
import { addTransportConnections, dockAppointment, dockWarehouse, postTransport } from '../support/transport.js';

describeOnEachDatabase('a load that is planned here', (kind) => {
  let server: TestServer;
  let operator: string;
  let serial = 0;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    await addTransportConnections(server);
    operator = await server.tokens.create({ role: 'operator', subject: 'olga', ttl: 600 });
    const names = ['WH/OUT/1', 'WH/OUT/2', 'WH/OUT/3'];
    const batch = JSON.stringify(odooBatch(party(7), ...[1, 2, 3].flatMap((number) => [order(number, { customer: 7 }), delivery(number, { order: number, customer: 7 })])));
    await accepted(server, await postOdoo(server, batch), batch);
    for (const name of names) {
      const { shipment } = await eventually(() => graphql(server.url, operator, 'query ($name: String!) { shipment(reference: $name) { id } }', { name }), (found) => found.shipment !== null);
      ids.set(name, shipment.id);
    }
  });
  afterAll(() => server?.remove());

  const mutate = async (name: string, type: string, input: object, fields = 'load { id }') =>
    (await graphql(server.url, operator, `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code field message } } }`, { input: { idempotencyKey: `key ${++serial}`, ...input } }))[name];
  const shipment = (index: number) => ids.get(`WH/OUT/${index}`)!;
  const at = (hour: number) => `2026-03-06T${String(hour).padStart(2, '0')}:00:00Z`;
  /** From the warehouse to one place for each shipment. */
  const create = async (reference: string, shipments: number[]) => {
    const payload = await mutate('createLoad', 'CreateLoadInput', {
      reference, stops: [{ facilityCode: 'MEM1', plannedArrivalAt: at(8), load: shipments.map(shipment) }, ...shipments.map((index) => ({ place: { name: `Shop ${index}` }, plannedArrivalAt: at(9 + index), unload: [shipment(index)] }))],
    });
    expect(payload.userErrors).toEqual([]);
    return payload.load.id as string;
  };
  const loadsOf = async (index: number) => (await graphql(server.url, operator, 'query ($id: ID!) { shipment(id: $id) { promisedAt loads(first: 5) { nodes { reference state } } } }', { id: shipment(index) })).shipment as { promisedAt: string; loads: { nodes: Array<{ reference: string; state: string }> } };
  const standingLoads = async (index: number) => (await loadsOf(index)).loads.nodes.filter(({ state }) => state !== 'CANCELLED').map(({ reference }) => reference);
  const places = async (id: string) => (await graphql(server.url, operator, 'query ($id: ID!) { load(id: $id) { stops(first: 10) { nodes { kind place { name } facility { code } } } } }', { id })).load.stops.nodes as unknown[];

  it('takes its shipments along when it is split and merged, keeps what customers were promised, and goes back exactly', async () => {
    const id = await create('L-1', [1, 2]);
    const promised = (await loadsOf(1)).promisedAt;
    await eventually(() => standingLoads(2), (found) => found.length === 1);
    const before = await places(id);
    const split = await mutate('splitLoad', 'SplitLoadInput', { loadId: id, shipments: [shipment(2)], reference: 'L-2' }, 'load { id stops(first: 5) { nodes { sequence } } } part { id reference splitFrom { reference } stops(first: 5) { nodes { kind place { name } } } }');
    expect(split).toMatchObject({ load: { stops: { nodes: [{}, {}] } }, part: { reference: 'L-2', splitFrom: { reference: 'L-1' }, stops: { nodes: [{ kind: 'PICKUP' }, { kind: 'DELIVERY', place: { name: 'Shop 2' } }] } }, userErrors: [] });
    await eventually(async () => [await standingLoads(1), await standingLoads(2)], (found) => JSON.stringify(found) === '[["L-1"],["L-2"]]');
    expect(await server.database.kysely.selectFrom('audit').select('actor').where('action', '=', 'load.split').execute()).toEqual([{ actor: 'olga' }]);
    expect(await mutate('undoLoad', 'UndoLoadInput', { loadId: id })).toMatchObject({ userErrors: [] });
    expect(await places(id)).toEqual(before);
    await eventually(async () => [await standingLoads(1), await standingLoads(2)], (found) => JSON.stringify(found) === '[["L-1"],["L-1"]]');
    expect((await loadsOf(1)).promisedAt).toBe(promised);
    expect(promised).not.toBeNull();
  });

  it('lends its number to the load that it was merged into, for appointments too, until that is undone', async () => {
    await postTransport(server, 'dock', JSON.stringify(dockWarehouse('w1', { at: at(1), code: 'MEM1' })));
    const [into, other] = [await create('M-1', [3]), await mutate('createLoad', 'CreateLoadInput', { reference: 'M-2', stops: [{ facilityCode: 'MEM1', plannedArrivalAt: at(8) }] })];
    const posted = await postTransport(server, 'dock', JSON.stringify(dockAppointment('a1', { at: at(6), start: at(8), numbers: ['M-2'] })));
    await settled(server, posted.body.id as string);
    const booked = async () => (await graphql(server.url, operator, '{ appointments(first: 5) { nodes { load { reference } } } }')).appointments.nodes.map((node: { load: { reference: string } | null }) => node.load?.reference) as string[];
    await eventually(booked, (found) => found.join() === 'M-2');
    expect(await mutate('mergeLoads', 'MergeLoadsInput', { loadId: into, loadIds: [other.load.id] }, 'load { stops(first: 5) { nodes { sequence } } }')).toMatchObject({ load: { stops: { nodes: [{}, {}] } }, userErrors: [] });
    await eventually(booked, (found) => found.join() === 'M-1');
    expect((await graphql(server.url, operator, '{ load(reference: "M-2") { state rawState mergedInto { reference } } }')).load).toEqual({ state: 'CANCELLED', rawState: 'MERGED', mergedInto: { reference: 'M-1' } });
    expect(await mutate('undoLoad', 'UndoLoadInput', { loadId: into })).toMatchObject({ userErrors: [] });
    await eventually(booked, (found) => found.join() === 'M-2');
    expect((await graphql(server.url, operator, '{ load(reference: "M-2") { state mergedInto { reference } } }')).load).toEqual({ state: 'DRAFT', mergedInto: null });
  });

  it('refuses what could not be driven, and a number that is taken', async () => {
    const stops = [{ place: { name: 'Shop' }, unload: [shipment(1)] }, { facilityCode: 'MEM1', load: [shipment(1)] }];
    expect((await mutate('createLoad', 'CreateLoadInput', { stops })).userErrors).toMatchObject([{ code: 'BAD_INPUT', field: 'input.stops' }]);
    expect((await mutate('createLoad', 'CreateLoadInput', { reference: 'l-1', stops: [{ facilityCode: 'MEM1' }] })).userErrors).toMatchObject([{ code: 'CONFLICT', field: 'input.reference' }]);
    const again = { idempotencyKey: 'the same', stops: [{ facilityCode: 'MEM1' }] };
    const [first, second] = [await mutate('createLoad', 'CreateLoadInput', again), await mutate('createLoad', 'CreateLoadInput', again)];
    expect(second).toEqual(first);
  });
});
