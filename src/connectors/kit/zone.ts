import { DateTime } from 'luxon';
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
  return { instant: new Date(ms).toISOString(), zone, ...(zoneAssumed ? { zoneAssumed } : {}) };
}

function firstInZone(local: LocalTime, zone: string): number | null {
  const time = DateTime.fromObject(local, { zone });
  return time.isValid ? Math.min(...time.getPossibleOffsets().map((candidate) => candidate.toMillis())) : null;
}

/** Without luxon: every time of Odoo is in UTC, and there are many. */
function atOffset(local: LocalTime, offsetMinutes: number): number | null {
  const { year, month, day, hour, minute, second } = local;
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return null;
  const isMidnightAfter = hour === 24 && minute === 0 && second === 0;
  if ((hour > 23 && !isMidnightAfter) || minute > 59 || second > 59) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second) - offsetMinutes * 60_000;
}

function fixedOffsetMinutes(zone: string): number | null {
  if (zone === 'UTC') return 0;
  const match = /^([+-])(\d{2}):(\d{2})$/.exec(zone);
  return match === null ? null : (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}
