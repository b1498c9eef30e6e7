import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OperationLimits, type Asker } from '../../src/gateway/operation-limits.js';
import { SocketLimits } from '../../src/gateway/socket-limits.js';
import { clientAddress, isInNetworks } from '../../src/lib/networks.js';
import { testServer, type TestServer } from '../support/databases.js';
import { json, send } from '../support/partners.js';
import { eventually } from '../support/requests.js';
import { openAcknowledged, openSocket } from '../support/sockets.js';

describe('what one token may ask for in a minute', () => {
  let nowMs: number;
  beforeEach(() => void (nowMs = 0));
  const limits = (rates: { operationsPerMinute: number; costPerMinute: number }) => new OperationLimits(rates, () => nowMs);
  const outsider = (subject: string): Asker => ({ subject, companies: 'none' });
  const retryAfter = (step: () => void): number => {
    try {
      step();
    } catch (error) {
      return (error as { retryAfter: number }).retryAfter;
    }
    return 0;
  };

  it('comes at once or spread over it, and each token has its own', () => {
    const of = limits({ operationsPerMinute: 60, costPerMinute: 0 });
    for (let n = 0; n < 60; n++) of.countOperation(outsider('a'));
    expect(retryAfter(() => of.countOperation(outsider('a')))).toBe(1);
    expect(retryAfter(() => of.countOperation(outsider('b')))).toBe(0);
    nowMs += 3_000;
    expect([0, 1, 2, 3].map(() => retryAfter(() => of.countOperation(outsider('a'))))).toEqual([0, 0, 0, 1]);
  });

  it('is counted by cost; what is refused costs nothing, and the wait is as long as the operation needs', () => {
    const of = limits({ operationsPerMinute: 0, costPerMinute: 600 });
    of.countCost(outsider('a'), 500);
    expect(retryAfter(() => of.countCost(outsider('a'), 300))).toBe(20);
    expect(retryAfter(() => of.countCost(outsider('a'), 100))).toBe(0);
    nowMs += 30_000;
    expect(retryAfter(() => of.countCost(outsider('a'), 300))).toBe(0);
  });

  it('is fifty times as much for those who work here', () => {
    const of = limits({ operationsPerMinute: 2, costPerMinute: 0 });
    const insider: Asker = { subject: 'a', companies: '*' };
    for (let n = 0; n < 100; n++) of.countOperation(insider);
    expect(retryAfter(() => of.countOperation(insider))).toBeGreaterThan(0);
  });

  it('lets through an operation that costs more than a minute holds, when the minute is full', () => {
    const of = limits({ operationsPerMinute: 0, costPerMinute: 100 });
    expect(retryAfter(() => of.countCost(outsider('a'), 5_000))).toBe(0);
    expect(retryAfter(() => of.countCost(outsider('a'), 5_000))).toBe(60);
  });
});

describe('what one token may be subscribed to at once', () => {
  const limits = (costPerMinute: number) => new OperationLimits({ operationsPerMinute: 0, costPerMinute });
  const [outsider, insider]: Asker[] = [{ subject: 'a', companies: 'none' }, { subject: 'b', companies: '*' }];

  it('is bounded by what an event of each subscription costs, together: one event a second stays within the rate', () => {
    const of = limits(600);
    for (const cost of [6, 4]) of.openSubscription(outsider!, cost);
    expect(() => of.openSubscription(outsider!, 1)).toThrow(expect.objectContaining({ code: 'RATE_LIMITED', retryAfter: 25, figures: { cost: 11, limit: 10 } }));
    of.closeSubscription(outsider!, 4);
    expect(() => of.openSubscription(outsider!, 5)).toThrow();
    of.openSubscription(outsider!, 4);
    of.closeSubscription(outsider!, 6);
    of.openSubscription(outsider!, 6);
  });

  it('is fifty times as much for those who work here, and anything where there is no limit', () => {
    const of = limits(600);
    of.openSubscription(insider!, 499);
    expect(() => of.openSubscription(insider!, 2)).toThrow();
    const unlimited = limits(0);
    for (let n = 0; n < 3; n++) unlimited.openSubscription(outsider!, 1_000_000);
    unlimited.closeSubscription(outsider!, 1_000_000);
  });

  it('is one subscription at least, whatever that costs', () => {
    const of = limits(600);
    of.openSubscription(outsider!, 5_000);
    expect(() => of.openSubscription(outsider!, 1)).toThrow();
    of.closeSubscription(outsider!, 5_000);
    of.openSubscription(outsider!, 1);
  });
});

