import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isUnconnected, redact, retryAfterSeconds, sendRequest, statusError, type HttpRequest } from '../../src/connectors/kit/http.js';
import { withRetry, type RetryPolicy } from '../../src/connectors/kit/retry.js';
import type { ConnectorError, Outcome } from '../../src/connectors/contract.js';
import { AnsweringServer } from './answering-server.js';

let server: AnsweringServer;
let url: string;
beforeEach(async () => {
  server = new AnsweringServer();
  url = await server.listen();
});
afterEach(() => server.close());

const request = (change: Partial<HttpRequest> = {}): HttpRequest => ({ method: 'POST', url: `${url}/x`, body: '{"a":1}', timeoutMs: 2_000, maxBytes: 1_000, secrets: ['the key'], allowedNetworks: ['127.0.0.0/8'], headers: { authorization: 'Bearer the key' }, ...change });

describe('a request of a connector', () => {
  it('was certainly not sent only where no connection came about: one that was lost may have carried it', () => {
    const failing = (syscall: string, code: string) => Object.assign(new Error(code), { syscall, code });
    expect([failing('connect', 'EHOSTUNREACH'), failing('getaddrinfo', 'ENOTFOUND'), failing('read', 'EHOSTUNREACH'), failing('write', 'ENETUNREACH'), failing('connect', 'ECONNRESET')].map(isUnconnected)).toEqual([true, true, false, false, false]);
    const both = Object.assign(new AggregateError([failing('connect', 'ECONNREFUSED'), failing('connect', 'ECONNREFUSED')]), { code: 'ECONNREFUSED' });
    expect(isUnconnected(both)).toBe(true);
  });

  it('carries its headers and body and gives status, headers and text', async () => {
    server.answer = () => ({ status: 201, headers: { 'x-of-theirs': 'yes' }, body: '{"é":1}' });
    expect(await sendRequest(request())).toMatchObject({ ok: true, value: { status: 201, headers: { 'x-of-theirs': 'yes' }, text: '{"é":1}' } });
    expect(server.asked).toMatchObject([{ method: 'POST', path: '/x', body: '{"a":1}', headers: { authorization: 'Bearer the key' } }]);
  });

  it('takes an empty answer', async () => {
    server.answer = () => ({ status: 200 });
    expect(await sendRequest(request())).toMatchObject({ ok: true, value: { text: '' } });
  });

  it('ends after its time, without an answer', async () => {
    server.answer = () => ({ hang: true });
    const startMs = Date.now();
    expect(await sendRequest(request({ timeoutMs: 150 }))).toEqual({ ok: false, error: { kind: 'unavailable', message: 'No answer within 0.15 s.', raw: '' } });
    expect(Date.now() - startMs).toBeLessThan(1_500);
  });

  it('reads no more than its limit', async () => {
    server.answer = () => ({ body: 'x'.repeat(1_001) });
    expect(await sendRequest(request())).toMatchObject({ ok: false, error: { kind: 'unparseable', message: 'The answer is larger than 1000 bytes.' } });
    server.answer = () => ({ body: 'x'.repeat(1_000) });
    expect(await sendRequest(request())).toMatchObject({ ok: true });
  });

  it('follows no redirection, so that the key stays where it was meant for', async () => {
    server.answer = ({ path }) => (path === '/x' ? { status: 302, headers: { location: `${url}/elsewhere` } } : { body: '{}' });
    const answer = await sendRequest(request());
    expect(answer).toMatchObject({ ok: true, value: { status: 302 } });
    expect(server.asked.length).toBe(1);
    expect(statusError((answer as unknown as { value: never }).value, [])).toMatchObject({ kind: 'invalid', message: expect.stringContaining('/elsewhere') });
  });

  it('says that nothing listens, so that nothing was sent, and that a name is not known', async () => {
    await server.close();
    expect(await sendRequest(request())).toMatchObject({ ok: false, error: { kind: 'unavailable', notSent: true, message: expect.stringContaining('refused') } });
    server = new AnsweringServer();
    url = await server.listen();
    expect(await sendRequest(request({ url: 'http://no-such-host.invalid/' }))).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
  });
});

