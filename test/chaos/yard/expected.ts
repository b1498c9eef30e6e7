import { standing } from '../../../src/sandbox/yard/appointments.js';
import { confirmedAfterMs } from '../../../src/sandbox/yard/steps.js';
import type { Day, DrawnAppointment, DrawnVisit } from '../../../src/sandbox/yard/types.js';

/** What the board is to show of an appointment. */
export interface ExpectedAppointment {
  state: string;
  dock: string;
  startsAt: string;
  endsAt: string;
  carrier: string;
  direction: string;
}

export interface ExpectedVisit {
  state: string;
  type: string;
  carrier: string;
  truck: string;
  trailer: string | null;
  trailerOut: string | null;
  withoutTrailer: boolean;
  dock: string | null;
  checkedInAt: string;
  atDockAt: string | null;
  handlingStartedAt: string | null;
  handlingEndedAt: string | null;
  fromDockAt: string | null;
  checkedOutAt: string | null;
  appointment: string | null;
  seals: { in: string[]; out: string[] };
  counts: string[];
  findings: string[];
  /** Trailers that it left and took up, with when and where. */
  equipment: string[];
}

const iso = (ms: number) => new Date(ms).toISOString();
const assignedBeforeMs = 60_000;

/** Where an appointment stands at the end of the day, from what was played alone. */
export function expectedAppointment(appointment: DrawnAppointment, visit: DrawnVisit | undefined, { endMs }: Day): ExpectedAppointment {
  const slot = standing(played(appointment, endMs));
  const { carrier, direction } = appointment;
  return { state: stateOf(appointment, visit, endMs), dock: slot.dock, startsAt: iso(slot.startMs), endsAt: iso(slot.endMs), carrier, direction };
}

function played({ slot, changes }: DrawnAppointment, endMs: number) {
  return { slot, changes: changes.filter(({ atMs }) => atMs <= endMs) };
}

function stateOf(appointment: DrawnAppointment, visit: DrawnVisit | undefined, endMs: number): string {
  if (visit !== undefined && visit.checkedInMs <= endMs) {
    const isOther = appointment.booker === 'SCHEDULER';
    if (visit.checkedOutMs <= endMs || (!isOther && visit.atDock !== undefined && visit.atDock.endedMs <= endMs)) return 'COMPLETED';
    const begunMs = isOther ? visit.atDock?.atMs : visit.atDock?.startedMs;
    return begunMs !== undefined && begunMs <= endMs ? 'IN_PROGRESS' : 'ARRIVED';
  }
  const stack = ['SCHEDULED'];
  for (const { kind } of played(appointment, endMs).changes) {
    if (kind === 'UNDO') stack.pop();
    else if (kind !== 'RESCHEDULE_IN_VAIN') stack.push(kind === 'CANCEL' ? 'CANCELLED' : kind === 'NO_SHOW' ? 'NO_SHOW' : 'SCHEDULED');
  }
  return stack.at(-1)!;
}

/** What the board is to show of a truck; null: it has not come by then. */
export function expectedVisit(visit: DrawnVisit, { endMs }: Day): ExpectedVisit | null {
  if (visit.checkedInMs > endMs) return null;
  const until = (ms: number | undefined) => (ms === undefined || ms > endMs ? null : iso(ms));
  const { atDock, detach, attach } = visit;
  const isOther = visit.booker === 'SCHEDULER';
  const isOut = visit.checkedOutMs <= endMs;
  const isAtDock = atDock !== undefined && atDock.atMs <= endMs && (isOther || atDock.fromMs > endMs);
  const hasDetached = detach !== undefined && detach.atMs <= endMs;
  const hasAttached = attach !== undefined && attach.atMs <= endMs;
  return {
    state: isOut ? (visit.turnedAway === undefined ? 'CHECKED_OUT' : 'REJECTED') : isAtDock ? 'AT_DOCK' : 'CHECKED_IN', type: visit.type, carrier: visit.carrier, truck: visit.truck, trailer: isOther ? null : visit.trailer, trailerOut: hasAttached ? visit.trailerOut : null,
    withoutTrailer: hasDetached && !hasAttached, dock: !isOther && atDock !== undefined && atDock.atMs - assignedBeforeMs <= endMs ? atDock.dock : null,
    checkedInAt: iso(visit.checkedInMs), atDockAt: until(atDock?.atMs), handlingStartedAt: isOther ? null : until(atDock?.startedMs), handlingEndedAt: isOther ? null : until(atDock?.endedMs), fromDockAt: isOther ? null : until(atDock?.fromMs), checkedOutAt: until(visit.checkedOutMs),
    appointment: visit.appointment, seals: { in: visit.seals.in, out: atDock !== undefined && atDock.endedMs <= endMs ? visit.seals.out : [] },
    counts: visit.counts.filter(({ atMs }) => atMs <= endMs).map(({ sku, quantity }) => `${sku} ${quantity}`).sort(),
    findings: visit.findings.filter(({ atMs }) => atMs <= endMs).map(({ kind, sku, quantity, photos }) => `${kind} ${sku ?? ''} ${quantity ?? ''} ${photos}`).sort(),
    equipment: [...(hasDetached ? [`DETACHED ${visit.trailer} ${iso(detach.atMs)} ${detach.spot}`] : []), ...(hasAttached ? [`ATTACHED ${visit.trailerOut} ${iso(attach.atMs)} `] : [])],
  };
}

