import { ourConnection } from '../our-connection.js';
import { normalizeReferenceValue } from '../references.js';
import { directionOf, handlingOf } from './choose-dock.js';
import type { DockDirection, EquipmentStep, TrailerLoad, VisitState, VisitType, YardMoveState } from './records.js';

/** A visit as trailers and docks are read from it; instants UTC. */
export interface SeenVisit {
  /** UUID. */
  id: string;
  /** Connection that tells of it. */
  source: string;
  /** Where: the same for all sources that mean the same yard. */
  site: string;
  type: VisitType;
  state: VisitState;
  truck: string | null;
  trailer: string | null;
  /** Another one that it has now, or left with; undefined: it is not said that it is another; null: none. */
  trailerOut?: string | null;
  direction?: DockDirection;
  /** The appointment that it is for: its UUID, and what people call it. */
  appointment?: { id: string; name: string };
  dock: string | null;
  arrivedAt: string | null;
  checkedInAt: string | null;
  atDockAt: string | null;
  fromDockAt: string | null;
  checkedOutAt: string | null;
  handlingStartedAt: string | null;
  handlingEndedAt: string | null;
  equipment: EquipmentStep[];
}

/** A move as trailers are read from it. */
export interface SeenMove {
  id: string;
  source: string;
  site: string;
  trailer: string;
  state: YardMoveState;
  to: string;
  doneAt: string | null;
}

/** A trailer in a yard, from its coming to its leaving. */
export interface TrailerStay {
  trailer: string;
  arrivedAt: string;
  /** UUID of the visit that brought it. */
  arrivedWith: string;
  /** Null: it is there. */
  leftAt: string | null;
  /** Null though it left: nobody said how, and it came again. */
  leftWith: string | null;
  /** Name of the spot or dock where it stands, as last known; null: somewhere. */
  place: string | null;
  load: TrailerLoad;
  /** It was loaded or unloaded here: it may go. */
  ready: boolean;
  /** All visits that tell of it, in the order of their ids. */
  visits: string[];
}

/** What is told of a trailer and fits no stay. */
export interface Misfit {
  /** UUID of the visit or move. */
  id: string;
  of: 'VISIT' | 'MOVE';
  trailer: string;
  at: string;
}

export interface TrailerFold {
  stays: TrailerStay[];
  /** It left, or was moved, though it was not there. */
  neverCame: Misfit[];
}

/** Two sources that tell of one coming or going within so long mean the same, ms. */
const sameMs = 2 * 3_600_000;

interface Point {
  kind: 'IN' | 'OUT' | 'MOVE';
  at: string;
  id: string;
  source: string;
  trailer: string;
}

/** A visit that counts: of one who was turned away, or never came, no trailer stood there. */
export function isSeen({ state }: Pick<SeenVisit, 'state'>): boolean {
  return state !== 'CANCELLED' && state !== 'REJECTED' && state !== 'EXPECTED';
}

/** When it came, as far as that is said. */
export function cameAt({ checkedInAt, arrivedAt, atDockAt }: Pick<SeenVisit, 'checkedInAt' | 'arrivedAt' | 'atDockAt'>): string | null {
  return checkedInAt ?? arrivedAt ?? atDockAt;
}

/** With which trailer a truck came, and with which it left, where that can be told from what is said. */
export function trailersOfVisit({ type, trailer, trailerOut, equipment }: Pick<SeenVisit, 'type' | 'trailer' | 'trailerOut' | 'equipment'>): { came: string | null; left: string | null } {
  const isTold = trailerOut !== undefined || equipment.length > 0;
  const came = !isTold && type === 'PICK_UP' ? null : trailer;
  if (isTold) return { came, left: trailerOut === undefined ? trailer : trailerOut };
  return { came, left: handlingOf(type) === 'DROP' && type !== 'PICK_UP' ? null : trailer };
}

/**
 * The stays of one trailer in one yard, from whatever any source says of it. The same for every order and repetition.
 * @param key of the trailer, in the form in which names are compared
 */
export function foldTrailer(key: string, visits: readonly SeenVisit[], moves: readonly SeenMove[]): TrailerFold {
  const seen = distinct(visits).filter(isSeen);
  const done = distinct(moves).filter((move) => move.state === 'DONE' && move.doneAt !== null && isKey(move.trailer, key));
  const points = [...seen.flatMap((visit) => pointsOf(visit, key)), ...done.map((move): Point => ({ kind: 'MOVE', at: move.doneAt!, id: move.id, source: move.source, trailer: move.trailer }))].sort(inTime);
  const stays: Array<TrailerStay & { source: string; leftSource?: string }> = [];
  const neverCame: Misfit[] = [];
  for (const point of points) {
    const last = stays.at(-1);
    const isOpen = last !== undefined && last.leftAt === null;
    if (point.kind === 'IN') {
      if (isOpen && last.source !== point.source && apart(last.arrivedAt, point.at) <= sameMs) continue;
      // Nobody saw it leave, and it comes again.
      if (isOpen) last.leftAt = point.at;
      stays.push({ trailer: point.trailer, arrivedAt: point.at, arrivedWith: point.id, leftAt: null, leftWith: null, place: null, load: 'UNKNOWN', ready: false, visits: [], source: point.source });
    } else if (isOpen) {
      if (point.kind === 'OUT') Object.assign(last, { leftAt: point.at, leftWith: point.id, leftSource: point.source });
    } else if (point.kind === 'MOVE' || last?.leftAt == null || last.leftSource === point.source || apart(last.leftAt, point.at) > sameMs) {
      neverCame.push({ id: point.id, of: point.kind === 'MOVE' ? 'MOVE' : 'VISIT', trailer: point.trailer, at: point.at });
    }
  }
  return { stays: stays.map((stay) => described(stay, key, seen, done)), neverCame };
}

