import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ClientCertificates, thumbprint } from '../../src/auth/client-certificate.js';
import { grantOf } from '../../src/auth/grant.js';
import { pruneTokens, TokenIssuer } from '../../src/auth/token-issuer.js';
import { Tokens } from '../../src/auth/tokens.js';
import type { Database } from '../../src/db/database.js';
import { createLog } from '../../src/lib/log.js';
import { packageRoot } from '../../src/lib/package-root.js';
import { openServices, startServer, type RunningServer, type Services } from '../../src/main.js';
import { describeOnEachDatabase, freshConfig, testServer, type TestServer } from '../support/databases.js';
import { eventually, graphqlAnswer } from '../support/requests.js';
import { openAcknowledged, openSocket } from '../support/sockets.js';

const pem = (name: string) => readFileSync(join(packageRoot, 'test', 'fixtures', 'certificates', `${name}.pem`), 'utf8');
const certificate = { pem: pem('partner'), thumbprint: thumbprint(pem('partner'))! };
const rfc9440 = (text: string) => `:${new X509Certificate(text).raw.toString('base64')}:`;
const viewer = '{ viewer { role name } }';

interface TokenEndpointAnswer {
  status: number;
  headers: Headers;
  body: Record<string, any>;
}

async function post(url: string, parameters: Record<string, string> | string, headers: Record<string, string> = {}): Promise<TokenEndpointAnswer> {
  const response = await fetch(`${url}/token`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body: typeof parameters === 'string' ? parameters : new URLSearchParams(parameters).toString() });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, any> };
}

const refresh = (url: string, token: string) => post(url, { grant_type: 'refresh_token', refresh_token: token });
const codeOf = async (url: string, token: string) => (await graphqlAnswer(url, token, viewer)).errors?.[0]?.extensions?.['code'] ?? 'taken';

