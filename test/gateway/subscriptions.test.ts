import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '../../src/gateway/limits.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, expectNoLeak, postEasypost, send, tracker } from '../support/partners.js';
import { eventually, graphql } from '../support/requests.js';
import { dataOf, openAcknowledged, openSocket } from '../support/sockets.js';

const milestones = 'subscription($after: String, $filter: MilestoneFilter) { milestones(after: $after, filter: $filter) { id cursor code classifier shipment { id trackingNumbers } } }';

describeOnEachDatabase('a WebSocket on /graphql', (kind) => {
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
  });
  afterAll(() => server?.remove());

  /** A shipment with this many scans, an hour apart. */
  const ship = async (number: string, scans: number) => {
    const body = JSON.stringify(tracker(number, Array.from({ length: scans }, (_, hour) => ({ at: `2026-03-05T${String(hour).padStart(2, '0')}:00:00Z`, code: hour === 1 ? 'OD' : 'IT' }))));
    await accepted(server, await postEasypost(server, body), body);
  };
  const shortly = (ms = 300) => new Promise((next) => setTimeout(next, ms));
  const newNumber = () => `W${uuidv7().replaceAll('-', '').toUpperCase()}`;

  it.each<[string, unknown]>([
    ['no payload', undefined],
    ['no token', {}],
    ['a garbage token', { authorization: 'Bearer garbage.garbage.garbage-garbage' }],
    ['a token that is no text', { authorization: { toString: 'x' } }],
    ['a list', { authorization: ['Bearer x'] }],
  ])('whose connection_init has %s is closed with 4403', async (_what, payload) => {
    const socket = await openSocket(server.url);
    socket.send({ type: 'connection_init', ...(payload === undefined ? {} : { payload }) });
    expect((await socket.untilClosed()).code).toBe(4403);
    expect(socket.messages).toEqual([]);
  });

  it('with an expired token is closed with 4403', async () => {
    const socket = await openSocket(server.url);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${await server.tokens.create({ role: 'operator', ttl: -5 })}` } });
    expect((await socket.untilClosed()).code).toBe(4403);
  });

  it('that subscribes before it has said who it is, is closed with 4401', async () => {
    const socket = await openSocket(server.url);
    socket.subscribe('1', milestones);
    expect((await socket.untilClosed()).code).toBe(4401);
  });

  it('that never says who it is, is closed with 4408', async () => {
    const socket = await openSocket(server.url);
    const openedMs = Date.now();
    expect((await socket.untilClosed()).code).toBe(4408);
    expect(Date.now() - openedMs).toBeLessThan(30_000); // after five seconds, however busy the machine is
  });

  it('of another subprotocol is closed with 4406, or not opened', async () => {
    for (const protocol of ['graphql-ws', 'soap', ['a', 'b']]) {
      const outcome = await openSocket(server.url, { protocol }).then((socket) => socket.untilClosed().then(({ code }) => code), (error: Error) => error.message);
      expect([4400, 4406, 'Server sent no subprotocol']).toContain(outcome);
    }
  });

  it('on another address or from a page of another site is refused with 403', async () => {
    await expect(openSocket(server.url, { path: '/elsewhere' })).rejects.toThrow('403');
    await expect(openSocket(server.url, { headers: { origin: 'https://evil.example' } })).rejects.toThrow('403');
    await expect(openSocket(server.url, { headers: { origin: 'null' } })).rejects.toThrow('403');
  });

  it('that is refused and reset at once does not end the process', async () => {
    const { hostname, port } = new URL(server.url);
    for (let i = 0; i < 20; i++) {
      await new Promise<void>((resolve) => {
        const socket = connect({ host: hostname, port: Number(port) }, () => {
          socket.write('GET /elsewhere HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n', () => {
            socket.resetAndDestroy();
            resolve();
          });
        });
      });
    }
    await shortly(200);
    expect((await send(`${server.url}/readyz`)).status).toBe(200);
  });

  it.each<[string, string, number]>([
    ['no JSON', 'hello', 4400],
    ['no message of the protocol', '{"type":"whatever"}', 4400],
    ['a message of half a megabyte', JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(512 * 1024) } }), 1009],
  ])('that sends %s is closed, and the server goes on', async (_what, message, code) => {
    const socket = await openAcknowledged(server.url, token);
    socket.send(message);
    expect((await socket.untilClosed()).code).toBe(code);
    expect((await send(`${server.url}/readyz`)).status).toBe(200);
  });

  it('is closed with 4403 when its token expires', async () => {
    const socket = await openAcknowledged(server.url, await server.tokens.create({ role: 'operator', ttl: 5 }));
    const started = Date.now();
    socket.subscribe('1', milestones);
    const closed = await socket.untilClosed();
    expect(closed.code).toBe(4403);
    expect(closed.reason).toContain('expired');
    expect(Date.now() - started).toBeLessThan(15_000);
  });

  it('resumes after a cursor with exactly what followed it, then goes on live', async () => {
    const number = newNumber();
    await ship(number, 5);
    const all = (await graphql(server.url, token, '{ events(first: 100) { edges { cursor node { id shipment { trackingNumbers } } } } }')).events.edges as Array<{ cursor: string; node: { id: string } }>;
    const from = all.length - 4;
    const socket = await openAcknowledged(server.url, token);
    const received = socket.subscribe('1', milestones, { after: all[from]!.cursor });
    await eventually(async () => received.length, (count) => count >= 3);
    await ship(newNumber(), 2);
    await eventually(async () => received.length, (count) => count >= 5);
    await shortly(1300);
    await socket.close();
    const events = dataOf(received, 'milestones');
    expect(events.slice(0, 3).map(({ id, cursor }) => ({ id, cursor }))).toEqual(all.slice(from + 1).map(({ cursor, node }) => ({ id: node.id, cursor })));
    const now = (await graphql(server.url, token, 'query($a: String) { events(first: 100, after: $a) { nodes { id } } }', { a: all[from]!.cursor })).events.nodes as Array<{ id: string }>;
    expect(events.map(({ id }) => id)).toEqual(now.map(({ id }) => id));
  });

  it('gives every event once and in one order, whatever the cursor it resumes from', async () => {
    await ship(newNumber(), 6);
    const all = (await graphql(server.url, token, '{ events(first: 100) { edges { cursor node { id } } } }')).events.edges as Array<{ cursor: string; node: { id: string } }>;
    const socket = await openAcknowledged(server.url, token);
    for (const index of [0, 1, Math.floor(all.length / 2), all.length - 2]) {
      const received = socket.subscribe(`after-${index}`, milestones, { after: all[index]!.cursor });
      await eventually(async () => received.length, (count) => count >= all.length - index - 1);
      expect(dataOf(received, 'milestones').map((event) => event.id)).toEqual(all.slice(index + 1).map((edge) => edge.node.id));
    }
    await socket.close();
  });

  it('gives what its filter asks for and nothing else', async () => {
    const [mine, other] = [newNumber(), newNumber()];
    await ship(mine, 1);
    const { shipment } = await graphql(server.url, token, 'query($n: String) { shipment(trackingNumber: $n) { id } }', { n: mine });
    const socket = await openAcknowledged(server.url, token);
    const { latestCursor: after } = await graphql(server.url, token, '{ latestCursor }');
    const ofShipment = socket.subscribe('a', milestones, { after, filter: { shipmentId: shipment.id } });
    const ofCode = socket.subscribe('b', milestones, { after, filter: { codes: ['OUT_FOR_DELIVERY'] } });
    const ofClassifier = socket.subscribe('c', milestones, { after, filter: { classifiers: ['PLANNED'] } });
    await ship(other, 3);
    await ship(mine, 3);
    await eventually(async () => [ofShipment.length, ofCode.length], ([a, b]) => a === 2 && b === 2);
    await shortly(1300);
    await socket.close();
    expect(dataOf(ofShipment, 'milestones').map((event) => event.shipment.id)).toEqual([shipment.id, shipment.id]);
    expect(dataOf(ofCode, 'milestones').map((event) => event.code)).toEqual(['OUT_FOR_DELIVERY', 'OUT_FOR_DELIVERY']);
    expect(ofClassifier).toEqual([]);
  });

  it.each<[string, string, Record<string, unknown>, string]>([
    ['a cursor that is none', milestones, { after: 'nonsense' }, 'BAD_INPUT'],
    ['an empty cursor', milestones, { after: '' }, 'BAD_INPUT'],
    ['a cursor of another log', milestones, { after: Buffer.from('deadbeef.3.0').toString('base64url') }, 'CURSOR_EXPIRED'],
    ['a shipment that is none', milestones, { filter: { shipmentId: 'x' } }, 'BAD_INPUT'],
    ['a NUL in its filter', milestones, { filter: { codes: ['\0'] } }, 'BAD_INPUT'],
    ['an unknown field', 'subscription { milestones { secrets } }', {}, 'BAD_INPUT'],
    ['a syntax error', 'subscription { milestones {', {}, 'BAD_INPUT'],
    ['selections too deep', `{ orders(first: 1) { nodes ${'{ shipments(first: 1) { nodes { order '.repeat(5)}{ id }${'} } }'.repeat(5)} } }`, {}, 'BAD_INPUT'],
    ['too many aliases', `{ viewer { ${Array.from({ length: limits.maxAliases + 1 }, (_, i) => `a${i}: role`).join(' ')} } }`, {}, 'BAD_INPUT'],
    ['too many tokens', `{ viewer { ${'role '.repeat(limits.maxTokens)} } }`, {}, 'BAD_INPUT'],
  ])('that asks with %s gets an error with a code and stays open', async (_what, query, variables, code) => {
    const socket = await openAcknowledged(server.url, token);
    const received = socket.subscribe('1', query, variables);
    await eventually(async () => received.length, (count) => count > 0);
    const errors = received.flatMap((message) => (message.type === 'error' ? message.payload : (message.payload?.errors ?? []))) as Array<{ extensions?: { code?: string } }>;
    expect(errors.map((error) => error.extensions?.code)[0]).toBe(code);
    expectNoLeak(JSON.stringify(received));
    const viewer = socket.subscribe('2', '{ viewer { role } }');
    await eventually(async () => viewer.length, (count) => count === 2);
    expect(dataOf(viewer, 'viewer')).toEqual([{ role: 'operator' }]);
    await socket.close();
  });

  it('whose token does not carry the scope gets FORBIDDEN and no event', async () => {
    const socket = await openAcknowledged(server.url, await server.tokens.create({ role: 'operator', scopes: ['exceptions:read'], ttl: 60 }));
    const received = socket.subscribe('1', milestones);
    await eventually(async () => received.length, (count) => count > 0);
    expect(JSON.stringify(received)).toContain('FORBIDDEN');
    await ship(newNumber(), 1);
    expect(received.filter((message) => message.type === 'next' && message.payload.data != null)).toEqual([]);
    await socket.close();
  });

  it('may run a hundred operations at once and no more', async () => {
    const socket = await openAcknowledged(server.url, token);
    for (let i = 0; i < 101; i++) socket.subscribe(String(i), milestones);
    await eventually(async () => socket.messages.filter((message) => message.type === 'error').length, (count) => count === 1);
    expect(socket.messages.find((message) => message.type === 'error')!.id).toBe('100');
    socket.send({ id: '5', type: 'complete' });
    await shortly();
    const again = socket.subscribe('101', '{ viewer { role } }');
    await eventually(async () => again.length, (count) => count === 2);
    expect(dataOf(again, 'viewer')).toHaveLength(1);
    await socket.close();
  });

  it('that closes, completes or breaks leaves nothing behind that reads the database', async () => {
    const reads = await countFeedReads(server);
    const sockets = await Promise.all(Array.from({ length: 10 }, () => openAcknowledged(server.url, token)));
    for (const socket of sockets) for (let i = 0; i < 3; i++) socket.subscribe(String(i), milestones);
    await eventually(async () => reads(), (count) => count > 0);
    await shortly();
    for (const [index, socket] of sockets.entries()) {
      if (index % 3 === 0) socket.socket.terminate();
      else if (index % 3 === 1) socket.socket.close();
      else for (let i = 0; i < 3; i++) socket.send({ id: String(i), type: 'complete' });
    }
    await shortly(1500);
    reads();
    await ship(newNumber(), 1);
    await shortly(2500);
    expect(reads()).toBe(0);
    for (const socket of sockets) socket.socket.terminate();
  });
});

/** Counts the statements that read the feed; every call gives the number since the last one. */
async function countFeedReads(server: TestServer): Promise<() => number> {
  let count = 0;
  const kysely = server.database.reads as unknown as { withPlugin(plugin: object): unknown };
  const original = kysely.withPlugin.bind(kysely);
  kysely.withPlugin = (plugin) => original({
    ...plugin,
    transformQuery(args: { node: unknown }) {
      if (JSON.stringify(args.node).includes('"feed"')) count++;
      return (plugin as { transformQuery(args: unknown): unknown }).transformQuery(args);
    },
    transformResult: (args: unknown) => (plugin as { transformResult(args: unknown): unknown }).transformResult(args),
  });
  return () => {
    const since = count;
    count = 0;
    return since;
  };
}
