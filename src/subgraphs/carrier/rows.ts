import type { Selectable } from 'kysely';
import type { MilestoneTable, ShipmentTable } from '../../db/schema.js';
import { globalId } from '../../lib/ids.js';
import type { Classifier, ShipmentStatus } from '../../model/milestones.js';
import { FieldColumns } from '../shared/columns.js';
import type { Place } from '../shared/place.js';
import type { Release } from '../shared/release.js';
import type { MilestoneEvent, Package, Shipment } from './types.js';

export type ShipmentRow = Selectable<ShipmentTable>;
export type MilestoneRow = Selectable<MilestoneTable>;

export const shipmentFields = new FieldColumns('shipment', ['id'], {
  reference: ['reference'], status: ['status'], rawStatus: ['raw_status'], provisional: ['provisional'], carrier: ['carrier'], direction: ['direction'], trackingNumbers: ['tracking_numbers'],
  packages: ['packages'], promisedAt: ['promised_at'], plannedAt: ['planned_at'], estimatedAt: ['estimated_at'], deliveredAt: ['delivered_at'], conflict: ['conflict'], release: ['release'],
  origin: ['origin'], destination: ['destination'], createdAt: ['created_at'], updatedAt: ['updated_at'], lastMilestone: ['last_milestone_id'],
});

export const milestoneFields = new FieldColumns('milestone', ['id', 'occurred_at'], {
  code: ['code'], classifier: ['classifier'], zone: ['zone'], zoneAssumed: ['zone_assumed'], recordedAt: ['recorded_at'], exceptionClass: ['exception_class'], location: ['place'], stop: ['stop'],
  package: ['package'], retracts: ['retracts'], 'source.connection': ['connection'], 'source.rawId': ['raw_id'],
  'source.rawCode': ['raw_code'], 'source.rawReason': ['raw_reason'], 'source.rawText': ['raw_text', 'raw_id'], shipment: ['shipment_id'],
});

export function shipmentOf(row: ShipmentRow): Shipment {
  return {
    id: globalId('Shipment', row.id), uuid: row.id, reference: row.reference, status: row.status as ShipmentStatus, rawStatus: row.raw_status,
    provisional: row.provisional, carrier: row.carrier, direction: row.direction, trackingNumbers: row.tracking_numbers, packages: row.packages as unknown as Package[],
    promisedAt: row.promised_at, plannedAt: row.planned_at, estimatedAt: row.estimated_at, deliveredAt: row.delivered_at, conflict: row.conflict, release: row.release as unknown as Release | null,
    origin: row.origin as Place | null, destination: row.destination as Place | null, createdAt: row.created_at, updatedAt: row.updated_at, lastMilestoneId: row.last_milestone_id,
  };
}

export function milestoneOf(row: MilestoneRow): MilestoneEvent {
  return {
    id: row.id, code: row.code, classifier: row.classifier as Classifier, occurredAt: row.occurred_at, zone: row.zone, zoneAssumed: row.zone_assumed,
    recordedAt: row.recorded_at, exceptionClass: row.exception_class, location: row.place as Place | null, stop: row.stop, package: row.package, retracts: row.retracts,
    source: { connection: row.connection, rawId: row.raw_id, rawCode: row.raw_code, rawReason: row.raw_reason, text: row.raw_text },
    shipmentId: row.shipment_id,
  };
}
