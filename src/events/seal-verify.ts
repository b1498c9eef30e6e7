import type { Database } from '../db/database.js';
import { asRetentionSays, equal, forgedLink, nothingGone, type KnownCheckpoints, type Verified } from './audit-verify.js';
import { headPosition } from './read.js';
import { digestsOf, eventHashes, keptBytes, sealHash, type Seal } from './seals.js';

const pageSize = 100;

export interface VerifiedEvents extends Verified {
  /** Events behind the last seal, whose order alone was looked at. */
  unsealed: number;
}

/**
 * Follows the chain of seals and holds every event against its seal.
 * @param droppedUpTo up to which position retention has dropped the log, as the audit log says by now; 0: nothing
 * @param onProgress called after every page of seals with the position reached
 */
export async function verifyEvents(database: Database, checkpoints: KnownCheckpoints, droppedUpTo: () => Promise<number> = nothingGone, onProgress: (position: number) => void = () => {}): Promise<VerifiedEvents> {
  const db = database.kysely;
  const head = await headPosition(db);
  let before: Uint8Array = Buffer.alloc(0);
  let position = 0;
  const isDropped = asRetentionSays(droppedUpTo);
  const due = [...checkpoints.sound];
  for (;;) {
    const seals = await db.selectFrom('event_seal').selectAll().where('last', '>', position).orderBy('last').limit(pageSize).execute();
    for (const seal of seals) {
      if (seal.first !== position + 1) return broken(position + 1, 'the seal of these events is missing');
      if (!equal(sealHash(before, seal), seal.hash)) return broken(seal.first, 'the seal of these events, or the one before it, was altered');
      const wrong = await wrongEvent(database, seal, isDropped);
      if (wrong !== null) return { ...wrong, unsealed: 0 };
      [position, before] = [seal.last, seal.hash];
      // A checkpoint is made at the end of a seal; one inside of it is of seals that were written anew.
      while (due.length > 0 && due[0]!.position <= position) {
        const checkpoint = due.shift()!;
        if (checkpoint.position !== position || checkpoint.hash !== Buffer.from(before).toString('hex')) return broken(checkpoint.position, 'the log up to here was written anew: it differs from the signed checkpoint');
      }
    }
    onProgress(position);
    if (seals.length < pageSize) break;
  }
  if (due.length > 0) return broken(position + 1, `the log was cut off: a signed checkpoint of ${due[0]!.at} knows position ${due.at(-1)!.position}`);
  const tail = await eventHashes(db, position + 1, Number.MAX_SAFE_INTEGER);
  for (const [index, row] of tail.entries()) if (row.position !== position + 1 + index) return broken(position + 1 + index, 'the event is missing');
  const end = tail.at(-1)?.position ?? position;
  if (end < head) return broken(end + 1, 'the event is missing, and all up to the head of the log');
  if ((await eventHashes(db, Number.MIN_SAFE_INTEGER, 0)).length > 0) return broken(0, 'an event was put in: the log begins at 1');
  return { position: end, broken: forgedLink(checkpoints), unsealed: tail.length };
}

/** All of a block may be gone; what is there must be what was recorded all the same. */
async function wrongEvent(database: Database, seal: Seal, isDropped: (position: number) => Promise<boolean>): Promise<Verified | null> {
  const rows = await eventHashes(database.kysely, seal.first, seal.last);
  if (rows.length === 0 && (await isDropped(seal.last))) return null;
  const digests = digestsOf(rows.map((row) => row.hash));
  if (rows.length === seal.last - seal.first + 1 && equal(digests.rows_digest, seal.rows_digest) && equal(digests.row_hashes, seal.row_hashes)) return null;
  for (let position = seal.first, index = 0; position <= seal.last; position++, index++) {
    const row = rows[index];
    if (row === undefined || row.position !== position) return broken(position, 'the event is missing');
    const at = index * keptBytes;
    if (!equal(row.hash.subarray(0, keptBytes), seal.row_hashes.subarray(at, at + keptBytes))) return broken(position, 'the event is not as it was recorded');
  }
  return broken(seal.first, `an event up to ${seal.last} is not as it was recorded`);
}

function broken(position: number, what: string): VerifiedEvents {
  return { position, broken: { position, what }, unsealed: 0 };
}