function pointsOf(visit: SeenVisit, key: string): Point[] {
  const { came, left } = trailersOfVisit(visit);
  const at = cameAt(visit);
  const point = (kind: Point['kind'], time: string, trailer: string): Point => ({ kind, at: time, id: visit.id, source: visit.source, trailer });
  return [
    ...(came !== null && isKey(came, key) && at !== null ? [point('IN', at, came)] : []),
    ...(left !== null && isKey(left, key) && visit.checkedOutAt !== null ? [point('OUT', visit.checkedOutAt, left)] : []),
  ];
}

/** A statement on where it stands or what is in it, as of a time. */
interface Said<T> {
  at: string;
  id: string;
  what: T;
}

function described({ source: _, leftSource: __, ...stay }: TrailerStay & { source: string; leftSource?: string }, key: string, visits: readonly SeenVisit[], moves: readonly SeenMove[]): TrailerStay {
  const until = stay.leftAt ?? '9999';
  const isWithin = ({ at }: { at: string }) => at >= stay.arrivedAt && at <= until;
  const about = visits.filter((visit) => pointsOf(visit, key).some(isWithin) || visit.equipment.some((step) => isKey(step.trailer, key) && isWithin({ at: step.at.instant })));
  const places = [...about.flatMap((visit) => placesIn(visit, key)), ...moves.map((move): Said<string | null> => ({ at: move.doneAt!, id: move.id, what: move.to }))].filter(isWithin).sort(later);
  const loads = about.flatMap((visit) => loadsIn(visit, key)).filter(isWithin).sort(later);
  const ended = about.some((visit) => isHandled(visit, key) && visit.handlingEndedAt !== null && isWithin({ at: visit.handlingEndedAt }));
  return { ...stay, place: places.at(-1)?.what ?? null, load: loads.at(-1)?.what ?? 'UNKNOWN', ready: ended, visits: about.map(({ id }) => id).sort() };
}

/** What a truck does at a dock is done with the trailer that it came with, else with the one that it takes. */
function isHandled(visit: SeenVisit, key: string): boolean {
  const { came, left } = trailersOfVisit(visit);
  return isKey(came ?? left ?? '', key);
}

function placesIn(visit: SeenVisit, key: string): Array<Said<string | null>> {
  const { id, dock, atDockAt, fromDockAt } = visit;
  const hangs = (at: string) => {
    const last = visit.equipment.findLast((step) => isKey(step.trailer, key) && step.at.instant <= at);
    return last === undefined ? trailersOfVisit(visit).came !== null && isKey(trailersOfVisit(visit).came!, key) : last.action === 'ATTACHED';
  };
  return [
    ...(atDockAt !== null && dock !== null && hangs(atDockAt) ? [{ at: atDockAt, id, what: dock }] : []),
    ...(fromDockAt !== null && hangs(fromDockAt) ? [{ at: fromDockAt, id, what: null }] : []),
    ...visit.equipment.filter((step) => isKey(step.trailer, key)).map((step) => ({ at: step.at.instant, id, what: step.action === 'DETACHED' ? (step.place ?? null) : null })),
  ];
}

function loadsIn(visit: SeenVisit, key: string): Array<Said<TrailerLoad>> {
  const { id, handlingEndedAt } = visit;
  const told = visit.equipment.filter((step) => isKey(step.trailer, key) && step.load !== undefined).map((step) => ({ at: step.at.instant, id, what: step.load! }));
  const direction = directionOf({ type: visit.type, ...(visit.direction === undefined ? {} : { direction: visit.direction }) });
  if (!isHandled(visit, key) || direction === 'UNKNOWN') return told;
  const came = cameAt(visit);
  const isIn = direction === 'INBOUND';
  return [
    ...(came === null || trailersOfVisit(visit).came === null ? [] : [{ at: came, id, what: isIn ? ('LOADED' as const) : ('EMPTY' as const) }]),
    ...(handlingEndedAt === null ? [] : [{ at: handlingEndedAt, id, what: isIn ? ('EMPTY' as const) : ('LOADED' as const) }]), ...told,
  ];
}

function isKey(name: string, key: string): boolean {
  return normalizeReferenceValue(name) === key;
}

function distinct<T extends { id: string }>(records: readonly T[]): T[] {
  return [...new Map(records.map((record) => [record.id, record])).values()];
}

const order = { IN: 0, MOVE: 1, OUT: 2 } as const;
const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
/** What is kept here counts before what others say of the same moment. */
const own = ({ source }: { source: string }) => (source === ourConnection ? 0 : 1);

function inTime(a: Point, b: Point): number {
  return text(a.at, b.at) || order[a.kind] - order[b.kind] || own(a) - own(b) || text(a.source, b.source) || text(a.id, b.id);
}

function later(a: Said<unknown>, b: Said<unknown>): number {
  return text(a.at, b.at) || text(a.id, b.id);
}

function apart(a: string, b: string): number {
  return Math.abs(Date.parse(a) - Date.parse(b));
}
