import { sql } from 'kysely';
import type { Queryable } from '../db/database.js';
import type { RecordKind } from '../model/facts.js';
import { recordSubject, tableOfKind } from './records.js';

/** Ids of records of a connection, as its facts give them, that are not known to be deleted. In the order of our own ids. */
export async function knownRecords(db: Queryable, kind: RecordKind, connection: string, after: string | null, limit: number): Promise<{ ids: string[]; next: string | null }> {
  const rows = await sql<{ id: string; subject: string }>`
    select id, subject from ${sql.table(tableOfKind[kind])}
    where connection = ${connection} and not deleted ${after === null ? sql`` : sql`and id > ${after}::uuid`} order by id limit ${limit}
  `.execute(db);
  const prefix = recordSubject(kind, connection, '');
  return { ids: rows.rows.map((row) => row.subject.slice(prefix.length)), next: rows.rows.length < limit ? null : rows.rows.at(-1)!.id };
}

/** The highest version that the read model has of records of these kinds of a connection; 0 where it has none. */
export async function highestVersion(db: Queryable, kinds: readonly RecordKind[], connection: string): Promise<number> {
  const parts = [...new Set(kinds.map((kind) => tableOfKind[kind]))].map((table) => sql`select max(version) as version from ${sql.table(table)} where connection = ${connection}`);
  const found = await sql<{ version: number | null }>`select max(version) as version from (${sql.join(parts, sql` union all `)}) as x`.execute(db);
  return found.rows[0]?.version ?? 0;
}
