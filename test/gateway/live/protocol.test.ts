import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liveServer, tokenOf, type LiveServer } from '../../support/live/live-server.js';
import { eventually } from '../../support/requests.js';
import { openAcknowledged, openSocket, type RawSocket } from '../../support/sockets.js';

const ticks = 'subscription($after: String) { ticks(after: $after) { number } }';

/** What PROTOCOL.md of graphql-ws says of graphql-transport-ws, with a client that speaks it by hand. */
describe('graphql-transport-ws', () => {
  let server: LiveServer;
  beforeAll(async () => {
    server = await liveServer();
  });
  afterAll(() => server?.close());

  const open = () => openAcknowledged(server.url, tokenOf('alice'));
  const init = { type: 'connection_init', payload: { authorization: `Bearer ${tokenOf('alice')}` } };
  const numbersOf = (messages: readonly { type: string; payload?: any }[]) => messages.filter(({ type }) => type === 'next').map(({ payload }) => payload.data.ticks.number);
  const isSubscribed = async (count = 1) => eventually(async () => server.live.presence().groups.reduce((sum, { live }) => sum + live, 0), (live) => live === count);
  /** Whatever was under way has arrived: messages come in order. */
  const drained = async (socket: RawSocket) => {
    const mark = String(Math.random());
    socket.send({ type: 'ping', payload: { mark } });
    await eventually(async () => socket.messages, (messages) => messages.some(({ payload }) => payload?.mark === mark));
  };

  it.each<[string, string | string[]]>([['no subprotocol that is known', 'soap'], ['the deprecated one', 'graphql-ws'], ['several that are not known', ['soap', 'wamp']]])('offered %s, opens no socket, or closes it with 4406', async (_what, protocol) => {
    const outcome = await openSocket(server.url, { protocol }).then(async (socket) => (await socket.untilClosed()).code, (error: Error) => error.message);
    expect([4406, 'Server sent no subprotocol']).toContain(outcome);
  });

  it('offered several subprotocols takes graphql-transport-ws', async () => {
    const { socket } = await openSocket(server.url, { protocol: ['soap', 'graphql-transport-ws'] });
    expect(socket.protocol).toBe('graphql-transport-ws');
    socket.terminate();
  });

  it('acknowledges connection_init, without a payload', async () => {
    const socket = await openSocket(server.url);
    socket.send(init);
    await eventually(async () => socket.messages.length, (count) => count === 1);
    expect(socket.messages).toEqual([{ type: 'connection_ack' }]);
    await socket.close();
  });

  it('closes with 4403 whoever it does not know', async () => {
    const socket = await openSocket(server.url);
    socket.send({ type: 'connection_init', payload: { authorization: 'Basic x' } });
    expect(await socket.untilClosed()).toEqual({ code: 4403, reason: 'Forbidden' });
  });

  it('closes with 4408 who does not say who it is', async () => {
    const socket = await openSocket(server.url);
    socket.send({ type: 'ping' });
    expect(await socket.untilClosed()).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
  });

  it.each(['at once', 'later'])('closes with 4429 who says it twice, %s', async (when) => {
    const socket = await openSocket(server.url);
    socket.send(init);
    if (when === 'later') await eventually(async () => socket.messages.length, (count) => count === 1);
    socket.send(init);
    expect(await socket.untilClosed()).toEqual({ code: 4429, reason: 'Too many initialisation requests' });
  });

  it('closes with 4401 who subscribes before it is acknowledged', async () => {
    const socket = await openSocket(server.url);
    socket.send(init);
    socket.subscribe('1', ticks);
    expect(await socket.untilClosed()).toEqual({ code: 4401, reason: 'Unauthorized' });
  });

  it.each<[string, string | object]>([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no type', '{}'],
    ['an unknown type', { type: 'start', id: '1' }],
    ['a message that only the server sends', { type: 'next' }],
    ['subscribe without id', { type: 'subscribe', payload: { query: ticks } }],
    ['subscribe with an empty id', { type: 'subscribe', id: '', payload: { query: ticks } }],
    ['subscribe without payload', { type: 'subscribe', id: '1' }],
    ['subscribe without query', { type: 'subscribe', id: '1', payload: {} }],
    ['variables that are no object', { type: 'subscribe', id: '1', payload: { query: ticks, variables: 'x' } }],
    ['complete without id', { type: 'complete' }],
    ['a ping with a payload that is no object', { type: 'ping', payload: 'x' }],
  ])('closes with 4400 who sends %s', async (_what, message) => {
    const socket = await open();
    socket.send(message);
    expect((await socket.untilClosed()).code).toBe(4400);
  });

  it.each(['subscription', 'query'])('closes with 4409 who uses the id of a %s that runs', async (kind) => {
    const socket = await open();
    socket.subscribe('same', kind === 'query' ? '{ later }' : ticks);
    socket.subscribe('same', '{ hello }');
    expect(await socket.untilClosed()).toEqual({ code: 4409, reason: 'Subscriber for same already exists' });
    server.release();
  });

  it('closes with 4409 whatever the id is, however long', async () => {
    const socket = await open();
    const id = 'ö€'.repeat(200);
    socket.subscribe(id, ticks);
    socket.subscribe(id, ticks);
    const { code, reason } = await socket.untilClosed();
    expect(code).toBe(4409);
    expect(`Subscriber for ${id}`.startsWith(reason)).toBe(true);
  });

  it('answers a ping by a pong with its payload, before and after connection_init, and takes pongs', async () => {
    const socket = await openSocket(server.url);
    socket.send({ type: 'ping' });
    socket.send({ type: 'ping', payload: { a: 1 } });
    socket.send({ type: 'pong' });
    socket.send({ type: 'pong', payload: { b: 2 } });
    socket.send(init);
    await eventually(async () => socket.messages.length, (count) => count === 3);
    expect(socket.messages).toEqual([{ type: 'pong' }, { type: 'pong', payload: { a: 1 } }, { type: 'connection_ack' }]);
    await socket.close();
  });

  it('answers a ping of the WebSocket itself by a pong with its data', async () => {
    const socket = await openSocket(server.url);
    const pongs: string[] = [];
    socket.socket.on('pong', (data) => pongs.push(String(data)));
    socket.socket.ping('one');
    socket.socket.ping('two');
    await eventually(async () => pongs.length, (count) => count === 2);
    expect(pongs).toEqual(['one', 'two']);
    await socket.close();
  });

  it('outlives a socket that sends what is no frame, and closes it with the code that says so', async () => {
    const socket = await open();
    (socket.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    expect((await socket.untilClosed()).code).toBe(1002);
    const other = await open();
    expect(other.closed).toBeNull();
    await other.close();
  });

  it('answers a query by next and complete', async () => {
    const socket = await open();
    const received = socket.subscribe('q', '{ hello }');
    await eventually(async () => received.length, (count) => count === 2);
    expect(received).toEqual([{ id: 'q', type: 'next', payload: { data: { hello: 'world' } } }, { id: 'q', type: 'complete' }]);
    await socket.close();
  });

  it('answers what is not valid by error alone, and the id is free again', async () => {
    const socket = await open();
    const received = socket.subscribe('q', '{ goodbye }');
    await eventually(async () => received.length, (count) => count === 1);
    socket.subscribe('q', '{ hello }');
    await eventually(async () => received.length, (count) => count === 3);
    expect(received.map(({ type }) => type)).toEqual(['error', 'next', 'complete']);
    expect(received[0]!.payload[0].message).toContain('goodbye');
    await socket.close();
  });

  it('sends events in order and completes when their source ends; it fails by error alone', async () => {
    const socket = await open();
    const counted = socket.subscribe('c', 'subscription { count(to: 3) }');
    const broken = socket.subscribe('b', 'subscription { broken }');
    await eventually(async () => [counted.length, broken.length], ([a, b]) => a === 4 && b === 1);
    expect(counted.map(({ type, payload }) => payload?.data.count ?? type)).toEqual([1, 2, 3, 'complete']);
    expect(broken).toMatchObject([{ type: 'error', payload: [{ message: 'It broke.', extensions: { code: 'UNAVAILABLE' } }] }]);
    await socket.close();
  });

  it('names the place of each event in extensions.cursor', async () => {
    const socket = await open();
    const received = socket.subscribe('s', ticks);
    await isSubscribed();
    server.log.append({ number: 7 });
    await eventually(async () => received.length, (count) => count === 1);
    expect(received).toEqual([{ id: 's', type: 'next', payload: { data: { ticks: { number: 7 } }, extensions: { cursor: String(server.log.end.position) } } }]);
    await socket.close();
  });

  it('sends nothing of an operation after the client has completed it, while the others go on', async () => {
    const socket = await open();
    const [gone, stays] = [socket.subscribe('1', ticks), socket.subscribe('2', ticks)];
    await isSubscribed(2);
    server.log.append({ number: 1 });
    await eventually(async () => [gone.length, stays.length], ([a, b]) => a === 1 && b === 1);
    socket.send({ id: '1', type: 'complete' });
    await isSubscribed(1);
    server.log.append({ number: 2 });
    await eventually(async () => stays.length, (count) => count === 2);
    await drained(socket);
    expect(numbersOf(gone)).toEqual([1]);
    expect(gone.some(({ type }) => type === 'complete')).toBe(false);
    await socket.close();
  });

  it('sends nothing of a query that the client completed before its answer was there', async () => {
    const socket = await open();
    const received = socket.subscribe('q', '{ later }');
    await drained(socket);
    socket.send({ id: 'q', type: 'complete' });
    await drained(socket);
    server.release();
    await drained(socket);
    expect(received).toEqual([]);
    await socket.close();
  });

  it.each(['subscription', 'query'])('lets an id be used again as soon as the client has completed its %s', async (kind) => {
    const socket = await open();
    const received = socket.subscribe('same', kind === 'query' ? '{ later }' : ticks);
    if (kind === 'subscription') await isSubscribed();
    await drained(socket);
    // In one packet: nothing is between them but their order.
    socket.send({ id: 'same', type: 'complete' });
    socket.send({ id: 'same', type: 'subscribe', payload: { query: ticks } });
    await isSubscribed();
    server.release();
    server.log.append({ number: 5 });
    await eventually(async () => received.length, (count) => count > 0);
    await drained(socket);
    expect(received.map(({ type }) => type)).toEqual(['next']);
    expect(numbersOf(received)).toEqual([5]);
    await socket.close();
  });

  it('takes no notice of complete for what it does not know, nor of one sent twice', async () => {
    const socket = await open();
    const received = socket.subscribe('1', ticks);
    socket.send({ id: 'nobody', type: 'complete' });
    socket.send({ id: '1', type: 'complete' });
    socket.send({ id: '1', type: 'complete' });
    await drained(socket);
    expect(received).toEqual([]);
    expect(socket.closed).toBeNull();
    await socket.close();
  });

  it('leaves nothing behind of a socket that breaks or closes', async () => {
    const sockets = await Promise.all([open(), open()]);
    for (const socket of sockets) socket.subscribe('1', ticks);
    await isSubscribed(2);
    sockets[0]!.socket.terminate();
    await sockets[1]!.close();
    await eventually(async () => server.live.presence().groups, (groups) => groups.length === 0);
  });

  it('does not wait long for clients that do not close when the server goes away', async () => {
    const going = await liveServer();
    const [silent, answering] = [await openAcknowledged(going.url, tokenOf('alice')), await openAcknowledged(going.url, tokenOf('bob'))];
    silent.socket.pause();
    const startMs = performance.now();
    await going.close();
    expect(performance.now() - startMs).toBeLessThan(15_000); // ws alone waits for 30 s
    expect((await answering.untilClosed()).code).toBe(1001);
    silent.socket.terminate();
  });

  it('executes nothing any more for a socket that it has closed, also while the client does not answer that', async () => {
    const socket = await open();
    socket.subscribe('1', ticks);
    await isSubscribed();
    socket.socket.pause();
    server.revoke('alice');
    expect(server.live.presence().groups).toEqual([]);
    socket.socket.resume();
    expect((await socket.untilClosed()).code).toBe(4403);
  });
});
