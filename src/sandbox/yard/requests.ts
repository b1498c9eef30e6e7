import type { DayStep } from './steps.js';
import { hourMs, type DrawnAppointment, type Slot } from './types.js';

/** A mutation of the graph. */
export interface YardRequest {
  mutation: string;
  input: Record<string, unknown>;
  /** Whose token is used: that of the office, or of this carrier. */
  by: 'OFFICE' | { carrier: string };
  /** Of the payload, that has an id. */
  record: 'appointment' | 'visit' | 'move' | 'confirmations';
  /** Where it is not called after the mutation. */
  inputType?: string;
  /** With which code it is to be refused. */
  refusedWith?: string;
}

/** Ids that the product gave, by key. */
export interface KnownIds {
  facility: string;
  appointments: ReadonlyMap<string, string>;
  visits: ReadonlyMap<string, string>;
  moves: ReadonlyMap<string, string>;
  /** Of pictures that were handed in, by finding. */
  photos: ReadonlyMap<string, readonly string[]>;
}

/** Carriers book for a day to come; the office then moves it to the day that is played, which is in the past. */
const aheadMs = 48 * hourMs;
const office = 'OFFICE' as const;
const iso = (ms: number) => new Date(ms).toISOString();

/** What is asked of the product for a step, one request after the other. */
export function requestsOf(step: DayStep, ids: KnownIds): YardRequest[] {
  switch (step.of) {
    case 'appointment': return ofAppointment(step, ids);
    case 'visit': return [ofVisit(step, ids)];
    case 'move': return [ofMove(step, ids)];
    default: return [];
  }
}

function ofAppointment(step: Extract<DayStep, { of: 'appointment' }>, ids: KnownIds): YardRequest[] {
  const { appointment } = step;
  const appointmentId = ids.appointments.get(appointment.key);
  const on = (mutation: string, input: Record<string, unknown> = {}, over: Partial<YardRequest> = {}): YardRequest => ({ mutation, input: { appointmentId, ...input }, by: office, record: 'appointment', ...over });
  const move = ({ dock, startMs }: Slot) => ({ startsAt: iso(startMs), dock });
  switch (step.kind) {
    case 'BOOK': return booking(appointment, ids);
    case 'RESCHEDULE': return [on('rescheduleAppointment', { ...move(step.to), reason: 'The carrier called.' })];
    case 'RESCHEDULE_IN_VAIN': return [on('rescheduleAppointment', move(step.to), { refusedWith: 'SLOT_TAKEN' })];
    case 'CANCEL': return [on('cancelAppointment', { reason: step.reason })];
    case 'NO_SHOW': return [on('markNoShow')];
    case 'UNDO': return [on('undoAppointment')];
  }
}

function booking({ key, booker, carrier, direction, handling, temperature, pallets, order, slot }: DrawnAppointment, { facility }: KnownIds): YardRequest[] {
  const input = { facilityId: facility, direction, handling, temperature, pallets, deliveries: [order.name], dock: slot.dock };
  if (booker === 'OFFICE') return [{ mutation: 'bookAppointment', input: { ...input, carrier, startsAt: iso(slot.startMs) }, by: office, record: 'appointment' }];
  const later = (mutation: string, more: Record<string, unknown>): YardRequest => ({ mutation, input: { appointmentId: { booked: key }, ...more }, by: office, record: 'appointment' });
  return [
    { mutation: 'bookAppointment', input: { ...input, startsAt: iso(slot.startMs + aheadMs) }, by: { carrier }, record: 'appointment' },
    later('confirmAppointmentNames', { decision: 'CONFIRM' }), later('rescheduleAppointment', { startsAt: iso(slot.startMs), dock: slot.dock }),
  ];
}

function ofVisit(step: Extract<DayStep, { of: 'visit' }>, ids: KnownIds): YardRequest {
  const { visit } = step;
  const visitId = ids.visits.get(visit.key);
  const at = iso(step.atMs);
  const on = (mutation: string, input: Record<string, unknown>): YardRequest => ({ mutation, input: { visitId, ...input }, by: office, record: 'visit' });
  const report = (name: string, more: Record<string, unknown> = {}) => on('reportVisit', { step: name, at, ...more });
  switch (step.kind) {
    case 'CHECK_IN': return { mutation: 'checkIn', input: checkIn(step, ids), by: office, record: 'visit' };
    case 'ASSIGN_DOCK': return on('assignDock', { dock: step.dock, evenIfBooked: true });
    case 'AT_DOCK': return report('AT_DOCK', { dock: step.dock });
    case 'COUNT': return report('COUNT', { counts: visit.counts.map(({ sku, quantity }) => ({ ...named(visit), product: sku, unit: 'Units', quantity: String(quantity) })) });
    case 'FINDING': {
      const { key, kind, sku, quantity, note } = step.finding;
      return report('FINDING', { finding: { kind, ...named(visit), ...(sku === undefined ? {} : { product: sku }), ...(quantity === undefined ? {} : { quantity: String(quantity), unit: 'Units' }), note, photos: ids.photos.get(key) ?? [] } });
    }
    case 'CONFIRM': return { ...on(visit.direction === 'INBOUND' ? 'confirmReceipt' : 'confirmDispatch', {}), record: 'confirmations', inputType: 'ConfirmHandlingInput' };
    case 'SEAL': return report('SEALS', { sealsOut: visit.seals.out });
    case 'DETACH': return report('DETACH', { place: step.spot, load: 'LOADED' });
    case 'ATTACH': return report('ATTACH', { trailer: step.trailer });
    case 'REJECT': return report('REJECT', { reason: step.reason });
    case 'MISTAKE': return report('LEAVE_DOCK');
    case 'UNDO_MISTAKE': return on('undoVisitStep', {});
    default: return report(step.kind);
  }
}

/** What papers at the dock say that it is. */
function named({ order }: { order: string | null }): { reference?: string } {
  return order === null ? {} : { reference: order };
}

function checkIn({ visit, atMs }: Extract<DayStep, { of: 'visit' }>, ids: KnownIds): Record<string, unknown> {
  const { appointment, type, direction, carrier, truck, trailer, names, seals, isUnknown } = visit;
  // Whose names are known is found by them.
  const isNamed = appointment !== null && (isUnknown || Number(visit.key.slice(1)) % 3 !== 0);
  return {
    facilityId: ids.facility, ...(isNamed ? { appointmentId: ids.appointments.get(appointment) } : {}), type, direction, carrier, truck, ...(trailer === null ? {} : { trailer }), references: names, seals: seals.in, at: iso(atMs),
    driver: { name: `Driver of ${truck}` },
  };
}

function ofMove(step: Extract<DayStep, { of: 'move' }>, ids: KnownIds): YardRequest {
  const { trailer, to, assignee, key } = step.move;
  const at = iso(step.atMs);
  const report = (name: string, more: Record<string, unknown> = {}): YardRequest => ({ mutation: 'reportYardMove', input: { moveId: ids.moves.get(key), step: name, at, ...more }, by: office, record: 'move' });
  switch (step.kind) {
    case 'REQUEST_MOVE': return { mutation: 'requestYardMove', input: { facilityId: ids.facility, trailer, to, reason: 'Its dock is free.' }, by: office, record: 'move' };
    case 'ASSIGN_MOVE': return report('ASSIGN', { assignee });
    case 'START_MOVE': return report('START');
    case 'FINISH_MOVE': return report('DONE');
  }
}
