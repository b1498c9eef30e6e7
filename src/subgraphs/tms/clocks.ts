import type { Detention } from './types.js';

const minuteMs = 60_000;
/** Waiting that is free of charge, as is common in road transport. */
const freeMs = 120 * minuteMs;

/** Minutes by which a delivery comes, or came, after the promise; negative: before it. Null where one of the two is not known. */
export function lateMinutes(times: { promisedAt?: string | null; estimatedAt?: string | null; deliveredAt?: string | null }): number | null {
  const expected = times.deliveredAt ?? times.estimatedAt;
  if (times.promisedAt == null || expected == null) return null;
  return Math.round((Date.parse(expected) - Date.parse(times.promisedAt)) / minuteMs);
}

/**
 * The detention clock of a truck: it starts with check-in, or with the appointment where the truck came
 * early, and stops with check-out. Null before check-in.
 */
export function detentionOf(visit: { checkedInAt?: string | null; checkedOutAt?: string | null; appointment?: { startsAt: string } | null }, nowMs: number): Detention | null {
  if (visit.checkedInAt == null) return null;
  const startMs = Math.max(Date.parse(visit.checkedInAt), visit.appointment == null ? 0 : Date.parse(visit.appointment.startsAt));
  const endMs = visit.checkedOutAt == null ? nowMs : Date.parse(visit.checkedOutAt);
  return {
    startsAt: new Date(startMs).toISOString(), freeUntil: new Date(startMs + freeMs).toISOString(), minutes: Math.max(0, Math.floor((endMs - startMs - freeMs) / minuteMs)),
    isRunning: visit.checkedOutAt == null,
  };
}
