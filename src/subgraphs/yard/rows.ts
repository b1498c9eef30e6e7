import type { Selectable } from 'kysely';
import type { AppointmentTable, FacilityTable, VisitTable } from '../../db/schema.js';
import { globalId } from '../../lib/ids.js';
import type { AppointmentState, DockDirection, Handling, SlotWish, Temperature, VisitState, VisitType } from '../../model/yard/records.js';
import { FieldColumns } from '../shared/columns.js';
import type { Place } from '../shared/place.js';
import type { Appointment, Facility, Visit } from './types.js';

export const appointmentColumns = [
  'appointment.id', 'appointment.confirmation', 'appointment.state', 'appointment.raw_state', 'appointment.direction', 'appointment.dock', 'appointment.starts_at', 'appointment.ends_at',
  'appointment.carrier', 'appointment.updated_at', 'appointment.facility_id', 'appointment.claimed', 'appointment.handling', 'appointment.temperature', 'appointment.height_cm', 'appointment.pallets',
  'appointment.wish', 'appointment.reason', 'appointment.standing',
] as const;
export type AppointmentRow = Pick<Selectable<AppointmentTable>, 'id' | 'confirmation' | 'state' | 'raw_state' | 'direction' | 'dock' | 'starts_at' | 'ends_at' | 'carrier' | 'updated_at' | 'facility_id'
  | 'claimed' | 'handling' | 'temperature' | 'height_cm' | 'pallets' | 'wish' | 'reason' | 'standing'>;

export const appointmentFields = new FieldColumns('appointment', ['id', 'starts_at'], {
  confirmation: ['confirmation'], state: ['state'], rawState: ['raw_state'], direction: ['direction'], dock: ['dock'], endsAt: ['ends_at'], carrier: ['carrier'], updatedAt: ['updated_at'], facility: ['facility_id'],
  claimedNames: ['claimed', 'facility_id'], handling: ['handling'], temperature: ['temperature'], heightCm: ['height_cm'], pallets: ['pallets'], wish: ['wish'], reason: ['reason'], standingOn: ['standing'],
});
export const visitFields = new FieldColumns('visit', ['id'], {
  state: ['state'], rawState: ['raw_state'], type: ['type'], carrier: ['carrier'], truck: ['truck'], trailer: ['trailer'], checkedInAt: ['checked_in_at'], atDockAt: ['at_dock_at'],
  fromDockAt: ['from_dock_at'], checkedOutAt: ['checked_out_at'], updatedAt: ['updated_at'], facility: ['facility_id'], appointment: ['appointment_id'],
  trailerOut: ['trailer_out'], withoutTrailer: ['left_without_trailer'], direction: ['direction'], dock: ['dock'], dockReasons: ['dock_reasons'], named: ['numbers'], reason: ['reason'], arrivedAt: ['arrived_at'],
  handlingStartedAt: ['handling_started_at'], handlingEndedAt: ['handling_ended_at'], seals: ['seals'], counts: ['counts'], findings: ['findings'], equipment: ['equipment'], driver: ['personal_data_id', 'sealed'],
});
export const facilityFields = new FieldColumns('facility', ['id'], { name: ['name'], code: ['code'], place: ['place'], zone: ['zone'] });
export type VisitRow = Selectable<VisitTable>;
export type FacilityRow = Selectable<FacilityTable>;

export function appointmentOf(row: AppointmentRow): Appointment {
  return {
    id: globalId('Appointment', row.id), uuid: row.id, confirmation: row.confirmation, state: row.state as AppointmentState, rawState: row.raw_state, direction: row.direction as DockDirection,
    dock: row.dock, startsAt: row.starts_at, endsAt: row.ends_at, carrier: row.carrier, updatedAt: row.updated_at, facilityId: row.facility_id,
    claimed: (row.claimed ?? null) as Appointment['claimed'], handling: row.handling as Handling | null, temperature: row.temperature as Temperature | null, heightCm: row.height_cm, pallets: row.pallets,
    wish: (row.wish ?? null) as SlotWish | null, reason: row.reason, standing: (row.standing ?? null) as Appointment['standing'],
  };
}

export function visitOf(row: VisitRow): Visit {
  return {
    id: globalId('Visit', row.id), uuid: row.id, state: row.state as VisitState, rawState: row.raw_state, type: row.type as VisitType, carrier: row.carrier, truck: row.truck, trailer: row.trailer,
    checkedInAt: row.checked_in_at, atDockAt: row.at_dock_at, fromDockAt: row.from_dock_at, checkedOutAt: row.checked_out_at, updatedAt: row.updated_at,
    facilityId: row.facility_id, appointmentId: row.appointment_id, trailerOut: row.trailer_out, withoutTrailer: row.left_without_trailer, direction: row.direction as DockDirection | null, dock: row.dock,
    dockReasons: row.dock_reasons, named: row.numbers, reason: row.reason, arrivedAt: row.arrived_at, handlingStartedAt: row.handling_started_at, handlingEndedAt: row.handling_ended_at,
    sealNumbers: row.seals as unknown as Visit['sealNumbers'], countRecords: row.counts as unknown as Visit['countRecords'], findingRecords: row.findings as unknown as Visit['findingRecords'],
    equipmentRecords: row.equipment as unknown as Visit['equipmentRecords'], personalDataId: row.personal_data_id, sealedDriver: row.sealed,
  };
}

export function facilityOf(row: FacilityRow): Facility {
  return { id: globalId('Facility', row.id), name: row.name, code: row.code, place: row.place as Place | null, zone: row.zone };
}
