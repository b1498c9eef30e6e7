const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Making one costs fifty times as much as using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** The day that a calendar in this zone shows, `2026-11-30`. */
export function localDay(ms: number, zone: string): string {
  let format = formats.get(zone);
  if (format === undefined) formats.set(zone, (format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })));
  return format.format(ms);
}

/** How many days the second is after the first. */
export function daysBetween(first: string, second: string): number {
  return Math.round((Date.parse(`${second}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / dayMs);
}

/** The day so many days after this one. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

/** The first minute of a day, milliseconds UTC: midnight, or what the clock shows next where it leaps over that. */
export function startOfDay(day: string, zone: string): number {
  const middle = Date.parse(`${day}T00:00:00Z`);
  let [before, within] = [middle - 2 * dayMs, middle + 2 * dayMs];
  while (within - before > minuteMs) {
    const between = before + Math.floor((within - before) / 2 / minuteMs) * minuteMs;
    if (localDay(between, zone) < day) before = between;
    else within = between;
  }
  return within;
}
