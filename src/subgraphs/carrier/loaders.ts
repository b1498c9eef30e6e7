import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import type { FeedCursor } from '../../events/live.js';
import { anyOf } from '../shared/any-of.js';
import { pageLoader, type PageGroup } from '../shared/page-loader.js';
import { decodeTimelineCursor } from './queries.js';
import { milestoneOf, shipmentOf } from './rows.js';
import type { MilestoneEvent, Shipment } from './types.js';

/** One statement per kind and level, whatever the number of parents. Everything is read as the principal. */
export function carrierLoaders({ db }: Reader) {
  return {
    shipment: new DataLoader<string, Shipment | null>(async (ids) => {
      const rows = await db.selectFrom('shipment').selectAll('shipment').where('shipment.id', '=', anyOf(ids)).execute();
      return inOrder(ids, rows, (row) => row.id, shipmentOf);
    }),
    milestone: new DataLoader<string, MilestoneEvent | null>(async (ids) => {
      const rows = await db.selectFrom('milestone').selectAll('milestone').where('milestone.id', '=', anyOf(ids)).execute();
      return inOrder(ids, rows, (row) => row.id, milestoneOf);
    }),
    /** Where the principal meets a milestone in the feed. */
    cursor: new DataLoader<string, FeedCursor | null>(async (ids) => {
      const rows = await db.selectFrom('feed').select(['milestone_id', 'position', 'ordinal']).where('milestone_id', '=', anyOf(ids)).execute();
      return inOrder(ids, rows, (row) => row.milestone_id, (row) => ({ position: row.position, ordinal: row.ordinal }));
    }),
    /** Timelines in time order; `after` is a cursor of `timelineCursor`. */
    timeline: pageLoader((groups) => readTimelines(db, groups), (row) => milestoneOf(row)),
  };
}

/** Pages of the timelines of any number of shipments, with any arguments: one statement. */
async function readTimelines(db: Reader['db'], groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    let milestones = db
      .selectFrom('milestone')
      .selectAll('milestone')
      .select(sql<number>`row_number() over (partition by shipment_id order by occurred_at, milestone.id)`.as('place_in_timeline'))
      .where('active', '=', true)
      .where('shipment_id', '=', anyOf(parents));
    if (after !== null) {
      const [occurredAt, id] = decodeTimelineCursor(after);
      milestones = milestones.where(sql<boolean>`(occurred_at, milestone.id) > (${occurredAt}::timestamptz, ${id}::uuid)`);
    }
    return db
      .selectFrom(milestones.as('numbered'))
      .selectAll()
      .select([sql<number>`${number}::integer`.as('group_number'), 'shipment_id as parent_id'])
      .where('place_in_timeline', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_timeline').execute();
}

function inOrder<Row, Value>(ids: readonly string[], rows: readonly Row[], idOf: (row: Row) => string, valueOf: (row: Row) => Value): Array<Value | null> {
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  return ids.map((id) => {
    const row = byId.get(id);
    return row === undefined ? null : valueOf(row);
  });
}
