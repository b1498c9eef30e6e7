import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimRuleSchema, grantByRules } from '../../src/auth/claim-rules.js';
import { readIdentityFile } from '../../src/auth/identity-file.js';
import { roles } from '../../src/auth/scopes.js';
import { odooUserUrn } from '../../src/auth/token-grants.js';
import { Tokens } from '../../src/auth/tokens.js';
import { ConfigError } from '../../src/lib/config.js';
import { uuidOfName } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { eventually } from '../support/requests.js';

/** An OpenID provider: discovery and a key set, over HTTP. */
class Provider {
  url = '';
  requests: string[] = [];
  answer: 'well' | 'not at all' = 'well';
  #server!: Server;
  #private!: CryptoKey;
  #public!: JWK;

  async start(): Promise<this> {
    const pair = await generateKeyPair('RS256', { extractable: true });
    this.#private = pair.privateKey;
    this.#public = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
    this.#server = createServer((request, response) => {
      this.requests.push(request.url!);
      if (this.answer === 'not at all') return void response.writeHead(503).end();
      const body = request.url === '/.well-known/openid-configuration' ? { issuer: this.url, jwks_uri: `${this.url}/keys` } : { keys: [this.#public] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  sign(claims: Record<string, unknown>, change: (jwt: SignJWT) => SignJWT = (jwt) => jwt): Promise<string> {
    return change(new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).setIssuer(this.url).setAudience('gatehouse').setSubject('kim').setIssuedAt().setExpirationTime('5m')).sign(this.#private);
  }

  stop(): void {
    this.#server.close();
  }
}

describeOnEachDatabase('identity providers', (kind) => {
  let server: TestServer;
  let [staff, partners, direct]: Provider[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-identity-'));

  beforeAll(async () => {
    [staff, partners, direct] = [await new Provider().start(), await new Provider().start(), await new Provider().start()];
    const file = join(folder, 'identity.json');
    writeFileSync(file, JSON.stringify({
      issuers: [
        { issuer: staff.url, audience: 'gatehouse', rules: [
          { when: { 'realm_access.roles': ['dispatch', 'control-room'] }, grant: { role: 'operator', companies: ['{company}'] } },
          { when: { department: 'support' }, grant: { role: 'support' } },
        ] },
        { issuer: partners.url, audience: 'gatehouse', jwks: `${partners.url}/keys`, rules: [
          { when: { carrier: '*' }, grant: { role: 'partner', carriers: ['{carrier}'], scopes: ['shipments:read'] } },
          { when: { customer: '*' }, grant: { role: 'customer', parties: ['erp/{customer}'] } },
        ] },
      ],
      odooUsers: [{ connection: 'erp', ttl: 120, rules: [
        { when: { groups: 'stock.group_stock_manager' }, grant: { role: 'operator', companies: ['main'] } },
        { when: { groups: 'base.group_portal', partner: '*' }, grant: { role: 'customer', parties: ['erp/{partner}'] } },
      ] }],
    }));
    server = await testServer(kind, { GATEHOUSE_IDENTITY: file, GATEHOUSE_ISSUER: direct.url, GATEHOUSE_ISSUER_JWKS: `${direct.url}/keys` });
    await server.connections.add({ id: 'erp', connector: 'odoo', company: 'main', settings: {}, secrets: { webhookSecret: 'secret-of-odoo' } });
    await server.connections.add({ id: 'parcels', connector: 'easypost', company: 'main', settings: {}, secrets: { webhookSecret: 'secret-of-parcels' } });
  });
  afterAll(async () => {
    await server?.remove();
    for (const provider of [staff, partners, direct]) provider?.stop();
    rmSync(folder, { recursive: true });
  });

  const principal = async (token: string) => server.tokens.authenticate(`Bearer ${token}`);
  const refused = (token: string) => expect(principal(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

  it('are found by discovery, once, and their claims give the rights of the first rule that fits', async () => {
    const token = await staff!.sign({ realm_access: { roles: ['offline', 'control-room'] }, company: 'main' });
    expect(await principal(token)).toMatchObject({ subject: 'kim', role: 'operator', companies: ['main'] });
    expect(await principal(await staff!.sign({ department: 'support' }))).toMatchObject({ role: 'support', companies: '*' });
    expect(staff!.requests).toEqual(['/.well-known/openid-configuration', '/keys']);
    expect(await principal(await partners!.sign({ carrier: 'FedEx' }))).toMatchObject({ role: 'partner', keys: ['carrier:FEDEX'], scopes: new Set(['shipments:read']) });
    expect(await principal(await partners!.sign({ customer: 7 }))).toMatchObject({ role: 'customer', keys: [`party:${uuidOfName('party:erp:7')}`] });
  });

  it('give nobody rights that no rule gives, whatever the token claims of itself', async () => {
    await refused(await staff!.sign({ role: 'admin', scope: 'tokens:admin' }));
    await refused(await staff!.sign({ realm_access: { roles: ['control-room'] } })); // without the company that the rule names
    await refused(await partners!.sign({ role: 'admin' }));
    expect((await principal(await partners!.sign({ carrier: 'UPS', role: 'admin', companies: ['main'], scope: 'shipments:read tokens:admin', parties: ['x'] }))).keys).toEqual(['carrier:UPS']);
  });

  it('prove their own tokens alone', async () => {
    await refused(await staff!.sign({ customer: 7 }, (jwt) => jwt.setIssuer(partners!.url)));
    await refused(await partners!.sign({ realm_access: { roles: ['control-room'] }, company: 'main' }, (jwt) => jwt.setIssuer(staff!.url)));
    await refused(await staff!.sign({ department: 'support' }, (jwt) => jwt.setAudience('another')));
    await refused(await staff!.sign({ department: 'support' }, (jwt) => jwt.setExpirationTime('-1m')));
    await refused(await staff!.sign({ department: 'support' }, (jwt) => jwt.setIssuer('https://elsewhere.example.com')));
    const [row] = await server.database.kysely.selectFrom('installation').select('value').where('name', '=', 'installation').execute();
    await refused(await staff!.sign({ role: 'admin' }, (jwt) => jwt.setIssuer(`gatehouse:${row!.value}`).setAudience(`gatehouse:${row!.value}:development`)));
  });

  it('may be one whose tokens carry our own claims (GATEHOUSE_ISSUER)', async () => {
    expect(await principal(await direct!.sign({ role: 'partner', carriers: ['UPS'] }))).toMatchObject({ role: 'partner', keys: ['carrier:UPS'] });
    await refused(await direct!.sign({ role: 'root' }));
  });

  it('that do not answer are no fault of the token: it is refused for now', async () => {
    const away = await new Provider().start();
    away.answer = 'not at all';
    const tokens = new Tokens(server.database, server.box, { environment: 'development' }, { issuers: [{ issuer: away.url, audience: 'gatehouse', algorithms: ['RS256'], rules: [{ when: {}, grant: { role: 'operator' } }] }] });
    await expect(tokens.authenticate(`Bearer ${await away.sign({})}`)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfter: 5 });
    away.stop();
  });

  it('give nobody a name under which the audit log knows somebody of ours', async () => {
    for (const subject of ['gatehouse', 'cli:anna', 'client:wms', 'odoo:erp:2']) await refused(await staff!.sign({ department: 'support' }, (jwt) => jwt.setSubject(subject)));
    expect((await principal(await staff!.sign({ department: 'support' }, (jwt) => jwt.setSubject('clive')))).subject).toBe('clive');
  });

  it('are revoked by subject as our own tokens are', async () => {
    const token = await staff!.sign({ department: 'support' }, (jwt) => jwt.setSubject('leaver'));
    expect((await principal(token)).subject).toBe('leaver');
    await server.tokens.state.revoke('subject', 'leaver');
    await refused(token);
    await refused(await staff!.sign({ department: 'support' }, (jwt) => jwt.setSubject('leaver').setIssuedAt(0)));
  });

  describe('exchange of a user of Odoo', () => {
    const exchange = async (parameters: Record<string, string>, authorization = `Basic ${Buffer.from('erp:secret-of-odoo').toString('base64')}`) => {
      const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token_type: odooUserUrn, ...parameters });
      const response = await fetch(`${server.url}/token`, { method: 'POST', headers: { authorization }, body });
      return { status: response.status, body: (await response.json()) as Record<string, any> };
    };

    it('gives a short token with the rights that are configured for the user', async () => {
      const manager = await exchange({ subject_token: '2', odoo_groups: 'base.group_user stock.group_stock_manager' });
      expect(manager).toMatchObject({ status: 200, body: { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token', token_type: 'Bearer', expires_in: 120 } });
      expect(await principal(manager.body['access_token'] as string)).toMatchObject({ subject: 'odoo:erp:2', role: 'operator', companies: ['main'], token: { connection: 'erp' } });
      const portal = await exchange({ subject_token: '9', odoo_groups: 'base.group_portal', odoo_partner: '7', scope: 'shipments:read' });
      expect(await principal(portal.body['access_token'] as string)).toMatchObject({ role: 'customer', keys: [`party:${uuidOfName('party:erp:7')}`], scopes: new Set(['shipments:read']) });
    });

    it('is refused to who does not prove to be that Odoo, for users without a rule, and for what is no user', async () => {
      const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
      const good = { subject_token: '2', odoo_groups: 'stock.group_stock_manager' };
      for (const authorization of [basic('erp:wrong'), basic('parcels:secret-of-parcels'), basic('nothing:x'), basic('erp:'), `Bearer ${await server.tokens.create({ role: 'operator', ttl: 60 })}`]) {
        expect(await exchange({ ...good, connection: 'erp' }, authorization)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
      }
      expect(await exchange({ subject_token: '2', odoo_groups: 'base.group_user' })).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      expect(await exchange({ ...good, subject_token: 'admin' })).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      expect(await exchange({ ...good, subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' })).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    });

    it('is open to a token with tokens:exchange, and ends with its connection', async () => {
      const machine = await server.tokens.create({ role: 'machine', scopes: ['tokens:exchange'], ttl: 60 });
      const { status, body } = await exchange({ subject_token: '2', odoo_groups: 'stock.group_stock_manager', connection: 'erp' }, `Bearer ${machine}`);
      expect(status).toBe(200);
      await server.tokens.state.revoke('connection', 'erp');
      await refused(body['access_token'] as string);
      await server.database.kysely.updateTable('connection').set({ disabled_at: new Date().toISOString() }).where('id', '=', 'erp').execute();
      const again = () => exchange({ subject_token: '2', odoo_groups: 'stock.group_stock_manager', connection: 'erp' }, `Bearer ${machine}`);
      expect((await eventually(again, ({ status }) => status !== 200)).body).toMatchObject({ error: 'unauthorized_client' });
    });
  });
});

it('a key set that would come over a network in the clear is refused', () => {
  const tokens = (jwks: string) => new Tokens(undefined as never, undefined as never, { environment: 'test' }, { issuers: [{ issuer: 'https://login.example.com', audience: 'gatehouse', jwks, algorithms: ['RS256'], rules: [{ when: {}, grant: { role: 'customer', parties: ['{sub}'] } }] }] });
  for (const url of ['http://login.example.com/keys', 'ftp://login.example.com/keys', 'http://127.0.0.1.example.com/keys']) expect(() => tokens(url)).toThrow(ConfigError);
  for (const url of ['https://login.example.com/keys', 'http://127.0.0.1:8080/keys']) expect(() => tokens(url)).not.toThrow();
});

describe('rules on claims', () => {
  const rule = (of: unknown) => claimRuleSchema.parse(of);

  it('are refused where a list narrows nothing for their role', () => {
    expect(() => rule({ when: {}, grant: { role: 'partner', facilities: ['{facility}'], companies: ['main'] } })).toThrow(/companies: narrows nothing/);
    expect(() => rule({ when: {}, grant: { role: 'operator', facilities: ['{facility}'] } })).toThrow(/facilities: narrows nothing/);
  });

  it('never give a role that stands in none of them, whatever is claimed', () => {
    const rules = [rule({ when: { a: '*' }, grant: { role: 'operator', companies: ['{a}'] } }), rule({ when: { b: ['x', 'y'] }, grant: { role: 'partner', carriers: ['{b}'] } })];
    const claim = fc.oneof(fc.string(), fc.constantFrom('x', 'y', 'admin', '*', '{role}', ...roles), fc.array(fc.constantFrom('x', 'admin')), fc.integer(), fc.constant(null), fc.object({ maxDepth: 2 }));
    let given = 0;
    fc.assert(fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'role', 'scope', '__proto__'), claim), (claims) => {
      let role: string;
      try {
        ({ role } = grantByRules(rules, claims));
      } catch (error) {
        expect(error).toMatchObject({ code: 'UNAUTHENTICATED' });
        return;
      }
      given++;
      // A claim that is there and has a value, or one that names x or y: nothing else leads to a role.
      if (role === 'operator') expect(Object.hasOwn(claims, 'a')).toBe(true);
      else expect([role, [claims['b']].flat().some((each) => each === 'x' || each === 'y')]).toEqual(['partner', true]);
    }), { numRuns: 500 });
    expect(given).toBeGreaterThan(20);
  });

  it('put one value into a text, and a whole list where the text is nothing else', () => {
    const rules = [rule({ grant: { role: 'partner', facilities: ['{sites}'], shops: ['{country}-shop'] } })];
    expect(grantByRules(rules, { sites: ['MEM1', 'MEM2'], country: 'be' })).toMatchObject({ facilities: ['MEM1', 'MEM2'], shops: ['be-shop'] });
    for (const claims of [{ sites: [], country: 'be' }, { sites: ['MEM1'], country: ['be', 'nl'] }, { sites: ['MEM1'] }]) expect(() => grantByRules(rules, claims)).toThrow(/does not say/);
  });

  it('are refused at start where the file holds something else, naming what', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'gatehouse-identity-')), 'identity.json');
    for (const [content, message] of [
      ['{', /JSON/], ['{"issuers": [{"issuer": "x"}]}', /issuers\.0\.issuer/],
      ['{"issuers": [{"issuer": "https://a.example", "audience": "g", "rules": [{"grant": {"role": "root"}}]}]}', /issuers\.0\.rules\.0\.grant\.role/],
      ['{"issuers": [{"issuer": "https://a.example", "audience": "g", "algorithms": ["HS256"], "rules": [{"grant": {"role": "operator"}}]}]}', /algorithms/],
    ] as const) {
      writeFileSync(path, content);
      expect(() => readIdentityFile(path)).toThrow(ConfigError);
      expect(() => readIdentityFile(path)).toThrow(message);
    }
  });
});
