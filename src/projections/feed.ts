import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { Schema } from '../db/schema.js';
import { removedName } from '../events/live.js';
import type { FoldedShipment } from './shipments.js';

/** Key of those who see everything of a company; the row's company decides which. */
export const everyone = 'all';

/** Where the records stand of whose changes the feed tells. */
export const changedTables = {
  shipment: 'shipment', load: 'load', appointment: 'appointment', visit: 'visit', yard_move: 'yard_move', trailer_stay: 'trailer_stay', vehicle: 'vehicle', exception: 'exception', stock: 'stock_level', connection: 'connection_health',
  tender_offer: 'tender_offer',
} as const satisfies Record<string, keyof Schema>;
export type ChangedKind = keyof typeof changedTables;

/** What a batch did that somebody may be shown. */
export interface BatchChanges {
  folded: readonly FoldedShipment[];
  /** Keys to which records were opened. */
  granted: ReadonlyMap<string, readonly string[]>;
  /** Milestones that came to another shipment. */
  moved: ReadonlyArray<{ id: string; shipment_id: string }>;
  /** Ids of records that changed, beside the shipments in `folded`. */
  changed: Readonly<Partial<Record<ChangedKind, readonly string[]>>>;
  /** Position up to which the projections stood before this batch. */
  before: number;
  /** Last position of this batch. */
  last: number;
}

/**
 * Adds to the feed whatever somebody may be shown now and was not before: a new milestone at its own
 * position; an older one, which a link or a right made visible, and records that changed, behind the
 * batch's last position, each record once. So every reader of the feed, by key, meets each milestone
 * once, each change no earlier than it can be read, and nothing behind a cursor it holds.
 */
export async function projectFeed(tx: Transaction, batch: BatchChanges): Promise<void> {
  const [, ordinal] = await Promise.all([feedNew(tx, batch), feedRest(tx, batch)]); // carried out in this order
  await feedChanges(tx, batch, ordinal);
}

const newMilestones = ({ shown }: FoldedShipment, before: number) => shown.filter((row) => row.position > before);

/** The newest milestone of a shipment tells of the shipment's change too: no row of its own for what most changes are. */
async function feedNew(tx: Transaction, { folded, before }: BatchChanges): Promise<void> {
  const rows = folded.flatMap((shipment) => {
    const shown = newMilestones(shipment, before);
    const newest = Math.max(...shown.map((row) => row.position));
    return shown.flatMap((row) => [everyone, ...shipment.access].map((key) => ({ key, position: row.position, milestone: row.id, company: shipment.company, record: row.position === newest ? shipment.id : null })));
  });
  if (rows.length === 0) return;
  await sql`
    insert into feed (key, position, ordinal, company, milestone_id, changed, record_id)
    select key, position, 0, company, milestone, case when record is not null then 'shipment' end, record
    from unnest(${rows.map((r) => r.key)}::text[], ${rows.map((r) => r.position)}::bigint[], ${rows.map((r) => r.company)}::text[], ${rows.map((r) => r.milestone)}::uuid[], ${rows.map((r) => r.record)}::uuid[]) as x(key, position, company, milestone, record)
    on conflict do nothing
  `.execute(tx);
}

/**
 * Whatever stands in shipments that somebody sees anew and has no row yet for a key that may see it. Runs once in a
 * batch; a milestone has one ordinal for all keys, so that a reader with several keys meets no two
 * milestones at one place, of which a page that ends between them would lose the second.
 * What has no row because the feed no longer goes back so far is shown only to whom it was just opened.
 * @returns the last ordinal that it took
 */
