import { sql } from 'kysely';
import type { Queryable, Transaction } from '../db/database.js';
import { compareText } from '../lib/compare.js';
import { bodyPurpose, type BodySealer } from './inbox.js';

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

/**
 * The oldest messages that are not decoded yet and that nobody else is decoding, held until this transaction
 * ends, with their bodies open.
 * @param most.bytes of bodies; the first message is taken however large it is
 * @param only of these alone
 */
export async function takeMessages(tx: Transaction, bodies: BodySealer, most: { messages: number; bytes: number }, only?: readonly string[]): Promise<InboxMessage[]> {
  const rows = await sql<Omit<InboxMessage, 'state'>>`
    with held as materialized (
      select id, connection, correlation_id, received_at, headers, body from inbox
      where state = 'RECEIVED' ${only === undefined ? sql`` : sql`and id = any(${[...only]}::uuid[])`} order by id limit ${most.messages} for update skip locked
    )
    select id, connection, correlation_id, received_at, headers, body
    from (select *, sum(coalesce(octet_length(body), 0)) over (order by id) - coalesce(octet_length(body), 0) as before from held) as sized
    where before = 0 or before + coalesce(octet_length(body), 0) <= ${most.bytes} order by id
  `.execute(tx);
  return rows.rows.map((row) => ({ ...opened(row, bodies), state: 'RECEIVED' }));
}

/** A message of which reading is begun, and how often it was. */
export interface Begun {
  id: string;
  begun: number;
}

/**
 * Counts that reading the oldest waiting messages is begun, to be committed before it is: one that brings its process
 * down is known by that. One that was begun before is given alone.
 * @param counted those that this process has counted already
 */
export async function beginMessages(tx: Transaction, most: number, counted: readonly string[]): Promise<Begun[]> {
  const { rows } = await sql<Begun>`
    with waiting as materialized (select id, begun from inbox where state = 'RECEIVED' order by id limit ${most} for update skip locked),
      first as (select id, begun from waiting order by id limit 1),
      chosen as (select id from waiting where begun = 0 and (select begun from first) = 0 union all select id from first where begun > 0)
    update inbox set begun = begun + case when inbox.id = any(${[...counted]}::uuid[]) then 0 else 1 end from chosen where inbox.id = chosen.id returning inbox.id, begun`.execute(tx);
  return rows;
}

/** With their bodies open. */
export async function loadMessages(db: Queryable, bodies: BodySealer, ids: readonly string[]): Promise<InboxMessage[]> {
  const rows = await db
    .selectFrom('inbox')
    .select(['id', 'connection', 'correlation_id', 'received_at', 'headers', 'body', 'state'])
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('id')
    .execute();
  return rows.map((row) => opened(row, bodies));
}

function opened<Row extends { id: string; body: Uint8Array | null }>(row: Row, bodies: BodySealer): Row {
  return { ...row, body: row.body === null ? null : bodies.openBytes(row.body, bodyPurpose(row.id)) };
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

/** How many messages are not decoded yet. */
export async function waitingMessages(db: Queryable): Promise<number> {
  const row = await db.selectFrom('inbox').select((e) => e.fn.countAll<number>().as('count')).where('state', '=', 'RECEIVED').executeTakeFirstOrThrow();
  return row.count;
}

/** Counts a message that was refused for its signature. Nothing of the message itself is kept. */
export async function countRejections(db: Queryable, counts: ReadonlyArray<{ connection: string; minute: string; reason: string; count: number }>): Promise<void> {
  if (counts.length === 0) return;
  // In one order for all processes, so that two wait for each other instead of deadlocking.
  const rows = [...counts].sort((a, b) => compareText(a.minute, b.minute) || compareText(a.connection, b.connection) || compareText(a.reason, b.reason));
  await db
    .insertInto('rejection')
    .values(rows)
    .onConflict((c) => c.columns(['connection', 'minute', 'reason']).doUpdateSet({ count: sql`rejection.count + excluded.count` }))
    .execute();
}
