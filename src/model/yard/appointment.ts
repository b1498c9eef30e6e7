import { GatehouseError } from '../../lib/errors.js';
import type { Reference } from '../references.js';
import type { Span } from './hours.js';
import type { AppointmentRecord, AppointmentState, SlotWish, VisitState } from './records.js';
import type { SlotNeed, Use } from './slots.js';

/** What can be done to an appointment that is kept here. */
export type AppointmentStep =
  | { action: 'confirm' }
  | { action: 'reject'; reason?: string }
  | { action: 'reschedule'; to: SlotWish; reason?: string }
  | { action: 'wish'; to: SlotWish }
  | { action: 'accept-wish' }
  | { action: 'reject-wish'; reason?: string }
  | { action: 'cancel'; reason?: string }
  | { action: 'no-show'; nowMs: number }
  | { action: 'lapse' }
  | { action: 'arrive'; isSlotFree: boolean }
  | { action: 'start' }
  | { action: 'complete' }
  | { action: 'name'; loads: string[]; references: Reference[] };

/** From which states a step leads on. */
const from: Readonly<Record<AppointmentStep['action'], readonly AppointmentState[]>> = {
  confirm: ['REQUESTED'],
  reject: ['REQUESTED'],
  // Who did not come may be given another time.
  reschedule: ['REQUESTED', 'SCHEDULED', 'NO_SHOW'],
  wish: ['SCHEDULED'],
  'accept-wish': ['SCHEDULED'],
  'reject-wish': ['SCHEDULED'],
  cancel: ['REQUESTED', 'SCHEDULED'],
  'no-show': ['SCHEDULED'],
  lapse: ['REQUESTED'],
  // A truck that is there is there, whatever was thought of it.
  arrive: ['REQUESTED', 'SCHEDULED', 'NO_SHOW'],
  start: ['REQUESTED', 'SCHEDULED', 'NO_SHOW', 'ARRIVED'],
  complete: ['ARRIVED', 'IN_PROGRESS'],
  name: ['REQUESTED', 'SCHEDULED', 'ARRIVED', 'IN_PROGRESS', 'COMPLETED', 'NO_SHOW'],
};

const words: Readonly<Record<AppointmentState, string>> = {
  UNKNOWN: 'in a state that is not known', REQUESTED: 'asked for and not confirmed', SCHEDULED: 'confirmed', ARRIVED: 'under way: the truck is there', IN_PROGRESS: 'under way: the truck is at the dock',
  COMPLETED: 'done', NO_SHOW: 'over: nobody came', CANCELLED: 'cancelled',
};

/** What can be done in such a state. */
const instead: Readonly<Record<AppointmentState, string>> = {
  UNKNOWN: 'Read it again.', REQUESTED: 'Whoever runs the facility decides on it first.', SCHEDULED: 'Move or cancel it instead.', ARRIVED: 'Report what the truck does at its visit.', IN_PROGRESS: 'Report what the truck does at its visit.',
  COMPLETED: 'Book another one.', NO_SHOW: 'Book another one; whoever runs the facility may move it.', CANCELLED: 'Book another one, or undo that.',
};

/**
 * The record after a step.
 * @throws GatehouseError CONFLICT where its state does not allow it
 */
export function after(record: AppointmentRecord, step: AppointmentStep): AppointmentRecord {
  if (!from[step.action].includes(record.state)) throw new GatehouseError('CONFLICT', `This appointment is ${words[record.state]}. ${instead[record.state]}`, { field: 'input.appointmentId' });
  switch (step.action) {
    case 'confirm':
      return inState(without(record, 'reason'), 'SCHEDULED');
    case 'reject':
      return { ...inState(withReason(without(record, 'wish'), step.reason), 'CANCELLED'), rawState: 'REJECTED' };
    case 'reschedule':
      return inState(at(withReason(without(record, 'wish'), step.reason), step.to), record.state === 'REQUESTED' ? 'REQUESTED' : 'SCHEDULED');
    case 'wish':
      return { ...record, wish: step.to };
    case 'accept-wish':
      return at(without(without(record, 'wish'), 'reason'), wishOf(record));
    case 'reject-wish':
      wishOf(record);
      return withReason(without(record, 'wish'), step.reason);
    case 'cancel':
      return inState(withReason(without(record, 'wish'), step.reason), 'CANCELLED');
    case 'no-show':
      if (step.nowMs < Date.parse(record.startsAt.instant)) throw new GatehouseError('CONFLICT', 'Its time is still to come.', { field: 'input.appointmentId' });
      return inState(without(record, 'wish'), 'NO_SHOW');
    case 'lapse':
      return { ...inState(withReason(without(record, 'wish'), 'Nobody decided in time.'), 'CANCELLED'), rawState: 'LAPSED' };
    case 'arrive':
      // Who comes late finds the dock given away: it waits for another one.
      return inState(holdOf(record) === null && !step.isSlotFree ? without(without(record, 'wish'), 'dock') : without(record, 'wish'), 'ARRIVED');
    case 'start':
      return inState(without(record, 'wish'), 'IN_PROGRESS');
    case 'complete':
      return inState(record, 'COMPLETED');
    case 'name':
      return { ...without(record, 'claimed'), loads: step.loads, references: step.references };
  }
}

function inState(record: AppointmentRecord, state: AppointmentState): AppointmentRecord {
  return { ...record, state, rawState: state };
}

function at(record: AppointmentRecord, { startsAt, endsAt, dock }: SlotWish): AppointmentRecord {
  return { ...record, startsAt, endsAt, ...(dock === undefined ? {} : { dock }) };
}