describe('what a status means', () => {
  const of = (status: number, headers: Record<string, string> = {}, text = 'no the key') => statusError({ status, headers, text }, ['the key']);

  it.each([[200, null], [204, null], [301, 'invalid'], [400, 'invalid'], [401, 'auth'], [403, 'auth'], [404, 'invalid'], [429, 'rate_limited'], [500, 'unavailable'], [503, 'unavailable']] as const)('is %i: %s', (status, kind) => {
    expect(of(status)?.kind ?? null).toBe(kind);
  });

  it('says when to come back, in seconds or by a date', () => {
    expect(of(429, { 'retry-after': '7' })).toMatchObject({ retryAfter: 7 });
    expect(of(503, { 'retry-after': 'soon' })).not.toHaveProperty('retryAfter');
    expect(retryAfterSeconds('Sat, 21 Nov 2026 12:00:10 GMT', Date.UTC(2026, 10, 21, 12))).toBe(10);
    expect(retryAfterSeconds('Sat, 21 Nov 2026 11:00:00 GMT', Date.UTC(2026, 10, 21, 12))).toBe(0);
  });

  it('keeps the answer without the secrets, in whatever form they stand', () => {
    expect(of(400)).toMatchObject({ raw: 'no [redacted]' });
    expect(redact('a the key, the%20key, "qu\\"ote" b', ['the key', 'qu"ote', ' '])).toBe('a [redacted], [redacted], "[redacted]" b');
  });
});

describe('a repeated call', () => {
  const waits: number[] = [];
  const policy: RetryPolicy = { attempts: 4, firstWaitMs: 100, longestWaitMs: 5_000, sleep: async (ms) => void waits.push(ms) };
  const failing = (errors: Array<Partial<ConnectorError>>) => {
    let calls = 0;
    return { calls: () => calls, call: async (): Promise<Outcome<string>> => { const error = errors[calls++]; return error === undefined ? { ok: true, value: 'done' } : { ok: false, error: { kind: 'unavailable', message: '', raw: '', ...error } }; } };
  };
  beforeEach(() => void waits.splice(0));

  it('is made until it succeeds, with growing waits', async () => {
    const { call, calls } = failing([{}, {}]);
    expect(await withRetry(policy, call)).toEqual({ ok: true, value: 'done' });
    expect(calls()).toBe(3);
    expect(waits[0]).toBeGreaterThanOrEqual(50);
    expect(waits[0]).toBeLessThanOrEqual(100);
    expect(waits[1]).toBeGreaterThanOrEqual(100);
    expect(waits[1]).toBeLessThanOrEqual(200);
  });

  it('ends after its attempts', async () => {
    const { call, calls } = failing([{}, {}, {}, {}, {}]);
    expect(await withRetry(policy, call)).toMatchObject({ ok: false });
    expect(calls()).toBe(4);
  });

  it.each(['auth', 'invalid', 'unparseable'] as const)('is not made again after %s', async (kind) => {
    const { call, calls } = failing([{ kind }]);
    expect(await withRetry(policy, call)).toMatchObject({ ok: false, error: { kind } });
    expect(calls()).toBe(1);
  });

  it('waits as long as Retry-After says, and leaves a long one to the caller', async () => {
    const limited = failing([{ kind: 'rate_limited', retryAfter: 2 }]);
    await withRetry(policy, limited.call);
    expect(waits[0]).toBeGreaterThanOrEqual(2_000);
    const long = failing([{ kind: 'rate_limited', retryAfter: 60 }]);
    expect(await withRetry(policy, long.call)).toMatchObject({ ok: false, error: { retryAfter: 60 } });
    expect(long.calls()).toBe(1);
  });
});
