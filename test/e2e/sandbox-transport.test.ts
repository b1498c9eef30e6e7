import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSandboxFor } from '../../src/cli/sandbox.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { eventually, graphql } from '../support/requests.js';

describeOnEachDatabase('the first run', (kind) => {
  let server: TestServer;
  let sandbox: { stop(): Promise<void> };
  let token: string;
  beforeAll(async () => {
    server = await testServer(kind);
    sandbox = await startSandboxFor(server, server.url);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
  });
  afterAll(async () => {
    await sandbox?.stop();
    await server?.remove();
  });

  it('shows loads of the last days and one under way, each with its stops, its shipments and its appointment', async () => {
    const query = `{
      loads(first: 20) { nodes { reference state stops(first: 5) { nodes { sequence arrivedAt facility { name } } } shipments(first: 5) { nodes { reference provisional } } appointments(first: 5) { nodes { state stop { sequence } } } } }
      visits(first: 20, filter: { state: [AT_DOCK] }) { nodes { facility { code } detention { isRunning } } }
    }`;
    // A truck stands at the door for some seconds alone: what was seen once was there.
    const seen = { inTransit: false, visits: [] as unknown[] };
    const data = await eventually(
      async () => {
        const answer = await graphql(server.url, token, query);
        seen.inTransit ||= answer.loads.nodes.some((load: any) => load.state === 'IN_TRANSIT' && load.shipments.nodes.length > 0);
        seen.visits.push(...answer.visits.nodes);
        return answer;
      },
      ({ loads }) => loads.nodes.filter((load: any) => load.state === 'COMPLETED' && load.shipments.nodes.length > 0 && load.appointments.nodes.length > 0).length >= 6 && seen.inTransit && seen.visits.length > 0,
      180_000,
    );
    // One of the live ones may have completed meanwhile, before its appointment: those of the last days are whole.
    for (const load of data.loads.nodes.filter((each: any) => each.state === 'COMPLETED' && each.appointments.nodes.length > 0)) {
      expect(load.stops.nodes).toMatchObject([{ sequence: 1, arrivedAt: expect.any(String), facility: { name: 'Harbor Supply Memphis' } }, { sequence: 2, facility: null }]);
      for (const shipment of load.shipments.nodes) expect(shipment.provisional).toBe(false);
      expect(load.appointments.nodes[0].stop).toEqual({ sequence: 1 });
    }
    expect(seen.visits).toContainEqual({ facility: { code: 'MEM1' }, detention: { isRunning: true } });
  });

  it('shows the truck of a load on its way, and that it came to the warehouse by the fence around it', async () => {
    const query = '{ loads(first: 20) { nodes { reference truckPosition { name plate speed at } shipments(first: 5) { nodes { milestones(first: 50) { nodes { code source { connection rawCode } } } } } } } }';
    const said = (loads: any, raw: string) => loads.nodes.some((load: any) => load.shipments.nodes.some((shipment: any) => shipment.milestones.nodes.some(({ source }: any) => source.connection === 'sandbox-telematics' && source.rawCode === raw)));
    const seen = { positions: 0 };
    await eventually(
      async () => {
        const { loads } = await graphql(server.url, token, query);
        seen.positions += loads.nodes.filter((load: any) => load.truckPosition !== null).length;
        return loads;
      },
      (loads) => seen.positions > 0 && said(loads, 'geofence arrival') && said(loads, 'RouteStopArrival'),
      180_000,
    );
  });

  it('has a logistics provider deliver, and Odoo validate what it has confirmed', async () => {
    const query = `{
      warehouseOrders(first: 20) { nodes { reference state facilityCode connection confirmations(first: 5) { nodes { id } } } }
      shipments(first: 50, filter: { search: "EAST/OUT" }) { nodes { reference trackingNumbers } }
    }`;
    const data = await eventually(() => graphql(server.url, token, query), ({ warehouseOrders, shipments }) => warehouseOrders.nodes.some((each: any) => each.confirmations.nodes.length > 0) && shipments.nodes.some((each: any) => each.trackingNumbers.length > 0), 180_000);
    expect(data.warehouseOrders.nodes[0]).toMatchObject({ facilityCode: 'EAST', connection: 'sandbox-warehouse' });
    const validated = () => server.database.kysely.selectFrom('transfer').select('reference').where('reference', 'like', 'EAST/OUT/%').where('state', '=', 'done').execute();
    await eventually(validated, (rows) => rows.length > 0, 180_000);
  }, 400_000);

  it('raises nothing that the connectors could not read, and nothing that is not owned', async () => {
    const { exceptions } = await graphql(server.url, token, '{ exceptions(first: 100) { nodes { kind title detail } } }');
    expect(exceptions.nodes.filter(({ kind: which }: { kind: string }) => !['MILESTONE', 'UNMATCHED', 'NOT_RELEASED', 'CONFLICT'].includes(which))).toEqual([]);
  });
});
