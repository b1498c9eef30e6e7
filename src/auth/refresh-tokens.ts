import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Database, Queryable, Transaction } from '../db/database.js';
import { instant } from '../lib/clock.js';
import { sha256, uuidv7 } from '../lib/ids.js';
import { grantSchema, type Grant } from './grant.js';

export interface RefreshFamily {
  id: string;
  subject: string;
  grant: Grant;
  /** Seconds that each access token of it is valid. */
  accessTtl: number;
  createdAt: string;
  expiresAt: string;
}

/** The token is of nobody, has ended, or came a second time; `family` is the one to end then. */
export type Refreshed = { family: RefreshFamily; next: string } | { reusedFamily: string | null };

const pattern = /^gr_[A-Za-z0-9_-]{43}$/;

/** Refresh tokens: opaque, 256 random bits, kept as their hash alone; each is good once and gives the next one. */
export class RefreshTokens {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @param ttl seconds that the family lives, however often it is refreshed */
  async begin({ subject, grant, accessTtl, ttl }: { subject: string; grant: Grant; accessTtl: number; ttl: number }): Promise<string> {
    const id = uuidv7();
    return this.#database.transaction(async (tx) => {
      const now = Date.now();
      await tx.insertInto('refresh_family').values({ id, subject, role: grant.role, claims: JSON.stringify(grant), access_ttl: accessTtl, created_at: instant(now), expires_at: instant(now + ttl * 1000) }).execute();
      return addToken(tx, id);
    });
  }

  /** The family of a token that is good now, and the token that takes its place. */
  async use(token: string): Promise<Refreshed> {
    if (!pattern.test(token)) return { reusedFamily: null };
    return this.#database.transaction(async (tx): Promise<Refreshed> => {
      const hash = sha256(token);
      const row = await tx.selectFrom('refresh_token').select(['family', 'used_at']).where('hash', '=', hash).forUpdate().executeTakeFirst();
      if (row === undefined) return { reusedFamily: null };
      if (row.used_at !== null) return { reusedFamily: row.family };
      await tx.updateTable('refresh_token').set({ used_at: instant(Date.now()) }).where('hash', '=', hash).execute();
      const family = await tx.selectFrom('refresh_family').selectAll().where('id', '=', row.family).where('expires_at', '>', sql<string>`now()`).executeTakeFirst();
      if (family === undefined || (await isRevoked(tx, { id: family.id, subject: family.subject, createdAt: family.created_at }))) return { reusedFamily: null };
      const next = await addToken(tx, family.id);
      return { family: { id: family.id, subject: family.subject, grant: grantSchema.parse(family.claims), accessTtl: family.access_ttl, createdAt: family.created_at, expiresAt: family.expires_at }, next };
    });
  }

  isRevoked(family: RefreshFamily): Promise<boolean> {
    return isRevoked(this.#database.kysely, family);
  }

  /** The family of a token, whether it was used already or not; null: it is of none that still lives. */
  async familyOf(token: string): Promise<{ id: string; subject: string; role: string } | null> {
    if (!pattern.test(token)) return null;
    const family = await this.#database.kysely
      .selectFrom('refresh_token').innerJoin('refresh_family', 'refresh_family.id', 'refresh_token.family')
      .select(['refresh_family.id', 'refresh_family.subject', 'refresh_family.role'])
      .where('refresh_token.hash', '=', sha256(token)).where('refresh_family.expires_at', '>', sql<string>`now()`).executeTakeFirst();
    return family ?? null;
  }
}

async function isRevoked(db: Queryable, family: Pick<RefreshFamily, 'id' | 'subject' | 'createdAt'>): Promise<boolean> {
  const row = await db
    .selectFrom('token_revocation')
    .select('kind')
    .where((of) => of.or([
      of.and([of('kind', '=', 'family'), of('value', '=', family.id)]),
      of.and([of('kind', '=', 'subject'), of('value', '=', family.subject), of('revoked_at', '>=', family.createdAt)]),
    ]))
    .executeTakeFirst();
  return row !== undefined;
}

async function addToken(tx: Transaction, family: string): Promise<string> {
  const token = `gr_${randomBytes(32).toString('base64url')}`;
  await tx.insertInto('refresh_token').values({ hash: sha256(token), family, created_at: instant(Date.now()), used_at: null }).execute();
  return token;
}
