import { roundedToCurrency } from '../../lib/currency.js';
import { decimalText, millionths } from '../../lib/decimal.js';
import { addDays, daysBetween, localDay, startOfDay } from '../../lib/local-days.js';
import { from, lastOf, type ClockSource, type VisitTimeName, type VisitTimes } from './clocks.js';
import type { DockDirection } from './records.js';

/** Whose time is paid for. DRIVER: of driver and truck, in minutes. TRAILER: of a trailer that was left, in days. */
export const detentionKinds = ['DRIVER', 'TRAILER'] as const;
export type DetentionKind = (typeof detentionKinds)[number];

/** PAYABLE: the company owes it to the carrier. RECEIVABLE: the company is owed it. */
export const detentionSides = ['PAYABLE', 'RECEIVABLE'] as const;
export type DetentionSide = (typeof detentionSides)[number];

/**
 * What starts the clock: the time of this name or, where nobody stated it, the next of the visit that was stated (arrival, check-in, at
 * dock, handling started, handling ended, left dock, check-out). Never before the appointment begins, where there is one: so CHECK_IN is
 * the later of check-in and appointment. ARRIVAL: a fence saw the truck come.
 */
export const detentionStarts = ['CHECK_IN', 'ARRIVAL', 'DOCK'] as const;
export type DetentionStart = (typeof detentionStarts)[number];

/**
 * What stops the clock of the driver: the time of this name or, where nobody stated it, the next of the visit that was stated. Where none
 * was, it runs, or stops with the last time stated once the visit is over. That of a trailer stops when the trailer left.
 */
export const detentionStops = ['CHECK_OUT', 'LEFT_DOCK', 'HANDLING_END'] as const;
export type DetentionStop = (typeof detentionStops)[number];

/** CALENDAR: by the calendar of the facility's zone. PERIODS: 24 hours each. */
export const detentionDays = ['CALENDAR', 'PERIODS'] as const;
export type DetentionDays = (typeof detentionDays)[number];

/** What a truck forfeits that comes too late. FROM_ARRIVAL: nothing; its free time begins when it came, as it never begins earlier. */
export const lateOutcomes = ['FORFEIT', 'FROM_ARRIVAL'] as const;
export type LateOutcome = (typeof lateOutcomes)[number];

/** Amounts are decimal text, in the currency of the rate. */
export interface DetentionTerms {
  start: DetentionStart;
  stop: DetentionStop;
  /** Minutes of a driver, days of a trailer, for which nothing is charged. */
  free: number;
  /** Minutes or days; each that began is charged. */
  increment: number;
  /** Days of a trailer, and those of `perDay`. */
  days: DetentionDays;
  /** The truck came more than so many minutes after the appointment began, by its arrival or else its check-in. */
  late?: { afterMinutes: number; outcome: LateOutcome };
  /** Less than so many minutes or days beyond the free ones are not charged. */
  minimum?: number;
  /** For each increment. Absent: time is kept, nothing is charged. */
  rate?: { amount: string; currency: string };
  /** Where anything is charged, at least this. */
  minimumAmount?: string;
  /** Most minutes or days beyond the free ones that are charged. */
  maximum?: number;
  maximumAmount?: string;
  /** Most for a day; of drivers alone. */
  maximumPerDay?: string;
}

export interface DetentionRule {
  id: string;
  company: string;
  name: string;
  kind: DetentionKind;
  side: DetentionSide;
  /** Code of the facility; this and the next two: null stands for all. */
  facility: string | null;
  carrier: string | null;
  direction: DockDirection | null;
  validFrom: string;
  terms: DetentionTerms;
  changedBy: string;
  changedAt: string;
}

/** What applies to the driver where there is no rule: two hours are free, and nothing is charged. */
export const defaultTerms: DetentionTerms = { start: 'CHECK_IN', stop: 'CHECK_OUT', free: 120, increment: 1, days: 'PERIODS' };

/** A visit as detention looks at it. */
export interface DetainedVisit extends ClockSource {
  company: string;
  facility: string | null;
  carrier: string | null;
  direction: DockDirection | null;
  /** IANA zone of the facility; null is taken as UTC. */
  zone: string | null;
  /** When the appointment begins. */
  appointmentMs: number | null;
}

