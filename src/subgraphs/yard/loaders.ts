import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import { globalId } from '../../lib/ids.js';
import { anyOf } from '../shared/any-of.js';
import { FieldColumns } from '../shared/columns.js';
import { byUuid, listBelow, pageLoader, type ListOrder } from '../shared/page-loader.js';
import { cursorPatterns, decodeCursor, encodeCursor } from '../shared/pages.js';
import { rowLoader, rowsByKey } from '../shared/row-loader.js';
import { appointmentFields, appointmentOf, facilityFields, facilityOf, visitFields, visitOf } from './rows.js';
import type { Appointment, Load, Shipment, Stop } from './types.js';

export function startCursor({ startsAt, uuid }: Pick<Appointment, 'startsAt' | 'uuid'>): string {
  return encodeCursor(startsAt, uuid);
}

/** @throws GatehouseError BAD_INPUT when it is no cursor of `startCursor` */
export function decodeStartCursor(cursor: string): [startsAt: string, id: string] {
  return decodeCursor(cursor, [cursorPatterns.instant, cursorPatterns.uuid]) as [string, string];
}

/** In time order. */
const byStart: ListOrder<Pick<Appointment, 'startsAt' | 'uuid'>> = {
  columns: [['appointment.starts_at', 'timestamptz'], ['appointment.id', 'uuid']],
  cursorOf: startCursor,
  decode: decodeStartCursor,
};

const appointments = rowsByKey({ columns: appointmentFields, from: (db) => db.selectFrom('appointment').where('deleted', '=', false), key: 'appointment.id' });
const visits = rowsByKey({ columns: visitFields, from: (db) => db.selectFrom('visit').where('deleted', '=', false), key: 'visit.id' });
const facilities = rowsByKey({ columns: facilityFields, from: (db) => db.selectFrom('facility').where('deleted', '=', false), key: 'facility.id' });
const appointmentsOfShipments = listBelow({
  columns: appointmentFields,
  from: (db) => db.selectFrom('appointment_shipment as link').innerJoin('appointment', 'appointment.id', 'link.appointment_id').where('appointment.deleted', '=', false),
  parent: 'link.shipment_id',
  order: byStart,
});
const appointmentsOfLoads = listBelow({
  columns: appointmentFields,
  from: (db) => db
    .selectFrom('load')
    .innerJoin('appointment_number as booked', (join) => join.onRef('booked.number', '=', 'load.name_key').onRef('booked.company', '=', 'load.company'))
    .innerJoin('appointment', 'appointment.id', 'booked.appointment_id')
    .where('appointment.deleted', '=', false),
  parent: 'load.id',
  order: byStart,
});
const visitsOfAppointments = listBelow({ columns: visitFields, from: (db) => db.selectFrom('visit').where('deleted', '=', false), parent: 'visit.appointment_id', order: byUuid('visit.id') });
/** With the shipment itself, so that one which the principal may not see is not in the list. Oldest first. */
const shipmentsOfAppointments = listBelow({
  columns: new FieldColumns('shipment', ['id'], {}),
  from: (db) => db.selectFrom('appointment_shipment as link').innerJoin('shipment', 'shipment.id', 'link.shipment_id').where('shipment.merged_into', 'is', null),
  parent: 'link.appointment_id',
  order: byUuid('shipment.id'),
});

/** One statement per kind and level, whatever the number of parents. Everything is read as the principal. */
export function yardLoaders(reader: Reader) {
  const { db } = reader;
  return {
    appointment: rowLoader(reader, appointments, appointmentOf),
    visit: rowLoader(reader, visits, visitOf),
    facility: rowLoader(reader, facilities, facilityOf),
    /** The load that an appointment's numbers name. Of several the one with the lowest id, so that it is always the same. */
    loadOfAppointment: new DataLoader<string, Load | null>(async (ids) => {
      const rows = await db
        .selectFrom('appointment_number as booked')
        .innerJoin('load', (join) => join.onRef('load.name_key', '=', 'booked.number').onRef('load.company', '=', 'booked.company'))
        .select(['booked.appointment_id as appointment_id', 'load.id as load_id'])
        .where('booked.appointment_id', '=', anyOf(ids))
        .where('load.deleted', '=', false)
        .orderBy('load.id', 'desc')
        .execute();
      const byAppointment = new Map(rows.map((row) => [row.appointment_id, { id: globalId('Load', row.load_id) }]));
      return ids.map((id) => byAppointment.get(id) ?? null);
    }),
    /** The stop of that load at the appointment's facility; the first one where it stops there twice. */
    stopOfAppointment: new DataLoader<string, Stop | null>(async (ids) => {
      const rows = await db
        .selectFrom('appointment')
        .innerJoin('facility', 'facility.id', 'appointment.facility_id')
        .innerJoin('appointment_number as booked', 'booked.appointment_id', 'appointment.id')
        .innerJoin('load', (join) => join.onRef('load.name_key', '=', 'booked.number').onRef('load.company', '=', 'booked.company'))
        .innerJoin('stop', (join) => join.onRef('stop.load_id', '=', 'load.id').onRef('stop.facility_code', '=', 'facility.code').onRef('stop.company', '=', 'facility.company'))
        .select(['appointment.id as appointment_id', 'stop.load_id as load_id', 'stop.sequence as sequence'])
        .where('appointment.id', '=', anyOf(ids))
        .where('load.deleted', '=', false)
        .orderBy('stop.load_id', 'desc')
        .orderBy('stop.sequence', 'desc')
        .execute();
      const byAppointment = new Map(rows.map((row) => [row.appointment_id, { loadId: globalId('Load', row.load_id), sequence: row.sequence }]));
      return ids.map((id) => byAppointment.get(id) ?? null);
    }),
    appointmentsOfShipment: pageLoader(reader, appointmentsOfShipments, appointmentOf),
    appointmentsOfLoad: pageLoader(reader, appointmentsOfLoads, appointmentOf),
    visitsOfAppointment: pageLoader(reader, visitsOfAppointments, visitOf),
    shipmentsOfAppointment: pageLoader(reader, shipmentsOfAppointments, (row: { id: string }): Shipment & { uuid: string } => ({ id: globalId('Shipment', row.id), uuid: row.id })),
  };
}

export function behindStart(after: string) {
  const [startsAt, id] = decodeStartCursor(after);
  return sql<boolean>`(appointment.starts_at, appointment.id) > (${startsAt}::timestamptz, ${id}::uuid)`;
}
