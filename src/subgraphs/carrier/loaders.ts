import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import type { FeedCursor } from '../../events/live.js';
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
    /** First page of each shipment's timeline; pages behind it are asked for one shipment at a time. */
    timeline: new DataLoader<{ shipmentId: string; limit: number }, MilestoneEvent[], string>(
      async (keys) => {
        const limit = Math.max(...keys.map((key) => key.limit));
        const numbered = db
          .selectFrom('milestone')
          .selectAll('milestone')
          .select(sql<number>`row_number() over (partition by shipment_id order by occurred_at, milestone.id)`.as('place_in_timeline'))
          .where('active', '=', true)
          .where('shipment_id', '=', anyOf(keys.map((key) => key.shipmentId)));
        const rows = await db.selectFrom(numbered.as('numbered')).selectAll().where('place_in_timeline', '<=', limit).orderBy('place_in_timeline').execute();
        const byShipment = new Map<string, MilestoneEvent[]>();
        for (const row of rows) byShipment.set(row.shipment_id, [...(byShipment.get(row.shipment_id) ?? []), milestoneOf(row)]);
        return keys.map((key) => (byShipment.get(key.shipmentId) ?? []).slice(0, key.limit));
      },
      { cacheKeyFn: (key) => `${key.shipmentId} ${key.limit}` },
    ),
  };
}

function anyOf(ids: readonly string[]) {
  return sql<string>`any(${[...ids]}::uuid[])`;
}

function inOrder<Row, Value>(ids: readonly string[], rows: readonly Row[], idOf: (row: Row) => string, valueOf: (row: Row) => Value): Array<Value | null> {
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  return ids.map((id) => {
    const row = byId.get(id);
    return row === undefined ? null : valueOf(row);
  });
}
