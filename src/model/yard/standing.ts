import { hoursOn } from './hours.js';
import { addDays, instantsOf, isDay, localDay, minutesOf, weekdayOf } from './local-time.js';
import type { FacilityPlan } from './plan.js';
import type { SlotNeed } from './slots.js';

/** A time at a dock that comes again every week. */
export interface StandingAppointment {
  id: string;
  /** 1 Monday to 7 Sunday. */
  weekday: number;
  /** By the clock of the facility, `06:30`. */
  time: string;
  need: SlotNeed;
  carrier?: string;
  /** Absent: the first that is fit and free, each time. */
  dock?: string;
  /** First and last day. */
  from: string;
  until?: string;
}

/** Own id of the appointment of a day: made once, whatever becomes of it. */
export function occurrenceId(standingId: string, day: string): string {
  return `standing-${standingId}-${day}`;
}

/** What is wrong with one; null where it can be kept. */
export function checkStanding(plan: Pick<FacilityPlan, 'docks' | 'gridMinutes'>, { weekday, time, dock, from, until }: Omit<StandingAppointment, 'id' | 'need'>): { field: string; message: string } | null {
  const minutes = minutesOf(time);
  if (!Number.isInteger(weekday) || weekday < 1 || weekday > 7) return { field: 'weekday', message: 'A day of the week is 1 (Monday) to 7 (Sunday).' };
  if (minutes === null || minutes === 24 * 60) return { field: 'time', message: 'This is no time of day. One is 06:30.' };
  if (minutes % plan.gridMinutes !== 0) return { field: 'time', message: `Times there begin at multiples of ${plan.gridMinutes} minutes.` };
  if (!isDay(from)) return { field: 'from', message: 'This is no day. One is 2026-12-24.' };
  if (until !== undefined && (!isDay(until) || until < from)) return { field: 'until', message: 'It ends on a day that is not before the first one.' };
  if (dock !== undefined && !plan.docks.some(({ name, firstComeFirstServed }) => name === dock && firstComeFirstServed !== true)) return { field: 'dock', message: 'There is no dock of this name that is given out.' };
  return null;
}

/** The days of it within the horizon that are still to come, with the instant of each; null where the clocks leap over the time. */
export function occurrences({ zone, booking }: Pick<FacilityPlan, 'zone' | 'booking'>, { weekday, time, from, until }: Pick<StandingAppointment, 'weekday' | 'time' | 'from' | 'until'>, nowMs: number): Array<{ on: string; startMs: number | null }> {
  const today = localDay(zone, nowMs);
  const last = addDays(today, booking.horizonDays);
  const found: Array<{ on: string; startMs: number | null }> = [];
  for (let on = from > today ? from : today; on <= last && (until === undefined || on <= until); on = addDays(on, 1)) {
    if (weekdayOf(on) !== weekday) continue;
    const startMs = instantsOf(zone, on, minutesOf(time)!)[0] ?? null;
    if (startMs === null || startMs > nowMs) found.push({ on, startMs });
  }
  return found;
}

/** Whether a day differs from the week so that the time falls out, and why, in words for people; null: it does not. */
export function specialDayReason(plan: Pick<FacilityPlan, 'days' | 'hours'>, on: string, time: string): string | null {
  const special = plan.days.find((day) => day.on === on);
  const minutes = minutesOf(time)!;
  if (special === undefined || hoursOn(plan, on).some(({ from, to }) => minutesOf(from)! <= minutes && minutes < minutesOf(to)!)) return null;
  return `The facility is closed then${special.reason === undefined ? '' : `: ${special.reason}`}.`;
}
