import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, importJWK, exportSPKI, SignJWT, decodeJwt, decodeProtectedHeader, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signingKey } from '../../src/auth/signing-keys.js';
import { testServer, type TestServer } from '../support/databases.js';
import { expectNoLeak, json, send } from '../support/partners.js';
import { openSocket } from '../support/sockets.js';

const base64 = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('a forged token', () => {
  let server: TestServer;
  let good: string;
  let header: ReturnType<typeof decodeProtectedHeader>;
  let claims: JWTPayload;
  let ours: CryptoKey;
  let theirs: Awaited<ReturnType<typeof generateKeyPair>>;
  let published: JWK;
  /** Holds keys of the forger's, and counts who comes for them. */
  let keyServer: Server;
  let keyUrl: string;
  let fetched = 0;

  beforeAll(async () => {
    server = await testServer('embedded');
    good = await server.tokens.create({ role: 'operator', ttl: 600 });
    [header, claims] = [decodeProtectedHeader(good), decodeJwt(good)];
    ours = (await signingKey(server.database, server.box)).privateKey;
    theirs = await generateKeyPair('ES256', { extractable: true });
    published = ((await send(`${server.url}/.well-known/jwks.json`)).body as { keys: JWK[] }).keys[0]!;
    keyServer = createServer(async (_request, response) => {
      fetched++;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [{ ...(await exportJWK(theirs.publicKey)), kid: header.kid, alg: 'ES256' }] }));
    });
    await new Promise<void>((ready) => keyServer.listen(0, '127.0.0.1', ready));
    keyUrl = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/keys`;
  });
  afterAll(async () => {
    keyServer?.closeAllConnections();
    keyServer?.close();
    await server?.remove();
  });

  const admin = () => ({ ...claims, role: 'admin' });
  const sign = (payload: JWTPayload, extra: object = {}, key: CryptoKey = theirs.privateKey) => new SignJWT(payload).setProtectedHeader({ ...header, alg: 'ES256', ...extra } as never).sign(key, { crit: { x: true } } as never);
  const hmac = (secret: string | Buffer, alg = 'HS256', extra: object = {}) => {
    const signed = `${base64({ ...header, alg, ...extra })}.${base64(admin())}`;
    return `${signed}.${createHmac(`sha${alg.slice(2)}`, secret).update(signed).digest('base64url')}`;
  };
  const seconds = () => Math.floor(Date.now() / 1000);

  const refusedEverywhere = async (token: string) => {
    const authorization = `Bearer ${token}`;
    const answer = await send(`${server.url}/graphql`, { method: 'POST', headers: { ...json, authorization }, body: '{"query":"{ viewer { role } }"}' });
    expect(answer).toMatchObject({ status: 401, body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } });
    expect(answer.body.data).toBeUndefined();
    expectNoLeak(answer.text);
    expect((await send(`${server.url}/metrics`, { headers: { authorization } })).status).toBe(401);
    const socket = await openSocket(server.url);
    socket.send({ type: 'connection_init', payload: { authorization } });
    expect((await socket.untilClosed()).code).toBe(4403);
  };

  it('is told from a good one, which is taken', async () => {
    expect((await send(`${server.url}/graphql`, { method: 'POST', headers: { ...json, authorization: `Bearer ${good}` }, body: '{"query":"{ viewer { role } }"}' })).body).toMatchObject({ data: { viewer: { role: 'operator' } } });
    expect(await sign(claims, {}, ours)).not.toBe('');
  });

  it.each(['none', 'None', 'NONE', 'nOnE', ''])('of the algorithm "%s" is refused, with and without a signature', async (alg) => {
    const [, payload, signature] = good.split('.');
    for (const token of [`${base64({ ...header, alg })}.${base64(admin())}.`, `${base64({ ...header, alg })}.${payload}.${signature}`, `${base64({ ...header, alg })}.${base64(admin())}`]) await refusedEverywhere(token);
  });

  it('made with our public key as a shared secret is refused, in whatever form the key is taken', async () => {
    const pem = await exportSPKI((await importJWK({ ...published }, 'ES256', { extractable: true })) as CryptoKey);
    for (const secret of [JSON.stringify(published), pem, pem.trim(), Buffer.from(published.x!, 'base64url'), '']) for (const alg of ['HS256', 'HS384', 'HS512']) await refusedEverywhere(hmac(secret, alg));
  });

  it.each<[string, unknown]>([
    ['a path', '../../../../../../dev/null'], ['a path of Windows', '..\\..\\nul'], ['an address', 'http://127.0.0.1/keys'], ['SQL', "x' or '1'='1"], ['SQL that joins', "x' union select 'AA' --"],
    ['a command', '| cat /etc/passwd'], ['NUL', 'x\u0000y'], ['a prototype', '__proto__'], ['a list', ['a', 'b']], ['an object', { kid: 'a' }], ['a number', 1], ['nothing', null], ['a megabyte', 'k'.repeat(5_000)],
  ])('whose key id is %s is refused', async (_what, kid) => {
    await refusedEverywhere(hmac('', 'HS256', { kid }));
    const signed = `${base64({ ...header, alg: 'ES256', kid })}.${base64(admin())}`;
    await refusedEverywhere(`${signed}.${'A'.repeat(86)}`);
  });

  it('that brings its own key, or says where to get one, is refused, and nobody goes there', async () => {
    const jwk = await exportJWK(theirs.publicKey);
    for (const extra of [{ jwk }, { jku: keyUrl }, { x5u: keyUrl }, { jwk, jku: keyUrl, x5u: keyUrl, kid: 'new' }, { x5c: [base64('certificate')] }]) await refusedEverywhere(await sign(admin(), extra));
    await refusedEverywhere(await sign({ ...admin(), iss: keyUrl.replace('/keys', '') }));
    expect(fetched).toBe(0);
  });

  it('under our key id by another key is refused, and so is one by another curve', async () => {
    await refusedEverywhere(await sign(admin()));
    const other = await generateKeyPair('ES384');
    await refusedEverywhere(await new SignJWT(admin()).setProtectedHeader({ ...header, alg: 'ES384' } as never).sign(other.privateKey));
    const signed = `${base64(header)}.${base64(admin())}`;
    // The signature of nothing: r and s are 0 (CVE-2022-21449), and the empty one.
    for (const signature of [Buffer.alloc(64), Buffer.alloc(0), Buffer.alloc(64, 0xff)]) await refusedEverywhere(`${signed}.${signature.toString('base64url')}`);
  });

  it('by our own key is refused when it is over, not yet, or for somebody else', async () => {
    const change: JWTPayload[] = [
      { exp: seconds() - 1 }, { exp: undefined }, { exp: 'never' as never }, { nbf: seconds() + 600 }, { iss: 'somebody-else' }, { iss: undefined }, { iss: [claims.iss] as never }, { aud: 'something-else' }, { aud: undefined }, { aud: [] }, { sub: undefined },
    ];
    for (const each of change) await refusedEverywhere(await sign(JSON.parse(JSON.stringify({ ...claims, ...each })) as JWTPayload, {}, ours));
  });

  it('by our own key of another type, or with a critical header that nobody knows, is refused', async () => {
    for (const typ of ['JWT-other', 'dpop+jwt', 'logout+jwt', 'secevent+jwt']) await refusedEverywhere(await sign(claims, { typ }, ours));
    await refusedEverywhere(await sign(claims, { crit: ['x'], x: 1 }, ours).catch(() => `${base64({ ...header, crit: ['x'], x: 1 })}.${base64(claims)}.${'A'.repeat(86)}`));
  });

  it('of a great size is refused before it is looked at', async () => {
    for (const size of [7_000, 9_000]) await refusedEverywhere(await sign({ ...claims, padding: 'x'.repeat(size) }, {}, ours));
    // Larger than Node takes of headers at all.
    const answer = await send(`${server.url}/graphql`, { method: 'POST', headers: { ...json, authorization: `Bearer ${'A'.repeat(200_000)}` }, body: '{}' }).catch(() => ({ status: 431 }));
    expect(answer.status).toBe(431);
  });

  it.each(['?access_token=', '?authorization=Bearer%20', '?token='])('is not looked for in the address (%s), not even a good one', async (parameter) => {
    expect((await send(`${server.url}/graphql${parameter}${good}`, { method: 'POST', headers: json, body: '{"query":"{ viewer { role } }"}' })).status).toBe(401);
  });

  it('is not looked for in cookies or bodies, not even a good one', async () => {
    expect((await send(`${server.url}/graphql`, { method: 'POST', headers: { ...json, cookie: `authorization=Bearer ${good}; token=${good}` }, body: JSON.stringify({ query: '{ viewer { role } }', authorization: `Bearer ${good}` }) })).status).toBe(401);
  });
});
