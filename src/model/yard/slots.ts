import { instant, type Instant } from '../../lib/clock.js';
import { openBetween, type Span } from './hours.js';
import { addDays, clockHour, gridOf, localDay } from './local-time.js';
import type { CapacityRule, Dock, FacilityPlan } from './plan.js';
import { temperatures, type DockDirection, type Handling, type Temperature } from './records.js';

/** What a truck needs of a dock. */
export interface SlotNeed {
  direction: Exclude<DockDirection, 'UNKNOWN'>;
  handling: Handling;
  temperature: Temperature;
  /** Of the vehicle; absent: not known. */
  heightCm?: number;
  pallets?: number;
}

/** What is taken already: a dock for a time, and one beginning within its hour. */
export interface Use extends Span {
  /** Null: no dock any more, it only began within that hour. */
  dock: string | null;
  direction: DockDirection;
  handling?: Handling;
  temperature?: Temperature;
}

/** A time at a dock that can be had. */
export interface FreeSlot {
  startsAt: Instant;
  endsAt: Instant;
  dock: string;
}

const minuteMs = 60_000;

/** How long a truck has its dock, minutes. */
export function durationMinutes({ durations }: Pick<FacilityPlan, 'durations'>, need: SlotNeed): number {
  const rule = durations.find((each) => (each.direction ?? need.direction) === need.direction && (each.handling ?? need.handling) === need.handling && (each.fromPallets === undefined || (need.pallets ?? 0) >= each.fromPallets));
  return (rule ?? durations.at(-1)!).minutes;
}

export function fits(dock: Dock, need: SlotNeed): boolean {
  return dock.directions.includes(need.direction) && dock.handlings.includes(need.handling) && dock.temperatures.includes(need.temperature) && (dock.maxHeightCm === undefined || (need.heightCm ?? 0) <= dock.maxHeightCm);
}

/** How much more special a dock is than needed: those for colder goods and for low vehicles are kept for them. */
function specialness(dock: Dock, need: SlotNeed): number {
  const coldest = Math.max(...dock.temperatures.map((each) => temperatures.indexOf(each)));
  const isLow = dock.maxHeightCm !== undefined && need.heightCm === undefined;
  return 2 * Math.max(0, coldest - temperatures.indexOf(need.temperature)) + (isLow ? 1 : 0);
}

/** Docks that are fit for it, the least special first, then as the plan has them. */
export function docksFor({ docks }: Pick<FacilityPlan, 'docks'>, need: SlotNeed, which: 'GIVEN_OUT' | 'FIRST_COME'): Dock[] {
  return docks.filter((dock) => (dock.firstComeFirstServed === true) === (which === 'FIRST_COME') && fits(dock, need))
    .map((dock, index) => ({ dock, index, special: specialness(dock, need) })).sort((a, b) => a.special - b.special || a.index - b.index).map(({ dock }) => dock);
}

/** What is taken at a facility, as it is asked for many times at once. */
export class Taken {
  readonly #zone: string;
  readonly #capacities: readonly CapacityRule[];
  readonly #ofDock = new Map<string, Span[]>();
  /** Beginnings by hour of the clock. */
  readonly #begun = new Map<number, Use[]>();

  constructor(plan: Pick<FacilityPlan, 'docks' | 'zone' | 'capacities'>, uses: readonly Use[]) {
    this.#zone = plan.zone;
    this.#capacities = plan.capacities;
    for (const dock of plan.docks) for (const { from, to } of dock.blocked ?? []) this.#add(dock.name, { fromMs: Date.parse(from), toMs: Date.parse(to) });
    for (const use of uses) {
      if (use.dock !== null) this.#add(use.dock, use);
      if (plan.capacities.length === 0) continue;
      const hour = clockHour(plan.zone, use.fromMs);
      this.#begun.set(hour, [...(this.#begun.get(hour) ?? []), use]);
    }
  }

