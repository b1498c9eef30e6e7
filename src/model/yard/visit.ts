import { normalizeReferenceValue, type Reference } from '../references.js';
import type { ZonedInstant } from '../time.js';
import type { EquipmentStep, Finding, HandlingCount, TrailerLoad, VisitRecord } from './records.js';

/** Who and what comes, as it is announced or said at the gate. */
export type VisitDetails = Pick<VisitRecord, 'appointmentId' | 'type' | 'carrier' | 'truck' | 'trailer' | 'direction' | 'loads' | 'personalDataId'> & { references?: Reference[]; sealsIn?: string[] };

/** Something that happens to a visit which is kept here. */
export type VisitStep =
  | { step: 'EXPECT'; facilityId: string; details: VisitDetails }
  | { step: 'CHECK_IN'; facilityId: string; details: VisitDetails; at: ZonedInstant }
  | { step: 'REJECT'; at: ZonedInstant; reason: string }
  | { step: 'CANCEL'; reason: string }
  | { step: 'ASSIGN_DOCK'; dock: string; reasons: string[] }
  | { step: 'AT_DOCK'; at: ZonedInstant; dock?: string }
  | { step: 'START'; at: ZonedInstant }
  | { step: 'END'; at: ZonedInstant }
  | { step: 'COUNT'; counts: HandlingCount[] }
  | { step: 'SEALS'; sealsIn: string[]; sealsOut: string[] }
  | { step: 'FINDING'; finding: Finding }
  | { step: 'LEAVE_DOCK'; at: ZonedInstant }
  | { step: 'DETACH'; at: ZonedInstant; place?: string; load?: TrailerLoad }
  | { step: 'ATTACH'; at: ZonedInstant; trailer: string; load?: TrailerLoad }
  | { step: 'CHECK_OUT'; at: ZonedInstant };

export const visitSteps = ['REJECT', 'CANCEL', 'AT_DOCK', 'START', 'END', 'COUNT', 'SEALS', 'FINDING', 'LEAVE_DOCK', 'DETACH', 'ATTACH', 'CHECK_OUT'] as const;
export type VisitStepName = VisitStep['step'];

/** A step that makes no sense of a visit as it stands, in words for people. */
export interface RefusedStep {
  refused: string;
}

/** Most counts and findings of one visit. */
export const mostEntries = 500;

/** The trailer that hangs on the truck now; null: none. */
export function hangingTrailer({ trailer, trailerOut }: Pick<VisitRecord, 'trailer' | 'trailerOut'>): string | null {
  return trailerOut === undefined ? (trailer ?? null) : trailerOut;
}

/** Whether the trailer that it came with stays behind it: it may be handled when the truck is gone. */
export function hasLeftTrailer({ equipment = [], trailer }: Pick<VisitRecord, 'equipment' | 'trailer'>): boolean {
  return trailer !== undefined && equipment.findLast((step) => isSame(step.trailer, trailer))?.action === 'DETACHED';
}

/**
 * The visit after a step. What is reported is taken as it is, also where it comes before something that should have been before it:
 * that is a contradiction (contradictions.ts), no reason to lose it. Refused is only what cannot be, such as an end of what never began.
 * @param visit null: there is none yet
 */
export function takeVisitStep(visit: VisitRecord | null, step: VisitStep): VisitRecord | RefusedStep {
  if (step.step === 'EXPECT') return visit === null ? arrived({ type: 'UNKNOWN', state: 'EXPECTED' }, step) : refuse('It is expected already.');
  if (step.step === 'CHECK_IN') {
    if (visit !== null && visit.state !== 'EXPECTED') return refuse('It was checked in already.');
    return { ...arrived(visit ?? { type: 'UNKNOWN', state: 'EXPECTED' }, step), state: visit?.atDockAt !== undefined && visit.fromDockAt === undefined ? 'AT_DOCK' : 'CHECKED_IN', checkedInAt: step.at };
  }
  if (visit === null) return refuse('There is no such visit.');
  if (visit.state === 'REJECTED' || visit.state === 'CANCELLED') return refuse(`It was ${visit.state === 'REJECTED' ? 'turned away' : 'called off'}.`);
  if (visit.state === 'CHECKED_OUT' && !isOfTrailerLeft(visit, step)) return refuse('It has checked out.');
  return onSite(visit, step);
}

function onSite(visit: VisitRecord, step: Exclude<VisitStep, { step: 'EXPECT' | 'CHECK_IN' }>): VisitRecord | RefusedStep {
  switch (step.step) {
    case 'REJECT':
      if (visit.handlingStartedAt !== undefined) return refuse('It is being loaded or unloaded. Check it out instead.');
      return { ...withoutDock(visit, step.at), state: 'REJECTED', reason: step.reason, checkedOutAt: step.at };
    case 'CANCEL':
      if (visit.state !== 'EXPECTED') return refuse('It has come. Check it out, or turn it away.');
      return { ...without(visit, ['dock', 'dockReasons']), state: 'CANCELLED', reason: step.reason };
    case 'ASSIGN_DOCK':
      if (visit.state === 'AT_DOCK') return refuse(`It is at ${visit.dock ?? 'a dock'}. Have it leave that first.`);
      return { ...without(visit, ['fromDockAt', 'atDockAt']), dock: step.dock, dockReasons: step.reasons };
    case 'AT_DOCK':
      return atDock(visit, step);
    case 'LEAVE_DOCK':
      if (visit.state !== 'AT_DOCK') return refuse('It is at no dock.');
      return { ...visit, state: 'CHECKED_IN', fromDockAt: step.at };
    case 'CHECK_OUT':
      return { ...visit, ...(visit.state === 'AT_DOCK' ? { fromDockAt: step.at } : {}), state: 'CHECKED_OUT', checkedOutAt: step.at };
    case 'DETACH':
    case 'ATTACH':
      return equipped(visit, step);
    default:
      return handled(visit, step);
  }
}