describe('sockets of one client', () => {
  it('are counted until they close, by address and by token', () => {
    const of = new SocketLimits({ perAddress: 2, perToken: 1 });
    const first = of.openFrom('192.0.2.1')!;
    expect(of.openFrom('192.0.2.1')).not.toBeNull();
    expect(of.openFrom('192.0.2.1')).toBeNull();
    expect(of.openFrom('192.0.2.2')).not.toBeNull();
    first();
    first(); // once
    expect([of.openFrom('192.0.2.1'), of.openFrom('192.0.2.1')]).toEqual([expect.any(Function), null]);
    expect([of.openBy('a'), of.openBy('a'), of.openBy('b')]).toEqual([true, false, true]);
    of.closeBy('a');
    expect(of.openBy('a')).toBe(true);
    for (let n = 0; n < 10; n++) expect(of.openFrom('127.0.0.1')).not.toBeNull();
  });

  it.each([
    ['192.0.2.9', undefined, [], '192.0.2.9'],
    ['192.0.2.9', '203.0.113.7', [], '192.0.2.9'],
    ['10.0.0.1', '203.0.113.7', ['10.0.0.0/8'], '203.0.113.7'],
    ['10.0.0.1', '1.1.1.1, 203.0.113.7', ['10.0.0.0/8'], '203.0.113.7'],
    ['10.0.0.1', '203.0.113.7, 10.0.0.2', ['10.0.0.0/8'], '203.0.113.7'],
    ['10.0.0.1', 'nonsense, 10.0.0.2', ['10.0.0.0/8'], '10.0.0.2'],
    ['::ffff:10.0.0.1', '2001:db8::1', ['10.0.0.0/8'], '2001:db8::1'],
  ])('that come by %s with X-Forwarded-For %s, trusting %j, are those of %s', (peer, forwarded, trusted, client) => {
    expect(clientAddress(peer, forwarded, trusted)).toBe(client);
    expect(isInNetworks('nonsense', ['10.0.0.0/8'])).toBe(false);
  });
});

