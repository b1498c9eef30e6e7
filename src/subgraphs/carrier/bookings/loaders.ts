import type { Reader } from '../../../auth/reader.js';
import { listBelow, pageLoader, type ListOrder } from '../../shared/page-loader.js';
import { cursorPatterns, decodeCursor, encodeCursor } from '../../shared/pages.js';
import { rowLoader, rowsByKey } from '../../shared/row-loader.js';
import { bookingFields, bookingOf, documentFields, documentOf, pickupFields, pickupOf } from './rows.js';

/** Newest first. */
const byAge = (table: string): ListOrder<{ updatedAt: string; uuid: string }> => ({
  columns: [[`${table}.updated_at`, 'timestamptz'], [`${table}.id`, 'uuid']],
  isDescending: true,
  cursorOf: ({ updatedAt, uuid }) => encodeCursor(updatedAt, uuid),
  decode: (cursor) => decodeCursor(cursor, [cursorPatterns.instant, cursorPatterns.uuid]),
});

const bookings = rowsByKey({ columns: bookingFields, from: (db) => db.selectFrom('booking').where('booking.deleted', '=', false), key: 'booking.id' });
const documents = rowsByKey({ columns: documentFields, from: (db) => db.selectFrom('document').where('document.deleted', '=', false), key: 'document.id' });
const bookingsOfShipments = listBelow({
  columns: bookingFields,
  from: (db) => db.selectFrom('booking_shipment').innerJoin('booking', 'booking.id', 'booking_shipment.booking_id').where('booking.deleted', '=', false),
  parent: 'booking_shipment.shipment_id', order: byAge('booking'),
});
const documentsOfShipments = listBelow({
  columns: documentFields,
  from: (db) => db.selectFrom('document_shipment').innerJoin('document', 'document.id', 'document_shipment.document_id').where('document.deleted', '=', false),
  parent: 'document_shipment.shipment_id', order: byAge('document'),
});
const documentsOfBookings = listBelow({ columns: documentFields, from: (db) => db.selectFrom('document').where('document.deleted', '=', false), parent: 'document.booking_id', order: byAge('document') });

const latestFirst: ListOrder<{ readyAt: string; uuid: string }> = {
  columns: [['pickup.ready_at', 'timestamptz'], ['pickup.id', 'uuid']],
  isDescending: true,
  cursorOf: ({ readyAt, uuid }) => encodeCursor(readyAt, uuid),
  decode: (cursor) => decodeCursor(cursor, [cursorPatterns.instant, cursorPatterns.uuid]),
};
const pickups = rowsByKey({ columns: pickupFields, from: (db) => db.selectFrom('pickup').where('pickup.deleted', '=', false), key: 'pickup.id' });
// Of several that stand the latest to come is read last, and stays.
const standingPickups = rowsByKey({
  columns: pickupFields,
  from: (db) => db.selectFrom('pickup_booking').innerJoin('pickup', 'pickup.id', 'pickup_booking.pickup_id').where('pickup.deleted', '=', false).where('pickup.state', '=', 'SCHEDULED').orderBy('pickup.ready_at').orderBy('pickup.id'),
  key: 'pickup_booking.booking_id',
});
const pickupsOfBookings = listBelow({
  columns: pickupFields, from: (db) => db.selectFrom('pickup_booking').innerJoin('pickup', 'pickup.id', 'pickup_booking.pickup_id').where('pickup.deleted', '=', false), parent: 'pickup_booking.booking_id', order: latestFirst,
});
const bookingsOfPickups = listBelow({
  columns: bookingFields, from: (db) => db.selectFrom('pickup_booking').innerJoin('booking', 'booking.id', 'pickup_booking.booking_id').where('booking.deleted', '=', false), parent: 'pickup_booking.pickup_id', order: byAge('booking'),
});

/** One statement per kind and level. Everything is read as the principal. */
export function bookingLoaders(reader: Reader) {
  return {
    booking: rowLoader(reader, bookings, bookingOf),
    document: rowLoader(reader, documents, documentOf),
    bookingsOfShipment: pageLoader(reader, bookingsOfShipments, bookingOf),
    documentsOfShipment: pageLoader(reader, documentsOfShipments, documentOf),
    pickup: rowLoader(reader, pickups, pickupOf),
    standingPickupOfBooking: rowLoader(reader, standingPickups, pickupOf),
    pickupsOfBooking: pageLoader(reader, pickupsOfBookings, pickupOf),
    bookingsOfPickup: pageLoader(reader, bookingsOfPickups, bookingOf),
    documentsOfBooking: pageLoader(reader, documentsOfBookings, documentOf),
  };
}
