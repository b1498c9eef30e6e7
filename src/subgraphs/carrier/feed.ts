import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import { anyOf } from '../shared/any-of.js';
import { changedRows, type Changed } from '../shared/change.js';
import type { FeedEvent, FeedSource } from '../shared/feed.js';
import { uuidOfFilter } from '../shared/lookup.js';
import { milestoneOf, shipmentOf } from './rows.js';
import type { ShipmentChangeFilter } from './event-types.js';
import type { MilestoneEvent, MilestoneFilter, Shipment } from './types.js';

export type FedMilestone = FeedEvent<MilestoneEvent>;
export type FedShipment = FeedEvent<Changed<Shipment>>;

/**
 * Milestones in the order in which they became visible to the principal.
 * @throws GatehouseError BAD_INPUT when the filter names no shipment: at once, not with the first event
 */
export function milestonesOf(filter: MilestoneFilter): FeedSource<MilestoneEvent> {
  uuidOfFilter('Shipment', 'shipmentId', filter.shipmentId);
  return { kinds: ['milestone'], filter, load: ({ db }, _kind, ids) => readMilestones(db, ids, filter) };
}

/** Shipments that changed. One that was merged into another is told of as no more; who asked for it by its id is told of the other from then on. */
export function shipmentChangesOf(filter: ShipmentChangeFilter): FeedSource<Changed<Shipment>> {
  uuidOfFilter('Shipment', 'shipmentId', filter.shipmentId);
  return { kinds: ['shipment'], filter, load: ({ db }, _kind, ids) => readShipments(db, ids, filter) };
}

export async function readMilestones(db: Reader['db'], ids: readonly string[], filter: MilestoneFilter): Promise<Map<string, MilestoneEvent>> {
  let query = db.selectFrom('milestone').selectAll('milestone').where('milestone.id', '=', anyOf(ids));
  const shipment = uuidOfFilter('Shipment', 'shipmentId', filter.shipmentId);
  if (shipment !== null) query = query.where('shipment_id', 'in', standingFor(db, shipment));
  if (filter.codes != null) query = query.where('code', '=', sql<string>`any(${filter.codes}::text[])`);
  if (filter.classifiers != null) query = query.where('classifier', '=', sql<string>`any(${filter.classifiers}::text[])`);
  return new Map((await query.execute()).map((row) => [row.id, milestoneOf(row)]));
}

export async function readShipments(db: Reader['db'], ids: readonly string[], filter: ShipmentChangeFilter): Promise<Map<string, Changed<Shipment>>> {
  let query = db.selectFrom('shipment').selectAll('shipment').where('shipment.id', '=', anyOf(ids));
  const shipment = uuidOfFilter('Shipment', 'shipmentId', filter.shipmentId);
  if (shipment !== null) query = query.where((w) => w.or([w('shipment.id', '=', shipment), w('shipment.id', 'in', standingFor(db, shipment))]));
  if (filter.status != null) query = query.where('status', '=', sql<string>`any(${filter.status}::text[])`);
  if (filter.carrier != null) query = query.where('carrier', '=', filter.carrier);
  return changedRows(await query.execute(), (row) => row.merged_into !== null, shipmentOf);
}

/** The shipment that stands for the one of this id: an id that was handed out once goes on naming what it was merged into. */
function standingFor(db: Reader['db'], id: string) {
  return db.selectFrom('shipment as named').select(sql<string>`coalesce(merged_into, named.id)`.as('id')).where('named.id', '=', id);
}
