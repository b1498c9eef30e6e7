import { carrierCode, normalizeReferenceValue } from '../model/references.js';
import type { LoadRecord, LoadStop } from '../model/transport/records.js';
import type { AppointmentRecord, FacilityRecord, VisitRecord, YardMoveRecord } from '../model/yard/records.js';
import { recordId } from './record-ids.js';

/** Columns of records of transport and yard. Names by which systems refer to one another are kept in the form in which they are compared. */
export function loadColumns(data: LoadRecord, connection: string, version: number) {
  const times = data.stops.flatMap((stop) => stopInstants(stop)).sort();
  return {
    reference: data.name, name_key: normalizeReferenceValue(data.name), state: data.state, raw_state: data.rawState, carrier: codeOf(data.carrier), truck: data.truck ?? null,
    trailer: data.trailer ?? null, truck_key: keyOf(data.truck), trailer_key: keyOf(data.trailer), starts_at: times[0] ?? null, stops: data.stops, stops_version: data.stops.length === 0 ? null : version,
    aliases: [...new Set((data.aliases ?? []).map(normalizeReferenceValue))], equipment: data.equipment ?? null, weight_kg: data.weightKg ?? null,
    split_from: data.splitFrom === undefined ? null : recordId('load', connection, data.splitFrom), merged_into: data.mergedInto === undefined ? null : recordId('load', connection, data.mergedInto),
  };
}

/** What is known of when the truck is there, of whatever certainty. */
function stopInstants({ window, planned, estimated, actual }: LoadStop): string[] {
  const stated = [actual?.arrival, planned?.arrival, estimated?.arrival, window?.from, actual?.departure, planned?.departure].find((time) => time !== undefined);
  return stated === undefined ? [] : [stated.instant];
}

export function facilityColumns(data: FacilityRecord) {
  return { name: data.name, code: data.code === undefined ? null : normalizeReferenceValue(data.code), place: data.place ?? null, zone: data.zone ?? null, carriers_book: data.carriersBook === true };
}

export function appointmentColumns(data: AppointmentRecord, connection: string) {
  return {
    facility_id: data.facilityId === undefined ? null : recordId('facility', connection, data.facilityId), dock: data.dock ?? null, direction: data.direction, state: data.state,
    raw_state: data.rawState, confirmation: data.confirmation ?? null, starts_at: data.startsAt.instant, ends_at: data.endsAt?.instant ?? null, carrier: codeOf(data.carrier),
    numbers: [...new Set(data.loads.map(normalizeReferenceValue))], names: data.references, handling: data.handling ?? null, temperature: data.temperature ?? null, height_cm: data.heightCm ?? null,
    pallets: data.pallets ?? null, wish: data.wish ?? null, reason: data.reason ?? null, claimed: data.claimed ?? null, standing: data.standing ?? null,
  };
}

/** Who drives may have been erased. */
export function visitColumns(data: VisitRecord & { sealed?: string | null }, connection: string) {
  return {
    facility_id: data.facilityId === undefined ? null : recordId('facility', connection, data.facilityId),
    appointment_id: data.appointmentId === undefined ? null : recordId('appointment', connection, data.appointmentId),
    type: data.type, state: data.state, raw_state: data.rawState ?? null, carrier: codeOf(data.carrier), truck: data.truck ?? null, trailer: data.trailer ?? null,
    checked_in_at: data.checkedInAt?.instant ?? null, at_dock_at: data.atDockAt?.instant ?? null, from_dock_at: data.fromDockAt?.instant ?? null, checked_out_at: data.checkedOutAt?.instant ?? null,
    trailer_key: keyOf(data.trailer), trailer_out: data.trailerOut ?? null, trailer_out_key: keyOf(data.trailerOut ?? undefined), left_without_trailer: data.trailerOut === null, dock: data.dock ?? null,
    direction: data.direction ?? null, arrived_at: data.arrivedAt?.instant ?? null, handling_started_at: data.handlingStartedAt?.instant ?? null, handling_ended_at: data.handlingEndedAt?.instant ?? null,
    numbers: [...new Set((data.loads ?? []).map(normalizeReferenceValue))], names: data.references ?? [], seals: data.seals ?? null, counts: data.counts ?? [], findings: data.findings ?? [], dock_reasons: data.dockReasons ?? [],
    equipment: data.equipment ?? [], equipment_keys: [...new Set((data.equipment ?? []).map(({ trailer }) => normalizeReferenceValue(trailer)))], reason: data.reason ?? null, personal_data_id: data.sealed === undefined ? null : data.personalDataId!, sealed: data.sealed ?? null,
  };
}

export function yardMoveColumns(data: YardMoveRecord, connection: string) {
  return {
    facility_id: recordId('facility', connection, data.facilityId), trailer: data.trailer, trailer_key: normalizeReferenceValue(data.trailer), state: data.state, from_place: data.from ?? null, to_place: data.to,
    assignee: data.assignee ?? null, visit_id: data.visitId === undefined ? null : recordId('visit', connection, data.visitId), reason: data.reason ?? null, requested_at: data.requestedAt.instant,
    assigned_at: data.assignedAt?.instant ?? null, started_at: data.startedAt?.instant ?? null, done_at: data.doneAt?.instant ?? null,
  };
}

function keyOf(name: string | undefined): string | null {
  return name === undefined ? null : normalizeReferenceValue(name) || null;
}

function codeOf(carrier: string | undefined): string | null {
  return carrier === undefined ? null : carrierCode(carrier);
}