export interface DetentionFigures {
  startMs: number;
  /** Which time started it; the appointment where the truck came before that. */
  startedBy: VisitTimeName | 'appointmentMs';
  /** Null while it runs. */
  stopMs: number | null;
  /** Null while it runs, and where the last time stated stands for it. */
  stoppedBy: VisitTimeName | 'trailerLeftMs' | null;
  freeUntilMs: number;
  /** Minutes or days from start to stop. */
  waited: number;
  /** Beyond the free ones. */
  beyond: number;
  /** The truck came too late. */
  isForfeited: boolean;
  /** Of those beyond, how many are charged. */
  charged: number;
  increments: number;
  /** Null where the terms have no rate. */
  amount: { amount: string; currency: string } | null;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
const dayMinutes = 1_440;
const startNames = { ARRIVAL: 'arrivedMs', CHECK_IN: 'checkedInMs', DOCK: 'atDockMs' } as const satisfies Record<DetentionStart, VisitTimeName>;
const stopNames = { HANDLING_END: 'handlingEndedMs', LEFT_DOCK: 'leftDockMs', CHECK_OUT: 'checkedOutMs' } as const satisfies Record<DetentionStop, VisitTimeName>;

/** When a visit began, for the choice of a rule: check-in, else the first time of it that was stated. */
export function visitStart(times: VisitTimes): number | null {
  return times.checkedInMs ?? from(times, 'arrivedMs')?.ms ?? null;
}

/**
 * The rule of a kind and side that applies to a visit: of those valid when it began the one that names most of facility, carrier and
 * direction; of these one that names the carrier before one that names the facility before one that names the direction; of equals the
 * one valid from the latest time, and then the one with the greatest id.
 */
export function ruleFor(rules: readonly DetentionRule[], visit: DetainedVisit, kind: DetentionKind, side: DetentionSide): DetentionRule | null {
  const beganMs = visitStart(visit.times);
  const fits = (wanted: string | null, actual: string | null) => wanted === null || wanted === actual;
  let best: DetentionRule | null = null;
  for (const rule of rules) {
    if (rule.kind !== kind || rule.side !== side || rule.company !== visit.company || beganMs === null || Date.parse(rule.validFrom) > beganMs) continue;
    if (!fits(rule.facility, visit.facility) || !fits(rule.carrier, visit.carrier) || !fits(rule.direction, visit.direction)) continue;
    if (best === null || isBefore(rule, best)) best = rule;
  }
  return best;
}

function isBefore(rule: DetentionRule, other: DetentionRule): boolean {
  const rank = ({ facility, carrier, direction }: DetentionRule) => {
    const [byCarrier, byFacility, byDirection] = [carrier, facility, direction].map((name) => Number(name !== null)) as [number, number, number];
    return (byCarrier + byFacility + byDirection) * 8 + byCarrier * 4 + byFacility * 2 + byDirection;
  };
  const difference = rank(rule) - rank(other) || Date.parse(rule.validFrom) - Date.parse(other.validFrom);
  return difference === 0 ? rule.id > other.id : difference > 0;
}

/**
 * Detention of a visit by terms. In this order:
 * 1. The clock starts and stops as `detentionStarts` and `detentionStops` say. While it runs, it is counted until now. What stops before it starts has waited for nothing.
 * 2. A driver's time is whole minutes; those that only began do not count. A trailer's is days: by CALENDAR those that the calendar of the
 *    facility's zone shows from start to stop, the first and the last included; by PERIODS the periods of 24 hours that began.
 * 3. What is free is taken off. A truck that came too late and forfeits is charged nothing.
 * 4. Less than the minimum beyond is charged nothing; no more than the maximum is charged.
 * 5. Each increment that began is charged at the rate. Of drivers the increments of a day make no more than `maximumPerDay`: by PERIODS days
 *    are 24 hours from the end of the free time on, by CALENDAR those of the facility; an increment is of the day in which it begins.
 * 6. Where any is charged, the amount is at least `minimumAmount`, and then at most `maximumAmount`. It is rounded once, at the end, to the decimals of its currency, halves up.
 * Null where the clock has not started, and of a trailer that was not left.
 */
export function detentionOf(visit: DetainedVisit, kind: DetentionKind, terms: DetentionTerms, nowMs: number): DetentionFigures | null {
  const started = from(visit.times, startNames[terms.start]);
  if (started === null || (kind === 'TRAILER' && visit.dropped === null)) return null;
  const isEarly = visit.appointmentMs !== null && visit.appointmentMs > started.ms;
  const startMs = isEarly ? visit.appointmentMs! : started.ms;
  const zone = visit.zone ?? 'UTC';
  const stopped = stopOf(visit, kind, terms);
  const stopMs = stopped === null ? null : Math.max(startMs, stopped.ms);
  const untilMs = Math.max(startMs, stopMs ?? nowMs);
  const isNone = (stopped?.ms ?? nowMs) < startMs;
  const waited = isNone ? 0 : kind === 'DRIVER' ? Math.floor((untilMs - startMs) / minuteMs) : daysOf(startMs, untilMs, terms.days, zone);
  const beyond = Math.max(0, waited - terms.free);
  const isForfeited = isLate(visit, terms) && terms.late!.outcome === 'FORFEIT';
  const charged = isForfeited || beyond < (terms.minimum ?? 0) ? 0 : Math.min(beyond, terms.maximum ?? Infinity);
  const increments = Math.ceil(charged / terms.increment);
  const freeUntilMs = freeUntil(kind, terms, startMs, zone);
  return {
    startMs, startedBy: isEarly ? 'appointmentMs' : started.name, stopMs, stoppedBy: stopped?.name ?? null, freeUntilMs, waited, beyond, isForfeited, charged, increments,
    amount: terms.rate === undefined ? null : { amount: decimalText(roundedToCurrency(amountOf(kind, terms, increments, freeUntilMs, zone), terms.rate.currency)), currency: terms.rate.currency },
  };
}

function stopOf({ times, isOver, dropped }: DetainedVisit, kind: DetentionKind, terms: DetentionTerms): { name: DetentionFigures['stoppedBy']; ms: number } | null {
  if (kind === 'TRAILER') return dropped!.leftMs === null ? null : { name: 'trailerLeftMs', ms: dropped!.leftMs };
  const last = isOver ? lastOf(times) : null;
  return from(times, stopNames[terms.stop]) ?? (last === null ? null : { name: null, ms: last });
}

/** Whether the truck came later than the terms allow. Without an appointment nobody is late. */
function isLate({ times, appointmentMs }: DetainedVisit, { late }: DetentionTerms): boolean {
  const cameMs = from(times, 'arrivedMs')?.ms;
  return late !== undefined && appointmentMs !== null && cameMs !== undefined && cameMs - appointmentMs > late.afterMinutes * minuteMs;
}

function daysOf(startMs: number, untilMs: number, days: DetentionDays, zone: string): number {
  return days === 'PERIODS' ? Math.ceil((untilMs - startMs) / dayMs) : Math.max(0, daysBetween(localDay(startMs, zone), localDay(untilMs, zone))) + 1;
}

function freeUntil(kind: DetentionKind, { free, days }: DetentionTerms, startMs: number, zone: string): number {
  if (kind === 'DRIVER') return startMs + free * minuteMs;
  return days === 'PERIODS' ? startMs + free * dayMs : Math.max(startMs, startOfDay(addDays(localDay(startMs, zone), free), zone));
}

/** In millionths. */
function amountOf(kind: DetentionKind, terms: DetentionTerms, increments: number, freeUntilMs: number, zone: string): bigint {
  if (increments === 0) return 0n;
  const rate = amountIn(terms.rate!.amount);
  let amount = kind === 'TRAILER' || terms.maximumPerDay === undefined ? rate * BigInt(increments)
    : perDay(terms, increments, freeUntilMs, zone).reduce((sum, count) => sum + least(rate * BigInt(count), amountIn(terms.maximumPerDay!)), 0n);
  if (terms.minimumAmount !== undefined && amount < amountIn(terms.minimumAmount)) amount = amountIn(terms.minimumAmount);
  return terms.maximumAmount === undefined ? amount : least(amount, amountIn(terms.maximumAmount));
}

/** How many of the increments begin in each day. */
function perDay({ increment, days }: DetentionTerms, increments: number, freeUntilMs: number, zone: string): number[] {
  const incrementMs = increment * minuteMs;
  const counts: number[] = [];
  for (let [begun, number] = [0, 1]; begun < increments; number++) {
    const endMs = days === 'PERIODS' ? number * dayMinutes * minuteMs : startOfDay(addDays(localDay(freeUntilMs, zone), number), zone) - freeUntilMs;
    const beginning = Math.min(increments, Math.ceil(endMs / incrementMs));
    counts.push(Math.max(0, beginning - begun));
    begun = Math.max(begun, beginning);
  }
  return counts;
}

const least = (one: bigint, other: bigint) => (one < other ? one : other);

function amountIn(text: string): bigint {
  const value = millionths(text);
  if (value === null || value < 0n) throw new Error(`${text} is no amount.`);
  return value;
}
