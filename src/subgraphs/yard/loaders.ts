import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import { globalId } from '../../lib/ids.js';
import { anyOf } from '../shared/any-of.js';
import { pageLoader, type PageGroup } from '../shared/page-loader.js';
import { cursorPatterns, decodeCursor, encodeCursor } from '../shared/pages.js';
import { appointmentColumns, appointmentOf, facilityOf, visitOf } from './rows.js';
import type { Appointment, Facility, Load, Shipment, Stop, Visit } from './types.js';

/** One statement per kind and level, whatever the number of parents. Everything is read as the principal. */
export function yardLoaders({ db }: Reader) {
  return {
    appointment: new DataLoader<string, Appointment | null>(async (ids) => {
      const rows = await db.selectFrom('appointment').select(appointmentColumns).where('appointment.id', '=', anyOf(ids)).where('deleted', '=', false).execute();
      const byId = new Map(rows.map((row) => [row.id, appointmentOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    visit: new DataLoader<string, Visit | null>(async (ids) => {
      const rows = await db.selectFrom('visit').selectAll('visit').where('visit.id', '=', anyOf(ids)).where('deleted', '=', false).execute();
      const byId = new Map(rows.map((row) => [row.id, visitOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    facility: new DataLoader<string, Facility | null>(async (ids) => {
      const rows = await db.selectFrom('facility').selectAll('facility').where('facility.id', '=', anyOf(ids)).where('deleted', '=', false).execute();
      const byId = new Map(rows.map((row) => [row.id, facilityOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
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
        .innerJoin('stop', (join) => join.onRef('stop.load_id', '=', 'load.id').onRef('stop.facility_code', '=', 'facility.code'))
        .select(['appointment.id as appointment_id', 'stop.load_id as load_id', 'stop.sequence as sequence'])
        .where('appointment.id', '=', anyOf(ids))
        .where('load.deleted', '=', false)
        .orderBy('stop.load_id', 'desc')
        .orderBy('stop.sequence', 'desc')
        .execute();
      const byAppointment = new Map(rows.map((row) => [row.appointment_id, { loadId: globalId('Load', row.load_id), sequence: row.sequence }]));
      return ids.map((id) => byAppointment.get(id) ?? null);
    }),
    /** In time order; `after` is a cursor of `startCursor`. */
    appointmentsOfShipment: pageLoader((groups) => readAppointmentsOfShipments(db, groups), (row) => appointmentOf(row)),
    appointmentsOfLoad: pageLoader((groups) => readAppointmentsOfLoads(db, groups), (row) => appointmentOf(row)),
    /** By id; `after` is a cursor of the UUID. */
    visitsOfAppointment: pageLoader((groups) => readVisits(db, groups), (row) => visitOf(row)),
    shipmentsOfAppointment: pageLoader((groups) => readShipments(db, groups), (row): Shipment & { uuid: string } => ({ id: globalId('Shipment', row.id), uuid: row.id })),
  };
}

type Db = Reader['db'];

async function readAppointmentsOfShipments(db: Db, groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    let appointments = db
      .selectFrom('appointment_shipment as link')
      .innerJoin('appointment', 'appointment.id', 'link.appointment_id')
      .select(appointmentColumns)
      .select(['link.shipment_id as parent_id', sql<number>`row_number() over (partition by link.shipment_id order by starts_at, appointment.id)`.as('place_in_list')])
      .where('link.shipment_id', '=', anyOf(parents))
      .where('appointment.deleted', '=', false);
    if (after !== null) appointments = appointments.where(behindStart(after));
    return db.selectFrom(appointments.as('numbered')).selectAll().select(sql<number>`${number}::integer`.as('group_number')).where('place_in_list', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list').execute();
}

async function readAppointmentsOfLoads(db: Db, groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    let appointments = db
      .selectFrom('load')
      .innerJoin('appointment_number as booked', (join) => join.onRef('booked.number', '=', 'load.name_key').onRef('booked.company', '=', 'load.company'))
      .innerJoin('appointment', 'appointment.id', 'booked.appointment_id')
      .select(appointmentColumns)
      .select(['load.id as parent_id', sql<number>`row_number() over (partition by load.id order by appointment.starts_at, appointment.id)`.as('place_in_list')])
      .where('load.id', '=', anyOf(parents))
      .where('appointment.deleted', '=', false);
    if (after !== null) appointments = appointments.where(behindStart(after));
    return db.selectFrom(appointments.as('numbered')).selectAll().select(sql<number>`${number}::integer`.as('group_number')).where('place_in_list', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list').execute();
}

async function readVisits(db: Db, groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    let visits = db
      .selectFrom('visit')
      .selectAll('visit')
      .select(['appointment_id as parent_id', sql<number>`row_number() over (partition by appointment_id order by visit.id)`.as('place_in_list')])
      .where('appointment_id', '=', anyOf(parents))
      .where('deleted', '=', false);
    if (after !== null) visits = visits.where('visit.id', '>', decodeCursor(after, [cursorPatterns.uuid])[0]!);
    return db.selectFrom(visits.as('numbered')).selectAll().select(sql<number>`${number}::integer`.as('group_number')).where('place_in_list', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list').execute();
}

async function readShipments(db: Db, groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    // With the shipment itself, so that one which the principal may not see is not in the list.
    let shipments = db
      .selectFrom('appointment_shipment as link')
      .innerJoin('shipment', 'shipment.id', 'link.shipment_id')
      .select(['shipment.id as id', 'link.appointment_id as parent_id', sql<number>`row_number() over (partition by link.appointment_id order by shipment.id)`.as('place_in_list')])
      .where('link.appointment_id', '=', anyOf(parents))
      .where('shipment.merged_into', 'is', null);
    if (after !== null) shipments = shipments.where('shipment.id', '>', decodeCursor(after, [cursorPatterns.uuid])[0]!);
    return db.selectFrom(shipments.as('numbered')).selectAll().select(sql<number>`${number}::integer`.as('group_number')).where('place_in_list', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list').execute();
}

export function startCursor({ startsAt, uuid }: Pick<Appointment, 'startsAt' | 'uuid'>): string {
  return encodeCursor(startsAt, uuid);
}

/** @throws GatehouseError BAD_INPUT when it is no cursor of `startCursor` */
export function decodeStartCursor(cursor: string): [startsAt: string, id: string] {
  return decodeCursor(cursor, [cursorPatterns.instant, cursorPatterns.uuid]) as [string, string];
}

export function behindStart(after: string) {
  const [startsAt, id] = decodeStartCursor(after);
  return sql<boolean>`(appointment.starts_at, appointment.id) > (${startsAt}::timestamptz, ${id}::uuid)`;
}
