import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { FoldedShipment } from './shipments.js';

/** Key of those who see everything of a company; the row's company decides which. */
export const everyone = 'all';

/**
 * Adds to the feed whatever somebody may be shown now and was not before: a new milestone at its own
 * position; an older one, which a link or a right made visible, behind the batch's last position.
 * So every reader of the feed, by key, meets each milestone once, and never behind a cursor it holds.
 *
 * @param before position up to which the projections stood before this batch
 * @param last last position of this batch
 */
export async function projectFeed(tx: Transaction, folded: readonly FoldedShipment[], widened: ReadonlySet<string>, before: number, last: number): Promise<void> {
  await feedNew(tx, folded, before);
  const revisit = folded.filter((shipment) => (shipment.hasOlder && widened.has(shipment.id)) || shipment.shown.some((row) => row.position <= before)).map((shipment) => shipment.id);
  if (revisit.length > 0) await feedRest(tx, revisit, last);
}

async function feedNew(tx: Transaction, folded: readonly FoldedShipment[], before: number): Promise<void> {
  const rows = folded.flatMap((shipment) =>
    shipment.shown
      .filter((row) => row.position > before)
      .flatMap((row) => [everyone, ...shipment.access].map((key) => ({ key, position: row.position, milestone: row.id, company: shipment.company }))),
  );
  if (rows.length === 0) return;
  await sql`
    insert into feed (key, position, ordinal, milestone_id, company)
    select key, position, 0, milestone, company
    from unnest(${rows.map((r) => r.key)}::text[], ${rows.map((r) => r.position)}::bigint[], ${rows.map((r) => r.milestone)}::uuid[], ${rows.map((r) => r.company)}::text[]) as x(key, position, milestone, company)
    on conflict do nothing
  `.execute(tx);
}

/**
 * Whatever stands in these shipments and has no row yet for a key that may see it. Runs once in a
 * batch; a milestone has one ordinal for all keys, so that a reader with several keys meets no two
 * milestones at one place, of which a page that ends between them would lose the second.
 */
async function feedRest(tx: Transaction, shipmentIds: readonly string[], last: number): Promise<void> {
  await sql`
    with shown as (
      select m.id, m.position, m.shipment_id, s.company from milestone m join shipment s on s.id = m.shipment_id
      where m.shipment_id = any(${shipmentIds}::uuid[]) and (m.active or exists (select 1 from milestone t where t.shipment_id = m.shipment_id and (t.id = m.retracts or t.fact_group = m.retracts_fact_key)))
    ), wanted as (
      select a.key, m.id, m.position, m.company from shown m join record_access a on a.kind = 'shipment' and a.record_id = m.shipment_id
      union
      select ${everyone}, m.id, m.position, m.company from shown m
      union
      -- it came to another company, whose people have not seen it
      select 'company:' || m.company, m.id, m.position, m.company from shown m join feed f on f.milestone_id = m.id and f.key = ${everyone} and f.company <> m.company
    ), missing as (
      select w.* from wanted w where not exists (select 1 from feed f where f.milestone_id = w.id and f.key = w.key)
    )
    insert into feed (key, position, ordinal, milestone_id, company)
    select key, ${last}::bigint, dense_rank() over (order by position, id), id, company
    from missing
  `.execute(tx);
}
