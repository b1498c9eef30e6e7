import { normalizeReferenceValue } from '../references.js';
import type { Dock, FacilityPlan } from './plan.js';
import type { DockDirection, Handling, Temperature, VisitRecord, VisitType } from './records.js';

/** What somebody needs of a dock. What is not said is not asked of it. */
export interface DockWish {
  direction?: DockDirection;
  handling?: Handling;
  temperature?: Temperature;
  heightCm?: number;
  pallets?: number;
  /** The dock that the appointment names. */
  booked?: string;
  hasAppointment: boolean;
}

/** Something that has a dock now, or is to have it. */
export interface DockUse {
  dock: string;
  /** In words for people: `truck B-XY 12`, `trailer T1`, `the appointment of 10:00 (A-17)`. */
  by: string;
  /** An appointment whose truck has not come: the dock may be given away all the same, where a person says so. */
  isBookedOnly?: true;
}

export interface ChosenDock {
  dock: string;
  reasons: string[];
}

/** Why no dock can be had, and which are free though they do not suit. */
export interface NoDock {
  dock: null;
  reasons: string[];
  free: string[];
}

export function sameDock(a: string, b: string): boolean {
  return normalizeReferenceValue(a) === normalizeReferenceValue(b);
}

/** How a type of visit is handled; undefined: that is not known. */
export function handlingOf(type: VisitType): Handling | undefined {
  if (type === 'UNKNOWN') return undefined;
  return type === 'LIVE' || type === 'LIVE_LOAD' || type === 'LIVE_UNLOAD' ? 'LIVE' : 'DROP';
}

/** Where the goods go, as far as a visit says so. */
export function directionOf({ direction, type }: Pick<VisitRecord, 'direction' | 'type'>): DockDirection {
  if (direction !== undefined && direction !== 'UNKNOWN') return direction;
  return type === 'LIVE_LOAD' ? 'OUTBOUND' : type === 'LIVE_UNLOAD' ? 'INBOUND' : 'UNKNOWN';
}

/** How long a truck has its dock, minutes: the first rule that fits. */
export function minutesAtDock({ durations }: Pick<FacilityPlan, 'durations'>, { direction, handling, pallets = 0 }: DockWish): number {
  const rule = durations.find((each) => (each.direction === undefined || each.direction === direction) && (each.handling === undefined || each.handling === handling) && (each.fromPallets === undefined || pallets >= each.fromPallets));
  return rule?.minutes ?? 60;
}

/** What this dock lacks of what is needed, in words. */
export function lacks(dock: Dock, { direction, handling, temperature, heightCm }: DockWish): string[] {
  return [
    ...(direction === undefined || direction === 'UNKNOWN' || dock.directions.includes(direction) ? [] : [`it is not for ${direction.toLowerCase()} goods`]),
    ...(handling === undefined || dock.handlings.includes(handling) ? [] : [handling === 'LIVE' ? 'trucks do not wait there' : 'no trailers are left there']),
    ...(temperature === undefined || dock.temperatures.includes(temperature) ? [] : [`it is not for ${temperature.toLowerCase()} goods`]),
    ...(heightCm === undefined || dock.maxHeightCm === undefined || heightCm <= dock.maxHeightCm ? [] : [`it takes vehicles up to ${dock.maxHeightCm} cm`]),
  ];
}

/** Why it is out of use at an instant, in words; null: it is not. */
export function blockedWhy(dock: Dock, at: string): string | null {
  const block = dock.blocked?.find(({ from, to }) => from <= at && at < to);
  return block === undefined ? null : `it is blocked until ${block.to}${block.reason === undefined ? '' : `: ${block.reason}`}`;
}

/** Docks that nobody has and that are not blocked. */
export function freeDocks({ docks }: Pick<FacilityPlan, 'docks'>, uses: readonly DockUse[], now: string): Dock[] {
  return docks.filter((dock) => blockedWhy(dock, now) === null && !uses.some((use) => sameDock(use.dock, dock.name)));
}

/**
 * The dock for a visit: that of its appointment where it can be had, else of the free ones that suit the one kept for such as it, in
 * the order of the plan.
 */
export function chooseDock(plan: FacilityPlan, wish: DockWish, uses: readonly DockUse[], now: string): ChosenDock | NoDock {
  const free = freeDocks(plan, uses, now);
  const suited = free.filter((dock) => lacks(dock, wish).length === 0);
  const booked = wish.booked === undefined ? undefined : plan.docks.find((dock) => sameDock(dock.name, wish.booked!));
  if (booked !== undefined && suited.includes(booked)) return { dock: booked.name, reasons: ['It is the dock of the appointment, and free.'] };
  const notBooked = booked === undefined ? [] : [`${booked.name}, the dock of the appointment, cannot be had: ${whyNot(booked, wish, uses, now)}.`];
  if (suited.length === 0) {
    const why = plan.docks.map((dock) => `${dock.name}: ${whyNot(dock, wish, uses, now)}.`);
    return { dock: null, reasons: why, free: free.map(({ name }) => name) };
  }
  const kept = suited.find((dock) => (dock.firstComeFirstServed === true) === !wish.hasAppointment);
  const chosen = kept ?? suited[0]!;
  return { dock: chosen.name, reasons: [...notBooked, `${chosen.name} is free and can do what is needed.`, ...(kept?.firstComeFirstServed === true ? ['It is kept for trucks without an appointment.'] : [])] };
}

/** Why this dock cannot be had, in words. */
export function whyNot(dock: Dock, wish: DockWish, uses: readonly DockUse[], now: string): string {
  const use = uses.find((each) => sameDock(each.dock, dock.name));
  const reasons = [blockedWhy(dock, now), ...lacks(dock, wish), use === undefined ? null : `${use.by} has it`];
  return reasons.filter((reason) => reason !== null).join(', ') || 'nothing is against it';
}
