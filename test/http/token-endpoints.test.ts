import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { grantOf } from '../../src/auth/grant.js';
import { TokenLimits } from '../../src/http/rate-limits.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { expectProblem, send, type Answer } from '../support/partners.js';
import { eventually, graphqlAnswer } from '../support/requests.js';
import { openAcknowledged } from '../support/sockets.js';

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const basic = (id: string, secret: string) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });

describe('limits on what is refused at the token endpoints', () => {
  let limits: TokenLimits;
  let nowMs: number;
  beforeEach(() => {
    nowMs = 0;
    limits = new TokenLimits(() => nowMs);
  });
  const retryAfter = (address: string, client: string | null): number => {
    try {
      limits.check(address, client);
      return 0;
    } catch (error) {
      return (error as { retryAfter: number }).retryAfter;
    }
  };
  const refuse = (times: number, address: (n: number) => string, client: string | null) => {
    for (let n = 0; n < times; n++) limits.countRefused(address(n), client);
  };

  it('slow down an address, whatever it asks for, and no other', () => {
    refuse(299, () => '192.0.2.1', null);
    expect(retryAfter('192.0.2.1', null)).toBe(0);
    refuse(1, () => '192.0.2.1', null);
    expect([retryAfter('192.0.2.1', null), retryAfter('192.0.2.1', 'wms'), retryAfter('192.0.2.2', null)]).toEqual([1, 1, 0]);
    nowMs += 1_000;
    expect(retryAfter('192.0.2.1', null)).toBe(0);
  });

  it('slow down guesses at the secret of one client from many addresses, and at no other client', () => {
    refuse(60, (n) => `192.0.2.${n}`, 'wms');
    expect([retryAfter('198.51.100.1', 'wms'), retryAfter('198.51.100.1', 'tms'), retryAfter('198.51.100.1', null)]).toEqual([1, 0, 0]);
  });

  it('do not hold up a client where it has proved itself, unless that address is refused too often itself', () => {
    limits.countProved('198.51.100.1', 'wms');
    refuse(60, (n) => `192.0.2.${n}`, 'wms');
    expect([retryAfter('198.51.100.1', 'wms'), retryAfter('198.51.100.2', 'wms')]).toEqual([0, 1]);
    refuse(300, () => '198.51.100.1', 'other');
    expect(retryAfter('198.51.100.1', 'wms')).toBe(1);
  });

  it('keep little of names that strangers make up', () => {
    refuse(60, () => '192.0.2.1', `${'x'.repeat(100)}1`);
    expect(retryAfter('192.0.2.9', `${'x'.repeat(100)}2`)).toBe(1);
  });
});