function wishOf({ wish }: AppointmentRecord): SlotWish {
  if (wish === undefined) throw new GatehouseError('CONFLICT', 'No other time was asked for.', { field: 'input.appointmentId' });
  return wish;
}

function without(record: AppointmentRecord, key: 'wish' | 'reason' | 'dock' | 'claimed'): AppointmentRecord {
  const { [key]: _, ...rest } = record;
  return rest;
}

function withReason(record: AppointmentRecord, reason: string | undefined): AppointmentRecord {
  return reason === undefined ? without(record, 'reason') : { ...record, reason };
}

/** States in which it is still to come, or under way. */
export const livingStates: readonly AppointmentState[] = ['REQUESTED', 'SCHEDULED', 'ARRIVED', 'IN_PROGRESS'];

/** States that only trucks bring about, each further than the one before. What people do meanwhile (confirm names) leaves them. */
export const broughtByTruck: readonly AppointmentState[] = ['ARRIVED', 'IN_PROGRESS', 'COMPLETED'];

/** What of a visit decides where it brings its appointment. */
interface Bringing {
  state: VisitState;
  checkedInAt?: unknown;
  handlingStartedAt?: unknown;
  handlingEndedAt?: unknown;
  checkedOutAt?: unknown;
}

/** Where a visit brings its appointment; null: it says nothing of it. */
export function stateBroughtBy({ state, checkedInAt, handlingStartedAt, handlingEndedAt, checkedOutAt }: Bringing): AppointmentState | null {
  if (state === 'REJECTED' || state === 'CANCELLED') return null;
  if (handlingEndedAt !== undefined || checkedOutAt !== undefined) return 'COMPLETED';
  if (handlingStartedAt !== undefined) return 'IN_PROGRESS';
  return checkedInAt === undefined && state === 'EXPECTED' ? null : 'ARRIVED';
}

/** The furthest of where visits bring their appointment; null: none says anything of it. */
export function furthestOf(states: ReadonlyArray<AppointmentState | null>): AppointmentState | null {
  return broughtByTruck.findLast((state) => states.includes(state)) ?? null;
}

/** The dock and time that it occupies; null: none. One that was asked for occupies it until somebody decides, a wish does not. */
export function holdOf(record: Pick<AppointmentRecord, 'state' | 'dock' | 'startsAt' | 'endsAt'>): (Span & { dock: string }) | null {
  if (!livingStates.includes(record.state) || record.dock === undefined) return null;
  const fromMs = Date.parse(record.startsAt.instant);
  return { dock: record.dock, fromMs, toMs: record.endsAt === undefined ? fromMs + 3_600_000 : Date.parse(record.endsAt.instant) };
}

/** What it takes of the facility; null: nothing. One that is done has left its dock, and began within its hour all the same. */
export function useOf(record: AppointmentRecord): Use | null {
  const hold = holdOf(record);
  if (hold === null && record.state !== 'COMPLETED') return null;
  const fromMs = Date.parse(record.startsAt.instant);
  return {
    dock: hold?.dock ?? null, fromMs, toMs: hold?.toMs ?? fromMs, direction: record.direction,
    ...(record.handling === undefined ? {} : { handling: record.handling }), ...(record.temperature === undefined ? {} : { temperature: record.temperature }),
  };
}

/** What its truck needs of a dock. */
export function needOf(record: AppointmentRecord): SlotNeed {
  return {
    direction: record.direction === 'OUTBOUND' ? 'OUTBOUND' : 'INBOUND', handling: record.handling ?? 'LIVE', temperature: record.temperature ?? 'AMBIENT',
    ...(record.heightCm === undefined ? {} : { heightCm: record.heightCm }), ...(record.pallets === undefined ? {} : { pallets: record.pallets }),
  };
}

/** A version of an appointment, and the step that led to it. */
export interface AppointmentVersion {
  version: number;
  payload: AppointmentRecord;
  step: { action: string; by: string; undoes?: number };
}

/** Steps that follow from visits begin so; they are undone where they come from. */
const visitPrefix = 'visit.';

/**
 * What it is to be again when its latest step is undone, exactly as it was. Trucks that came and were taken back are as if they had never
 * come.
 * @param standing versions whose steps stand, oldest first
 * @throws GatehouseError CONFLICT where there is nothing to undo
 */
export function beforeLatest(standing: readonly AppointmentVersion[]): { undone: AppointmentVersion; record: AppointmentRecord } {
  const current = standing.at(-1);
  const follows = current?.step.action.startsWith(visitPrefix) === true;
  if (follows && broughtByTruck.includes(current.payload.state)) throw new GatehouseError('CONFLICT', 'Its latest step follows from the visit of the truck. Undo that one.', { field: 'input.appointmentId' });
  const latest = standing.findLastIndex(({ step }) => !step.action.startsWith(visitPrefix));
  const [undone, before] = [standing[latest], standing[latest - 1]];
  if (current === undefined || undone === undefined || before === undefined) throw new GatehouseError('CONFLICT', 'Nothing was done to this appointment that could be undone. Cancel it instead.', { field: 'input.appointmentId' });
  // Of what people did while the truck was there only its names are left.
  const isOfTruck = follows && broughtByTruck.includes(undone.payload.state);
  return { undone, record: isOfTruck ? named(current.payload, before.payload) : before.payload };
}

/** With the names of another version of it. */
function named(record: AppointmentRecord, { loads, references, claimed }: AppointmentRecord): AppointmentRecord {
  return { ...without(record, 'claimed'), loads, references, ...(claimed === undefined ? {} : { claimed }) };
}
