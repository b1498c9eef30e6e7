import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify, SignJWT, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Database } from '../db/database.js';
import type { Config } from '../lib/config.js';
import { GatehouseError } from '../lib/errors.js';
import { isUuid, uuidFromGlobalId, uuidOfName, uuidv7 } from '../lib/ids.js';
import { principalOf, roles, scopes, type Principal, type Role } from './principal.js';
import type { SecretBox } from './secret-box.js';
import { algorithm, publicKeys, signingKey } from './signing-keys.js';

export const ourIssuer = 'gatehouse';
const ourAudience = 'gatehouse';

export interface TokenOptions {
  role: Role;
  /** Parties of a customer: canonical ids, global ids, or `<connection>/<id at the source>`. */
  parties?: readonly string[];
  carriers?: readonly string[];
  companies?: readonly string[];
  scopes?: readonly string[];
  /** Seconds. */
  ttl: number;
  subject?: string;
  demonstration?: boolean;
}

const claimsSchema = z.object({
  sub: z.string(),
  exp: z.number(),
  role: z.enum(roles),
  parties: z.array(z.string()).default([]),
  carriers: z.array(z.string()).default([]),
  companies: z.array(z.string()).default([]),
  scope: z.string().optional(),
  demonstration: z.boolean().default(false),
});

/** Makes and checks tokens: ours by the keys in the database, others' by their issuer's key set. */
export class Tokens {
  readonly #database: Database;
  readonly #box: SecretBox;
  readonly #issuer: Config['issuer'];
  readonly #remoteKeys: JWTVerifyGetKey | null;
  #localKeys: JWTVerifyGetKey | null = null;

  constructor(database: Database, box: SecretBox, config: Pick<Config, 'issuer'>) {
    this.#database = database;
    this.#box = box;
    this.#issuer = config.issuer;
    this.#remoteKeys = config.issuer === undefined ? null : createRemoteJWKSet(new URL(config.issuer.jwksUrl));
  }

  /**
   * @returns a signed JWT
   * @throws GatehouseError BAD_INPUT with the field that is wrong
   */
  async create(options: TokenOptions): Promise<string> {
    const parties = (options.parties ?? []).map(canonicalParty);
    if (options.role === 'customer' && parties.length === 0) throw new GatehouseError('BAD_INPUT', 'A customer token needs --party.', { field: 'party' });
    if (options.role === 'partner' && (options.carriers ?? []).length === 0) throw new GatehouseError('BAD_INPUT', 'A partner token needs --carrier.', { field: 'carrier' });
    const unknown = options.scopes?.find((scope) => !(scope in scopes));
    if (unknown !== undefined) throw new GatehouseError('BAD_INPUT', `There is no scope ${unknown}. Scopes: ${Object.keys(scopes).join(', ')}.`, { field: 'scope' });
    const key = await signingKey(this.#database, this.#box);
    this.#localKeys = null;
    const claims: JWTPayload = { role: options.role };
    if (parties.length > 0) claims.parties = parties;
    if (options.carriers !== undefined && options.carriers.length > 0) claims.carriers = options.carriers;
    if (options.companies !== undefined && options.companies.length > 0) claims.companies = options.companies;
    if (options.scopes !== undefined) claims.scope = options.scopes.join(' ');
    if (options.demonstration === true) claims.demonstration = true;
    return new SignJWT(claims)
      .setProtectedHeader({ alg: algorithm, kid: key.kid, typ: 'JWT' })
      .setIssuer(ourIssuer)
      .setAudience(ourAudience)
      .setSubject(options.subject ?? `${options.role}:${uuidv7()}`)
      .setIssuedAt()
      .setJti(uuidv7())
      .setExpirationTime(Math.floor(Date.now() / 1000) + options.ttl)
      .sign(key.privateKey);
  }

  /**
   * The principal of an `Authorization` value (`Bearer <token>`).
   * @throws GatehouseError UNAUTHENTICATED
   */
  async authenticate(authorization: string | undefined): Promise<Principal> {
    const token = /^Bearer ([A-Za-z0-9._-]{20,8192})$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new GatehouseError('UNAUTHENTICATED');
    const payload = await this.#verify(token);
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success) throw new GatehouseError('UNAUTHENTICATED', 'The token is signed, but its claims are not those of Gatehouse (role, sub, exp).');
    const { sub, exp, role, parties, carriers, companies, scope, demonstration } = claims.data;
    return principalOf({ subject: sub, role, parties, carriers, companies, expiresMs: exp * 1000, demonstration, ...(scope === undefined ? {} : { scopes: scope.split(' ') }) });
  }

  async #verify(token: string): Promise<JWTPayload> {
    try {
      return await this.#verifyOurs(token);
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      if (error instanceof errors.JWTExpired) throw new GatehouseError('UNAUTHENTICATED', 'The token has expired. Get a new one.');
      if (this.#issuer === undefined) throw new GatehouseError('UNAUTHENTICATED', undefined, { cause: error });
    }
    try {
      const { payload } = await jwtVerify(token, this.#remoteKeys!, { issuer: this.#issuer.url, audience: this.#issuer.audience, algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'], requiredClaims: ['exp', 'sub'] });
      return payload;
    } catch (cause) {
      throw new GatehouseError('UNAUTHENTICATED', undefined, { cause });
    }
  }

  async #verifyOurs(token: string): Promise<JWTPayload> {
    const options = { issuer: ourIssuer, audience: ourAudience, algorithms: [algorithm], requiredClaims: ['exp', 'sub'] };
    this.#localKeys ??= createLocalJWKSet(await publicKeys(this.#database));
    try {
      return (await jwtVerify(token, this.#localKeys, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // Another instance may have made a key since; at most once per unknown key per second.
      if (Date.now() - this.#reloadedMs < 1000) throw error;
      this.#reloadedMs = Date.now();
      this.#localKeys = createLocalJWKSet(await publicKeys(this.#database));
      return (await jwtVerify(token, this.#localKeys, options)).payload;
    }
  }
  #reloadedMs = 0;
}

/** `erp/7` names the party that connection `erp` knows as 7. */
function canonicalParty(text: string): string {
  if (isUuid(text)) return text;
  const global = uuidFromGlobalId('Party', text);
  if (global !== null) return global;
  const source = /^([a-z0-9-]+)\/(\S+)$/.exec(text);
  if (source !== null) return uuidOfName(`party:${source[1]}:${source[2]}`);
  throw new GatehouseError('BAD_INPUT', `"${text}" is no party: give its id, or <connection>/<id at the source>.`, { field: 'party' });
}
