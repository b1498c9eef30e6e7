import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import type { Database } from '../db/database.js';
import type { Config } from '../lib/config.js';
import { GatehouseError } from '../lib/errors.js';
import { isUuid, uuidv7 } from '../lib/ids.js';
import { grantOf, grantOfClaims, type GrantOptions } from './grant.js';
import type { IdentitySettings } from './identity-file.js';
import { keepEnvironment, tokenNames, type TokenNames } from './installation.js';
import { OutsideIssuers } from './outside-issuers.js';
import { principalOf, type Principal } from './principal.js';
import { RefreshTokens } from './refresh-tokens.js';
import type { SecretBox } from './secret-box.js';
import { algorithm, rotateKeys, type Rotation } from './signing-keys.js';
import { TokenClients } from './token-clients.js';
import { accessTokenType, issuedMsOf, TokenIssuer } from './token-issuer.js';
import { longestTtlDays, TokenState } from './token-state.js';
import { VerifiedTokens, type ProvedToken } from './verified-tokens.js';

export interface TokenOptions extends GrantOptions {
  /** Seconds. */
  ttl: number;
  subject?: string;
  demonstration?: boolean;
  /** SHA-256 of the client certificate without which it is not taken, base64url. */
  certificate?: string;
}

/** What every token has, whoever made it. */
const claimsSchema = z.object({
  sub: z.string().max(500),
  exp: z.number(),
  iat: z.number().optional(),
  jti: z.string().max(200).optional(),
  demonstration: z.boolean().default(false),
  family: z.string().optional(),
  client_id: z.string().optional(),
  // A token that is bound to something else than a certificate cannot be proved here.
  cnf: z.strictObject({ 'x5t#S256': z.string() }).optional(),
});

/** Subjects that we give ourselves, as the audit log and approvals name them: nobody else's may pass for one. */
const ours = /^(cli|client|odoo):|^gatehouse$/;

/** Makes and checks tokens: ours by the keys in the database, others' by their issuer's key set. */
export class Tokens {
  readonly issuer: TokenIssuer;
  readonly state: TokenState;
  readonly refresh: RefreshTokens;
  readonly clients: TokenClients;
  readonly #verified = new VerifiedTokens();
  readonly #database: Database;
  readonly #box: SecretBox;
  readonly #environment: string;
  readonly #outside: OutsideIssuers;
  #names: Promise<TokenNames> | null = null;

  constructor(database: Database, box: SecretBox, config: Pick<Config, 'issuer' | 'environment'>, identity: Pick<IdentitySettings, 'issuers'>) {
    this.#database = database;
    this.#box = box;
    this.#environment = config.environment;
    this.#outside = new OutsideIssuers(identity.issuers, config.issuer);
    this.issuer = new TokenIssuer(database, box, config.environment);
    this.state = new TokenState(database);
    this.refresh = new RefreshTokens(database);
    this.clients = new TokenClients(database);
  }

