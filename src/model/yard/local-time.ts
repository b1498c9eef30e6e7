/** Clocks of a zone: which instants a local day and time of day stand for, also where clocks are put forward or back. */

import { isPlausible } from '../time.js';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the clocks of a zone are ahead of UTC at an instant, ms. */
export function offsetMs(zone: string, ms: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' });
    formats.set(zone, format);
  }
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(ms)) parts[type] = Number(value);
  return Date.UTC(parts.year!, parts.month! - 1, parts.day!, parts.hour!, parts.minute!, parts.second!) - Math.floor(ms / 1000) * 1000;
}

/** The local day at an instant, `2026-11-30`. */
export function localDay(zone: string, ms: number): string {
  return dayOf(ms + offsetMs(zone, ms));
}

function dayOf(localMs: number): string {
  return new Date(localMs).toISOString().slice(0, 10);
}

/** So many days later. */
export function addDays(day: string, days: number): string {
  return dayOf(Date.parse(`${day}T00:00:00Z`) + days * dayMs);
}

/** 1 Monday to 7 Sunday. */
export function weekdayOf(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
}

/** Whether it is a day of the calendar, `2026-02-28`, in the years of which times are plausible. */
export function isDay(text: string): boolean {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return isPlausible(ms) && dayOf(ms) === text;
}

/** Minutes since midnight of `06:30`; null where it is no time of day. `24:00` ends a day. */
export function minutesOf(time: string): number | null {
  const match = /^(\d{2}):(\d{2})$/.exec(time);
  if (match === null) return null;
  const [hours, minutes] = [Number(match[1]), Number(match[2])];
  return minutes < 60 && (hours < 24 || (hours === 24 && minutes === 0)) ? hours * 60 + minutes : null;
}

/** Instants at which the clocks show this, earliest first: none where they leap over it, two where they show it twice. */
export function instantsOf(zone: string, day: string, minutes: number): number[] {
  const local = Date.parse(`${day}T00:00:00Z`) + minutes * minuteMs;
  const offsets = new Set([offsetMs(zone, local - dayMs), offsetMs(zone, local + dayMs)]);
  return [...offsets].map((offset) => local - offset).filter((ms) => ms + offsetMs(zone, ms) === local).sort((a, b) => a - b);
}

/** Instants of a local day at which its clocks show multiples of so many minutes, in order. */
export function gridOf(zone: string, day: string, gridMinutes: number): number[] {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const offset = offsetMs(zone, midnight - dayMs);
  const times = Array.from({ length: Math.ceil((24 * 60) / gridMinutes) }, (_, index) => index * gridMinutes);
  // Most days have no change of the clock anywhere near.
  if (offsetMs(zone, midnight + 2 * dayMs) === offset) return times.map((minutes) => midnight + minutes * minuteMs - offset);
  return times.flatMap((minutes) => instantsOf(zone, day, minutes)).sort((a, b) => a - b);
}

/** The first instant at which the clocks show this or later. */
export function firstInstant(zone: string, day: string, minutes: number): number {
  return instantsOf(zone, day, minutes)[0] ?? afterLeap(zone, day, minutes);
}

/** The last instant at which the clocks show this, or the one at which they leap over it. */
export function lastInstant(zone: string, day: string, minutes: number): number {
  return instantsOf(zone, day, minutes).at(-1) ?? afterLeap(zone, day, minutes);
}

/** When the clocks leap over a time: at the instant at which they show the first time behind the gap. */
function afterLeap(zone: string, day: string, minutes: number): number {
  for (let later = minutes + 1; later <= minutes + 24 * 60; later++) {
    const [found] = instantsOf(zone, day, later);
    if (found !== undefined) return found;
  }
  throw new RangeError(`${zone} shows nothing on ${day}.`); // no zone leaps over two days
}

/** Where a local day begins and ends. */
export function dayBounds(zone: string, day: string): { fromMs: number; toMs: number } {
  return { fromMs: firstInstant(zone, day, 0), toMs: firstInstant(zone, addDays(day, 1), 0) };
}

/** Where the hour of the clock began that an instant is in. */
export function clockHour(zone: string, ms: number): number {
  const local = ms + offsetMs(zone, ms);
  return ms - (((local % 3_600_000) + 3_600_000) % 3_600_000);
}
