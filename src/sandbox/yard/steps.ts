import type { Change, Contradiction, Day, DrawnAppointment, DrawnFinding, DrawnMove, DrawnVisit, ToldTwice } from './types.js';
import { minuteMs } from './types.js';

/** What was counted is confirmed so long after the last of it was handled. */
export const confirmedAfterMs = minuteMs / 2;

type AppointmentAction = { kind: 'BOOK' } | Change;
type VisitAction =
  | { kind: 'CHECK_IN' } | { kind: 'ASSIGN_DOCK'; dock: string } | { kind: 'AT_DOCK'; dock: string } | { kind: 'START' } | { kind: 'COUNT' } | { kind: 'FINDING'; finding: DrawnFinding } | { kind: 'END' } | { kind: 'CONFIRM' }
  | { kind: 'SEAL' } | { kind: 'LEAVE_DOCK'; dock: string } | { kind: 'DETACH'; trailer: string; spot: string } | { kind: 'ATTACH'; trailer: string } | { kind: 'REJECT'; reason: string } | { kind: 'CHECK_OUT' }
  | { kind: 'MISTAKE' } | { kind: 'UNDO_MISTAKE' };
type MoveAction = { kind: 'REQUEST_MOVE' | 'ASSIGN_MOVE' | 'START_MOVE' | 'FINISH_MOVE' };
/** Reported by the other system, each as the whole state of its record. */
type OtherAction = { kind: 'OTHER_BOOKED' | 'OTHER_CAME' | 'OTHER_DOCKED' | 'OTHER_LEFT' };

interface Placed {
  atMs: number;
  /** Steps that share one of these are played one after the other. */
  lanes: string[];
  /** The same however often it is played. */
  key: string;
}

export type DayStep = Placed & (
  | ({ of: 'appointment'; appointment: DrawnAppointment } & AppointmentAction)
  | ({ of: 'visit'; visit: DrawnVisit } & VisitAction)
  | ({ of: 'move'; move: DrawnMove } & MoveAction)
  | ({ of: 'other'; appointment: DrawnAppointment; visit: DrawnVisit | null } & OtherAction)
  | ({ of: 'contradiction'; contradiction: Contradiction } & OtherAction)
  | ({ of: 'told-twice'; told: ToldTwice } & OtherAction)
);
type Unplaced = DayStep extends infer Step ? Step extends DayStep ? Omit<Step, 'lanes' | 'key'> & { lanes?: string[] } : never : never;

/** All that is to be told to the product, in the order in which it happens, up to the end of the day. */
export function stepsOf(day: Day): DayStep[] {
  const steps: DayStep[] = [];
  const add = (owner: string, items: readonly Unplaced[]) => items.forEach((item, index) => steps.push({ ...item, key: `${owner}-${index}-${item.kind}`, lanes: [owner, ...(item.lanes ?? [])] } as DayStep));
  const visitOf = new Map(day.visits.flatMap((visit) => (visit.appointment === null ? [] : [[visit.appointment, visit] as const])));
  for (const appointment of day.appointments) {
    const { key, booker } = appointment;
    if (booker === 'SCHEDULER') add(key, ofOther(appointment, visitOf.get(key) ?? null));
    else add(key, ofAppointment(appointment));
  }
  for (const visit of day.visits) if (visit.booker !== 'SCHEDULER') add(visit.key, ofVisit(visit));
  for (const move of day.moves) add(move.key, ofMove(move));
  for (const contradiction of day.contradictions) add(contradiction.key, ofContradiction(contradiction));
  for (const told of day.toldTwice) add(told.key, ofToldTwice(told));
  return steps.filter(({ atMs }) => atMs <= day.endMs).map((step, index) => ({ step, index })).sort((a, b) => a.step.atMs - b.step.atMs || a.index - b.index).map(({ step }) => step);
}

function ofAppointment(appointment: DrawnAppointment): Unplaced[] {
  return [{ of: 'appointment', kind: 'BOOK', appointment, atMs: appointment.bookedMs }, ...appointment.changes.map((change): Unplaced => ({ of: 'appointment', appointment, ...change }))];
}

