import { addDays, firstInstant, lastInstant, localDay, minutesOf, weekdayOf } from './local-time.js';
import type { FacilityPlan } from './plan.js';

/** From `fromMs` until before `toMs`, milliseconds UTC. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** Local opening hours of a day: those of a special day, else those of its weekday. */
export function hoursOn(plan: Pick<FacilityPlan, 'hours' | 'days'>, day: string): Array<{ from: string; to: string }> {
  const special = plan.days.find((each) => each.on === day);
  return special !== undefined ? special.hours : plan.hours.filter((each) => each.weekday === weekdayOf(day)).map(({ from, to }) => ({ from, to }));
}

/** When it is open on a local day. Where the clocks are put back, an hour that they show twice is open twice. */
export function openOn(plan: Pick<FacilityPlan, 'hours' | 'days' | 'zone'>, day: string): Span[] {
  return hoursOn(plan, day)
    .map(({ from, to }) => ({ fromMs: firstInstant(plan.zone, day, minutesOf(from)!), toMs: lastInstant(plan.zone, day, minutesOf(to)!) }))
    .filter((span) => span.toMs > span.fromMs).sort((a, b) => a.fromMs - b.fromMs);
}

/** When it is open between two instants and around them: what is open over midnight is one span. */
export function openBetween(plan: Pick<FacilityPlan, 'hours' | 'days' | 'zone'>, fromMs: number, toMs: number): Span[] {
  const joined: Span[] = [];
  const last = addDays(localDay(plan.zone, toMs), 1);
  for (let day = addDays(localDay(plan.zone, fromMs), -1); day <= last; day = addDays(day, 1)) {
    for (const span of openOn(plan, day)) {
      const before = joined.at(-1);
      if (before !== undefined && before.toMs >= span.fromMs) before.toMs = Math.max(before.toMs, span.toMs);
      else joined.push({ ...span });
    }
  }
  return joined;
}
