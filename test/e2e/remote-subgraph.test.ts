import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { subgraphOf } from '../gateway/fusion/subgraph.js';
import { serveRemote, type RemoteServer } from '../gateway/remote/remote-server.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, delivery, odooBatch, order, party, partyId, postEasypost, postOdoo, tracker } from '../support/partners.js';
import { openEventStream } from '../support/live/event-stream.js';
import { eventually, graphql, graphqlAnswer } from '../support/requests.js';
import { dataOf, openAcknowledged } from '../support/sockets.js';

const sdl = 'type Query { carbonVersion: String carbonLeader: Shipment } type Shipment @key(fields: "id") { id: ID! emission: Float! }';

describeOnEachDatabase('a customer’s service as a remote subgraph', (kind) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-remote-'));
  const file = join(folder, 'remote.json');
  let server: TestServer;
  let remote: RemoteServer;
  let leader = '';
  const configure = (settings: object) => writeFileSync(file, JSON.stringify({ subgraphs: [{ name: 'carbon', url: remote.url, forwardHeaders: ['authorization'], timeoutMs: 20_000, ...settings }] }));

  beforeAll(async () => {
    remote = await serveRemote(subgraphOf('carbon', sdl, { Query: { carbonVersion: () => '1', carbonLeader: () => ({ id: leader }) }, Shipment: { __resolveReference: (reference: object) => reference, emission: () => 1.5 } }).schema);
    configure({});
    server = await testServer(kind, { GATEHOUSE_REMOTE_SUBGRAPHS: file });
    await addConnections(server);
    const batch = JSON.stringify(odooBatch(party(7), party(8), order(1, { customer: 7 }), delivery(1, { order: 1, customer: 7, tracking: 'RS1' })));
    await accepted(server, await postOdoo(server, batch), batch);
    await move('RS1', '2026-03-05T08:00:00Z');
    leader = (await graphqlAnswer(server.url, await operator(), '{ shipment(trackingNumber: "RS1") { id } }')).data!.shipment.id;
  });
  afterAll(async () => {
    await server?.remove();
    await remote?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const operator = () => server.tokens.create({ role: 'operator', ttl: 600 });
  const customer = (number: number) => server.tokens.create({ role: 'customer', parties: [partyId(number)], ttl: 60 });
  async function move(number: string, at: string): Promise<void> {
    const body = JSON.stringify(tracker(number, [{ at }]));
    await accepted(server, await postEasypost(server, body), body);
  }

  it('adds to shipments, is handed the user’s own token, and shows nobody what they may not see', async () => {
    const token = await customer(7);
    const answer = await graphqlAnswer(server.url, token, '{ shipments(first: 5) { nodes { id emission order { reference } } } carbonLeader { reference emission } }');
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toEqual({ shipments: { nodes: [{ id: leader, emission: 1.5, order: { reference: expect.any(String) } }] }, carbonLeader: { reference: expect.any(String), emission: 1.5 } });
    expect(remote.received.at(-1)!.headers.authorization).toBe(`Bearer ${token}`);
    const stranger = await graphqlAnswer(server.url, await customer(8), '{ shipments(first: 5) { nodes { id } } carbonLeader { reference status emission } }');
    expect(stranger.data!.shipments.nodes).toEqual([]);
    expect(stranger.data!.carbonLeader?.reference ?? null).toBeNull();
    for (const error of stranger.errors ?? []) expect(error.extensions).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('demands of our fields what they demand without it', async () => {
    const narrow = await server.tokens.create({ role: 'operator', scopes: ['shipments:read'], ttl: 60 });
    const answer = await graphqlAnswer(server.url, narrow, '{ shipments(first: 1) { nodes { emission order { id } } } }');
    expect(answer).toMatchObject({ data: { shipments: { nodes: [{ emission: 1.5, order: null }] } }, errors: [{ extensions: { code: 'FORBIDDEN' }, path: ['shipments', 'nodes', 0, 'order'] }] });
    expect((await graphqlAnswer(server.url, null, '{ carbonVersion }')).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it('that is down costs its own fields, with a code', async () => {
    remote.instead = (_request, response) => response.destroy();
    expect(await graphqlAnswer(server.url, await operator(), '{ shipments(first: 1) { nodes { id emission } } }')).toMatchObject({ status: 200, data: { shipments: { nodes: [{ id: leader, emission: null }] } }, errors: [{ path: ['shipments', 'nodes', 0, 'emission'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', retry: 'backoff' } }] });
    remote.instead = undefined;
  });

  it('may change while a subscription is open: that goes on, and what is asked then sees the new graph', async () => {
    const token = await operator();
    const { latestCursor: after } = await graphql(server.url, token, '{ latestCursor }');
    const socket = await openAcknowledged(server.url, token);
    const local = socket.subscribe('local', 'subscription ($after: String) { milestones(after: $after) { shipment { id } } }', { after });
    const joined = socket.subscribe('joined', 'subscription ($after: String) { milestones(after: $after) { shipment { id emission } } }', { after });
    await move('RS1', '2026-03-05T09:00:00Z');
    await eventually(async () => [local, joined], (all) => all.every(({ length }) => length === 1));
    configure({ sdl: 'carbon.graphql' });
    writeFileSync(join(folder, 'carbon.graphql'), `${sdl} extend type Query { carbonAdded: Int }`);
    await server.server.reload();
    expect((await graphqlAnswer(server.url, token, '{ carbonAdded }')).errors).not.toMatchObject([{ extensions: { reason: 'GRAPHQL_VALIDATION_FAILED' } }]);
    await move('RS1', '2026-03-05T10:00:00Z');
    await eventually(async () => [local, joined], (all) => all.every(({ length }) => length === 2));
    expect(dataOf(local, 'milestones')).toEqual([{ shipment: { id: leader } }, { shipment: { id: leader } }]);
    expect(dataOf(joined, 'milestones')).toEqual([{ shipment: { id: leader, emission: 1.5 } }, { shipment: { id: leader, emission: 1.5 } }]);
    expect(socket.closed).toBeNull();
    await socket.close();
  });

  it('gives subscriptions that reach into it the cursor beside the data, from which generic clients resume on a socket and on an event stream', async () => {
    const token = await operator();
    const socket = await openAcknowledged(server.url, token);
    const query = 'subscription ($after: String) { milestones(after: $after) { cursor shipment { emission } } }';
    const from = await graphql(server.url, token, '{ latestCursor }');
    for (const hour of [11, 12, 13]) await move('RS1', `2026-03-05T${hour}:00:00Z`);
    const all = socket.subscribe('all', query, { after: from.latestCursor });
    await eventually(async () => all, ({ length }) => length === 3);
    const cursors = all.map(({ payload }) => payload.extensions.cursor as string);
    expect(cursors).toEqual(dataOf(all, 'milestones').map(({ cursor }) => cursor));
    const rest = socket.subscribe('rest', query, { after: cursors[0] });
    const stream = await openEventStream(server.url, token, { query: 'subscription { milestones { cursor shipment { emission } } }' }, { headers: { 'last-event-id': cursors[1]! } });
    await eventually(async () => [rest.length, stream.events.length], (counts) => counts.join() === '2,1');
    expect(rest.map(({ payload }) => payload.extensions.cursor)).toEqual(cursors.slice(1));
    expect(stream.events.map(({ id }) => id)).toEqual(cursors.slice(2));
    stream.close();
    await socket.close();
  });

  it('that no longer composes leaves the graph as it was', async () => {
    configure({ sdl: 'carbon.graphql' });
    writeFileSync(join(folder, 'carbon.graphql'), 'type Query { shipment(id: Int): Int }');
    await server.server.reload();
    expect((await graphqlAnswer(server.url, await operator(), '{ carbonVersion shipments(first: 1) { nodes { id } } }')).data).toMatchObject({ carbonVersion: '1', shipments: { nodes: [{ id: leader }] } });
  });
});
