import type { Anomaly, Fact } from '../../model/facts.js';
import { normalizeReferenceValue, trackingReference, type Reference } from '../../model/references.js';
import type { ZonedInstant } from '../../model/time.js';
import type { AppointmentRecord } from '../../model/yard/records.js';
import { rowOf } from '../kit/table.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import { appointmentStatuses, loadingTypes, notScheduled } from './codes.js';
import { nameOf } from './identifiers.js';
import type { Identifiers, SscAppointment } from './payloads.js';
import { windowOf } from './times.js';

/** What is said of an appointment at a moment, by an event or by an answer. */
export interface Stated {
  identifiers: Identifiers;
  appointment: SscAppointment | null;
  /** Its window, where what is said now has none: of a cancelled one. */
  windowBefore?: SscAppointment | null;
  status: string;
  confirmation: string | null;
  locationId: string | null;
  reason: string | null;
  direction?: 'INBOUND' | 'OUTBOUND';
  loads?: readonly string[];
  wish?: { startsAt: ZonedInstant; endsAt: ZonedInstant };
  observedAt: string;
  /** The name that the record had before. */
  nameBefore: string | null;
}

/** The record as of that moment, or that there is none any more. Nothing where what it is about is not said. */
export function factsOf(stated: Stated, { connection, carrier }: { connection: string; carrier?: string | undefined }, anomalies: Anomaly[]): Fact[] {
  const { identifiers, appointment, status, observedAt, nameBefore } = stated;
  const name = nameOf({ ...identifiers, appointmentId: filled(appointment?.id) ?? filled(identifiers.appointmentId) ?? filled(stated.windowBefore?.id) });
  if (name === null || name.length > maxReferenceLength * 3) return [];
  const version = Date.parse(observedAt);
  const of = (id: string) => ({ key: { kind: 'appointment' as const, id }, factKey: `v${version}`, version, observedAt });
  const gone = nameBefore !== null && nameBefore !== name ? [{ ...of(nameBefore), type: 'record.deleted' as const, payload: { deleted: true as const } }] : [];
  const window = windowOf(appointment?.arrivalWindow) ?? windowOf(stated.windowBefore?.arrivalWindow);
  if (status === notScheduled || window === null) return [...gone, { ...of(name), type: 'record.deleted', payload: { deleted: true } }];
  return [...gone, { ...of(name), type: 'appointment.reported', payload: recordOf(stated, window, { connection, carrier }, anomalies) }];
}

function recordOf(stated: Stated, window: { startsAt: ZonedInstant; endsAt?: ZonedInstant }, { connection, carrier }: { connection: string; carrier: string | undefined }, anomalies: Anomaly[]): AppointmentRecord {
  const { identifiers, appointment, direction, wish } = stated;
  const status = clip(stated.status, 60);
  const state = rowOf(appointmentStatuses, status);
  if (state === undefined) anomalies.push({ kind: 'UNKNOWN_CODE', message: `The appointment status ${status} is not of the standard; it was kept as raw state.`, severity: 'LOW', rawCode: status });
  const facilityId = filled(stated.locationId) ?? filled(identifiers.locationId);
  const dock = filled(appointment?.dockDoor?.name) ?? filled(appointment?.dockGroup?.name);
  const handling = rowOf(loadingTypes, appointment?.loadingType ?? '');
  const [confirmation, reason] = [filled(stated.confirmation), filled(stated.reason)];
  const numbers = [...new Set([identifiers.primaryReferenceNumber, identifiers.bolNumber, identifiers.poNumber, ...(stated.loads ?? [])].map((each) => normalizeReferenceValue(each ?? '')))].filter((each) => each !== '' && each.length <= maxReferenceLength);
  return {
    direction: direction ?? 'UNKNOWN', state: state ?? 'UNKNOWN', rawState: status, ...window, loads: numbers, references: numbers.flatMap((number) => referencesOf(number, connection)),
    ...(facilityId === undefined ? {} : { facilityId: clip(facilityId, maxReferenceLength) }), ...(dock === undefined ? {} : { dock: clip(dock, 100) }), ...(confirmation === undefined ? {} : { confirmation: clip(confirmation, 100) }),
    ...(carrier === undefined ? {} : { carrier }), ...(handling === undefined ? {} : { handling }), ...(reason === undefined ? {} : { reason: clip(reason, 500) }), ...(wish === undefined ? {} : { wish }),
  };
}

/** The number of a load may be that of an order, a delivery or a bill of lading: whatever the facility knows it by. */
function referencesOf(number: string, connection: string): Reference[] {
  return [{ kind: 'delivery_order', issuer: connection, value: number }, { kind: 'bill_of_lading', issuer: connection, value: number }, trackingReference(null, number)];
}
