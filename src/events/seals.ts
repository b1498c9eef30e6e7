import { hash } from 'node:crypto';
import { sql } from 'kysely';
import type { Database, Queryable, Transaction } from '../db/database.js';
import { instant } from '../lib/clock.js';
import { canonicalJson } from '../lib/json.js';

/** Events that one seal covers at most; a seal never crosses a partition of the log. */
const maxBlock = 1000;
const lockNumber = 7_134_027;
/** Of each row's hash, kept to name the row that was altered. */
export const keptBytes = 8;

export interface Seal {
  first: number;
  last: number;
  /** SHA-256 over the hashes of all rows, in order. */
  rows_digest: Uint8Array;
  /** The first `keptBytes` of each row's hash, in order. */
  row_hashes: Uint8Array;
  hash: Uint8Array;
}

/** Hash of a block: SHA-256 over the hash of the block before it, its ends, and what is over its rows. */
export function sealHash(before: Uint8Array, seal: Omit<Seal, 'hash'>): Buffer {
  const rowHashes = hash('sha256', seal.row_hashes, 'hex');
  return hash('sha256', canonicalJson([Buffer.from(before).toString('hex'), seal.first, seal.last, Buffer.from(seal.rows_digest).toString('hex'), rowHashes]), 'buffer');
}

/** SHA-256 over every column of an event, as JSON text of PostgreSQL: exact for numbers, the same in every time zone. */
const rowHash = sql<Buffer>`sha256(convert_to(jsonb_build_array(position, id, type, version, subject, subject_version, company, connection, fact_key,
  extract(epoch from occurred_at), extract(epoch from recorded_at), correlation_id, causation_id, payload)::text, 'UTF8'))`;

/** The hash of each event in [first, last] that is there. */
export async function eventHashes(db: Queryable, first: number, last: number): Promise<Array<{ position: number; hash: Buffer }>> {
  return db.selectFrom('event').select(['position', rowHash.as('hash')]).where('position', '>=', first).where('position', '<=', last).orderBy('position').execute();
}

export async function lastSeal(db: Queryable): Promise<Pick<Seal, 'last' | 'hash'>> {
  const row = await db.selectFrom('event_seal').select(['last', 'hash']).orderBy('last', 'desc').limit(1).executeTakeFirst();
  return row ?? { last: 0, hash: Buffer.alloc(0) };
}

/**
 * Seals what was appended since the last seal, block by block.
 * @param partitionSize positions in one partition of the log
 * @returns how many events were sealed
 */
export async function sealEvents(database: Database, partitionSize: number, maxBlocks = 200): Promise<number> {
  let sealed = 0;
  for (let block = 0; block < maxBlocks; block++) {
    const count = await database.transaction((tx) => sealBlock(tx, partitionSize));
    sealed += count;
    if (count < maxBlock) break;
  }
  return sealed;
}

async function sealBlock(tx: Transaction, partitionSize: number): Promise<number> {
  const { rows } = await sql<{ mine: boolean }>`select pg_try_advisory_xact_lock(${sql.lit(lockNumber)}) as mine`.execute(tx);
  if (!rows[0]!.mine) return 0; // another process seals
  const before = await lastSeal(tx);
  const first = before.last + 1;
  const end = (Math.floor(first / partitionSize) + 1) * partitionSize - 1;
  const hashes = await eventHashes(tx, first, Math.min(first + maxBlock - 1, end));
  if (hashes.length === 0) return 0;
  const seal = { first, last: hashes.at(-1)!.position, ...digestsOf(hashes.map((row) => row.hash)) };
  await tx.insertInto('event_seal').values({ ...seal, hash: sealHash(before.hash, seal), sealed_at: instant(Date.now()) }).execute();
  return hashes.length;
}

export function digestsOf(hashes: readonly Uint8Array[]): Pick<Seal, 'rows_digest' | 'row_hashes'> {
  return { rows_digest: hash('sha256', Buffer.concat(hashes), 'buffer'), row_hashes: Buffer.concat(hashes.map((each) => each.subarray(0, keptBytes))) };
}
