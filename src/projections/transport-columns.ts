import { carrierCode, normalizeReferenceValue } from '../model/references.js';
import type { LoadRecord, LoadStop } from '../model/transport.js';
import type { AppointmentRecord, FacilityRecord, VisitRecord } from '../model/yard.js';
import { recordId } from './record-ids.js';

/** Columns of records of transport and yard. Names by which systems refer to one another are kept in the form in which they are compared. */
export function loadColumns(data: LoadRecord, _connection: string, version: number) {
  const times = data.stops.flatMap((stop) => stopInstants(stop)).sort();
  return {
    reference: data.name, name_key: normalizeReferenceValue(data.name), state: data.state, raw_state: data.rawState, carrier: codeOf(data.carrier), truck: data.truck ?? null,
    trailer: data.trailer ?? null, truck_key: keyOf(data.truck), trailer_key: keyOf(data.trailer), starts_at: times[0] ?? null, stops: data.stops, stops_version: data.stops.length === 0 ? null : version,
  };
}

/** What is known of when the truck is there, of whatever certainty. */
function stopInstants({ window, planned, estimated, actual }: LoadStop): string[] {
  const stated = [actual?.arrival, planned?.arrival, estimated?.arrival, window?.from, actual?.departure, planned?.departure].find((time) => time !== undefined);
  return stated === undefined ? [] : [stated.instant];
}

export function facilityColumns(data: FacilityRecord) {
  return { name: data.name, code: data.code === undefined ? null : normalizeReferenceValue(data.code), place: data.place ?? null, zone: data.zone ?? null };
}

export function appointmentColumns(data: AppointmentRecord, connection: string) {
  return {
    facility_id: data.facilityId === undefined ? null : recordId('facility', connection, data.facilityId), dock: data.dock ?? null, direction: data.direction, state: data.state,
    raw_state: data.rawState, confirmation: data.confirmation ?? null, starts_at: data.startsAt.instant, ends_at: data.endsAt?.instant ?? null, carrier: codeOf(data.carrier),
    numbers: [...new Set(data.loads.map(normalizeReferenceValue))], names: data.references,
  };
}

export function visitColumns(data: VisitRecord, connection: string) {
  return {
    facility_id: data.facilityId === undefined ? null : recordId('facility', connection, data.facilityId),
    appointment_id: data.appointmentId === undefined ? null : recordId('appointment', connection, data.appointmentId),
    type: data.type, state: data.state, raw_state: data.rawState ?? null, carrier: codeOf(data.carrier), truck: data.truck ?? null, trailer: data.trailer ?? null,
    checked_in_at: data.checkedInAt?.instant ?? null, at_dock_at: data.atDockAt?.instant ?? null, from_dock_at: data.fromDockAt?.instant ?? null, checked_out_at: data.checkedOutAt?.instant ?? null,
  };
}

function keyOf(name: string | undefined): string | null {
  return name === undefined ? null : normalizeReferenceValue(name) || null;
}

function codeOf(carrier: string | undefined): string | null {
  return carrier === undefined ? null : carrierCode(carrier);
}
