import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';
import { sql } from 'kysely';
import type { Database } from '../db/database.js';
import type { Principal } from './principal.js';
import { publicKeys } from './signing-keys.js';

/** What can be taken back: one token, all of a subject, all that came of one sign-in, all that a connection or client asked for. */
export type RevocationKind = 'jti' | 'subject' | 'family' | 'connection';

const channel = 'gatehouse_tokens';
/** How often an instance that serves looks, beside notifications. */
const pollMs = 400;
/** What was read longer ago than this is read again before a token is taken, ms. */
const freshMs = 900;
/** Revocations that were recorded this long before the last one seen are read again: their transaction may have ended later. */
const overlapMs = 60_000;

/** Whoever lives on a token. */
export interface TokenHolder {
  readonly principal: Principal;
  /** The token was taken back. */
  lost(): void;
}

/**
 * What every instance must know of tokens within a second: which keys prove them and which were taken back.
 * The tables are the truth; a notification only says to look.
 */
export class TokenState {
  readonly #database: Database;
  readonly #revoked = new Map<string, { revokedMs: number; expiresMs: number }>();
  readonly #holders = new Set<TokenHolder>();
  #keys: { text: string; set: JWTVerifyGetKey } | null = null;
  #recordedMs = 0;
  #readMs = -Infinity;
  #reading: Promise<void> | null = null;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Keeps looking until it is closed, so that sockets hear of a revocation.
   * @param onFailure told when the database could not be asked; it is asked again
   */
  async follow(onFailure: (error: unknown) => void): Promise<{ close(): Promise<void> }> {
    const look = () => void this.read().catch(onFailure);
    await this.read();
    const listener = await this.#database.listen(channel, look);
    const timer = setInterval(look, pollMs);
    return {
      close: async () => {
        clearInterval(timer);
        await listener.close();
        await this.#reading?.catch(() => {}); // it was told to onFailure
      },
    };
  }

  /** The public keys as they were less than a second ago. */
  async keys(): Promise<JWTVerifyGetKey> {
    if (performance.now() - this.#readMs > freshMs) await this.read();
    return this.#keys!.set;
  }

  /** Whether the token was taken back, as of less than a second ago. */
  async isRevoked(principal: Principal): Promise<boolean> {
    if (performance.now() - this.#readMs > freshMs) await this.read();
    return this.#isRevoked(principal);
  }

  /** Tells the holder once when the token of its principal is taken back. One whose principal has changed is watched anew. */
  watch(holder: TokenHolder): void {
    this.#holders.add(holder);
    if (this.#isRevoked(holder.principal)) this.#tell(holder);
  }

  unwatch(holder: TokenHolder): void {
    this.#holders.delete(holder);
  }

  /** Takes back what was issued under this name until now. Others know it within a second, this instance at once. */
  async revoke(kind: RevocationKind, value: string): Promise<void> {
    const named = { jti: sql`t.id::text`, subject: sql`t.subject`, family: sql`t.family::text`, connection: sql`t.connection` }[kind];
    // Instances' clocks differ: what is in the register counts as issued before, whatever its time says; so do refresh tokens.
    const begun = kind === 'subject' ? sql`(select max(f.created_at) from refresh_family f where f.subject = ${value})` : sql`null::timestamptz`;
    await sql`
      insert into token_revocation (kind, value, revoked_at, expires_at)
      select ${kind}, ${value}, greatest(clock_timestamp(), max(t.issued_at), ${begun}), greatest(clock_timestamp() + ${sql.lit(longestTtlDays)} * interval '1 day', max(t.expires_at))
      from access_token t where ${named} = ${value}
      on conflict (kind, value) do update set revoked_at = excluded.revoked_at, expires_at = excluded.expires_at, recorded_at = clock_timestamp()
    `.execute(this.#database.kysely);
    await this.changed();
  }

  /** Keys or revocations were written: reads them here and wakes all instances. */
  async changed(): Promise<void> {
    await sql`select pg_notify(${channel}, '')`.execute(this.#database.kysely);
    await this.#reading?.catch(() => {}); // it may have begun before the change
    await this.read();
  }

  /** One reading at a time; who asks meanwhile gets the same. */
  read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #read(): Promise<void> {
    const startMs = performance.now();
    const since = new Date(Math.max(0, this.#recordedMs - overlapMs)).toISOString();
    const rows = await this.#database.kysely.selectFrom('token_revocation').select(['kind', 'value', 'revoked_at', 'expires_at', 'recorded_at']).where('recorded_at', '>=', since).where('expires_at', '>', sql<string>`now()`).execute();
    const keys = await publicKeys(this.#database);
    const text = JSON.stringify(keys);
    if (this.#keys?.text !== text) this.#keys = { text, set: createLocalJWKSet(keys) };
    let isNew = false;
    for (const row of rows) {
      const name = `${row.kind} ${row.value}`;
      const revokedMs = Date.parse(row.revoked_at);
      if (this.#revoked.get(name)?.revokedMs !== revokedMs) isNew = true;
      this.#revoked.set(name, { revokedMs, expiresMs: Date.parse(row.expires_at) });
      this.#recordedMs = Math.max(this.#recordedMs, Date.parse(row.recorded_at));
    }
    this.#readMs = startMs;
    if (!isNew) return;
    for (const [name, { expiresMs }] of this.#revoked) if (expiresMs < Date.now()) this.#revoked.delete(name);
    for (const holder of this.#holders) if (this.#isRevoked(holder.principal)) this.#tell(holder);
  }

  #tell(holder: TokenHolder): void {
    this.#holders.delete(holder);
    holder.lost();
  }

  #isRevoked({ subject, token }: Principal): boolean {
    if (token === undefined || this.#revoked.size === 0) return false;
    const { id, family, connection, issuedMs } = token;
    if (id !== null && this.#revoked.has(`jti ${id}`)) return true;
    if (family !== null && this.#revoked.has(`family ${family}`)) return true;
    const until = Math.max(this.#revoked.get(`subject ${subject}`)?.revokedMs ?? -1, connection === null ? -1 : (this.#revoked.get(`connection ${connection}`)?.revokedMs ?? -1));
    return issuedMs <= until;
  }
}

/** No token is made for longer. */
export const longestTtlDays = 366;
