import { sql } from 'kysely';
import type { Queryable, Transaction } from '../db/database.js';

/**
 * Personal data stands apart from the log, which is never rewritten: an event carries the reference,
 * and erasing the row erases the data everywhere.
 */
export interface PersonalData {
  id: string;
  /** Whom it is about: subject of the events that refer to it. */
  subject: string;
  data: object;
}

export async function keepPersonalData(tx: Transaction, rows: readonly PersonalData[]): Promise<void> {
  if (rows.length === 0) return;
  const distinct = [...new Map(rows.map((row) => [row.id, { id: row.id, subject: row.subject, data: JSON.stringify(row.data) }])).values()];
  await tx.insertInto('personal_data').values(distinct).onConflict((c) => c.doNothing()).execute();
}

/** What is still there of these references. */
export async function personalData(db: Queryable, ids: readonly string[]): Promise<Map<string, object>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('personal_data').select(['id', 'data']).where('id', '=', sql<string>`any(${ids}::uuid[])`).execute();
  return new Map(rows.map((row) => [row.id, row.data as object]));
}
