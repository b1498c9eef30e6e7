import fc from 'fast-check';
import { exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type JWK } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tokenNames, type TokenNames } from '../../src/auth/installation.js';
import { roles, scopes, scopesOf, type Role, type Scope } from '../../src/auth/scopes.js';
import { signingKey, type SigningKey } from '../../src/auth/signing-keys.js';
import { GatehouseError } from '../../src/lib/errors.js';
import { uuidv7 } from '../../src/lib/ids.js';
import type { Services } from '../../src/main.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';

const party = uuidv7();

describeOnEachDatabase('a token', (kind) => {
  let services: Services & { remove(): Promise<void> };
  let key: SigningKey;
  let names: TokenNames;

  beforeAll(async () => {
    services = await testServices(kind);
    key = await signingKey(services.database, services.box);
    names = await tokenNames(services.database, services.config.environment);
  });
  afterAll(() => services?.remove());

  const authenticate = (token: string | undefined) => services.tokens.authenticate(token === undefined ? undefined : `Bearer ${token}`);
  const refused = async (authorization: string | undefined) => {
    const error = await services.tokens.authenticate(authorization).then(() => null, (reason: unknown) => reason);
    expect(error, `accepted: ${authorization?.slice(0, 80)}`).toBeInstanceOf(GatehouseError);
    expect((error as GatehouseError).code).toBe('UNAUTHENTICATED');
  };
  const signed = (change: (jwt: SignJWT) => SignJWT = (jwt) => jwt, claims: Record<string, unknown> = { role: 'operator' }) =>
    change(new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'at+jwt' }).setIssuer(names.issuer).setAudience(names.audience).setSubject('somebody').setJti(uuidv7()).setExpirationTime('1h')).sign(key.privateKey);

  it('of ours is taken, with its role, its rows and its end', async () => {
    const principal = await authenticate(await services.tokens.create({ role: 'customer', parties: [party], ttl: 60 }));
    expect(principal).toMatchObject({ role: 'customer', companies: 'none', keys: [`party:${party}`], demonstration: false });
    expect(principal.expiresMs - Date.now()).toBeGreaterThan(55_000);
    expect(await authenticate(await signed())).toMatchObject({ role: 'operator', companies: '*', subject: 'somebody' });
  });

  it('without signature (alg none) is refused', async () => {
    const unsigned = new UnsecuredJWT({ role: 'admin' }).setIssuer(names.issuer).setAudience(names.audience).setSubject('s').setExpirationTime('1h').encode();
    await refused(`Bearer ${unsigned}`);
    const [, payload] = (await signed()).split('.');
    for (const alg of ['none', 'None', 'NONE']) await refused(`Bearer ${Buffer.from(JSON.stringify({ alg, kid: key.kid })).toString('base64url')}.${payload}.`);
  });

  it('signed by another key is refused, whichever key id it claims', async () => {
    const other = await generateKeyPair('ES256');
    for (const kid of [key.kid, uuidv7(), undefined]) {
      await refused(`Bearer ${await new SignJWT({ role: 'admin' }).setProtectedHeader({ alg: 'ES256', ...(kid === undefined ? {} : { kid }) }).setIssuer(names.issuer).setAudience(names.audience).setSubject('s').setExpirationTime('1h').sign(other.privateKey)}`);
    }
  });

  it('signed with our public key as a shared secret (HS256) is refused', async () => {
    const [row] = await services.database.kysely.selectFrom('signing_key').select('public_jwk').execute();
    const secret = new TextEncoder().encode(JSON.stringify(row!.public_jwk));
    await refused(`Bearer ${await new SignJWT({ role: 'admin' }).setProtectedHeader({ alg: 'HS256', kid: key.kid }).setIssuer(names.issuer).setAudience(names.audience).setSubject('s').setExpirationTime('1h').sign(secret)}`);
  });

  it('that carries its own key in the header is refused', async () => {
    const other = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(other.publicKey);
    await refused(`Bearer ${await new SignJWT({ role: 'admin' }).setProtectedHeader({ alg: 'ES256', jwk: jwk as JWK & { kty: string }, jku: 'http://127.0.0.1:1/keys' } as never).setIssuer(names.issuer).setAudience(names.audience).setSubject('s').setExpirationTime('1h').sign(other.privateKey)}`);
  });

  it('that is expired, not yet valid, of another issuer or audience, or without end or subject is refused', async () => {
    await refused(`Bearer ${await services.tokens.create({ role: 'operator', ttl: -5 })}`);
    await refused(`Bearer ${await signed((jwt) => jwt.setNotBefore('10m'))}`);
    await refused(`Bearer ${await signed((jwt) => jwt.setIssuer('somebody-else'))}`);
    await refused(`Bearer ${await signed((jwt) => jwt.setAudience('something-else'))}`);
    const bare = (claims: Record<string, unknown>) => new SignJWT({ role: 'operator', ...claims }).setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'at+jwt' }).setIssuer(names.issuer).setAudience(names.audience).sign(key.privateKey);
    await refused(`Bearer ${await bare({ sub: 's' })}`);
    await refused(`Bearer ${await bare({ exp: Math.floor(Date.now() / 1000) + 60 })}`);
  });

  it('without a known role, or with claims of another type, is refused', async () => {
    for (const claims of [{}, { role: 'root' }, { role: ['admin'] }, { role: null }, { role: 'customer', parties: 'all' }, { role: 'customer', parties: [{}] }, { role: 'operator', companies: '*' }, { role: 'operator', scope: ['shipments:read'] }, { role: 'operator', demonstration: 'yes' }]) {
      await refused(`Bearer ${await signed(undefined, claims)}`);
    }
  });

  it('that is huge is refused before it is read', async () => {
    await refused(`Bearer ${await signed(undefined, { role: 'operator', companies: Array.from({ length: 2000 }, (_, index) => `company ${index}`) })}`);
    await refused(`Bearer ${'A'.repeat(1_000_000)}`);
  });

  it('that is no token at all is refused', async () => {
    const token = await signed();
    for (const authorization of [undefined, '', 'Bearer', 'Bearer ', token, `Basic ${token}`, `Bearer  ${token}`, `Bearer ${token} `, `Bearer ${token}\n`, `Bearer ${token}, Bearer ${token}`, `Bearer ${token}.x`]) await refused(authorization);
    await fc.assert(fc.asyncProperty(fc.string({ maxLength: 200 }), fc.stringMatching(/^[A-Za-z0-9._-]{20,80}$/), async (noise, plausible) => {
      await refused(noise);
      await refused(`Bearer ${plausible}`);
    }), { numRuns: 300 });
  });

  it('with any one character of its payload or signature altered is refused', async () => {
    const [header, payload, signature] = (await signed()).split('.') as [string, string, string];
    const flip = (text: string, index: number) => `${text.slice(0, index)}${text[index] === 'A' ? 'B' : 'A'}${text.slice(index + 1)}`;
    for (let index = 0; index < payload.length; index += 3) await refused(`Bearer ${header}.${flip(payload, index)}.${signature}`);
    // The last character of a base64url text may carry bits that nobody reads.
    for (let index = 0; index < signature.length - 1; index += 3) await refused(`Bearer ${header}.${payload}.${flip(signature, index)}`);
  });

  it('narrows what its role may do by its list of scopes, and never widens it', async () => {
    const anyScope = fc.oneof(fc.constantFrom(...(Object.keys(scopes) as Scope[])), fc.constantFrom('*', 'admin', '', '__proto__', 'toString'));
    await fc.assert(fc.asyncProperty(fc.constantFrom(...roles), fc.option(fc.array(anyScope, { maxLength: 8 })), async (role: Role, listed) => {
      const principal = await authenticate(await signed(undefined, { role, parties: [party], carriers: ['UPS'], ...(listed === null ? {} : { scope: listed.join(' ') }) }));
      const { granted, onRequest } = scopesOf(role, ['carrier']);
      const expected = listed === null ? granted : [...granted, ...onRequest].filter((scope) => listed.includes(scope));
      expect([...principal.scopes].sort()).toEqual([...expected].sort());
    }), { numRuns: 300 });
  });

  it('of an outsider never carries companies, and one of an insider never carries keys', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(...roles), fc.subarray([party]), fc.subarray(['UPS', 'FedEx']), fc.subarray(['main', 'second']), async (role, parties, carriers, companies) => {
      const principal = await authenticate(await signed(undefined, { role, parties, carriers, companies }));
      const outsider = role === 'customer' || role === 'partner';
      expect(principal.companies).toEqual(outsider ? 'none' : companies.length > 0 ? companies : '*');
      expect(principal.keys).toEqual(role === 'customer' ? parties.map((id) => `party:${id}`) : role === 'partner' ? carriers.map((code) => `carrier:${code.toUpperCase()}`) : []);
    }), { numRuns: 200 });
  });

  it('is not made with a list that says nothing about the rows that its role sees: it would show more than was meant', async () => {
    for (const options of [
      { role: 'operator' as const, facilities: ['WH1'] }, { role: 'support' as const, parties: [party] }, { role: 'machine' as const, scopes: ['loads:read'], connections: ['tms'] },
      { role: 'customer' as const, parties: [party], companies: ['main'] }, { role: 'partner' as const, facilities: ['WH1'], companies: ['main'] }, { role: 'partner' as const, carriers: ['UPS'], parties: [party] },
    ]) await expect(services.tokens.create({ ...options, ttl: 60 })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('narrows nothing') });
  });

  it('is not made for a customer without party, a partner without carrier, an unknown scope or a party that is none', async () => {
    for (const options of [{ role: 'customer' as const }, { role: 'partner' as const }, { role: 'operator' as const, scopes: ['everything'] }, { role: 'customer' as const, parties: ['Northwind GmbH'] }]) {
      await expect(services.tokens.create({ ...options, ttl: 60 })).rejects.toMatchObject({ code: 'BAD_INPUT' });
    }
  });

  it('is signed by one key, however many instances start at once', async () => {
    const kids = await Promise.all(Array.from({ length: 5 }, async () => (await signingKey(services.database, services.box)).kid));
    expect(new Set(kids)).toEqual(new Set([key.kid]));
    const stored = await services.database.kysely.selectFrom('signing_key').selectAll().execute();
    expect(stored).toHaveLength(1);
    expect(stored[0]!.public_jwk).not.toHaveProperty('d');
    const jwk = JSON.parse(services.box.open(stored[0]!.private_ciphertext, 'signing-key')) as JWK;
    expect(stored[0]!.private_ciphertext).not.toContain(jwk.d);
    await expect(importJWK(jwk, 'ES256')).resolves.toBeDefined();
  });
});
