import { SignJWT } from 'jose';
import { sql } from 'kysely';
import type { Database, Queryable, Transaction } from '../db/database.js';
import { instant } from '../lib/clock.js';
import { uuidv7 } from '../lib/ids.js';
import { claimsOfGrant, type Grant } from './grant.js';
import { keptEnvironment, tokenNames, type TokenNames } from './installation.js';
import type { SecretBox } from './secret-box.js';
import { algorithm, holdSigningKey } from './signing-keys.js';

/** RFC 9068: told apart from whatever else is signed. */
export const accessTokenType = 'at+jwt';

export interface AccessTokenOptions {
  grant: Grant;
  subject: string;
  /** Seconds. */
  ttl: number;
  demonstration?: boolean;
  /** Refresh family that it came from. */
  family?: string;
  /** Connection or client that asked for it. */
  connection?: string;
  /** SHA-256 of the client certificate without which it is not taken, base64url (RFC 8705). */
  certificate?: string;
}

export interface AccessToken {
  jwt: string;
  id: string;
  expiresAt: string;
}

/** Signs access tokens and keeps the register of them. */
export class TokenIssuer {
  readonly #database: Database;
  readonly #box: SecretBox;
  readonly #environment: string;

  /** @param environment of this process; a server's is kept, and goes before that of the command line */
  constructor(database: Database, box: SecretBox, environment: string) {
    this.#database = database;
    this.#box = box;
    this.#environment = environment;
  }

  async issue(options: AccessTokenOptions): Promise<AccessToken> {
    const names = await tokenNames(this.#database, await keptEnvironment(this.#database, this.#environment));
    return this.#database.transaction((tx) => this.#issueIn(tx, names, options));
  }

  /** The key is held until the token is in the register, from which a rotation knows how long the key must be taken. */
  async #issueIn(tx: Transaction, { issuer, audience }: TokenNames, { grant, subject, ttl, demonstration, family, connection, certificate }: AccessTokenOptions): Promise<AccessToken> {
    const key = await holdSigningKey(tx, this.#box);
    const nowMs = Date.now();
    const id = uuidv7(nowMs);
    const expires = Math.floor(nowMs / 1000) + ttl;
    const claims = claimsOfGrant(grant);
    const jwt = await new SignJWT({
      ...claims,
      ...(demonstration === true ? { demonstration } : {}),
      ...(family === undefined ? {} : { family }),
      ...(connection === undefined ? {} : { client_id: connection }),
      ...(certificate === undefined ? {} : { cnf: { 'x5t#S256': certificate } }),
    })
      .setProtectedHeader({ alg: algorithm, kid: key.kid, typ: accessTokenType })
      .setIssuer(issuer).setAudience(audience).setSubject(subject).setIssuedAt(Math.floor(nowMs / 1000)).setJti(id).setExpirationTime(expires)
      .sign(key.privateKey);
    const expiresAt = instant(expires * 1000);
    await tx
      .insertInto('access_token')
      .values({ id, kid: key.kid, subject, role: grant.role, claims: JSON.stringify(claims), family: family ?? null, connection: connection ?? null, issued_at: instant(issuedMsOf(id)), expires_at: expiresAt })
      .execute();
    return { jwt, id, expiresAt };
  }

  /** Tokens that have not ended, newest first. */
  async list(limit: number) {
    return this.#database.kysely.selectFrom('access_token').select(['id', 'subject', 'role', 'claims', 'family', 'connection', 'issued_at', 'expires_at']).where('expires_at', '>', sql<string>`now()`).orderBy('id', 'desc').limit(limit).execute();
  }
}

/** Forgets what has ended: tokens, refresh families, revocations. */
export async function pruneTokens(db: Queryable): Promise<void> {
  for (const table of ['access_token', 'refresh_family', 'token_revocation'] as const) await db.deleteFrom(table).where('expires_at', '<', sql<string>`now()`).execute();
}

/** To the millisecond, which `iat` is not: the time in a UUIDv7. */
export function issuedMsOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}