  /** For servers: their environment is the one that tokens are made for, and revocations reach open sockets. */
  async serve(onFailure: (error: unknown) => void): Promise<{ close(): Promise<void> }> {
    await keepEnvironment(this.#database, this.#environment);
    return this.state.follow(onFailure);
  }

  /**
   * @returns a signed JWT
   * @throws GatehouseError BAD_INPUT with the field that is wrong
   */
  async create({ ttl, subject, demonstration, certificate, ...given }: TokenOptions): Promise<string> {
    const grant = grantOf(given);
    if (ttl > longestTtlDays * 86_400) throw new GatehouseError('BAD_INPUT', `A token is valid for ${longestTtlDays} days at most.`, { field: 'ttl' });
    const token = await this.issuer.issue({
      grant, ttl, subject: subject ?? `${grant.role}:${uuidv7()}`, ...(demonstration === true ? { demonstration } : {}), ...(certificate === undefined ? {} : { certificate }),
    });
    return token.jwt;
  }

  /** A new key signs from now on; see `rotateKeys`. */
  async rotateKeys(options: { atOnce: boolean }): Promise<Rotation> {
    const rotation = await rotateKeys(this.#database, this.#box, options);
    await this.state.changed();
    return rotation;
  }

  /** Whether we made the token; otherwise an outside issuer did. */
  isOurs({ token }: Principal): boolean {
    return token !== undefined && !this.#outside.has(token.issuer);
  }

  /**
   * The principal of an `Authorization` value (`Bearer <token>`).
   * @param certificate thumbprint of the certificate that the client showed
   * @throws GatehouseError UNAUTHENTICATED; UNAVAILABLE where an outside issuer's keys cannot be fetched
   */
  async authenticate(authorization: string | undefined, certificate?: string): Promise<Principal> {
    const token = /^Bearer ([A-Za-z0-9._-]{20,8192})$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new GatehouseError('UNAUTHENTICATED');
    const keys = await this.state.keys();
    let proved = this.#verified.get(token, keys, Date.now());
    if (proved === undefined) {
      const issuer = issuerOf(token);
      proved = await this.#prove(token, issuer);
      // What others sign is proved by their keys, which change without our hearing of it; ours may have changed meanwhile.
      if (!this.#outside.has(issuer) && (await this.state.keys()) === keys) this.#verified.add(token, keys, proved);
    }
    const { principal } = proved;
    if (proved.certificate !== undefined && proved.certificate !== certificate) throw new GatehouseError('UNAUTHENTICATED', 'This token is bound to a client certificate, and that was not shown.');
    if (await this.state.isRevoked(principal)) throw new GatehouseError('UNAUTHENTICATED', 'This token was revoked. Get a new one.');
    return principal;
  }

  async #prove(token: string, issuer: string): Promise<ProvedToken> {
    const isOutside = this.#outside.has(issuer);
    const { payload, rights } = isOutside ? await this.#outside.verify(token, issuer) : await this.#verifyOurs(token);
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success || rights === null) throw new GatehouseError('UNAUTHENTICATED', 'The token is signed, but its claims are not those of Gatehouse (role, sub, exp).');
    const { sub, exp, iat, jti, demonstration, family, client_id: client, cnf } = claims.data;
    if (isOutside && ours.test(sub)) throw new GatehouseError('UNAUTHENTICATED', 'The identity provider gives you a name that is kept for this installation.');
    const issuedMs = jti !== undefined && isUuid(jti) && !isOutside ? issuedMsOf(jti) : (iat ?? 0) * 1000;
    const principal = principalOf({ ...rights, subject: sub, expiresMs: exp * 1000, demonstration, token: { id: jti ?? null, issuer, issuedMs, family: family ?? null, connection: client ?? null } });
    return { principal, certificate: cnf?.['x5t#S256'] };
  }

  async #verifyOurs(token: string): Promise<{ payload: JWTPayload; rights: ReturnType<typeof grantOfClaims> }> {
    this.#names ??= tokenNames(this.#database, this.#environment);
    this.#names.catch(() => (this.#names = null));
    const { issuer, audience } = await this.#names;
    const options = { issuer, audience, algorithms: [algorithm], typ: accessTokenType, requiredClaims: ['exp', 'sub', 'jti'] };
    try {
      const { payload } = await jwtVerify(token, await this.state.keys(), options);
      return { payload, rights: grantOfClaims(payload) };
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      if (error instanceof errors.JWKSNoMatchingKey && (await this.#hasNewKeys())) return this.#verifyOurs(token);
      throw new GatehouseError('UNAUTHENTICATED', error instanceof errors.JWTExpired ? 'The token has expired. Get a new one.' : undefined, { cause: error });
    }
  }

  /** Another instance may have made a key since; looked at once a second at most, whatever key ids are sent. */
  async #hasNewKeys(): Promise<boolean> {
    if (performance.now() - this.#lookedMs < 1000) return false;
    this.#lookedMs = performance.now();
    const before = await this.state.keys();
    await this.state.read();
    return (await this.state.keys()) !== before;
  }
  #lookedMs = -Infinity;
}

/** Whom the token says it is of; its keys alone may prove it. Nothing that cannot be read is anybody's. */
function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) throw new GatehouseError('UNAUTHENTICATED', undefined, { cause: error });
    throw error;
  }
}