async function feedRest(tx: Transaction, { folded, granted, moved, before, last }: BatchChanges): Promise<number> {
  const came = new Set(moved.map((row) => row.shipment_id));
  const isWidened = (shipment: FoldedShipment) => granted.has(shipment.id) || came.has(shipment.id) || shipment.company !== shipment.companyBefore;
  const revisit = folded.filter((shipment) => (shipment.hasOlder && isWidened(shipment)) || shipment.shown.some((row) => row.position <= before)).map((shipment) => shipment.id);
  if (revisit.length === 0) return 0;
  const again = [...moved.map((row) => row.id), ...folded.flatMap((shipment) => shipment.shown.map((row) => row.id))];
  const opened = revisit.flatMap((id) => (granted.get(id) ?? []).map((key) => ({ id, key })));
  const taken = await sql<{ ordinal: number | null }>`
    with shown as (
      select m.id, m.position, m.shipment_id, s.company from milestone m join shipment s on s.id = m.shipment_id
      where m.shipment_id = any(${revisit}::uuid[]) and (m.active or exists (select 1 from milestone t where t.shipment_id = m.shipment_id and (t.id = m.retracts or t.fact_group = m.retracts_fact_key)))
    ), wanted as (
      select a.key, m.id, m.position, m.company, m.shipment_id from shown m join record_access a on a.kind = 'shipment' and a.record_id = m.shipment_id
      union
      select ${everyone}, m.id, m.position, m.company, m.shipment_id from shown m
      union
      -- it came to another company, whose people have not seen it
      select 'company:' || m.company, m.id, m.position, m.company, m.shipment_id from shown m join feed f on f.milestone_id = m.id and f.key = ${everyone} and f.company <> m.company
    ), removed as (
      select coalesce(max(position), 0) as position from projection where name = ${removedName}
    ), missing as (
      select w.* from wanted w, removed r where not exists (select 1 from feed f where f.milestone_id = w.id and f.key = w.key)
        and (w.position > r.position or w.id = any(${again}::uuid[]) or w.key like 'company:%'
          or exists (select 1 from unnest(${opened.map((row) => row.id)}::uuid[], ${opened.map((row) => row.key)}::text[]) as o(id, key) where o.id = w.shipment_id and o.key = w.key))
    ), added as (
      insert into feed (key, position, ordinal, company, milestone_id)
      select key, ${last}::bigint, dense_rank() over (order by position, id), company, id
      from missing returning ordinal
    )
    select max(ordinal) as ordinal from added
  `.execute(tx);
  return taken.rows[0]?.ordinal ?? 0;
}

/** One row for each record that changed and each key that sees it now, all at the batch's last position. */
async function feedChanges(tx: Transaction, { folded, changed, before, last }: BatchChanges, lastOrdinal: number): Promise<void> {
  let ordinal = lastOrdinal;
  const rows: Array<{ key: string; ordinal: number; company: string; changed: string; record: string }> = [];
  const add = (kind: ChangedKind, record: string, company: string, keys: readonly string[]) => {
    ordinal++;
    for (const key of [everyone, ...keys]) rows.push({ key, ordinal, company, changed: kind, record });
  };
  for (const shipment of folded) if (newMilestones(shipment, before).length === 0) add('shipment', shipment.id, shipment.company, shipment.access);
  for (const [kind, ids] of Object.entries(changed) as Array<[ChangedKind, readonly string[]]>) {
    for (const { id, company, keys } of await keysOf(tx, kind, ids)) add(kind, id, company, keys);
  }
  if (rows.length === 0) return;
  await sql`
    insert into feed (key, position, ordinal, company, changed, record_id)
    select key, ${last}::bigint, ordinal, company, changed, record
    from unnest(${rows.map((r) => r.key)}::text[], ${rows.map((r) => r.ordinal)}::integer[], ${rows.map((r) => r.company)}::text[], ${rows.map((r) => r.changed)}::text[], ${rows.map((r) => r.record)}::uuid[]) as x(key, ordinal, company, changed, record)
  `.execute(tx);
}

async function keysOf(tx: Transaction, kind: ChangedKind, ids: readonly string[]): Promise<Array<{ id: string; company: string; keys: string[] }>> {
  if (ids.length === 0) return [];
  const found = await sql<{ id: string; company: string; keys: string[] }>`
    select r.id, r.company, array(select a.key from record_access a where a.record_id = r.id and a.kind = ${kind} order by a.key) as keys
    from ${sql.table(changedTables[kind])} r where r.id = any(${[...ids]}::uuid[]) order by r.id
  `.execute(tx);
  return found.rows;
}
