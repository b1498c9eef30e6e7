import { createHmac } from 'node:crypto';
import { createClient, type Client } from 'graphql-ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { eventually, graphql } from '../support/requests.js';
import { describeWithFixture } from '../support/shared-fixtures.js';

const secret = 'sécret';
const published = 'hmac-sha256-hex=38f3f53c103713df81616a0a186d77141957323ec21d5fe9363db93840f527db';

const sign = (body: string | Buffer) => `hmac-sha256-hex=${createHmac('sha256', secret.normalize('NFKD')).update(body).digest('hex')}`;

describeWithFixture('a real carrier message', 'easypost/tracker-updated.json', (file) => describeOnEachDatabase('on arrival', (kind) => {
  const body = file.subarray(0, -1);
  let gatehouse: TestServer;
  let token: string;
  let client: Client;
  const received: Array<{ code: string; cursor: string }> = [];

  const post = async (bytes: Buffer | string, signature: string) => {
    const response = await fetch(`${gatehouse.url}/ingest/ep`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-hmac-signature': signature }, body: bytes as never });
    return { status: response.status, ...((await response.json()) as { id?: string; duplicate?: boolean }) };
  };
  const timeline = async () => {
    const data = await graphql(gatehouse.url, token, '{ shipment(trackingNumber: "1") { status milestones(first: 50) { nodes { id code classifier occurredAt } } } }');
    return data.shipment as { status: string; milestones: { nodes: Array<{ id: string; code: string; classifier: string; occurredAt: string }> } } | null;
  };

  beforeAll(async () => {
    gatehouse = await testServer(kind);
    await gatehouse.connections.add({ id: 'ep', connector: 'easypost', company: 'main', settings: {}, secrets: { webhookSecret: secret } });
    token = await gatehouse.tokens.create({ role: 'operator', ttl: 600 });
    client = createClient({ url: `${gatehouse.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${token}` }, lazy: false });
    // From a cursor, so that nothing depends on how soon the subscription is open.
    const { latestCursor: after } = await graphql(gatehouse.url, token, '{ latestCursor }');
    const query = 'subscription ($after: String) { milestones(after: $after) { code cursor shipment { trackingNumbers } } }';
    client.subscribe<{ milestones: { code: string; cursor: string } }>({ query, variables: { after } }, { next: ({ data }) => received.push(data!.milestones), error: (error) => { throw error; }, complete() {} });
  });
  afterAll(async () => {
    await client?.dispose();
    await gatehouse?.remove();
  });

  it('is accepted with the published signature, and shows in time order in the query and on an open subscription', async () => {
    expect(await post(body, published)).toMatchObject({ status: 202, duplicate: false });
    const shipment = await eventually(timeline, (found) => (found?.milestones.nodes.length ?? 0) === 8);
    expect(shipment!.status).toBe('IN_TRANSIT');
    expect(shipment!.milestones.nodes.map((node) => `${node.code} ${node.classifier}`)).toEqual([
      'INFO_RECEIVED ACTUAL', 'PICKED_UP ACTUAL', 'ARRIVED_FACILITY ACTUAL', 'DEPARTED_FACILITY ACTUAL', 'IN_TRANSIT ACTUAL', 'IN_TRANSIT ACTUAL', 'ARRIVED_FACILITY ACTUAL', 'ETA_UPDATED ESTIMATED',
    ]);
    const times = shipment!.milestones.nodes.map((node) => node.occurredAt);
    expect(times).toEqual([...times].sort());
    await eventually(async () => received.length, (count) => count === 8);
    expect(new Set(received.map((event) => event.cursor)).size).toBe(8);
  });

  it('changes nothing when it is sent again', async () => {
    const before = await timeline();
    expect(await post(body, published)).toMatchObject({ status: 202, duplicate: true });
    await new Promise((next) => setTimeout(next, 500));
    expect(await timeline()).toEqual(before);
    expect(received).toHaveLength(8);
  });

  it('is refused with one byte changed, and nothing of it is kept', async () => {
    const altered = Buffer.from(body);
    altered[altered.indexOf('614.4')] = 0x37;
    expect((await post(altered, published)).status).toBe(401);
    const rows = await gatehouse.database.kysely.selectFrom('inbox').select('id').execute();
    expect(rows).toHaveLength(1);
  });

  it('adds exactly one milestone when a newly signed body repeats the history with one more scan', async () => {
    const next = JSON.parse(body.toString()) as { result: { tracking_details: object[]; status_detail: string; status: string; updated_at: string } };
    next.result.tracking_details.push({ object: 'TrackingDetail', message: 'On vehicle', description: 'On vehicle', status: 'out_for_delivery', status_detail: 'out_for_delivery', datetime: '2024-08-05T11:12:00Z', source: 'FedEx', carrier_code: 'OD', tracking_location: { object: 'TrackingLocation', city: 'BROOKLYN', state: 'NY', country: 'US', zip: '11201' } });
    next.result.updated_at = '2024-08-05T11:13:00Z';
    next.result.status = next.result.status_detail = 'out_for_delivery';
    const text = JSON.stringify(next);
    expect(await post(text, sign(text))).toMatchObject({ status: 202, duplicate: false });
    const shipment = await eventually(timeline, (found) => found?.status === 'OUT_FOR_DELIVERY');
    expect(shipment!.milestones.nodes).toHaveLength(9);
    await eventually(async () => received.length, (count) => count === 9);
  });
}));