function atDock(visit: VisitRecord, { at, dock = visit.dock }: Extract<VisitStep, { step: 'AT_DOCK' }>): VisitRecord | RefusedStep {
  if (dock === undefined) return refuse('Say at which dock.');
  if (visit.state === 'AT_DOCK' && isSame(visit.dock ?? '', dock)) return refuse(`It is at ${dock} already.`);
  const reasons = visit.dock !== undefined && isSame(visit.dock, dock) ? visit.dockReasons : [`It was reported at ${dock}.`];
  return { ...without(visit, ['fromDockAt']), state: 'AT_DOCK', dock, atDockAt: at, ...(reasons === undefined ? {} : { dockReasons: reasons }) };
}

/** What is done with the goods: also with those in a trailer that was left behind. */
function handled(visit: VisitRecord, step: Extract<VisitStep, { step: 'START' | 'END' | 'COUNT' | 'SEALS' | 'FINDING' }>): VisitRecord | RefusedStep {
  switch (step.step) {
    case 'START':
      if (visit.handlingStartedAt !== undefined) return refuse('It was begun already.');
      return { ...visit, handlingStartedAt: step.at };
    case 'END':
      if (visit.handlingStartedAt === undefined) return refuse('It was not begun. Report the start first; that may be in the past.');
      if (visit.handlingEndedAt !== undefined) return refuse('It was ended already.');
      return { ...visit, handlingEndedAt: step.at };
    case 'COUNT':
      if ((visit.counts?.length ?? 0) + step.counts.length > mostEntries) return refuse(`A visit has at most ${mostEntries} counts.`);
      return { ...visit, counts: [...(visit.counts ?? []), ...step.counts] };
    case 'SEALS':
      return { ...visit, seals: { in: distinct([...(visit.seals?.in ?? []), ...step.sealsIn]), out: distinct([...(visit.seals?.out ?? []), ...step.sealsOut]) } };
    case 'FINDING':
      if ((visit.findings?.length ?? 0) >= mostEntries) return refuse(`A visit has at most ${mostEntries} findings.`);
      return { ...visit, findings: [...(visit.findings ?? []), step.finding] };
  }
}

function equipped(visit: VisitRecord, step: Extract<VisitStep, { step: 'DETACH' | 'ATTACH' }>): VisitRecord | RefusedStep {
  const hanging = hangingTrailer(visit);
  const load = step.load === undefined ? {} : { load: step.load };
  if (step.step === 'DETACH') {
    if (hanging === null) return refuse('No trailer hangs on it.');
    const place = step.place ?? (visit.state === 'AT_DOCK' ? visit.dock : undefined);
    const detached: EquipmentStep = { action: 'DETACHED', trailer: hanging, at: step.at, ...(place === undefined ? {} : { place }), ...load };
    return { ...visit, trailerOut: null, equipment: [...(visit.equipment ?? []), detached] };
  }
  if (hanging !== null) return refuse(`${hanging} hangs on it. Report first that it was left.`);
  const attached: EquipmentStep = { action: 'ATTACHED', trailer: step.trailer, at: step.at, ...load };
  const { trailerOut: _, ...rest } = visit;
  const isOwn = visit.trailer !== undefined && isSame(visit.trailer, step.trailer);
  return { ...rest, ...(isOwn ? {} : { trailerOut: step.trailer }), equipment: [...(visit.equipment ?? []), attached] };
}

function arrived(visit: VisitRecord, { facilityId, details: { sealsIn, ...details } }: Extract<VisitStep, { step: 'EXPECT' | 'CHECK_IN' }>): VisitRecord {
  const told = Object.fromEntries(Object.entries(details).filter(([name, value]) => value !== undefined && !(name === 'type' && value === 'UNKNOWN'))) as Partial<VisitDetails>;
  const seals = sealsIn === undefined || sealsIn.length === 0 ? {} : { seals: { in: distinct(sealsIn), out: [] } };
  return { ...visit, ...told, type: told.type ?? visit.type, facilityId, ...seals };
}

function isOfTrailerLeft(visit: VisitRecord, { step }: VisitStep): boolean {
  return hasLeftTrailer(visit) && (step === 'START' || step === 'END' || step === 'COUNT' || step === 'SEALS' || step === 'FINDING');
}

/** A dock is no longer kept for it; one where it stood it has left. */
function withoutDock(visit: VisitRecord, at: ZonedInstant): VisitRecord {
  if (visit.atDockAt === undefined) return without(visit, ['dock', 'dockReasons']);
  return visit.state === 'AT_DOCK' ? { ...visit, fromDockAt: at } : visit;
}

function without(visit: VisitRecord, names: ReadonlyArray<keyof VisitRecord>): VisitRecord {
  return Object.fromEntries(Object.entries(visit).filter(([name]) => !names.includes(name as keyof VisitRecord))) as unknown as VisitRecord;
}

function isSame(a: string, b: string): boolean {
  return normalizeReferenceValue(a) === normalizeReferenceValue(b);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function refuse(refused: string): RefusedStep {
  return { refused };
}