function ofVisit(visit: DrawnVisit): Unplaced[] {
  const { atDock, detach, attach, trailer, trailerOut, mistake } = visit;
  const step = (atMs: number, action: VisitAction, lanes: string[] = []): Unplaced => ({ of: 'visit', visit, atMs, lanes, ...action });
  const appointment = visit.appointment === null ? [] : [visit.appointment];
  const steps = [step(visit.checkedInMs, { kind: 'CHECK_IN' }, [...appointment, ...(trailer === null ? [] : [trailer])])];
  if (atDock !== undefined) {
    const { dock } = atDock;
    const at = [dock, ...appointment];
    steps.push(
      step(atDock.atMs - minuteMs, { kind: 'ASSIGN_DOCK', dock }, at), step(atDock.atMs, { kind: 'AT_DOCK', dock }, at), step(atDock.startedMs, { kind: 'START' }, appointment),
      ...visit.findings.map((finding) => step(finding.atMs, { kind: 'FINDING', finding })), ...(visit.counts.length === 0 ? [] : [step(visit.counts[0]!.atMs, { kind: 'COUNT' })]),
      step(atDock.endedMs, { kind: 'END' }, appointment), ...(visit.counts.length === 0 ? [] : [step(atDock.endedMs + confirmedAfterMs, { kind: 'CONFIRM' })]), ...(visit.seals.out.length === 0 ? [] : [step(atDock.endedMs, { kind: 'SEAL' })]), step(atDock.fromMs, { kind: 'LEAVE_DOCK', dock }, at),
    );
  }
  if (mistake !== undefined) steps.push(step(mistake.atMs, { kind: 'MISTAKE' }, [atDock!.dock, ...appointment]), step(mistake.undoneMs, { kind: 'UNDO_MISTAKE' }, [atDock!.dock, ...appointment]));
  if (detach !== undefined) steps.push(step(detach.atMs, { kind: 'DETACH', trailer: trailer!, spot: detach.spot }, [trailer!, detach.spot]));
  if (attach !== undefined) steps.push(step(attach.atMs, { kind: 'ATTACH', trailer: trailerOut! }, [trailerOut!]));
  const leaves: VisitAction = visit.turnedAway === undefined ? { kind: 'CHECK_OUT' } : { kind: 'REJECT', reason: visit.turnedAway };
  steps.push(step(visit.checkedOutMs, leaves, [...appointment, ...(trailerOut === null ? [] : [trailerOut])]));
  return steps.sort((a, b) => a.atMs - b.atMs);
}

function ofMove(move: DrawnMove): Unplaced[] {
  const lanes = [move.trailer, move.from, move.to];
  const step = (atMs: number, kind: MoveAction['kind']): Unplaced => ({ of: 'move', kind, move, atMs, lanes });
  return [step(move.requestedMs, 'REQUEST_MOVE'), step(move.assignedMs, 'ASSIGN_MOVE'), step(move.startedMs, 'START_MOVE'), step(move.doneMs, 'FINISH_MOVE')];
}

function ofOther(appointment: DrawnAppointment, visit: DrawnVisit | null): Unplaced[] {
  const step = (atMs: number, kind: OtherAction['kind'], lanes: string[] = []): Unplaced => ({ of: 'other', kind, appointment, visit, atMs, lanes });
  const booked = step(appointment.bookedMs, 'OTHER_BOOKED');
  if (visit === null) return [booked];
  const dock = visit.atDock === undefined ? [] : [visit.atDock.dock];
  return [booked, step(visit.checkedInMs, 'OTHER_CAME'), ...(visit.atDock === undefined ? [] : [step(visit.atDock.atMs, 'OTHER_DOCKED', dock)]), step(visit.checkedOutMs, 'OTHER_LEFT', dock)];
}

function ofContradiction(contradiction: Contradiction): Unplaced[] {
  const step = (atMs: number, kind: OtherAction['kind']): Unplaced => ({ of: 'contradiction', kind, contradiction, atMs, lanes: [contradiction.visit, contradiction.dock] });
  return [step(contradiction.checkedInMs - minuteMs, 'OTHER_BOOKED'), step(contradiction.checkedInMs, 'OTHER_CAME'), step(contradiction.atDockMs, 'OTHER_DOCKED'), step(contradiction.checkedOutMs, 'OTHER_LEFT')];
}

/** Without an appointment. */
function ofToldTwice(told: ToldTwice): Unplaced[] {
  const step = (atMs: number, kind: OtherAction['kind']): Unplaced => ({ of: 'told-twice', kind, told, atMs });
  return [step(told.checkedInMs, 'OTHER_CAME'), step(told.atDockMs, 'OTHER_DOCKED'), step(told.checkedOutMs, 'OTHER_LEFT')];
}
