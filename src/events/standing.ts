import { sql } from 'kysely';
import type { Queryable } from '../db/database.js';
import { factId } from './append.js';
import type { NewEvent } from './event.js';

/** How what is stated of a record stands to the highest version of it in the log. */
export type Standing = 'UNKNOWN' | 'EQUAL' | 'OTHER';

/**
 * Holds statements about records, one for each subject, against what stands of them in the log, by
 * content: the same said under another version is equal.
 * @returns by subject
 */
export async function standingOf(db: Queryable, connection: string, statements: readonly NewEvent[]): Promise<Map<string, Standing>> {
  if (statements.length === 0) return new Map();
  const found = await sql<{ subject: string; id: string; fact_key: string }>`
    select distinct on (subject) subject, id, fact_key from event
    where subject = any(${statements.map((event) => event.subject)}::text[]) and connection = ${connection} and payload ? 'recordVersion'
    order by subject, (payload->>'recordVersion')::bigint desc, payload->>'observedAt' desc, position desc
  `.execute(db);
  const highest = new Map(found.rows.map((row) => [row.subject, row]));
  // The ledger knows a fact by its words: what stands was said in these words if it knows them under its key.
  const factIds = new Map(statements.flatMap((event) => {
    const stands = highest.get(event.subject);
    return stands === undefined ? [] : [[event.subject, factId({ ...event, connection, factKey: stands.fact_key })] as const];
  }));
  const known = await sql<{ id: string; event_id: string }>`select id, event_id from fact where id = any(${[...factIds.values()]}::uuid[])`.execute(db);
  const eventOfFact = new Map(known.rows.map((row) => [row.id, row.event_id]));
  return new Map(statements.map(({ subject }) => {
    const stands = highest.get(subject);
    if (stands === undefined) return [subject, 'UNKNOWN'];
    return [subject, eventOfFact.get(factIds.get(subject)!) === stands.id ? 'EQUAL' : 'OTHER'];
  }));
}

/** Whether messages of a connection that were received up to `until` still wait to be decoded. */
export async function hasUndecoded(db: Queryable, connection: string, until: string): Promise<boolean> {
  const row = await db.selectFrom('inbox').select('id').where('state', '=', 'RECEIVED').where('connection', '=', connection).where('received_at', '<=', until).limit(1).executeTakeFirst();
  return row !== undefined;
}
