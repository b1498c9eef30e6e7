import type { z } from 'zod';
import type { Anomaly } from '../../model/facts.js';
import { normalizeReferenceValue, trackingReference, type Reference } from '../../model/references.js';
import { parseOffsetTime } from '../../model/time.js';
import type { AppointmentRecord } from '../../model/yard/records.js';
import { rowOf } from '../kit/table.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import { appointmentStatuses, loadTypeDirections, loadTypeHandlings } from './codes.js';
import type { appointment } from './payloads.js';

export interface AppointmentContext {
  connection: string;
  warehouseId?: string;
  anomalies: Anomaly[];
}

/** More numbers than any appointment is booked with. */
const maxNumbers = 100;

/** An Appointment; null where it does not say when it is. */
export function toAppointment(of: z.infer<typeof appointment>, context: AppointmentContext): AppointmentRecord | null {
  const startsAt = parseOffsetTime(of.start);
  if (startsAt === null) return null;
  const endsAt = parseOffsetTime(filled(of.end) ?? '');
  const status = clip(filled(of.status) ?? 'Unknown', 60);
  const state = rowOf(appointmentStatuses, status);
  if (state === undefined) context.anomalies.push({ kind: 'UNKNOWN_CODE', message: `Opendock's status ${status} is in no table; it was kept as raw state.`, severity: 'LOW', rawCode: status });
  const facilityId = filled(of.dock?.warehouseId) ?? filled(of.warehouseId) ?? context.warehouseId;
  const dock = filled(of.dock?.name) ?? filled(of.dock?.doorNumber);
  const confirmation = filled(of.confirmationNumber);
  const carrier = filled(of.user?.company?.name);
  const handling = rowOf(loadTypeHandlings, of.loadType?.operation ?? '');
  const numbers = numbersOf(of, context.anomalies);
  return {
    direction: rowOf(loadTypeDirections, of.loadType?.direction ?? '') ?? 'UNKNOWN', state: state ?? 'UNKNOWN', rawState: status, startsAt,
    ...(facilityId === undefined ? {} : { facilityId: clip(facilityId, maxReferenceLength) }), ...(dock === undefined ? {} : { dock: clip(dock, 100) }),
    ...(confirmation === undefined ? {} : { confirmation: clip(confirmation, 100) }), ...(endsAt === null ? {} : { endsAt }), ...(carrier === undefined ? {} : { carrier: clip(carrier, 60) }), ...(handling === undefined ? {} : { handling }),
    loads: numbers, references: numbers.flatMap((number) => referencesOf(number, context.connection)),
  };
}

function numbersOf(of: z.infer<typeof appointment>, anomalies: Anomaly[]): string[] {
  const stated = [of.refNumber, ...(of.refNumbers ?? [])].filter((number) => typeof number === 'string').map(normalizeReferenceValue);
  const known = [...new Set(stated)].filter((number) => number !== '' && number.length <= maxReferenceLength);
  if (known.length > maxNumbers) anomalies.push({ kind: 'TOO_MANY', message: `The appointment has ${known.length} reference numbers; the first ${maxNumbers} are read.`, severity: 'MEDIUM' });
  return known.slice(0, maxNumbers);
}

/** A reference number is whatever the warehouse asks carriers for: a delivery, a bill of lading, a tracking number. */
function referencesOf(number: string, connection: string): Reference[] {
  return [{ kind: 'delivery_order', issuer: connection, value: number }, { kind: 'bill_of_lading', issuer: connection, value: number }, trackingReference(null, number)];
}
