import type { Direction, Handling, Site, Temperature } from './site.js';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

export interface Slot {
  dock: string;
  startMs: number;
  endMs: number;
}

/** What is expected at or due from the site: a receipt or a delivery of Odoo. */
export interface DrawnOrder {
  name: string;
  direction: Direction;
  lines: Array<{ sku: string; quantity: number }>;
}

/** What the office does about an appointment during the day. */
export type Change =
  | { kind: 'RESCHEDULE'; atMs: number; to: Slot }
  /** To a time that somebody else has: it is to be refused, and what stood goes on standing. */
  | { kind: 'RESCHEDULE_IN_VAIN'; atMs: number; to: Slot }
  | { kind: 'CANCEL'; atMs: number; reason: string }
  | { kind: 'NO_SHOW'; atMs: number }
  /** Of the latest change. */
  | { kind: 'UNDO'; atMs: number };

/** Who books: the office of the site, a carrier with its own token, or a dock scheduler of another system. */
export type Booker = 'OFFICE' | 'CARRIER' | 'SCHEDULER';

export interface DrawnAppointment {
  key: string;
  booker: Booker;
  carrier: string;
  direction: Direction;
  handling: Handling;
  temperature: Temperature;
  pallets: number;
  order: DrawnOrder;
  /** When it is booked; before the day where it begins before its start. */
  bookedMs: number;
  slot: Slot;
  /** In time order. */
  changes: Change[];
}

export type DrawnVisitType = 'LIVE_LOAD' | 'LIVE_UNLOAD' | 'DROP' | 'PICK_UP' | 'DROP_HOOK';
export type DrawnFindingKind = 'DAMAGED' | 'SHORT' | 'OVER' | 'WRONG_TRAILER' | 'SEAL_BROKEN';

export interface DrawnFinding {
  key: string;
  kind: DrawnFindingKind;
  atMs: number;
  sku?: string;
  quantity?: number;
  /** Pictures that are taken. */
  photos: number;
  note: string;
}

/** A truck that comes, with all times as they were. */
export interface DrawnVisit {
  key: string;
  /** Key of its appointment; null: it comes without. */
  appointment: string | null;
  /** Name of what it brings or fetches. */
  order: string | null;
  booker: Booker;
  carrier: string;
  type: DrawnVisitType;
  direction: Direction;
  truck: string;
  /** With which it came. */
  trailer: string | null;
  /** With which it leaves. */
  trailerOut: string | null;
  /** What the driver says that he comes for. */
  names: string[];
  /** Whether that names nothing that is expected here. */
  isUnknown: boolean;
  checkedInMs: number;
  /** Of a live truck. */
  atDock?: { dock: string; atMs: number; startedMs: number; endedMs: number; fromMs: number };
  /** Somebody said by mistake that it left its dock, and took that back. */
  mistake?: { atMs: number; undoneMs: number };
  /** Of one that leaves its trailer, or fetches one. */
  detach?: { atMs: number; spot: string };
  attach?: { atMs: number };
  /** It fetches `trailer`, which is named at check-in, and nobody says when that was hooked. */
  namesTrailer?: true;
  /** It was turned away at the gate, when it is said to have left. */
  turnedAway?: string;
  seals: { in: string[]; out: string[] };
  counts: Array<{ sku: string; quantity: number; atMs: number }>;
  findings: DrawnFinding[];
  checkedOutMs: number;
}

/** A shunter brings a trailer from one place to another. */
export interface DrawnMove {
  key: string;
  trailer: string;
  from: string;
  to: string;
  assignee: string;
  requestedMs: number;
  assignedMs: number;
  startedMs: number;
  doneMs: number;
}

/** Another system says that a truck of its own stood at a dock while another truck stood there. */
export interface Contradiction {
  key: string;
  /** Of the visit that it contradicts. */
  visit: string;
  dock: string;
  truck: string;
  carrier: string;
  checkedInMs: number;
  atDockMs: number;
  checkedOutMs: number;
}

/** The other system tells of a truck that is told of here, too, by times of its own. */
export interface ToldTwice {
  key: string;
  /** Of the visit that is the same. */
  visit: string;
  truck: string;
  carrier: string;
  direction: Direction;
  checkedInMs: number;
  atDockMs: number;
  checkedOutMs: number;
}

export interface Day {
  site: Site;
  startMs: number;
  endMs: number;
  appointments: DrawnAppointment[];
  /** In order of check-in; the first ones brought, on the days before, what stands in the yard. */
  visits: DrawnVisit[];
  moves: DrawnMove[];
  contradictions: Contradiction[];
  toldTwice: ToldTwice[];
}