/** Every trailer on site at the end of the day: where it stands, null while it hangs on a truck away from docks, and since when it is there. */
export function expectedTrailers(day: Day): Map<string, { place: string | null; sinceMs: number }> {
  const yard = new Map<string, { place: string | null; sinceMs: number }>();
  const happenings: Array<{ atMs: number; apply: () => void }> = [];
  const happen = (atMs: number, apply: () => void) => happenings.push({ atMs, apply });
  const put = (trailer: string, place: string | null) => yard.has(trailer) && yard.set(trailer, { ...yard.get(trailer)!, place });
  for (const { booker, trailer, trailerOut, checkedInMs, checkedOutMs, atDock, detach, attach, namesTrailer, turnedAway } of day.visits) {
    // Who is turned away brings nothing and takes nothing; all are, before the day ends.
    if (turnedAway !== undefined) continue;
    // The other system knows of no trailers.
    if (booker === 'SCHEDULER') continue;
    if (trailer !== null && namesTrailer !== true) happen(checkedInMs, () => yard.set(trailer, { place: null, sinceMs: checkedInMs }));
    if (atDock !== undefined) {
      happen(atDock.atMs, () => put(trailer!, atDock.dock));
      happen(atDock.fromMs, () => put(trailer!, null));
    }
    if (detach !== undefined) happen(detach.atMs, () => put(trailer!, detach.spot));
    if (attach !== undefined) happen(attach.atMs, () => put(trailerOut!, null));
    if (trailerOut !== null) happen(checkedOutMs, () => yard.delete(trailerOut));
  }
  for (const { trailer, to, doneMs } of day.moves) happen(doneMs, () => put(trailer, to));
  for (const { atMs, apply } of happenings.sort((one, other) => one.atMs - other.atMs)) if (atMs <= day.endMs) apply();
  return yard;
}

/** What the warehouse confirmed of a live truck's transfer differs from what was asked for so; null: nothing was confirmed by then. */
export function confirmedDifferences(visit: DrawnVisit, appointment: DrawnAppointment, { endMs }: Day): { isShort: boolean; isOver: boolean; isDamaged: boolean; isRemarked: boolean } | null {
  if (visit.booker === 'SCHEDULER' || visit.atDock === undefined || visit.atDock.endedMs + confirmedAfterMs > endMs) return null;
  const asked = new Map(appointment.order.lines.map(({ sku, quantity }) => [sku, quantity]));
  return {
    isShort: visit.counts.some(({ sku, quantity }) => quantity < asked.get(sku)!), isOver: visit.counts.some(({ sku, quantity }) => quantity > asked.get(sku)!),
    isDamaged: visit.findings.some(({ kind }) => kind === 'DAMAGED'), isRemarked: visit.findings.some(({ kind }) => kind !== 'DAMAGED'),
  };
}

export function expectedMoveState({ requestedMs, assignedMs, startedMs, doneMs }: Day['moves'][number], endMs: number): string | null {
  if (requestedMs > endMs) return null;
  return doneMs <= endMs ? 'DONE' : startedMs <= endMs ? 'STARTED' : assignedMs <= endMs ? 'ASSIGNED' : 'REQUESTED';
}
