import { sql } from 'kysely';
import type { Database } from '../db/database.js';
import { auditHash, epochOf, payloadDigest } from './audit.js';
import { readCheckpoint, type Checkpoint, type Signer } from './checkpoints.js';

const pageSize = 1000;

/** The first thing that is wrong with a log. */
export interface BrokenLink {
  position: number;
  what: string;
}

export interface Verified {
  /** How far the log was looked at. */
  position: number;
  broken: BrokenLink | null;
}

/** Checkpoints of one log in the order of their positions; those whose signature is not ours apart. */
export interface KnownCheckpoints {
  sound: Checkpoint[];
  forged: number[];
}

/**
 * Follows the chain of the audit log from its first row.
 * @param erasedUpTo up to which position retention has erased payloads, as the log itself says by now; 0: none
 * @param onProgress called after every page with the position reached
 */
export async function verifyAudit(database: Database, checkpoints: KnownCheckpoints, erasedUpTo: () => Promise<number> = nothingGone, onProgress: (position: number) => void = () => {}): Promise<Verified> {
  const db = database.kysely;
  // The head first: rows that are appended meanwhile stand behind it.
  const head = await db.selectFrom('audit_head').select(['position', 'hash']).executeTakeFirst();
  if (head === undefined) return broken(0, 'the head of the log is gone');
  let before: Uint8Array = Buffer.alloc(0);
  let position = 0;
  const isErased = asRetentionSays(erasedUpTo);
  const due = [...checkpoints.sound];
  for (;;) {
    const rows = await db
      .selectFrom('audit')
      .select(['position', epochOf('at').as('at'), 'actor', 'role', 'action', 'target_kind', 'target_id', 'correlation_id', 'salt', 'digest', 'hash', sql<string | null>`payload::text`.as('payload')])
      .where('position', '>', position)
      .where('position', '<=', head.position)
      .orderBy('position')
      .limit(pageSize)
      .execute();
    for (const row of rows) {
      if (row.position !== position + 1) return broken(position + 1, 'the row is missing');
      if ((row.payload === null) !== (row.salt === null)) return broken(row.position, 'payload and salt were not erased together');
      if (row.payload === null && !(await isErased(row.position))) return broken(row.position, 'the payload was erased, and not by retention');
      if (row.payload !== null && !equal(payloadDigest(row.salt!, row.payload), row.digest)) return broken(row.position, 'the payload is not the one that was recorded');
      const expected = auditHash(before, { ...row, digest: Buffer.from(row.digest) });
      if (!equal(expected, row.hash)) return broken(row.position, 'a column of the row, or the row before it, is not as it was recorded');
      [position, before] = [row.position, row.hash];
      while (due[0]?.position === position) {
        if (due.shift()!.hash !== Buffer.from(before).toString('hex')) return broken(position, 'the log up to here was written anew: it differs from the signed checkpoint');
      }
    }
    onProgress(position);
    if (rows.length < pageSize) break;
  }
  if (position < head.position) return broken(position + 1, 'the row is missing, and all up to the head of the log');
  if (!equal(head.hash, before)) return broken(position, 'the head of the log does not fit its last row');
  if (due.length > 0) return broken(position + 1, `the log was cut off: a signed checkpoint of ${due[0]!.at} knows position ${due.at(-1)!.position}`);
  const beyond = await db.selectFrom('audit').select('position').where('position', '<=', 0).limit(1).executeTakeFirst();
  if (beyond !== undefined) return broken(beyond.position, 'the row was put in: the log begins at 1');
  return { position, broken: forgedLink(checkpoints) };
}

export const nothingGone = () => Promise.resolve(0);

/** Whether retention took what stood at a position. It goes on while the log is followed, so it is asked again before somebody else is blamed. */
export function asRetentionSays(goneUpTo: () => Promise<number>): (position: number) => Promise<boolean> {
  let known = 0;
  return async (position) => position <= known || position <= (known = await goneUpTo());
}

/** The checkpoints in the database and those that are given from elsewhere. */
export async function knownCheckpoints(database: Database, signer: Signer, log: Checkpoint['log'], elsewhere: readonly string[] = []): Promise<KnownCheckpoints> {
  const rows = await database.kysely.selectFrom('checkpoint').selectAll().where('log', '=', log).execute();
  const found: KnownCheckpoints = { sound: [], forged: [] };
  for (const row of rows) {
    const checkpoint = await readCheckpoint(signer, row.signature);
    if (checkpoint === null || checkpoint.log !== log || checkpoint.position !== row.position || checkpoint.at !== row.at) found.forged.push(row.position);
    else found.sound.push(checkpoint);
  }
  for (const jws of elsewhere) {
    const checkpoint = await readCheckpoint(signer, jws);
    if (checkpoint === null) found.forged.push(0);
    else if (checkpoint.log === log) found.sound.push(checkpoint);
  }
  found.sound.sort((a, b) => a.position - b.position);
  return found;
}

export function forgedLink({ forged }: KnownCheckpoints): BrokenLink | null {
  return forged.length === 0 ? null : { position: Math.min(...forged), what: 'a checkpoint is not signed by a key of this installation, or its row was altered' };
}

function broken(position: number, what: string): Verified {
  return { position, broken: { position, what } };
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
