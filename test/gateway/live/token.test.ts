import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liveServer, tokenOf, type LiveServer } from '../../support/live/live-server.js';
import { eventually } from '../../support/requests.js';
import { openAcknowledged, openSocket } from '../../support/sockets.js';

const secrets = 'subscription { ticks { number secret } }';

describe('the token of an open socket', () => {
  let server: LiveServer;
  beforeAll(async () => {
    server = await liveServer();
  });
  afterAll(() => server?.close());

  const refresh = (token: string) => ({ type: 'ping', payload: { authorization: `Bearer ${token}` } });
  const isLive = (count: number) => eventually(async () => server.live.presence().groups.reduce((sum, { live }) => sum + live, 0), (live) => live === count);

  it('is refreshed by a ping: the pong says so, and the socket outlives the first one without a gap', async () => {
    const socket = await openAcknowledged(server.url, tokenOf('alice', 'plain', 5_000));
    const received = socket.subscribe('1', 'subscription { ticks { number } }');
    socket.send(refresh(tokenOf('alice', 'plain', 60_000)));
    await eventually(async () => socket.messages, (messages) => messages.some(({ type }) => type === 'pong'));
    expect(socket.messages.find(({ type }) => type === 'pong')).toEqual({ type: 'pong', payload: { authorization: 'accepted', expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) } });
    await new Promise((next) => setTimeout(next, 5_200));
    server.log.append({ number: 1 });
    await eventually(async () => received.length, (count) => count === 1);
    expect(socket.closed).toBeNull();
    await socket.close();
  });

  it.each<[string, string, string]>([
    ['of another subject', tokenOf('bob'), 'another subject'],
    ['with other rights', tokenOf('alice', 'plain,more'), 'resume from the last cursor'],
    ['that is not valid', 'garbage', 'reconnect with a fresh one'],
  ])('cannot be followed by one %s: the socket closes with 4403', async (_what, token, words) => {
    const socket = await openAcknowledged(server.url, tokenOf('alice'));
    socket.send(refresh(token));
    const { code, reason } = await socket.untilClosed();
    expect(code).toBe(4403);
    expect(reason).toContain(words);
    expect(socket.messages.filter(({ type }) => type === 'pong')).toEqual([]);
  });

  it('cannot be handed in by a ping before connection_init', async () => {
    const socket = await openSocket(server.url);
    socket.send(refresh(tokenOf('alice')));
    socket.subscribe('1', secrets);
    expect((await socket.untilClosed()).code).toBe(4401);
  });

  it('closes the socket with 4403 at once when it is revoked, and nobody else’s', async () => {
    const [alice, bob] = [await openAcknowledged(server.url, tokenOf('alice')), await openAcknowledged(server.url, tokenOf('bob'))];
    const [ofAlice, ofBob] = [alice.subscribe('1', 'subscription { ticks { number } }'), bob.subscribe('1', 'subscription { ticks { number } }')];
    await isLive(2);
    server.revoke('alice');
    server.log.append({ number: 1 });
    expect((await alice.untilClosed()).code).toBe(4403);
    await eventually(async () => ofBob.length, (count) => count === 1);
    expect(ofAlice).toEqual([]);
    await bob.close();
  });

  it('decides what is shared: those with other scopes are executed apart, each by its own', async () => {
    const [plain, also, privileged] = await Promise.all([openAcknowledged(server.url, tokenOf('alice')), openAcknowledged(server.url, tokenOf('carol')), openAcknowledged(server.url, tokenOf('bob', 'secrets'))]);
    const received = [plain, also, privileged].map((socket) => socket.subscribe('1', secrets));
    await isLive(3);
    expect(server.live.presence().groups.map(({ subscribers }) => subscribers)).toEqual([2, 1]);
    const before = server.executed();
    server.log.append({ number: 1 });
    await eventually(async () => received.map(({ length }) => length), (counts) => counts.every((count) => count === 1));
    expect(server.executed() - before).toBe(2);
    const [a, b, c] = received.map(([message]) => message!.payload);
    expect(a).toMatchObject({ data: { ticks: { number: 1, secret: null } }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(b).toEqual(a);
    expect(c.data).toEqual({ ticks: { number: 1, secret: 42 } });
    await Promise.all([plain.close(), also.close(), privileged.close()]);
  });

  it('is passed on with what its own client asks for, not with what is executed for a group', async () => {
    const tokens: Array<string | undefined> = [];
    const passing = await liveServer({ keepsAuthorization: true, contextFor: (principal, authorization) => (tokens.push(authorization), { correlationId: '', principal }) as never });
    const [alice, bob] = [await openAcknowledged(passing.url, tokenOf('alice')), await openAcknowledged(passing.url, tokenOf('bob'))];
    const received = [alice, bob].map((socket) => socket.subscribe('1', 'subscription { ticks { number } }'));
    await eventually(async () => passing.live.presence().groups, ([group]) => group?.live === 2);
    await alice.close(); // who came first
    passing.log.append({ number: 1 });
    await eventually(async () => received[1]!.length, (count) => count === 1);
    expect(tokens).toEqual([`Bearer ${tokenOf('alice')}`, `Bearer ${tokenOf('bob')}`, undefined]);
    await bob.close();
    await passing.close();
  });

  it('names the reader where it is kept who read a field: such operations are executed for each by name', async () => {
    const sockets = await Promise.all(['alice', 'bob'].map((subject) => openAcknowledged(server.url, tokenOf(subject, 'audited'))));
    const named = sockets.map((socket) => socket.subscribe('1', 'subscription { ticks { number ...F } } fragment F on Tick { name }'));
    const others = sockets.map((socket) => socket.subscribe('2', 'subscription { ticks { number } }'));
    await isLive(4);
    const before = server.executed();
    server.log.append({ number: 1 });
    await eventually(async () => [...named, ...others].map(({ length }) => length), (counts) => counts.every((count) => count === 1));
    expect(named.map(([message]) => message!.payload.data.ticks.name)).toEqual(['alice', 'bob']);
    expect(server.executed() - before).toBe(3);
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  it('variables and literals but where the client begins keep groups apart', async () => {
    const socket = await openAcknowledged(server.url, tokenOf('alice'));
    for (let number = 1; number <= 6; number++) server.log.append({ number });
    const [at] = [server.log.end.position];
    const query = 'subscription($after: String, $every: Int) { ticks(after: $after, every: $every) { number } }';
    const all = socket.subscribe('1', query, { after: String(at - 6), every: 1 });
    const late = socket.subscribe('2', query, { after: String(at - 1), every: 1 });
    const third = socket.subscribe('3', query, { after: String(at - 6), every: 3 });
    const literal = socket.subscribe('4', `subscription { ticks(after: "${at - 2}") { number } }`);
    await isLive(4);
    expect(server.live.presence().groups.map(({ subscribers }) => subscribers)).toEqual([2, 1, 1]);
    server.log.append({ number: 9 });
    const literalLate = socket.subscribe('5', `subscription { ticks(after: "${at - 2}") { number } }`);
    await eventually(async () => [all, late, third, literal, literalLate].map(({ length }) => length), (counts) => counts.join() === '7,2,3,3,3');
    const numbers = (messages: typeof all) => messages.map(({ payload }) => payload.data.ticks.number);
    expect([all, late, third, literal, literalLate].map(numbers)).toEqual([[1, 2, 3, 4, 5, 6, 9], [6, 9], [3, 6, 9], [5, 6, 9], [5, 6, 9]]);
    await socket.close();
  });

  it('a cursor variable that stands elsewhere too is a variable like others', async () => {
    const socket = await openAcknowledged(server.url, tokenOf('alice'));
    const query = 'subscription($after: String) { ticks(after: $after, text: $after) { number } }';
    const at = server.log.end.position;
    socket.subscribe('1', query, { after: String(at) });
    socket.subscribe('2', query, { after: String(at - 1) });
    await isLive(2);
    expect(server.live.presence().groups).toHaveLength(2);
    await socket.close();
  });
});

describe('a token of which nobody can say now whose it is, because the database is away', () => {
  let server: LiveServer;
  beforeAll(async () => {
    server = await liveServer({
      async authenticate(authorization) {
        if (authorization?.includes('nobody') === true) throw new Error('connect ECONNREFUSED');
        return { principal: { subject: 'alice', scopes: new Set(['plain']) }, subject: 'alice', sharingKey: '', expiresMs: Date.now() + 60_000 };
      },
    });
  });
  afterAll(() => server?.close());

  it('closes the socket that it would open with a code after which clients of graphql-ws come back', async () => {
    const socket = await openSocket(server.url);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${tokenOf('nobody')}` } });
    expect((await socket.untilClosed()).code).toBe(1013);
  });

  it('closes the socket that it would refresh with that code too', async () => {
    const socket = await openAcknowledged(server.url, tokenOf('alice'));
    socket.send({ type: 'ping', payload: { authorization: `Bearer ${tokenOf('nobody')}` } });
    expect((await socket.untilClosed()).code).toBe(1013);
  });
});