  #add(dock: string, span: Span): void {
    const spans = this.#ofDock.get(dock);
    if (spans === undefined) this.#ofDock.set(dock, [span]);
    else spans.push(span);
  }

  /** What of a dock is taken in a time, the earliest first. */
  within(dock: string, { fromMs, toMs }: Span): Span[] {
    return (this.#ofDock.get(dock) ?? []).filter((span) => span.fromMs < toMs && fromMs < span.toMs).sort((a, b) => a.fromMs - b.fromMs);
  }

  isFree(dock: string, span: Span): boolean {
    return !(this.#ofDock.get(dock) ?? []).some((taken) => taken.fromMs < span.toMs && span.fromMs < taken.toMs);
  }

  /** Whether one more of this kind may begin within the hour of the clock. */
  hasCapacity(ms: number, need: Pick<Use, 'direction' | 'handling' | 'temperature'>): boolean {
    return this.capacities(ms).every(({ rule, left }) => left > 0 || !applies(rule, need));
  }

  /** How many more may begin within the hour of the clock, by rule. */
  capacities(ms: number): Array<{ rule: CapacityRule; left: number }> {
    if (this.#capacities.length === 0) return [];
    const begun = this.#begun.get(clockHour(this.#zone, ms)) ?? [];
    return this.#capacities.map((rule) => ({ rule, left: Math.max(0, rule.perHour - begun.filter((use) => applies(rule, use)).length) }));
  }
}

function applies(rule: CapacityRule, use: Pick<Use, 'direction' | 'handling' | 'temperature'>): boolean {
  return (rule.direction ?? use.direction) === use.direction && (rule.handling === undefined || rule.handling === use.handling) && (rule.temperature === undefined || rule.temperature === use.temperature);
}

export function isOpen(open: readonly Span[], { fromMs, toMs }: Span): boolean {
  return open.some((span) => span.fromMs <= fromMs && toMs <= span.toMs);
}

/** Beginnings on the grid of the facility's clock between two instants, in order. */
function* beginnings({ zone, gridMinutes }: Pick<FacilityPlan, 'zone' | 'gridMinutes'>, { fromMs, toMs }: Span): Generator<number> {
  const last = localDay(zone, toMs);
  for (let day = localDay(zone, fromMs); day <= last; day = addDays(day, 1)) {
    for (const ms of gridOf(zone, day, gridMinutes)) if (ms >= fromMs && ms < toMs) yield ms;
  }
}

/** Times that begin between two instants and can be had, in order, each with the dock that it would be at. */
export function freeSlots(plan: FacilityPlan, within: Span, need: SlotNeed, uses: readonly Use[], limit: number): FreeSlot[] {
  const docks = docksFor(plan, need, 'GIVEN_OUT');
  if (docks.length === 0) return [];
  const lengthMs = durationMinutes(plan, need) * minuteMs;
  const open = openBetween(plan, within.fromMs, within.toMs + lengthMs);
  const taken = new Taken(plan, uses);
  const found: FreeSlot[] = [];
  for (const fromMs of beginnings(plan, within)) {
    const span = { fromMs, toMs: fromMs + lengthMs };
    if (!isOpen(open, span)) continue;
    const dock = docks.find((each) => taken.isFree(each.name, span));
    if (dock === undefined || !taken.hasCapacity(fromMs, need)) continue;
    found.push({ startsAt: instant(fromMs), endsAt: instant(span.toMs), dock: dock.name });
    if (found.length === limit) break;
  }
  return found;
}

/**
 * The time that begins at an instant, at a dock of choice or the first that is fit and free.
 * @returns why it cannot be had, in words for people, where it cannot
 */
export function slotAt(plan: FacilityPlan, fromMs: number, need: SlotNeed, uses: readonly Use[], wantedDock?: string): FreeSlot | { refusal: string } {
  const span = { fromMs, toMs: fromMs + durationMinutes(plan, need) * minuteMs };
  const wanted = docksFor(plan, need, 'GIVEN_OUT').filter((dock) => wantedDock === undefined || dock.name === wantedDock);
  if (wanted.length === 0) return { refusal: wantedDock === undefined ? 'No dock there is fit for this.' : `${wantedDock} is no dock that is fit for this and given out.` };
  if ([...beginnings(plan, { fromMs, toMs: fromMs + 1 })].length === 0) return { refusal: `Times there begin at multiples of ${plan.gridMinutes} minutes.` };
  if (!isOpen(openBetween(plan, fromMs, span.toMs), span)) return { refusal: 'The facility is not open then.' };
  const taken = new Taken(plan, uses);
  const dock = wanted.find((each) => taken.isFree(each.name, span));
  if (dock === undefined) return { refusal: wanted.every((each) => isBlocked(each, span)) ? (wantedDock === undefined ? 'Every dock that is fit for this is out of use then.' : `${wantedDock} is out of use then.`) : 'This time is given away.' };
  if (!taken.hasCapacity(fromMs, need)) return { refusal: 'No more trucks are taken within this hour.' };
  return { startsAt: instant(fromMs), endsAt: instant(span.toMs), dock: dock.name };
}

function isBlocked({ blocked = [] }: Dock, { fromMs, toMs }: Span): boolean {
  return blocked.some(({ from, to }) => Date.parse(from) < toMs && fromMs < Date.parse(to));
}

/** The first time from `nowMs` on for a truck that is there without an appointment: at docks that are kept for such, without a grid, else as given out. */
export function firstComeSlot(plan: FacilityPlan, nowMs: number, need: SlotNeed, uses: readonly Use[], untilMs: number): FreeSlot | null {
  const lengthMs = durationMinutes(plan, need) * minuteMs;
  const open = openBetween(plan, nowMs, untilMs);
  const taken = new Taken(plan, uses);
  const kept = docksFor(plan, need, 'FIRST_COME').flatMap((dock): FreeSlot[] => {
    for (const span of open) {
      let fromMs = Math.max(nowMs, span.fromMs);
      for (;;) {
        const wanted = { fromMs, toMs: fromMs + lengthMs };
        if (wanted.toMs > span.toMs || fromMs >= untilMs) break;
        const [inTheWay] = taken.within(dock.name, wanted);
        if (inTheWay === undefined) return [{ startsAt: instant(fromMs), endsAt: instant(wanted.toMs), dock: dock.name }];
        fromMs = inTheWay.toMs;
      }
    }
    return [];
  });
  const given = freeSlots(plan, { fromMs: nowMs, toMs: untilMs }, need, uses, 1);
  return [...kept, ...given].sort((a, b) => (a.startsAt < b.startsAt ? -1 : a.startsAt > b.startsAt ? 1 : 0))[0] ?? null;
}