describeOnEachDatabase('the life of a token', (kind) => {
  let server: TestServer;
  beforeAll(async () => void (server = await testServer(kind, { GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1,::1' })));
  afterAll(() => server?.remove());

  const begin = (subject: string) => server.tokens.refresh.begin({ subject, grant: grantOf({ role: 'operator' }), accessTtl: 60, ttl: 3600 });

  it('is renewed by a refresh token, which is good once and gives the next one', async () => {
    const first = await begin('renewed');
    const answer = await refresh(server.url, first);
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 60, refresh_token: expect.stringMatching(/^gr_/) } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await graphqlAnswer(server.url, answer.body['access_token'] as string, viewer)).data).toEqual({ viewer: { role: 'operator', name: 'renewed' } });
    expect((await refresh(server.url, answer.body['refresh_token'] as string)).status).toBe(200);
  });

  it('ends, with all of its family, when a refresh token comes a second time', async () => {
    const first = await begin('stolen');
    const thief = (await refresh(server.url, first)).body;
    expect(await codeOf(server.url, thief['access_token'] as string)).toBe('taken');
    expect(await refresh(server.url, first)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await codeOf(server.url, thief['access_token'] as string)).toBe('UNAUTHENTICATED');
    expect(await refresh(server.url, thief['refresh_token'] as string)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const { family } = (await server.tokens.issuer.list(1000)).find(({ subject }) => subject === 'stolen')!;
    expect(await server.database.kysely.selectFrom('audit').select(['actor', 'target_kind']).where('action', '=', 'token.reused').where('target_id', '=', family!).execute()).toEqual([{ actor: 'gatehouse', target_kind: 'family' }]);
  });

  it.each(['refresh_token', 'client_credentials'])('is not given for %s by a request that was under way when all of them were taken back', async (grant_type) => {
    const id = `leaving-${grant_type.slice(0, 6)}`;
    const token = await begin(id);
    const secret = (await server.tokens.clients.add({ id, grant: grantOf({ role: 'operator' }), accessTtl: 60, certificate: null }))!;
    const issue = server.tokens.issuer.issue;
    server.tokens.issuer.issue = async function (options) {
      await server.tokens.clients.disable(id);
      await server.tokens.state.revoke('subject', id);
      return issue.call(this, options);
    };
    try {
      expect(await post(server.url, grant_type === 'refresh_token' ? { grant_type, refresh_token: token } : { grant_type, client_id: id, client_secret: secret })).toMatchObject({ body: { error: grant_type === 'refresh_token' ? 'invalid_grant' : 'invalid_client' } });
    } finally {
      server.tokens.issuer.issue = issue;
    }
  });

  it('is not renewed after its subject was revoked by who has a clock that is behind', async () => {
    const token = await begin('ahead');
    await server.database.kysely.updateTable('refresh_family').set({ created_at: new Date(Date.now() + 30_000).toISOString() }).where('subject', '=', 'ahead').execute();
    await server.tokens.state.revoke('subject', 'ahead');
    expect(await refresh(server.url, token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('has what its grant gives and nothing that the role may have on request, whatever scope is asked for', async () => {
    const support = grantOf({ role: 'support' });
    const token = await server.tokens.refresh.begin({ subject: 'curious', grant: support, accessTtl: 60, ttl: 3600 });
    expect(await post(server.url, { grant_type: 'refresh_token', refresh_token: token, scope: 'shipments:read personal:read' })).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    const secret = (await server.tokens.clients.add({ id: 'curious', grant: support, accessTtl: 60, certificate: null }))!;
    const ask = (scope: string) => post(server.url, { grant_type: 'client_credentials', client_id: 'curious', client_secret: secret, scope });
    for (const scope of ['personal:read', 'money:read', 'audit:read', 'nothing:read']) expect(await ask(scope)).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    const { body } = await ask('shipments:read');
    expect((await server.tokens.authenticate(`Bearer ${body['access_token']}`)).scopes).toEqual(new Set(['shipments:read']));
  });

  it('is given once at most for a refresh token that comes several times at the same instant, which ends its family', async () => {
    const first = await begin('racing');
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(server.url, first)));
    const given = answers.filter(({ status }) => status === 200);
    expect(given.length).toBeLessThanOrEqual(1);
    for (const { body } of given) expect(await codeOf(server.url, body['access_token'] as string)).toBe('UNAUTHENTICATED');
  });

  it('is never in the database, nor is a refresh token or the secret of a client', async () => {
    const secrets = [await begin('hidden'), await server.tokens.create({ role: 'operator', ttl: 60 }), (await server.tokens.clients.add({ id: 'hidden', grant: grantOf({ role: 'operator' }), accessTtl: 60, certificate: null }))!];
    for (const table of ['access_token', 'refresh_family', 'refresh_token', 'token_client'] as const) {
      const text = JSON.stringify(await server.database.kysely.selectFrom(table).selectAll().execute());
      expect(text.length).toBeGreaterThan(10);
      for (const secret of secrets) expect(text).not.toContain(secret.split('.').at(-1));
    }
  });

  it('is fetched by a machine with its secret, by Basic or in the body, with no more scopes than the client has', async () => {
    const secret = (await server.tokens.clients.add({ id: 'wms', grant: grantOf({ role: 'machine', scopes: ['shipments:read', 'yard:read'] }), accessTtl: 60, certificate: null }))!;
    const basic = { authorization: `Basic ${Buffer.from(`wms:${secret}`).toString('base64')}` };
    const given = await post(server.url, { grant_type: 'client_credentials' }, basic);
    expect(given).toMatchObject({ status: 200, body: { expires_in: 60, scope: 'shipments:read yard:read' } });
    expect(given.body).not.toHaveProperty('refresh_token');
    expect((await graphqlAnswer(server.url, given.body['access_token'] as string, '{ viewer { role name scopes } }')).data).toEqual({ viewer: { role: 'machine', name: 'client:wms', scopes: ['shipments:read', 'yard:read'] } });
    expect((await post(server.url, { grant_type: 'client_credentials', client_id: 'wms', client_secret: secret, scope: 'yard:read' })).body['scope']).toBe('yard:read');
    expect(await post(server.url, { grant_type: 'client_credentials', scope: 'tokens:admin' }, basic)).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    for (const client_secret of ['', 'gs_wrong', `${secret}x`]) expect(await post(server.url, { grant_type: 'client_credentials', client_id: 'wms', client_secret })).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect((await post(server.url, { grant_type: 'client_credentials', client_id: 'nobody', client_secret: secret })).body).toEqual((await post(server.url, { grant_type: 'client_credentials', client_id: 'wms', client_secret: 'x' })).body);
  });

  it('is fetched by a partner with its certificate, as the proxy hands it on, and is then bound to that', async () => {
    await server.tokens.clients.add({ id: 'forwarder', grant: grantOf({ role: 'partner', carriers: ['UPS'] }), accessTtl: 60, certificate: certificate.thumbprint });
    const ask = (headers: Record<string, string>) => post(server.url, { grant_type: 'client_credentials', client_id: 'forwarder' }, headers);
    expect((await ask({})).status).toBe(401);
    expect((await ask({ 'client-cert': rfc9440(pem('other')) })).status).toBe(401);
    const { status, body } = await ask({ 'client-cert': rfc9440(certificate.pem) });
    expect(status).toBe(200);
    expect(decodeJwt(body['access_token'] as string)['cnf']).toEqual({ 'x5t#S256': certificate.thumbprint });
    const authorization = `Bearer ${body['access_token'] as string}`;
    const query = async (headers: Record<string, string>) => (await fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization, ...headers }, body: JSON.stringify({ query: viewer }) })).status;
    expect([await query({}), await query({ 'client-cert': rfc9440(pem('other')) }), await query({ 'client-cert': rfc9440(certificate.pem) })]).toEqual([401, 401, 200]);
    const init = { type: 'connection_init', payload: { authorization } };
    const bare = await openSocket(server.url);
    bare.send(init);
    expect((await bare.untilClosed()).code).toBe(4403);
    const shown = await openSocket(server.url, { headers: { 'client-cert': rfc9440(certificate.pem) } });
    shown.send(init);
    await eventually(async () => shown.messages, (messages) => messages.some(({ type }) => type === 'connection_ack'));
    await shown.close();
  });

  it('is refused by the token endpoint with the error that RFC 6749 names', async () => {
    expect((await post(server.url, {})).body['error']).toBe('invalid_request');
    expect((await post(server.url, { grant_type: 'password', username: 'x', password: 'y' })).body['error']).toBe('unsupported_grant_type');
    expect((await post(server.url, 'grant_type=refresh_token&grant_type=refresh_token&refresh_token=x')).body['error']).toBe('invalid_request');
    expect((await refresh(server.url, 'gr_nothing')).body['error']).toBe('invalid_grant');
    expect((await post(server.url, { grant_type: 'client_credentials' }, { authorization: 'Basic !!!' })).body['error']).toBe('invalid_client');
    expect((await fetch(`${server.url}/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).status).toBe(400);
    expect((await post(server.url, `grant_type=${'x'.repeat(100_000)}`)).status).toBe(413);
  });

  it.each(['jti', 'subject', 'family', 'connection'] as const)('ends on HTTP and on open sockets when it is revoked by its %s, and others go on', async (by) => {
    const issue = (name: string, family = uuid(name)) => server.tokens.issuer.issue({ grant: grantOf({ role: 'operator' }), subject: `person-${name}`, ttl: 600, family, connection: `app-${name}` });
    const [mine, other] = [await issue(by), await issue(`not-${by}`)];
    const [socket, otherSocket] = [await openAcknowledged(server.url, mine.jwt), await openAcknowledged(server.url, other.jwt)];
    await server.tokens.state.revoke(by, { jti: mine.id, subject: `person-${by}`, family: uuid(by), connection: `app-${by}` }[by]);
    expect(await socket.untilClosed()).toMatchObject({ code: 4403 });
    expect([await codeOf(server.url, mine.jwt), await codeOf(server.url, other.jwt)]).toEqual(['UNAUTHENTICATED', 'taken']);
    expect(otherSocket.closed).toBeNull();
    await otherSocket.close();
    // What is made afterwards is good, save of the family, which is over.
    expect(await codeOf(server.url, (await issue(by, by === 'jti' ? uuid('more') : undefined)).jwt)).toBe(by === 'family' ? 'UNAUTHENTICATED' : 'taken');
  });

  it('goes on when the key that signed it is rotated out, until it ends; unless the key was given away', async () => {
    const before = await server.tokens.create({ role: 'operator', ttl: 600 });
    const kids = async () => ((await (await fetch(`${server.url}/.well-known/jwks.json`)).json()) as { keys: Array<{ kid: string }> }).keys.map(({ kid }) => kid);
    const { kid, retiring } = await server.tokens.rotateKeys({ atOnce: false });
    const after = await server.tokens.create({ role: 'operator', ttl: 60 });
    expect(decodeProtectedHeader(after).kid).toBe(kid);
    expect(await kids()).toEqual(expect.arrayContaining([kid, decodeProtectedHeader(before).kid]));
    expect(retiring).toMatchObject([{ kid: decodeProtectedHeader(before).kid }]);
    expect(Date.parse(retiring[0]!.until)).toBeGreaterThanOrEqual(decodeJwt(before).exp! * 1000);
    expect([await codeOf(server.url, before), await codeOf(server.url, after)]).toEqual(['taken', 'taken']);
    await server.database.kysely.updateTable('signing_key').set({ retired_at: sql<string>`now() - interval '1 second'` }).where('kid', '=', retiring[0]!.kid).execute();
    await server.tokens.state.read();
    expect([await codeOf(server.url, before), await codeOf(server.url, after)]).toEqual(['UNAUTHENTICATED', 'taken']);
    await server.tokens.rotateKeys({ atOnce: true });
    expect(await codeOf(server.url, after)).toBe('UNAUTHENTICATED');
    expect(await codeOf(server.url, await server.tokens.create({ role: 'operator', ttl: 60 }))).toBe('taken');
  });

  it('goes on as well when the key is rotated out while the token is made', async () => {
    const { database, box } = server;
    // A rotation takes its turn as soon as whoever makes the token lets the keys go.
    const interrupted: Database = {
      ...database,
      async transaction(work) {
        const result = await database.transaction(work);
        await server.tokens.rotateKeys({ atOnce: false });
        return result;
      },
    };
    const { jwt, expiresAt } = await new TokenIssuer(interrupted, box, server.config.environment).issue({ grant: grantOf({ role: 'operator' }), subject: 'rotated meanwhile', ttl: 400 * 86_400 });
    const { retired_at } = await database.kysely.selectFrom('signing_key').select('retired_at').where('kid', '=', decodeProtectedHeader(jwt).kid!).executeTakeFirstOrThrow();
    expect(Date.parse(retired_at!)).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  });

  it('of one environment is refused in another, on the same database with the same keys', async () => {
    const inEnvironment = (environment: string) => new Tokens(server.database, server.box, { environment }, { issuers: [] });
    const token = await server.tokens.create({ role: 'admin', ttl: 60 });
    expect((await inEnvironment(server.config.environment).authenticate(`Bearer ${token}`)).role).toBe('admin');
    await expect(inEnvironment('production').authenticate(`Bearer ${token}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    // The command line, whose own environment differs, makes tokens for the server's.
    expect(await codeOf(server.url, await inEnvironment('elsewhere').create({ role: 'operator', ttl: 60 }))).toBe('taken');
  });

  it('that ended is forgotten, with what was revoked', async () => {
    await server.tokens.create({ role: 'operator', ttl: -10, subject: 'long gone' });
    await pruneTokens(server.database.kysely);
    expect(await server.database.kysely.selectFrom('access_token').select('id').where('subject', '=', 'long gone').execute()).toEqual([]);
  });
});

/** A UUID for a name, as a family's. */
function uuid(name: string): string {
  return `00000000-0000-7000-8000-${Buffer.from(name).toString('hex').padEnd(12, '0').slice(0, 12)}`;
}

describe.skipIf(inject('postgresUrl') === null)(`two instances on one PostgreSQL${inject('postgresUrl') === null ? ' (skipped, none is installed)' : ''}`, () => {
  it('both close the sockets of a token that one of them revokes, and take what the other signs with a new key', async () => {
    const { config, remove } = await freshConfig('postgres');
    const instances: Array<{ services: Services; server: RunningServer }> = [];
    try {
      for (let index = 0; index < 2; index++) {
        const services = await openServices(config, createLog('silent'), { supervise: false });
        instances.push({ services, server: await startServer(services) });
      }
      const [one, two] = instances as [(typeof instances)[number], (typeof instances)[number]];
      const token = await one.services.tokens.create({ role: 'operator', subject: 'leaver', ttl: 600 });
      const sockets = await Promise.all(instances.map(({ server }) => openAcknowledged(server.url, token)));
      await two.services.tokens.state.revoke('subject', 'leaver');
      for (const socket of sockets) expect((await socket.untilClosed()).code).toBe(4403);
      await eventually(() => codeOf(one.server.url, token), (code) => code === 'UNAUTHENTICATED');
      await one.services.tokens.rotateKeys({ atOnce: false });
      expect(await codeOf(two.server.url, await one.services.tokens.create({ role: 'operator', ttl: 60 }))).toBe('taken');
    } finally {
      for (const { services, server } of instances) {
        await server.close();
        await services.close();
      }
      await remove();
    }
  });
});

describe('the certificate of a client', () => {
  const certificates = (header: string) => new ClientCertificates({ header, trustedProxies: ['10.0.0.0/8', '::1'] });
  const from = (remoteAddress: string, headers: Record<string, string>) => ({ headers, socket: { remoteAddress } }) as never;
  const hash = Buffer.from(certificate.thumbprint, 'base64url').toString('hex');

  it.each([
    ['Client-Cert (RFC 9440)', 'client-cert', rfc9440(certificate.pem)],
    ['a PEM in percent-encoding (nginx)', 'x-client-cert', encodeURIComponent(certificate.pem)],
    ['X-Forwarded-Client-Cert with a hash (Envoy)', 'x-forwarded-client-cert', `By=spiffe://mesh/gatehouse;Hash=${hash};Subject="CN=partner of a test,O=A;B"`],
    ['X-Forwarded-Client-Cert with a certificate (Envoy)', 'x-forwarded-client-cert', `Subject="";Cert="${encodeURIComponent(certificate.pem)}"`],
  ])('is read from %s', (_name, header, value) => {
    expect(certificates(header).thumbprintOf(from('10.1.2.3', { [header]: value }))).toBe(certificate.thumbprint);
    expect(certificates(header).thumbprintOf(from('::ffff:10.1.2.3', { [header]: value }))).toBe(certificate.thumbprint);
  });

  it('is believed of nobody but the proxies in front', () => {
    for (const address of ['192.0.2.1', '::ffff:192.0.2.1', '11.0.0.1', '::2', 'nonsense']) expect(certificates('client-cert').thumbprintOf(from(address, { 'client-cert': rfc9440(certificate.pem) }))).toBeUndefined();
  });

  it('is none where the header is something else, or speaks of several', () => {
    for (const value of ['', '::', ':AAAA:', rfc9440(certificate.pem).slice(0, -9), 'x'.repeat(40_000), '%', `Hash=${hash},Hash=${hash}`, `Hash=${hash};By="a,b",Hash=${hash}`, `${','.repeat(30_000)}"`, 'Hash=12', 'Cert="%"']) {
      expect(certificates('client-cert').thumbprintOf(from('10.1.2.3', { 'client-cert': value })), value.slice(0, 40)).toBeUndefined();
    }
  });
});
