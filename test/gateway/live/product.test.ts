import { hostname } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidv7 } from '../../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../../support/databases.js';
import { openEventStream } from '../../support/live/event-stream.js';
import { accepted, addConnections, postEasypost, tracker } from '../../support/partners.js';
import { eventually, graphql, graphqlAnswer } from '../../support/requests.js';
import { openAcknowledged } from '../../support/sockets.js';

const milestones = 'subscription Watch($after: String) { milestones(after: $after) { id cursor code shipment { trackingNumbers } } }';
const presence = '{ liveOperations { instance operations { operation subscribers live delivered bytes } slowReaders { reader bytes since } } }';

describeOnEachDatabase('live, in the whole product', (kind) => {
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
  });
  afterAll(() => server?.remove());

  const ship = async (number: string, scans: number) => {
    const body = JSON.stringify(tracker(number, Array.from({ length: scans }, (_, hour) => ({ at: `2026-03-05T${String(hour).padStart(2, '0')}:00:00Z`, code: 'IT' }))));
    await accepted(server, await postEasypost(server, body), body);
  };

  it('an event stream and a WebSocket are given the same events, with the same cursors, from which each goes on', async () => {
    const stream = await openEventStream(server.url, token, { query: milestones });
    const socket = await openAcknowledged(server.url, token);
    const received = socket.subscribe('1', milestones);
    await eventually(async () => (await graphql(server.url, token, presence)).liveOperations.operations, (groups) => groups.length === 1 && groups[0].live === 2);
    await ship(`L${uuidv7()}`, 3);
    await eventually(async () => [stream.events.length, received.length], ([a, b]) => a! >= 3 && b! >= 3);
    const payloads = received.map(({ payload }) => payload);
    expect(stream.events.map(({ data }) => data)).toEqual(payloads);
    for (const { data, extensions } of payloads) expect(extensions.cursor).toBe(data.milestones.cursor);
    const again = await openEventStream(server.url, token, { query: milestones }, { headers: { 'last-event-id': stream.events[0]!.id! } });
    await eventually(async () => again.events.length, (count) => count >= payloads.length - 1);
    expect(again.events.map(({ data }) => data)).toEqual(payloads.slice(1));
    const { instance, operations } = (await graphql(server.url, token, presence)).liveOperations;
    expect(instance).toBe(`${hostname()}/${process.pid}`);
    expect(operations).toEqual([{ operation: 'Watch', subscribers: 3, live: 3, delivered: 3 * payloads.length - 1, bytes: expect.any(Number) }]);
    stream.close();
    again.close();
    await socket.close();
    await eventually(async () => (await graphql(server.url, token, presence)).liveOperations.operations, (groups) => groups.length === 0);
  });

  it('every topic takes after and a filter, and says of a cursor that has expired how to begin anew', async () => {
    const { subscriptions, topics } = await graphql(server.url, token, '{ subscriptions: __type(name: "Subscription") { fields { name args { name } } } topics: __type(name: "Topic") { enumValues { name } } }');
    const names = subscriptions.fields.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['milestones', 'shipmentChanges', 'yardEvents', 'loadChanges', 'exceptionChanges', 'stockChanges', 'operationsHealth']));
    // Positions are shown while they are looked at, and are no part of what is read again.
    expect(topics.enumValues).toHaveLength(names.filter((name: string) => name !== 'positions').length);
    for (const { args } of subscriptions.fields) expect(args.map(({ name }: { name: string }) => name).sort()).toEqual(['after', 'filter']);
    const socket = await openAcknowledged(server.url, token);
    const after = Buffer.from('deadbeef.3.0').toString('base64url');
    const answers = names.map((name: string) => socket.subscribe(name, `subscription ($after: String) { ${name}(after: $after) { cursor } }`, { after }));
    await eventually(async () => answers, (all) => all.every((messages: unknown[]) => messages.length > 0));
    for (const [message] of answers) expect(message.payload).toMatchObject({ errors: [{ message: expect.stringContaining('Ask for latestCursor'), extensions: { code: 'CURSOR_EXPIRED', retry: 'never' } }] });
    await socket.close();
  });

  it('who watches what is told in the metrics, and to nobody without the scope', async () => {
    const stream = await openEventStream(server.url, token, { query: milestones });
    await eventually(async () => (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text(), (text) => text.includes('gatehouse_live_subscribers{field="milestones"} 1'));
    stream.close();
    const narrowed = await server.tokens.create({ role: 'operator', scopes: ['shipments:read'], ttl: 60 });
    expect((await graphqlAnswer(server.url, narrowed, presence)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('a stream is refused to a token that is none', async () => {
    expect((await openEventStream(server.url, 'garbage.garbage.garbage-garbage', { query: milestones })).status).toBe(401);
  });
});
