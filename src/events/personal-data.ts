import { sql } from 'kysely';
import type { Queryable, Transaction } from '../db/database.js';
import { instant } from '../lib/clock.js';
import type { Json } from '../lib/json.js';

/**
 * Personal data stands apart from the log, which is never rewritten: an event carries the reference,
 * and erasing the row erases the data everywhere.
 */
export interface PersonalData {
  id: string;
  /** Whom it is about: subject of the events that refer to it. */
  subject: string;
  /** The raw message that says it; absent where people said it here. */
  rawId?: string;
  /** What may stand readable. */
  data: { [name: string]: Json };
  /** What may not; only opened for who may see it, by `id`. Null: nothing. */
  sealed: string | null;
  /** Keyed hashes by which it is found. */
  index: ReadonlyArray<{ kind: 'email' | 'phone'; fingerprint: Uint8Array }>;
}

/** What a projection takes over: it opens nothing. */
export interface KeptPersonalData {
  id: string;
  data: object;
  sealed: string | null;
}

const hourMs = 3_600_000;

/** Keeps what is new. Of whom was erased, nothing is kept, and the messages that say it lose their bodies. */
export async function keepPersonalData(tx: Transaction, rows: readonly PersonalData[]): Promise<void> {
  if (rows.length === 0) return;
  const subjects = [...new Set(rows.map((row) => row.subject))];
  const erased = new Set((await tx.selectFrom('erased_subject').select('subject').where('subject', '=', sql<string>`any(${subjects}::text[])`).execute()).map((row) => row.subject));
  const distinct = [...new Map(rows.map((row) => [row.id, row])).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const now = instant(Date.now());
  const added = await tx
    .insertInto('personal_data')
    .values(distinct.map((row) => (erased.has(row.subject) ? { id: row.id, subject: row.subject, data: null, sealed: null, erased_at: now } : { id: row.id, subject: row.subject, data: JSON.stringify(row.data), sealed: row.sealed, erased_at: null })))
    .onConflict((c) => c.doNothing())
    .returning('id')
    .execute();
  const kept = rows.filter((row) => !erased.has(row.subject));
  if (added.length < distinct.length) await sayAgain(tx, distinct.filter((row) => !erased.has(row.subject)));
  const index = kept.flatMap((row) => row.index.map(({ kind, fingerprint }) => ({ kind, fingerprint, personal_data_id: row.id })));
  if (index.length > 0) await tx.insertInto('personal_index').values(index).onConflict((c) => c.doNothing()).execute();
  const mentions = kept.flatMap((row) => (row.rawId === undefined ? [] : [{ subject: row.subject, raw_id: row.rawId }]));
  if (mentions.length > 0) await tx.insertInto('personal_mention').values(mentions).onConflict((c) => c.doNothing()).execute();
  const unwanted = rows.filter((row) => erased.has(row.subject)).flatMap((row) => row.rawId ?? []);
  if (unwanted.length > 0) await eraseBodies(tx, unwanted, 'ERASURE');
}

/** What is said anew is as young as what is new, so that retention does not take it before it is projected. */
async function sayAgain(tx: Transaction, rows: readonly PersonalData[]): Promise<void> {
  const now = Date.now();
  const old = sql<string>`any(array(
    select id from personal_data where id = any(${rows.map((row) => row.id)}::uuid[]) and erased_at is null and created_at < ${instant(now - hourMs)}::timestamptz order by id for update))`;
  await tx.updateTable('personal_data').set({ created_at: instant(now) }).where('id', '=', old).execute();
  // Behind it: what retention was about to take, it has taken by now.
  await fillAgain(tx, rows);
}

/** What retention took as it was no longer so, and is said anew: its id follows from what it says, and its row stayed. */
async function fillAgain(tx: Transaction, rows: readonly PersonalData[]): Promise<void> {
  const gone = await tx.selectFrom('personal_data').select('id').where('id', '=', sql<string>`any(${rows.map((row) => row.id)}::uuid[])`).where('erased_at', 'is not', null).orderBy('id').execute();
  for (const { id } of gone) {
    const { data, sealed } = rows.find((row) => row.id === id)!;
    await tx.updateTable('personal_data').set({ data: JSON.stringify(data), sealed, erased_at: null, created_at: instant(Date.now()) }).where('id', '=', id).where('erased_at', 'is not', null).execute();
  }
}

/** What is still there of these references. */
export async function personalData(db: Queryable, ids: readonly string[]): Promise<Map<string, KeptPersonalData>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('personal_data').select(['id', 'data', 'sealed']).where('id', '=', sql<string>`any(${ids}::uuid[])`).where('erased_at', 'is', null).execute();
  return new Map(rows.map((row) => [row.id, { id: row.id, data: row.data as object, sealed: row.sealed }]));
}

/** Takes bodies and headers from raw messages; the row stays, so that a repeat is known. @returns how many had one */
export async function eraseBodies(tx: Transaction, ids: readonly string[], why: 'RETENTION' | 'ERASURE'): Promise<number> {
  const gone = await tx.updateTable('inbox').set({ body: null, headers: null, body_gone: why }).where('id', '=', sql<string>`any(${ids}::uuid[])`).where('body', 'is not', null).returning('id').execute();
  await tx.deleteFrom('personal_mention').where('raw_id', '=', sql<string>`any(${ids}::uuid[])`).execute();
  return gone.length;
}