describe('a token that asks for too much', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer('embedded', { GATEHOUSE_OPERATIONS_PER_MINUTE: '6', GATEHOUSE_COST_PER_MINUTE: '150', GATEHOUSE_SOCKETS_PER_TOKEN: '2', GATEHOUSE_SOCKETS_PER_ADDRESS: '3', GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1,::1' });
  });
  afterAll(() => server?.remove());
  const newToken = () => server.tokens.create({ role: 'partner', carriers: ['FEDEX'], ttl: 600 });
  const ask = (token: string, query: string, headers: Record<string, string> = {}) => send(`${server.url}/graphql`, { method: 'POST', headers: { ...json, authorization: `Bearer ${token}`, ...headers }, body: JSON.stringify({ query }) });
  const limited = { extensions: { code: 'RATE_LIMITED', retry: 'after', retryAfter: expect.any(Number) } };
  const page = '{ shipments(first: 99) { nodes { id } } }'; // costs 100

  it('gets 429 with Retry-After over HTTP, whatever it accepts; another token goes on', async () => {
    const token = await newToken();
    for (let n = 0; n < 6; n++) expect((await ask(token, '{ latestCursor }')).status).toBe(200);
    for (const accept of ['application/json', 'application/graphql-response+json', '*/*']) {
      const answer = await ask(token, '{ latestCursor }', { accept });
      expect(answer).toMatchObject({ status: 429, body: { errors: [limited] } });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await ask(await newToken(), '{ latestCursor }')).status).toBe(200);
  });

  it('is counted for documents that are none, too', async () => {
    const token = await newToken();
    for (let n = 0; n < 6; n++) expect((await ask(token, '{ nonsense')).status).toBe(400);
    expect((await ask(token, '{ latestCursor }')).status).toBe(429);
  });

  it('gets 429 by cost, and may still ask for less', async () => {
    const token = await newToken();
    expect((await ask(token, page)).status).toBe(200);
    const answer = await ask(token, page);
    expect(answer).toMatchObject({ status: 429, body: { errors: [limited] } });
    expect(Number(answer.headers.get('retry-after'))).toBe(answer.body.errors[0].extensions.retryAfter);
    expect((await ask(token, '{ shipments(first: 9) { nodes { id } } }')).status).toBe(200);
  });

  it('is refused alike on a WebSocket and on an event stream, for what it asked for over HTTP', async () => {
    const token = await newToken();
    expect((await ask(token, page)).status).toBe(200);
    const socket = await openAcknowledged(server.url, token);
    const messages = socket.subscribe('1', page);
    await eventually(async () => messages.length, (count) => count > 0);
    expect(messages[0]!.type === 'error' ? messages[0]!.payload : messages[0]!.payload.errors).toMatchObject([limited]);
    for (let n = 2; n < 8; n++) socket.subscribe(String(n), '{ latestCursor }');
    const last = socket.subscribe('9', '{ latestCursor }');
    await eventually(async () => last.length, (count) => count > 0);
    expect(last[0]).toMatchObject({ type: 'error', payload: [limited] });
    await socket.close();
    const stream = await ask(token, page, { accept: 'text/event-stream' });
    expect(stream.text).toContain('RATE_LIMITED');
  });

  it('is counted once for an event stream, and its stream carries what every answer carries', async () => {
    const token = await newToken();
    const answer = await ask(token, '{ viewer { role } }');
    for (let n = 1; n < 6; n++) {
      const stream = await ask(token, '{ viewer { role } }', { accept: 'text/event-stream' });
      expect(stream.text).toContain('"data":{"viewer":{"role":"partner"}}');
      expect(stream.headers.get('cache-control')).toBe('no-store');
      for (const name of ['content-security-policy', 'x-content-type-options', 'x-frame-options', 'referrer-policy', 'permissions-policy', 'cross-origin-opener-policy', 'cross-origin-resource-policy']) {
        expect(stream.headers.get(name), name).toBe(answer.headers.get(name) ?? 'missing from every answer');
      }
    }
    expect(await ask(token, '{ viewer { role } }', { accept: 'text/event-stream' })).toMatchObject({ status: 429, body: { errors: [limited] } });
  });

  it('may hold two sockets, and another address three', async () => {
    const token = await newToken();
    const from = (address: string) => openSocket(server.url, { headers: { 'x-forwarded-for': address } });
    const open = await Promise.all([from('203.0.113.1'), from('203.0.113.1'), from('203.0.113.1')]);
    await expect(from('203.0.113.1')).rejects.toThrow('429');
    for (const socket of open) socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await eventually(async () => open.filter(({ closed }) => closed !== null), (closed) => closed.length === 1);
    expect(open.find(({ closed }) => closed !== null)!.closed!.code).toBe(4411);
    const [held] = open.filter(({ closed }) => closed === null);
    await held!.close();
    const again = await eventually(() => from('203.0.113.1').catch(() => null), (socket) => socket !== null);
    again!.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await eventually(async () => again!.messages, (messages) => messages.some(({ type }) => type === 'connection_ack'));
    for (const socket of [...open, again!]) if (socket.closed === null) await socket.close();
  });
});
