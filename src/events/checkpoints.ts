import { z } from 'zod';
import type { Database, Queryable } from '../db/database.js';
import { instant } from '../lib/clock.js';
import { lastSeal } from './seals.js';

export type ChainedLog = 'audit' | 'event';

/** What is signed: up to `position` the log had this hash (hex) at this time. */
export interface Checkpoint {
  log: ChainedLog;
  position: number;
  hash: string;
  at: string;
}

/** Signs as a compact JWS, and gives back what one of our keys signed. */
export interface Signer {
  sign(payload: string): Promise<string>;
  /** @returns null where none of our keys signed this */
  verify(jws: string): Promise<string | null>;
}

const schema = z.object({ log: z.enum(['audit', 'event']), position: z.number().int(), hash: z.string(), at: z.string() });

/** Reads a signed checkpoint. @returns null where its signature is not ours */
export async function readCheckpoint(signer: Signer, jws: string): Promise<Checkpoint | null> {
  const payload = await signer.verify(jws);
  return payload === null ? null : schema.parse(JSON.parse(payload));
}

/** Where both logs end now. */
export async function logEnds(db: Queryable): Promise<Record<ChainedLog, { position: number; hash: Uint8Array }>> {
  const audit = await db.selectFrom('audit_head').select(['position', 'hash']).executeTakeFirstOrThrow();
  const seal = await lastSeal(db);
  return { audit, event: { position: seal.last, hash: seal.hash } };
}

/**
 * Signs where both logs are, if they moved since the last checkpoint.
 * @returns the new signatures, by log, without those that another process gave at the same time
 */
export async function makeCheckpoints(database: Database, signer: Signer): Promise<Partial<Record<ChainedLog, string>>> {
  const db = database.kysely;
  const ends = await logEnds(db);
  const made: Partial<Record<ChainedLog, string>> = {};
  for (const log of ['audit', 'event'] as const) {
    const { position, hash } = ends[log];
    // A log that is shorter than it was is no new state to sign: doctor --audit finds it.
    if (position <= (await lastPosition(db, log))) continue;
    const checkpoint: Checkpoint = { log, position, hash: Buffer.from(hash).toString('hex'), at: instant(Date.now()) };
    const signature = await signer.sign(JSON.stringify(checkpoint));
    const added = await db.insertInto('checkpoint').values({ log, position, at: checkpoint.at, signature }).onConflict((c) => c.doNothing()).returning('position').executeTakeFirst();
    if (added !== undefined) made[log] = signature;
  }
  return made;
}

/** The newest signed checkpoint of each log. */
export async function newestCheckpoints(db: Queryable): Promise<Partial<Record<ChainedLog, string>>> {
  const rows = await Promise.all((['audit', 'event'] as const).map(async (log) => [log, await db.selectFrom('checkpoint').select('signature').where('log', '=', log).orderBy('position', 'desc').limit(1).executeTakeFirst()] as const));
  return Object.fromEntries(rows.flatMap(([log, row]) => (row === undefined ? [] : [[log, row.signature]])));
}

/** Of checkpoints older than `before`, keeps the last of each hour. @returns how many went */
export async function thinCheckpoints(db: Queryable, before: string): Promise<number> {
  const gone = await db
    .deleteFrom('checkpoint')
    .where('at', '<', before)
    .where((w) => w.exists(w.selectFrom('checkpoint as later').select('later.position').whereRef('later.log', '=', 'checkpoint.log').whereRef('later.position', '>', 'checkpoint.position')
      .where((x) => x(x.fn('date_trunc', [x.val('hour'), 'later.at']), '=', x.fn('date_trunc', [x.val('hour'), 'checkpoint.at'])))))
    .returning('position')
    .execute();
  return gone.length;
}

async function lastPosition(db: Queryable, log: ChainedLog): Promise<number> {
  const row = await db.selectFrom('checkpoint').select('position').where('log', '=', log).orderBy('position', 'desc').limit(1).executeTakeFirst();
  return row?.position ?? 0;
}
