import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { Schema } from '../db/schema.js';

/**
 * Writes whole rows, many with one statement; a row whose key exists is replaced. Rows go as one
 * JSON parameter, so every row must have the same columns.
 */
export async function upsertRows(tx: Transaction, table: keyof Schema, key: string, rows: ReadonlyArray<object>): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.keys(rows[0]!);
  const list = sql.join(columns.map((column) => sql.ref(column)));
  const changes = sql.join(columns.filter((column) => column !== key).map((column) => sql`${sql.ref(column)} = excluded.${sql.ref(column)}`));
  await sql`
    insert into ${sql.table(table)} (${list})
    select ${list} from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)
    on conflict (${sql.ref(key)}) do update set ${changes}
  `.execute(tx);
}

/** Inserts whole rows, many with one statement; rows that are there already stay as they are. */
export async function insertRows(tx: Transaction, table: keyof Schema, rows: ReadonlyArray<object>): Promise<void> {
  if (rows.length === 0) return;
  const list = sql.join(Object.keys(rows[0]!).map((column) => sql.ref(column)));
  await sql`
    insert into ${sql.table(table)} (${list})
    select ${list} from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)
    on conflict do nothing
  `.execute(tx);
}
