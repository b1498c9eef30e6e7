import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';

/** A stated level that is due to be compared, with what Odoo says of the same product at the same warehouse. */
export interface LevelDue {
  id: string;
  subject: string;
  company: string;
  connection: string;
  facility: string | null;
  sku: string;
  on_hand: string;
  version: number;
  /** It differed when it was compared last. */
  differed: boolean;
  /** A product of Odoo has this SKU, or this barcode. */
  is_known: boolean;
  /** On hand by Odoo, over all locations of the warehouse. */
  odoo: string;
}

/** Longest without a look: at a level that agreed, and at one that differed, ms. */
const agreeingMs = 86_400_000;
export const differingMs = 600_000;

/** Levels of these connections that changed since they were compared, or were not for long; at most so many. */
export async function levelsDue(tx: Transaction, connections: readonly string[], nowMs: number, limit: number): Promise<LevelDue[]> {
  const at = (ms: number) => new Date(nowMs - ms).toISOString();
  const { rows } = await sql<LevelDue>`
    with due as (
      select l.id, l.subject, l.company, l.connection, l.facility, l.sku, l.on_hand, l.version, coalesce(c.differs, false) as differed
      from inventory_level l left join inventory_check c on c.level_id = l.id
      where l.connection = any(${[...connections]}::text[]) and not l.deleted
        and (c.level_id is null or (not c.differs and (c.version <> l.version or c.compared_at < ${at(agreeingMs)}::timestamptz)) or (c.differs and c.compared_at <= ${at(differingMs)}::timestamptz))
      order by l.id limit ${limit}
    ), products as (
      select d.id as level_id, p.id from due d join product p on (p.sku = d.sku or p.barcode = d.sku) and not p.deleted
    )
    select d.*, d.on_hand::text as on_hand, exists (select 1 from products p where p.level_id = d.id) as is_known,
      coalesce((select sum(s.on_hand) from products p join stock_level s on s.product_id = p.id
        where p.level_id = d.id and not s.deleted and s.company = d.company and (d.facility is null or upper(split_part(s.location, '/', 1)) = d.facility)), 0)::text as odoo
    from due d order by d.id`.execute(tx);
  return rows;
}

export async function keepChecks(tx: Transaction, rows: ReadonlyArray<{ level_id: string; version: number; compared_at: string; differs: boolean }>): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into inventory_check (level_id, version, compared_at, differs) select level_id, version, compared_at, differs from json_populate_recordset(null::inventory_check, ${JSON.stringify(rows)}::json)
    on conflict (level_id) do update set version = excluded.version, compared_at = excluded.compared_at, differs = excluded.differs`.execute(tx);
}
