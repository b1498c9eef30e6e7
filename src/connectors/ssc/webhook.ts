import type { Anomaly, Decoded } from '../../model/facts.js';
import { parseOffsetTime } from '../../model/time.js';
import { UnreadableMessage, type RawMessage } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { parseJson } from '../kit/json.js';
import { clip, filled } from '../kit/text.js';
import { factsOf, type Stated } from './appointments.js';
import { nameOf } from './identifiers.js';
import { availableEvent, changedEvent, keptAnswer, type KeptAnswer } from './payloads.js';
import type { SscSettings } from './settings.js';

/**
 * Reads an event of a subscription, or what was answered to a command of ours: the state of one appointment.
 * @throws UnreadableMessage where it is neither
 */
export function decodeMessage(message: RawMessage, settings: Pick<SscSettings, 'carrier'> = {}): Decoded {
  const { value, anomalies } = parseJson(message.body);
  const available = availableEvent.safeParse(value);
  if (available.success) {
    anomalies.push({ kind: 'EVENT_IGNORED', message: 'Times that are free were sent: nothing here waits for them.', severity: 'LOW', rawCode: 'fetch-available-appointments' });
    return { facts: [], anomalies };
  }
  const stated = statedBy(value, anomalies);
  if (stated === null) throw new UnreadableMessage('The body is no appointment-changed event of the SSC standard: it needs identifiers, currentAppointment and occurredAt with offset.');
  const facts = factsOf(stated, { connection: message.connection, carrier: settings.carrier }, anomalies);
  if (facts.length === 0) throw new UnreadableMessage('The event does not say which appointment it is about: it has no appointment id and no number of a load.');
  return { facts, anomalies: boundAnomalies(anomalies) };
}

function statedBy(value: unknown, anomalies: Anomaly[]): Stated | null {
  const kept = keptAnswer.safeParse(value);
  if (kept.success) return statedByAnswer(kept.data, anomalies);
  const event = changedEvent.safeParse(value);
  const at = event.success ? parseOffsetTime(event.data.occurredAt) : null;
  if (!event.success || at === null) return null;
  const { identifiers, currentAppointment: now, previousAppointment: before, reasonCode, comment } = event.data;
  const status = filled(now.appointmentStatus) ?? 'UNKNOWN';
  if (status === 'REJECTED') refusedThere(anomalies, null);
  return {
    identifiers, appointment: now.appointment ?? null, windowBefore: before?.appointment ?? null, status, confirmation: null, locationId: null, reason: filled(comment) ?? filled(reasonCode) ?? null, observedAt: at.instant,
    nameBefore: filled(before?.appointment?.id) === undefined ? null : nameOf({ ...identifiers, appointmentId: before!.appointment!.id }),
  };
}

function statedByAnswer(kept: KeptAnswer, anomalies: Anomaly[]): Stated {
  const { identifiers, appointment, appointmentStatus, confirmation, locationId, reason, at, before, wish, direction, loads } = kept;
  const [startsAt, endsAt] = [wish?.startsAt, wish?.endsAt ?? wish?.startsAt].map((each) => (each === undefined ? null : parseOffsetTime(each)));
  if (appointmentStatus === 'REJECTED' || wish?.isRefused === true) refusedThere(anomalies, wish?.isRefused === true ? (startsAt?.instant ?? null) : null);
  return {
    identifiers, appointment, status: appointmentStatus, confirmation, locationId, reason, observedAt: parseOffsetTime(at)!.instant, nameBefore: before === undefined ? null : nameOf(before),
    ...(direction === undefined ? {} : { direction }), ...(loads === undefined ? {} : { loads }), ...(wish === undefined || wish.isRefused || startsAt == null || endsAt == null ? {} : { wish: { startsAt, endsAt } }),
  };
}

/** Somebody has to ask for another time. */
function refusedThere(anomalies: Anomaly[], wanted: string | null): void {
  const message = wanted === null ? 'The appointment was refused there: ask for another time.' : `Another time, ${clip(wanted, 40)}, was refused there; the time before stands.`;
  anomalies.push({ kind: 'APPOINTMENT_REFUSED', message, severity: 'HIGH' });
}
