import type { Json } from '../../lib/json.js';
import type { Answer, Outcome } from '../contract.js';
import type { HeldAppointment } from '../kit/appointments.js';
import { clip, filled } from '../kit/text.js';
import { hasProblem, refusalOf, type SscApi, type Told } from './api.js';
import { notScheduled } from './codes.js';
import { nameOf } from './identifiers.js';
import type { Identifiers, KeptAnswer, SscAppointment } from './payloads.js';

/** How an appointment stands there. */
export interface Reading {
  at: string;
  status: string;
  appointment: SscAppointment | null;
  confirmation: string | null;
  locationId: string | null;
  reason: string | null;
  retryAfter: number | undefined;
}

export function readingOf({ answer, at, retryAfter }: Told, status: string): Reading {
  return {
    at, retryAfter, status: clip(status, 60), appointment: answer.appointment ?? null, confirmation: shortened(answer.appointmentConfirmationNumber), locationId: shortened(answer.locationId),
    reason: filled(answer.mostRecentComment) ?? filled(answer.mostRecentReasonCode) ?? null,
  };
}

function shortened(text: string | null | undefined): string | null {
  const found = filled(text);
  return found === undefined ? null : clip(found, 120);
}

/** Asks how it stands. That a stop has no appointment is no error; that the load is not known is one. */
export async function readAt(api: SscApi, identifiers: Identifiers): Promise<Outcome<Reading>> {
  const told = await api.ask('fetch-appointment-details', { identifiers: identifiers as unknown as Json });
  if (!told.ok) return told;
  const { answer } = told.value;
  if (answer.status === 'FAILURE') return refusalOf(answer, hasProblem(answer, 'notFound') ? 'The load, stop or appointment is not known there' : 'How the appointment stands is not told');
  return { ok: true, value: readingOf(told.value, filled(answer.appointmentStatus) ?? (answer.status === 'PENDING' ? 'PENDING' : answer.appointment == null ? notScheduled : 'CONFIRMED')) };
}

type More = Pick<KeptAnswer, 'before' | 'wish' | 'direction' | 'loads'>;

export function toHeld({ at, status, appointment, confirmation, locationId, reason }: Reading, identifiers: Identifiers, more: More = {}): HeldAppointment {
  const id = filled(appointment?.id);
  const kept: KeptAnswer = { gatehouse: 'ssc', at, identifiers: { ...identifiers, ...(id === undefined ? {} : { appointmentId: id }) }, appointment, appointmentStatus: status, confirmation, locationId, reason: reason === null ? null : clip(reason, 900), ...more };
  return { raw: kept as unknown as Json, result: { appointment: nameOf(kept.identifiers), state: status, startsAt: appointment?.arrivalWindow?.startDateTime ?? null, confirmation } };
}

export function toAnswer(command: string) {
  return ({ raw }: HeldAppointment, attempt: number): Answer => ({ key: `appointment-${command}-${attempt}`, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(raw)) });
}
