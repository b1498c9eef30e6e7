import { sql } from 'kysely';
import { factId } from '../../../events/append.js';
import type { Transaction } from '../../engine.js';
import type { Read } from '../decode.js';
import { factEvents } from '../message-events.js';

/**
 * Keeps what messages of connections in shadow mode say, apart from the log: no names are linked, nobody is told,
 * nothing is raised, and personal data are not kept at all. A message that is read again replaces what it said before.
 * @returns how many facts are kept that were not
 */
export async function recordShadow(tx: Transaction, read: ReadonlyArray<Pick<Read, 'message' | 'context' | 'decoded'>>): Promise<number> {
  await tx.deleteFrom('shadow_fact').where('raw_id', '=', sql<string>`any(${read.map(({ message }) => message.id)}::uuid[])`).execute();
  const facts = read.flatMap(({ message, context, decoded }) => (decoded === null ? [] : factEvents(decoded, context)).filter((event) => event.connection !== null && event.factKey !== null).map((event) => ({ event, rawId: message.id })));
  const rows = new Map(facts.map(({ event, rawId }) => [factId(event), {
    id: factId(event), connection: event.connection!, company: event.company, raw_id: rawId, type: event.type, subject: event.subject, fact_key: event.factKey!, occurred_at: event.occurredAt,
    recorded_at: event.recordedAt, payload: event.payload,
  }]));
  if (rows.size === 0) return 0;
  // In one order for all, so that two with the same facts wait instead of deadlocking.
  const sorted = [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const kept = await sql`insert into shadow_fact select * from json_populate_recordset(null::shadow_fact, ${JSON.stringify(sorted)}::json) on conflict do nothing returning id`.execute(tx);
  return kept.rows.length;
}
