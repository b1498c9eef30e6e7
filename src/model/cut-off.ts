/** Until when a carrier takes freight at a place. */
export interface CutOff {
  /** Days of the week, 1 Monday to 7 Sunday. */
  weekdays: readonly number[];
  /** Time of day as `16:30`, by the clock of `zone`. */
  at: string;
  /** IANA zone. */
  zone: string;
}

const dayMs = 86_400_000;

/**
 * The next cut-off at or after `fromMs`, milliseconds UTC; null where it names no day. By the clock of the zone, so that
 * it stays at its hour over changes of the clock.
 */
export function nextCutOffMs(of: CutOff, fromMs: number): number | null {
  const [hour, minute] = of.at.split(':').map(Number);
  for (let ahead = 0; ahead <= 8; ahead++) {
    const day = localParts(fromMs + ahead * dayMs, of.zone);
    if (!of.weekdays.includes(weekdayOf(day))) continue;
    const ms = utcMsOf({ ...day, hour: hour!, minute: minute! }, of.zone);
    if (ms >= fromMs) return ms;
  }
  return null;
}

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

function localParts(ms: number, zone: string): Parts {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', hourCycle: 'h23' }).formatToParts(ms);
  const number = (type: string) => Number(parts.find((part) => part.type === type)!.value);
  return { year: number('year'), month: number('month'), day: number('day'), hour: number('hour'), minute: number('minute') };
}

function weekdayOf({ year, month, day }: Parts): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() || 7;
}

/** The instant at which the clock of the zone shows this; one that it leaps over is taken as the hour after. */
function utcMsOf(wanted: Parts, zone: string): number {
  const asUtc = Date.UTC(wanted.year, wanted.month - 1, wanted.day, wanted.hour, wanted.minute);
  let guess = asUtc;
  for (let round = 0; round < 2; round++) {
    const shown = localParts(guess, zone);
    guess += asUtc - Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute);
  }
  return guess;
}
