import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEventStream, type RawEventStream } from '../../support/live/event-stream.js';
import { liveServer, tokenOf, type LiveServer } from '../../support/live/live-server.js';
import { eventually } from '../../support/requests.js';
import { openAcknowledged } from '../../support/sockets.js';

const ticks = 'subscription($after: String) { ticks(after: $after) { number } }';

describe('server-sent events on /graphql', () => {
  let server: LiveServer;
  beforeAll(async () => {
    server = await liveServer();
  });
  afterAll(() => server?.close());

  const open = (body: object, headers: Record<string, string> = {}) => openEventStream(server.url, tokenOf('alice'), body, { headers });
  const isLive = (count: number) => eventually(async () => server.live.presence().groups.reduce((sum, { live }) => sum + live, 0), (live) => live === count);
  const until = (stream: RawEventStream, count: number) => eventually(async () => stream.events.length, (length) => length >= count);
  const numbers = ({ events }: RawEventStream) => events.filter(({ event }) => event === 'next').map(({ data }) => data.data.ticks.number);

  it('are flushed at once: the head and a comment come before there is any event', async () => {
    const stream = await open({ query: ticks });
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    await eventually(async () => stream.text(), (text) => text === ':\n\n');
    stream.close();
    await isLive(0);
  });

  it('carry each result as next with its cursor as id', async () => {
    const stream = await open({ query: ticks });
    await isLive(1);
    server.log.append({ number: 5 });
    await until(stream, 1);
    const cursor = String(server.log.end.position);
    expect(stream.events).toEqual([{ event: 'next', id: cursor, data: { data: { ticks: { number: 5 } }, extensions: { cursor } } }]);
    stream.close();
    await isLive(0);
  });

  it.each<[string, string]>([
    ['a variable says where it begins', ticks],
    ['a literal says so', 'subscription { ticks(after: "0") { number } }'],
    ['nothing does', 'subscription { ticks { number } }'],
    ['the variable stands elsewhere too', 'subscription($after: String) { ticks(after: $after, text: $after) { number } }'],
  ])('resume after Last-Event-ID where %s', async (_what, query) => {
    server.log.append({ number: 1 }, { number: 2 }, { number: 3 });
    const stream = await open({ query, variables: { after: '0' } }, { 'last-event-id': String(server.log.end.position - 2) });
    await until(stream, 2);
    await isLive(1);
    server.log.append({ number: 4 });
    await until(stream, 3);
    expect(numbers(stream)).toEqual([2, 3, 4]);
    stream.close();
    await isLive(0);
  });

  it('share executions with WebSockets', async () => {
    const [stream, socket] = [await open({ query: ticks }), await openAcknowledged(server.url, tokenOf('bob'))];
    const received = socket.subscribe('1', ticks);
    await isLive(2);
    const before = server.executed();
    server.log.append({ number: 6 });
    await eventually(async () => [stream.events.length, received.length], ([a, b]) => a === 1 && b === 1);
    expect(server.executed() - before).toBe(1);
    expect(stream.events[0]!.data).toEqual(received[0]!.payload);
    stream.close();
    await socket.close();
    await isLive(0);
  });

  it.each<[string, string]>([['nothing says where it begins', 'subscription { ticks { number } }'], ['a literal says so', 'subscription { ticks(after: "0") { number } }']])('that resume after Last-Event-ID share executions with those who did not, where %s', async (_what, query) => {
    const socket = await openAcknowledged(server.url, tokenOf('bob'));
    const received = socket.subscribe('1', query);
    await isLive(1);
    server.log.append({ number: 1 });
    await eventually(async () => received.length, (count) => count >= 1);
    const stream = await open({ query }, { 'last-event-id': String(server.log.end.position - 1) });
    await until(stream, 1);
    await isLive(2);
    expect(server.live.presence().groups).toHaveLength(1);
    const before = server.executed();
    server.log.append({ number: 2 });
    await until(stream, 2);
    await eventually(async () => received.at(-1), (last) => last?.payload.data.ticks.number === 2);
    expect(server.executed() - before).toBe(1);
    stream.close();
    await socket.close();
    await isLive(0);
  });

  it.each(['first', 'last'])('are not taken for frames of a WebSocket whose client chose whatever id, the stream being there %s', async (place) => {
    const openStream = () => open({ query: ticks });
    const early = place === 'first' ? await openStream() : undefined;
    if (early !== undefined) await isLive(1);
    const socket = await openAcknowledged(server.url, tokenOf('bob'));
    const received = socket.subscribe('events', ticks);
    await isLive(early === undefined ? 1 : 2);
    const stream = early ?? (await openStream());
    await isLive(2);
    server.log.append({ number: 7 });
    await eventually(async () => [stream.events.length, received.length], ([a, b]) => a === 1 && b === 1);
    expect(stream.events[0]!.data).toEqual(received[0]!.payload);
    stream.close();
    await socket.close();
    await isLive(0);
  });

  it('are refused on a connection on which another answer is outstanding: nothing of them would leave it', async () => {
    const { hostname, port } = new URL(server.url);
    const raw = connect({ host: hostname, port: Number(port) }).resume();
    const request = `GET /graphql?query=${encodeURIComponent('subscription { ticks { number } }')} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\nauthorization: Bearer ${tokenOf('alice')}\r\n\r\n`;
    raw.write(request + request);
    await isLive(1);
    const after = await open({ query: ticks }); // sent after the second one, and authenticated after it
    await isLive(2);
    expect(server.live.presence().groups.reduce((sum, { subscribers }) => sum + subscribers, 0)).toBe(2);
    raw.destroy();
    await isLive(1);
    after.close();
    await isLive(0);
  });

  it('answer queries and mutations by next and complete, and GET as POST but for mutations', async () => {
    const get = (query: string, more = '') => openEventStream(server.url, tokenOf('alice'), null, { path: `/graphql?query=${encodeURIComponent(query)}${more}` });
    const streams = [await open({ query: '{ hello }' }), await get('query Q($x: Boolean = true) { hello @include(if: $x) }', '&operationName=Q&variables={}'), await open({ query: 'mutation { touch }' }), await get('mutation { touch }'), await get('subscription { count(to: 2) }')];
    for (const stream of streams) await eventually(async () => stream.ended(), (isEnded) => isEnded);
    const [post, got, mutated, refused, counted] = streams.map(({ events }) => events);
    expect(post).toEqual([{ event: 'next', data: { data: { hello: 'world' } } }, { event: 'complete', data: null }]);
    expect(got).toEqual(post);
    expect(mutated![0]!.data).toEqual({ data: { touch: 'touched' } });
    expect(refused![0]!.data.errors[0].extensions.code).toBe('BAD_INPUT');
    expect(counted!.map(({ event, data }) => data?.data.count ?? event)).toEqual([1, 2, 'complete']);
  });

  it('tell what is not valid by next with errors, and complete', async () => {
    for (const body of [{ query: '{ goodbye }' }, { query: '{' }, { query: 'subscription { broken }' }, {}, { query: '{ hello }', operationName: 'Nobody' }]) {
      const stream = await open(body);
      await until(stream, 2);
      expect(stream.events).toMatchObject([{ event: 'next', data: { errors: [{ extensions: { code: expect.stringMatching(/BAD_INPUT|UNAVAILABLE/) } }] } }, { event: 'complete' }]);
    }
  });

  it('are refused before there is a stream to whoever is not known, and where there is no request', async () => {
    expect((await openEventStream(server.url, null, { query: ticks })).status).toBe(401);
    expect((await open([{ query: ticks }])).status).toBe(400);
    expect((await open({ query: ticks, variables: 'x' })).status).toBe(400);
    expect((await openEventStream(server.url, tokenOf('alice'), null, { path: '/graphql?query={hello}&variables={' })).status).toBe(400);
  });

  it('are refused where the token is revoked just when they are let in', async () => {
    const strict = await liveServer({ revocations: { watch: (holder) => holder.lost(), unwatch() {} } });
    expect((await openEventStream(strict.url, tokenOf('alice'), { query: ticks })).status).toBe(401);
    expect(strict.live.presence().groups).toEqual([]);
    await strict.close();
  });

  it('end with an event that says so when the token expires or is revoked', async () => {
    const expiring = await openEventStream(server.url, tokenOf('dora', 'plain', 5_000), { query: ticks });
    const revoked = await openEventStream(server.url, tokenOf('emil'), { query: ticks });
    await isLive(2);
    server.revoke('emil');
    for (const stream of [expiring, revoked]) await eventually(async () => stream.ended(), (isEnded) => isEnded);
    expect(expiring.events).toEqual([{ event: 'closed', data: { code: 4403, reason: expect.stringContaining('expired') } }]);
    expect(revoked.events).toEqual([{ event: 'closed', data: { code: 4403, reason: expect.stringContaining('revoked') } }]);
    await isLive(0);
  });

  it('to a client that does not read are held back, then ended with 4410; its last id gives the rest', async () => {
    const query = 'subscription($after: String) { ticks(after: $after) { number wide } }';
    const events = 400; // 24 MB: more than the operating system keeps
    const slow = await open({ query });
    const quick = await open({ query });
    await isLive(2);
    slow.pause();
    const from = server.log.end.position;
    for (let number = 0; number < events; number++) server.log.append({ number: 100 + number });
    await until(quick, events);
    await eventually(async () => server.live.presence().slowReaders, (readers) => readers.length === 1 && readers[0]!.bytes > 256 * 1024);
    await eventually(async () => server.live.presence().groups[0]!.subscribers, (count) => count === 1);
    slow.resume();
    await eventually(async () => slow.ended(), (isEnded) => isEnded);
    const last = slow.events.at(-1)!;
    expect(last).toMatchObject({ event: 'closed', data: { code: 4410 } });
    const taken = numbers(slow);
    expect(taken.length).toBeLessThan(events);
    const again = await open({ query }, { 'last-event-id': slow.events.at(-2)?.id ?? String(from) });
    await eventually(async () => numbers(again).length, (count) => count === events - taken.length);
    expect([...taken, ...numbers(again)]).toEqual(numbers(quick));
    quick.close();
    again.close();
    await isLive(0);
  });
});
