import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';

/**
 * Of these facilities those that are new, gone, or called otherwise than when this was asked last: by code, company and zone all that is there
 * is shown. What else changes of a facility, its plan above all, does so often, and concerns none of it.
 */
export async function renamedFacilities(tx: Transaction, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    insert into facility_name (facility_id, name) select id, concat_ws(' ', coalesce(code, ''), company, coalesce(zone, ''), deleted) from facility where id = any(${[...ids]}::uuid[])
    on conflict (facility_id) do update set name = excluded.name where facility_name.name <> excluded.name returning facility_id as id`.execute(tx);
  return rows.map(({ id }) => id);
}
