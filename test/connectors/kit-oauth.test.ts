import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { statusError } from '../../src/connectors/kit/http.js';
import { sendAuthorized, type ClientCredentials } from '../../src/connectors/kit/oauth.js';
import { AnsweringServer, type Asked, type Scripted } from './answering-server.js';

let server: AnsweringServer;
let url: string;
beforeEach(async () => {
  server = new AnsweringServer();
  url = await server.listen();
});
afterEach(() => server.close());

const credentials = (change: Partial<ClientCredentials> = {}): ClientCredentials => ({ connection: 'c', tokenUrl: `${url}/token`, clientId: 'the client', clientSecret: 'the secret', sentAs: 'basic', allowedNetworks: ['127.0.0.0/8'], faultOf: statusError, ...change });
const call = (of: Partial<ClientCredentials> = {}, timeoutMs = 5_000) => sendAuthorized(credentials(of), { method: 'GET', url: `${url}/x`, timeoutMs, maxBytes: 10_000, secrets: [] });
const asked = (path: string) => server.asked.filter((each) => each.path === path);

/** Tokens t1, t2, ...; whatever else is asked for is answered by `rest`. */
function script(rest: (asked: Asked) => Scripted = () => ({ body: '{}' }), expiresIn: unknown = 3600): void {
  server.answer = (given, count) => (given.path === '/token' ? { body: JSON.stringify({ access_token: `t${count + 1}`, token_type: 'Bearer', expires_in: expiresIn }) } : rest(given));
}

describe('a request with a token by client credentials', () => {
  it('sends name and secret as Basic authentication, and the token with the request', async () => {
    script();
    expect(await call()).toMatchObject({ ok: true, value: { answer: { status: 200 } } });
    expect(asked('/token')).toMatchObject([{ method: 'POST', body: 'grant_type=client_credentials', headers: { authorization: `Basic ${Buffer.from('the client:the secret').toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' } }]);
    expect(asked('/x')[0]!.headers.authorization).toBe('Bearer t1');
  });

  it('sends name and secret in the form where that is asked for', async () => {
    script();
    await call({ sentAs: 'form' });
    expect(asked('/token')).toMatchObject([{ body: 'grant_type=client_credentials&client_id=the+client&client_secret=the+secret' }]);
    expect(asked('/token')[0]!.headers.authorization).toBeUndefined();
  });

  it('fetches one token for all that ask at once, and keeps it', async () => {
    script();
    await Promise.all(Array.from({ length: 20 }, () => call()));
    await call();
    expect(asked('/token')).toHaveLength(1);
    expect(asked('/x')).toHaveLength(21);
  });

  it('shares no token between connections, nor after the credentials were changed', async () => {
    script();
    await call();
    await call({ connection: 'd' });
    await call({ clientSecret: 'the new one' });
    expect(asked('/x').map((each) => each.headers.authorization)).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t3']);
  });

  it('renews a token that is refused, once', async () => {
    script(({ headers }) => (headers.authorization === 'Bearer t1' ? { status: 401 } : { body: '{}' }));
    expect(await call()).toMatchObject({ ok: true, value: { answer: { status: 200 } } });
    expect(asked('/token')).toHaveLength(2);
    script(() => ({ status: 401 }));
    server.asked.length = 0;
    expect(await call()).toMatchObject({ ok: true, value: { answer: { status: 401 } } });
    expect(asked('/x')).toHaveLength(2);
  });

  it('renews a token whose end is near, and takes a life that is told as text', async () => {
    script(undefined, '1');
    await call();
    await new Promise((next) => setTimeout(next, 600));
    await call();
    expect(asked('/token')).toHaveLength(2);
  });

  it('tells what the token is refused with, and asks again the next time', async () => {
    server.answer = ({ headers }) => ({ status: 429, headers: { 'retry-after': '9' }, body: JSON.stringify(headers) });
    const refused = await call();
    expect(refused).toMatchObject({ ok: false, error: { kind: 'rate_limited', retryAfter: 9 } });
    expect(JSON.stringify(refused)).not.toContain(Buffer.from('the client:the secret').toString('base64'));
    script();
    expect(await call()).toMatchObject({ ok: true });
  });

  it('names its token among the secrets of the answer', async () => {
    script();
    expect(await call()).toMatchObject({ ok: true, value: { secrets: expect.arrayContaining(['t1', 'the secret']) } });
  });

  it.each([['no JSON', '<html>'], ['no token', '{"expires_in":1}'], ['an empty token', '{"access_token":""}']])('is unparseable where the token is answered with %s', async (_what, body) => {
    server.answer = () => ({ body });
    expect(await call()).toMatchObject({ ok: false, error: { kind: 'unparseable', raw: body === '<html>' ? '<html>' : '' } });
  });

  it('ends in its time where no token comes, and reaches no address that is not allowed', async () => {
    server.answer = () => ({ hang: true });
    expect(await call({}, 150)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect(await call({ connection: 'other', allowedNetworks: [] })).toMatchObject({ ok: false, error: { kind: 'invalid' } });
  });
});
