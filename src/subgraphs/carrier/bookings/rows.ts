import type { Selectable } from 'kysely';
import type { BookingTable, DocumentTable, PickupTable } from '../../../db/schema.js';
import { globalId } from '../../../lib/ids.js';
import { FieldColumns } from '../../shared/columns.js';
import type { Money } from '../../shared/money.js';
import type { Place } from '../../shared/place.js';
import { PickupState, type Pickup } from './pickup-types.js';
import { BookingState, DocumentKind, type BookedPackage, type Booking, type Document } from './types.js';

export type BookingRow = Selectable<BookingTable>;
export type DocumentRow = Selectable<DocumentTable>;
export type PickupRow = Selectable<PickupTable>;

export const bookingFields = new FieldColumns('booking', ['id', 'updated_at'], {
  commandId: ['command_id'], state: ['state'], rawState: ['raw_state'], carrier: ['carrier'], service: ['service'], isReturn: ['is_return'], price: ['price'], quoted: ['quoted'], reasons: ['reasons'],
  packages: ['packages'], deliveryAt: ['delivery_at'], updatedAt: ['updated_at'],
});

export const documentFields = new FieldColumns('document', ['id', 'updated_at'], {
  kind: ['kind'], format: ['format'], package: ['package'], bookingId: ['booking_id'], sha256: ['sha256'], bytes: ['bytes'], updatedAt: ['updated_at'],
});

export function bookingOf(row: BookingRow): Booking {
  const packages = (row.packages as unknown as Array<Partial<BookedPackage> & { id: string }> | undefined)?.map(({ id, trackingNumber, error }) => ({ id, trackingNumber: trackingNumber ?? null, error: error ?? null }));
  return {
    id: globalId('Booking', row.id), uuid: row.id, commandId: row.command_id == null ? null : globalId('Command', row.command_id), state: stateOf(row.state), rawState: row.raw_state, carrier: row.carrier,
    service: row.service, isReturn: row.is_return, price: row.price as unknown as Money | null, quoted: row.quoted as unknown as Money | null, reasons: row.reasons, packages: packages ?? [], deliveryAt: row.delivery_at,
    updatedAt: row.updated_at,
  };
}

export function documentOf(row: DocumentRow): Document {
  return {
    id: globalId('Document', row.id), uuid: row.id, kind: Object.hasOwn(DocumentKind, row.kind) ? (row.kind as keyof typeof DocumentKind) : 'UNKNOWN', format: row.format, package: row.package,
    bookingId: row.booking_id == null ? null : globalId('Booking', row.booking_id), sha256: row.sha256, bytes: row.bytes, path: `/documents/${row.id}`, updatedAt: row.updated_at,
  };
}

export const pickupFields = new FieldColumns('pickup', ['id', 'ready_at'], {
  commandId: ['command_id'], connection: ['connection'], state: ['state'], rawState: ['raw_state'], carrier: ['carrier'], confirmation: ['confirmation'], readyAt: ['ready_at'], closesAt: ['closes_at'], zone: ['zone'],
  place: ['place'], trackingNumbers: ['tracking_numbers'], packages: ['packages'], weightKg: ['weight_kg'], price: ['price'], updatedAt: ['updated_at'],
});

export function pickupOf(row: PickupRow): Pickup {
  return {
    id: globalId('Pickup', row.id), uuid: row.id, commandId: row.command_id == null ? null : globalId('Command', row.command_id), connection: row.connection,
    state: Object.hasOwn(PickupState, row.state) ? (row.state as keyof typeof PickupState) : 'UNKNOWN', rawState: row.raw_state, carrier: row.carrier, confirmation: row.confirmation, readyAt: row.ready_at,
    closesAt: row.closes_at, zone: row.zone, place: row.place as Place, trackingNumbers: row.tracking_numbers, packages: row.packages, weightKg: row.weight_kg, price: row.price as unknown as Money | null, updatedAt: row.updated_at,
  };
}

function stateOf(state: string): keyof typeof BookingState {
  return Object.hasOwn(BookingState, state) ? (state as keyof typeof BookingState) : 'UNKNOWN';
}
