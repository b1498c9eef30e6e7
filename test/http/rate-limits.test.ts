import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { IngestLimits } from '../../src/http/rate-limits.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { addConnections, easypostSignature, expectProblem, json, postEasypost, send, tracker, type Answer } from '../support/partners.js';
import { eventually } from '../support/requests.js';

describe('limits on ingest', () => {
  let nowMs: number;
  let limits: IngestLimits;
  beforeEach(() => {
    nowMs = 0;
    limits = new IngestLimits(60, () => nowMs);
  });
  /** How many pass before the first refusal, and after how many seconds to come back. */
  const untilRefused = (step: () => void): { passed: number; retryAfter: number } => {
    for (let passed = 0; passed < 10_000; passed++) {
      try {
        step();
      } catch (error) {
        return { passed, retryAfter: (error as { retryAfter: number }).retryAfter };
      }
    }
    return { passed: Infinity, retryAfter: 0 };
  };
  const accept = (own?: number, connection = 'a') => () => {
    limits.checkConnection(connection, own);
    limits.countAccepted(connection, own);
  };
  const refuse = (address: string, connection: string | null = 'a') => () => {
    limits.checkAddress(address, connection);
    limits.countRefused(address, connection);
  };

  it('let ten seconds\' worth through at once, then as many as the rate allows', () => {
    expect(untilRefused(accept())).toEqual({ passed: 10, retryAfter: 1 });
    nowMs += 5_000;
    expect(untilRefused(accept())).toEqual({ passed: 5, retryAfter: 1 });
    nowMs += 3_600_000;
    expect(untilRefused(accept()).passed).toBe(10);
  });

  it('follow the connection\'s own rate and keep connections apart', () => {
    expect(untilRefused(accept(2))).toEqual({ passed: 1, retryAfter: 30 });
    expect(untilRefused(accept(undefined, 'b')).passed).toBe(10);
  });

  it('slow down an address that is refused again and again, and no other', () => {
    expect(untilRefused(refuse('192.0.2.1'))).toEqual({ passed: 300, retryAfter: 1 });
    expect(untilRefused(refuse('192.0.2.1', 'b')).passed).toBe(300);
    expect(untilRefused(refuse('192.0.2.2')).passed).toBe(300);
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:db8::1', '2001:db8:0:0:5::1', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::1', '::ffff:192.0.2.1', false],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ])('take %s and %s for one sender: %s', (one, other, same) => {
    untilRefused(refuse(one));
    expect(untilRefused(refuse(other)).passed).toBe(same ? 0 : 300);
  });

  it('remember a bounded number of addresses', () => {
    for (let i = 0; i < 300; i++) limits.countRefused('192.0.2.1', null);
    for (let i = 0; i < 20_000; i++) limits.countRefused(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, null);
    expect(() => limits.checkAddress('192.0.2.1', null)).not.toThrow();
  });
});

describeOnEachDatabase('a sender that is too fast', (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1' });
    await addConnections(server);
    await server.connections.add({ id: 'slow', connector: 'easypost', company: 'main', settings: { messagesPerMinute: 30 }, secrets: { webhookSecret: 'long enough' } });
  });
  afterAll(() => server?.remove());
  afterEach(() => void vi.restoreAllMocks());
  /** No token comes back meanwhile, however long the requests take. */
  const standStill = () => vi.spyOn(performance, 'now').mockReturnValue(performance.now());

  const stored = async () => (await server.database.kysely.selectFrom('inbox').select((e) => e.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()).count;
  const post = (connection: string, secret: string, from: string): Promise<Answer> => {
    const body = JSON.stringify(tracker(`L${uuidv7()}`));
    return send(`${server.url}/ingest/${connection}`, { method: 'POST', headers: { ...json, 'x-hmac-signature': easypostSignature(body, secret), 'x-forwarded-for': from }, body });
  };
  const expectLimited = (answer: Answer) => {
    expectProblem(answer, 429, 'RATE_LIMITED');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  };

  it('gets 429 with Retry-After beyond its connection\'s rate; nothing is kept, it is counted, and others go on', async () => {
    const clock = standStill();
    for (let i = 0; i < 5; i++) expect((await post('slow', 'long enough', '192.0.2.10')).status).toBe(202);
    const before = await stored();
    const limited = await post('slow', 'long enough', '192.0.2.10');
    expectLimited(limited);
    clock.mockRestore();
    expect(await stored()).toBe(before);
    const counted = () => server.database.kysely.selectFrom('rejection').select('count').where('connection', '=', 'slow').where('reason', '=', 'rate_limited').execute();
    await eventually(counted, (rows) => rows.length > 0);
    expect((await postEasypost(server, JSON.stringify(tracker(`L${uuidv7()}`)))).status).toBe(202);
    await new Promise((next) => setTimeout(next, Number(limited.headers.get('retry-after')) * 1000));
    expect((await post('slow', 'long enough', '192.0.2.10')).status).toBe(202);
  });

  it('cannot be shut out by messages that are not its own', async () => {
    for (let i = 0; i < 30; i++) expect((await post('easypost', 'a guess', '192.0.2.20')).status).toBe(401);
    expect((await postEasypost(server, JSON.stringify(tracker(`L${uuidv7()}`)))).status).toBe(202);
  });

  it('and guesses signatures gets 429 instead of 401, even for a right guess; another address is not held up', async () => {
    standStill();
    const statuses = new Set<number>();
    for (let i = 0; i < 330; i++) statuses.add((await post('x12', `guess ${i}`, '192.0.2.30')).status);
    expect(statuses).toEqual(new Set([415])); // a wrong type is no guess
    statuses.clear();
    let last: Answer | undefined;
    for (let i = 0; i < 400 && last?.status !== 429; i++) statuses.add((last = await post('easypost', `guess ${i}`, '192.0.2.30')).status);
    expect(statuses).toEqual(new Set([401, 429]));
    expectLimited(last!);
    expectLimited(await post('easypost', 'sécret of the carrier', '192.0.2.30'));
    expect((await post('easypost', 'sécret of the carrier', '192.0.2.31')).status).toBe(202);
  });

  it('and asks for connections that do not exist gets 429 instead of 404', async () => {
    standStill();
    const statuses = new Set<number>();
    for (let i = 0; i < 400 && !statuses.has(429); i++) statuses.add((await post(`guess-${i}`, 'x', '192.0.2.40')).status);
    expect(statuses).toEqual(new Set([404, 429]));
  });
});
