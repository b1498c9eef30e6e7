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
    const data = await eventually(
      () => graphql(server.url, token, query),
      ({ loads, visits }) => loads.nodes.filter((load: any) => load.state === 'COMPLETED' && load.shipments.nodes.length > 0 && load.appointments.nodes.length > 0).length >= 6 && loads.nodes.some((load: any) => load.state === 'IN_TRANSIT' && load.shipments.nodes.length > 0) && visits.nodes.length > 0,
      40_000,
    );
    for (const load of data.loads.nodes.filter((each: any) => each.state === 'COMPLETED')) {
      expect(load.stops.nodes).toMatchObject([{ sequence: 1, arrivedAt: expect.any(String), facility: { name: 'Harbor Supply Memphis' } }, { sequence: 2, facility: null }]);
      for (const shipment of load.shipments.nodes) expect(shipment.provisional).toBe(false);
      expect(load.appointments.nodes).toEqual([{ state: 'COMPLETED', stop: { sequence: 1 } }]);
    }
    expect(data.visits.nodes).toContainEqual({ facility: { code: 'MEM1' }, detention: { isRunning: true } });
  }, 60_000);

  it('raises nothing that the connectors could not read, and nothing that is not owned', async () => {
    const { exceptions } = await graphql(server.url, token, '{ exceptions(first: 100) { nodes { kind title detail } } }');
    expect(exceptions.nodes.filter(({ kind: which }: { kind: string }) => !['MILESTONE', 'UNMATCHED', 'NOT_RELEASED', 'CONFLICT'].includes(which))).toEqual([]);
  });
});