describeOnEachDatabase('the token endpoints', (kind) => {
  let server: TestServer;
  let secrets: Record<'wms' | 'tms' | 'wanted', string>;
  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1,::1' });
    const add = async (id: string) => (await server.tokens.clients.add({ id, grant: grantOf({ role: 'machine', scopes: ['shipments:read'] }), accessTtl: 600, certificate: null }))!;
    secrets = { wms: await add('wms'), tms: await add('tms'), wanted: await add('wanted') };
  });
  afterAll(() => server?.remove());
  afterEach(() => void vi.restoreAllMocks());
  /** No token comes back meanwhile, however long the requests take. */
  const standStill = () => vi.spyOn(performance, 'now').mockReturnValue(performance.now());

  let lastAddress = 0;
  const newAddress = () => `203.0.113.${++lastAddress}`;
  const post = (path: '/token' | '/revoke', parameters: Record<string, string>, headers: Record<string, string> = {}, from = '203.0.113.250'): Promise<Answer> =>
    send(`${server.url}${path}`, { method: 'POST', headers: { ...form, 'x-forwarded-for': from, ...headers }, body: new URLSearchParams(parameters).toString() });
  const asClient = (id: string, secret: string, from?: string) => post('/token', { grant_type: 'client_credentials' }, basic(id, secret), from);
  const tokenOf = async (client: 'wms' | 'tms') => (await asClient(client, secrets[client])).body['access_token'] as string;
  const isTaken = async (token: string) => (await graphqlAnswer(server.url, token, '{ viewer { role } }')).errors === undefined;
  const revoke = (token: string, headers?: Record<string, string>, parameters: Record<string, string> = {}) => post('/revoke', { token, ...parameters }, headers);

  it('answer guesses at a secret by 429 with Retry-After after a while, from other addresses too, and count it; where the client is known it goes on', async () => {
    const home = newAddress();
    expect((await asClient('wanted', secrets.wanted, home)).status).toBe(200);
    const statuses = new Set<number>();
    let last: Answer | undefined;
    for (let n = 0; n < 200 && last?.status !== 429; n++) statuses.add((last = await asClient('wanted', `guess ${n}`, newAddress())).status);
    expect(statuses).toEqual(new Set([401, 429]));
    expectProblem(last!, 429, 'RATE_LIMITED');
    expect(Number(last!.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await asClient('wanted', secrets.wanted, home)).status).toBe(200);
    const counted = () => server.database.kysely.selectFrom('rejection').select('reason').where('connection', '=', '@token').orderBy('reason').execute();
    await eventually(counted, (rows) => ['invalid_client', 'rate_limited'].every((reason) => rows.some((row) => row.reason === reason)));
  });

  it('answer an address that is refused again and again by 429, at both of them', async () => {
    standStill();
    const from = newAddress();
    const statuses = new Set<number>();
    for (let n = 0; n < 400 && !statuses.has(429); n++) statuses.add((await post('/token', { grant_type: 'refresh_token', refresh_token: `guess ${n}` }, {}, from)).status);
    expect(statuses).toEqual(new Set([400, 429]));
    expectProblem(await post('/revoke', { token: 'x' }, {}, from), 429, 'RATE_LIMITED');
    expect((await post('/revoke', { token: 'x' }, {}, newAddress())).status).toBe(200);
  });

  it('take back an access token for who holds it, on open sockets too, and leave others', async () => {
    const [mine, other] = [await server.tokens.create({ role: 'operator', subject: 'olga', ttl: 600 }), await server.tokens.create({ role: 'operator', subject: 'olga', ttl: 600 })];
    const socket = await openAcknowledged(server.url, mine);
    expect(await revoke(mine, {}, { token_type_hint: 'refresh_token' })).toMatchObject({ status: 200, text: '' });
    expect((await socket.untilClosed()).code).toBe(4403);
    expect([await isTaken(mine), await isTaken(other)]).toEqual([false, true]);
    const rows = await server.database.kysely.selectFrom('audit').select(['actor', 'target_kind']).where('action', '=', 'token.revoked').execute();
    expect(rows).toEqual([{ actor: 'olga', target_kind: 'jti' }]);
  });

  it('take back a refresh token with all that came of it, used or not', async () => {
    const first = await server.tokens.refresh.begin({ subject: 'rita', grant: grantOf({ role: 'operator' }), accessTtl: 60, ttl: 3600 });
    const { access_token: access, refresh_token: next } = (await post('/token', { grant_type: 'refresh_token', refresh_token: first })).body as Record<string, string>;
    expect((await revoke(first)).status).toBe(200);
    expect(await isTaken(access!)).toBe(false);
    expect((await post('/token', { grant_type: 'refresh_token', refresh_token: next! })).body['error']).toBe('invalid_grant');
  });

  it('take back for a client what was given to it, and nothing else', async () => {
    const [mine, other] = [await tokenOf('wms'), await tokenOf('tms')];
    expect(await revoke(other, basic('wms', secrets.wms))).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    expect(await revoke(mine, basic('wms', 'wrong'))).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await revoke(mine, {}, { client_id: 'wms' })).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect([await isTaken(mine), await isTaken(other)]).toEqual([true, true]);
    expect((await revoke(mine, {}, { client_id: 'wms', client_secret: secrets.wms })).status).toBe(200);
    expect([await isTaken(mine), await isTaken(other)]).toEqual([false, true]);
  });

  it('say nothing of whether there was a token', async () => {
    const [ended, gone] = [await server.tokens.create({ role: 'operator', ttl: -10 }), await tokenOf('wms')];
    await revoke(gone);
    for (const token of [ended, gone, 'nonsense', `gr_${'x'.repeat(43)}`, `gr_${'x'.repeat(5000)}`, 'a.b.c', '\0']) {
      expect(await revoke(token), token.slice(0, 20)).toMatchObject({ status: 200, text: '' });
    }
    expect(await post('/revoke', {})).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect((await post('/revoke', {})).headers.get('cache-control')).toBe('no-store');
  });
});
