import { sql } from 'kysely';
import type { Queryable, Transaction } from '../db/database.js';

/** A raw message as kept in the inbox. `body` is null once its retention has ended. */
export interface InboxMessage {
  id: string;
  connection: string;
  correlation_id: string;
  received_at: string;
  headers: Record<string, string> | null;
  body: Uint8Array | null;
  state: 'RECEIVED' | 'DECODED' | 'QUARANTINED';
}

/** Ids of messages that are not decoded yet, oldest first, with the bytes of their bodies. */
export async function messageSizes(db: Queryable, ids: readonly string[]): Promise<Array<{ id: string; size: number }>> {
  return db
    .selectFrom('inbox')
    .select(['id', sql<number>`coalesce(octet_length(body), 0)`.as('size')])
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .where('state', '=', 'RECEIVED')
    .orderBy('id')
    .execute();
}

export async function loadMessages(db: Queryable, ids: readonly string[]): Promise<InboxMessage[]> {
  return db
    .selectFrom('inbox')
    .select(['id', 'connection', 'correlation_id', 'received_at', 'headers', 'body', 'state'])
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('id')
    .execute();
}

/** Ids of messages of a connection received in [from, to), oldest first, after `afterId`. */
export async function messageIds(db: Queryable, range: { connection: string; from: string; to: string; afterId: string | null; limit: number }): Promise<string[]> {
  let query = db.selectFrom('inbox').select('id').where('connection', '=', range.connection).where('received_at', '>=', range.from).where('received_at', '<', range.to).orderBy('id').limit(range.limit);
  if (range.afterId !== null) query = query.where('id', '>', range.afterId);
  return (await query.execute()).map((row) => row.id);
}

export interface Outcome {
  id: string;
  /** Why it could not be read; null when it was. */
  failure: string | null;
}

export async function markDecoded(tx: Transaction, outcomes: readonly Outcome[], at: string): Promise<void> {
  await sql`
    update inbox set state = case when x.failure is null then 'DECODED' else 'QUARANTINED' end, failure = x.failure, decoded_at = ${at}::timestamptz
    from unnest(${outcomes.map((o) => o.id)}::uuid[], ${outcomes.map((o) => o.failure)}::text[]) as x(id, failure)
    where inbox.id = x.id
  `.execute(tx);
}

/** Messages that are still not decoded though they arrived before `before`: their job was lost or gave up. */
export async function overdueMessages(db: Queryable, before: string, limit: number): Promise<Array<{ id: string; connection: string }>> {
  return db.selectFrom('inbox').select(['id', 'connection']).where('state', '=', 'RECEIVED').where('received_at', '<', before).orderBy('id').limit(limit).execute();
}

/** Counts a message that was refused for its signature. Nothing of the message itself is kept. */
export async function countRejections(db: Queryable, counts: ReadonlyArray<{ connection: string; minute: string; reason: string; count: number }>): Promise<void> {
  if (counts.length === 0) return;
  await db
    .insertInto('rejection')
    .values(counts.map((c) => ({ ...c })))
    .onConflict((c) => c.columns(['connection', 'minute', 'reason']).doUpdateSet({ count: sql`rejection.count + excluded.count` }))
    .execute();
}
