import type { BookingRecord, DocumentRecord, PickupRecord } from '../model/commands.js';
import { recordId } from './record-ids.js';

/** Columns of bookings and of the files that come with them. */
export function bookingColumns(data: BookingRecord) {
  return {
    command_id: data.command, state: data.state, raw_state: data.rawState, carrier: data.carrier, service: data.service, is_return: data.isReturn, price: data.price ?? null,
    quoted: data.quoted ?? null, quote_id: data.quote ?? null, reasons: data.reasons, packages: data.packages, names: data.references, delivery_at: data.deliveryAt ?? null,
  };
}

export function documentColumns(data: DocumentRecord, connection: string) {
  return {
    kind: data.kind, format: data.format, booking_id: data.booking === undefined ? null : recordId('booking', connection, data.booking), package: data.package ?? null,
    visit_id: data.visit === undefined ? null : recordId('visit', connection, data.visit), sha256: data.sha256, bytes: data.bytes, names: data.references,
  };
}

export function pickupColumns(data: PickupRecord, connection: string) {
  const { command, state, rawState, carrier, confirmation, readyAt, closesAt, zone, place, bookings, trackingNumbers, packages, price } = data;
  return {
    command_id: command, state, raw_state: rawState, carrier, confirmation: confirmation ?? null, ready_at: readyAt, closes_at: closesAt, zone, place,
    booking_ids: bookings.map((booking) => recordId('booking', connection, booking)), tracking_numbers: trackingNumbers, packages: packages.count, weight_kg: packages.weightKg, price: price ?? null,
  };
}
