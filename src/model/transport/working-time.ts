import { instant, type Instant } from '../../lib/clock.js';

/** When somebody is there to answer, by the clock of a zone. */
export interface WorkingHours {
  /** IANA zone. */
  zone: string;
  /** Days of the week, 1 Monday to 7 Sunday. */
  weekdays: readonly number[];
  /** Times of day, `08:00` to `17:00` of the same day; `to` may be `24:00`. */
  from: string;
  to: string;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Hours that name no time at all end here instead of never. */
const mostDays = 400;

/** The instant at which so many minutes have passed, of which only those within the hours count where hours are given. */
export function afterMinutes(fromMs: number, minutes: number, hours?: WorkingHours): Instant {
  if (hours === undefined) return instant(fromMs + minutes * minuteMs);
  let left = minutes * minuteMs;
  const first = dayOf(fromMs, hours.zone);
  for (let ahead = 0; ahead < mostDays; ahead++) {
    const day = new Date(first + ahead * dayMs);
    if (!hours.weekdays.includes(day.getUTCDay() || 7)) continue;
    const opens = Math.max(fromMs, instantOf(day, hours.from, hours.zone));
    const closes = instantOf(day, hours.to, hours.zone);
    if (closes <= opens) continue;
    if (opens + left <= closes) return instant(opens + left);
    left -= closes - opens;
  }
  return instant(fromMs + mostDays * dayMs);
}

/** The day that the zone's calendar shows, as midnight UTC. */
function dayOf(ms: number, zone: string): number {
  const { year, month, day } = shownAt(ms, zone);
  return Date.UTC(year, month - 1, day);
}

/** The instant at which the zone's clock shows this time of the day; one that it leaps over is taken as the hour after. */
function instantOf(day: Date, time: string, zone: string): number {
  const [hour, minute] = time.split(':').map(Number);
  const wanted = Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), hour!, minute!);
  let guess = wanted;
  for (let round = 0; round < 2; round++) {
    const shown = shownAt(guess, zone);
    guess += wanted - Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute);
  }
  return guess;
}

function shownAt(ms: number, zone: string): { year: number; month: number; day: number; hour: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', hourCycle: 'h23' }).formatToParts(ms);
  const number = (type: string) => Number(parts.find((part) => part.type === type)!.value);
  return { year: number('year'), month: number('month'), day: number('day'), hour: number('hour'), minute: number('minute') };
}
