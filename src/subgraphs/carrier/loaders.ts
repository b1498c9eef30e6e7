import DataLoader from 'dataloader';
import type { Reader } from '../../auth/reader.js';
import type { FeedCursor } from '../../lib/feed.js';
import { firstPlaces } from '../shared/feed.js';
import { listBelow, pageLoader } from '../shared/page-loader.js';
import { rowLoader, rowsByKey } from '../shared/row-loader.js';
import { byTime } from './queries.js';
import { milestoneFields, milestoneOf, shipmentFields, shipmentOf } from './rows.js';

const shipments = rowsByKey({ columns: shipmentFields, from: (db) => db.selectFrom('shipment'), key: 'shipment.id' });
const milestones = rowsByKey({ columns: milestoneFields, from: (db) => db.selectFrom('milestone'), key: 'milestone.id' });
const timelines = listBelow({ columns: milestoneFields, from: (db) => db.selectFrom('milestone').where('active', '=', true), parent: 'milestone.shipment_id', order: byTime });

/** One statement per kind and level, whatever the number of parents. Everything is read as the principal. */
export function carrierLoaders(reader: Reader) {
  return {
    shipment: rowLoader(reader, shipments, shipmentOf),
    milestone: rowLoader(reader, milestones, milestoneOf),
    /** Where the principal meets a milestone in the feed. */
    cursor: new DataLoader<string, FeedCursor | null>(async (ids) => {
      const places = await firstPlaces(reader, ids);
      return ids.map((id) => places.get(id) ?? null);
    }),
    timeline: pageLoader(reader, timelines, milestoneOf),
  };
}
