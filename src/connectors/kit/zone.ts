import { DateTime } from 'luxon';
import { instant } from '../../lib/clock.js';
import { isPlausible, type ZonedInstant } from '../../model/time.js';

/** A date and time of day as a clock on the wall shows it. Months from 1. */
export interface LocalTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const localPattern = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$/;

/** Reads `YYYY-MM-DD`, with `HH:MM` or `HH:MM:SS` after a blank or `T`. A date alone is its midnight. */
export function parseLocalTime(text: string): LocalTime | null {
  const match = localPattern.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  return { year: year!, month: month!, day: day!, hour: hour!, minute: minute!, second: second! };
}

/**
 * The instant of a local time in `zone`: an IANA name or an offset such as `-08:00`.
 *
 * Where clocks are put back and a local time happens twice, the first of the two is taken. Where
 * clocks are put forward and it never happens, it is read with the offset from before the change
 * (02:30 on such a night is 03:30). Both as RFC 5545 (3.3.5) rules for calendars.
 *
 * Null where it is no time of any day, the zone is unknown, or the year is not plausible.
 */
export function instantOfLocal(local: LocalTime, zone: string, zoneAssumed = false): ZonedInstant | null {
  const fixed = fixedOffsetMinutes(zone);
  const ms = fixed === null ? firstInZone(local, zone) : atOffset(local, fixed);
  if (ms === null || !isPlausible(ms)) return null;
  const time: ZonedInstant = { instant: instant(ms), zone };
  if (zoneAssumed) time.zoneAssumed = true;
  return time;
}

function firstInZone(local: LocalTime, zone: string): number | null {
  const steady = steadyOffset(local, zone);
  if (steady !== null) return atOffset(local, steady);
  const time = DateTime.fromObject(local, { zone });
  return time.isValid ? Math.min(...time.getPossibleOffsets().map((candidate) => candidate.toMillis())) : null;
}

/** Offsets by zone and day; messages name the same few days again and again. */
const offsets = new Map<string, number | null>();
const mostOffsets = 10_000;
const dayMs = 86_400_000;
/** What was asked for last: most messages are of one zone and day. */
let latest = { zone: '', year: 0, month: 0, day: 0, offset: null as number | null };

/** Minutes from UTC on this day, where no clock is changed around it; null: it must be looked at more closely. */
function steadyOffset({ year, month, day }: LocalTime, zone: string): number | null {
  if (latest.day === day && latest.month === month && latest.year === year && latest.zone === zone) return latest.offset;
  const offset = offsetOfDay(year, month, day, zone);
  latest = { zone, year, month, day, offset };
  return offset;
}

function offsetOfDay(year: number, month: number, day: number, zone: string): number | null {
  const key = `${zone} ${year} ${month} ${day}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const midnight = Date.UTC(year, month - 1, day);
  const [before, after] = [midnight - dayMs, midnight + 2 * dayMs].map((ms) => DateTime.fromMillis(ms, { zone }).offset);
  // Of a zone that is not known the offset is no number, and equals nothing.
  const offset = before === after ? before! : null;
  if (offsets.size >= mostOffsets) offsets.clear();
  offsets.set(key, offset);
  return offset;
}

/** Without luxon: every time of Odoo is in UTC, and there are many. */
function atOffset(local: LocalTime, offsetMinutes: number): number | null {
  const { year, month, day, hour, minute, second } = local;
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return null;
  const isMidnightAfter = hour === 24 && minute === 0 && second === 0;
  if ((hour > 23 && !isMidnightAfter) || minute > 59 || second > 59) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second) - offsetMinutes * 60_000;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function fixedOffsetMinutes(zone: string): number | null {
  const first = zone.charCodeAt(0);
  if (first !== 0x2b && first !== 0x2d) return zone === 'UTC' ? 0 : null;
  const match = /^([+-])(\d{2}):(\d{2})$/.exec(zone);
  return match === null ? null : (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}
