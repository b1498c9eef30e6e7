import type { ZonedInstant } from '../../model/time.js';
import { rowOf } from '../kit/table.js';
import { instantOfLocal, type LocalTime } from '../kit/zone.js';
import { zoneCodes } from './codes.js';

export interface ReadTime {
  occurred: ZonedInstant;
  /** The date came without a time of day; its midnight was taken. */
  timeMissing: boolean;
  /** Element 623 held a code of no table. */
  unknownZone?: string;
}

/**
 * Elements 373 (CCYYMMDD, or YYMMDD of older releases), 337 (HHMM, HHMMSS, HHMMSSD, HHMMSSDD) and
 * 623. Local time (LT) and no zone at all take `zone`, marked as assumed. Null where it is no
 * plausible time.
 */
export function readTime(date: string, time: string, zoneCode: string, zone: string): ReadTime | null {
  const local = localTime(date.trim(), time.trim());
  if (local === null) return null;
  const code = zoneCode.trim().toUpperCase();
  const stated = rowOf(zoneCodes, code) ?? numberedOffset(code);
  const occurred = stated === undefined ? instantOfLocal(local, zone, true) : instantOfLocal(local, stated === 'Z' ? 'UTC' : stated);
  if (occurred === null) return null;
  const isKnown = stated !== undefined || code === '' || code === 'LT';
  return { occurred: stated === 'Z' ? { ...occurred, zone: 'Z' } : occurred, timeMissing: time.trim() === '', ...(isKnown ? {} : { unknownZone: code }) };
}

function localTime(date: string, time: string): LocalTime | null {
  const day = /^(\d{2})?(\d{2})(\d{2})(\d{2})$/.exec(date);
  const clock = time === '' ? ['', '0', '0', '0'] : /^(\d{2})(\d{2})(?:(\d{2})\d{0,2})?$/.exec(time);
  if (day === null || clock === null) return null;
  const year = Number(`${day[1] ?? '20'}${day[2]}`);
  return { year, month: Number(day[3]), day: Number(day[4]), hour: Number(clock[1]), minute: Number(clock[2]), second: Number(clock[3] ?? 0) };
}

/** 01 to 12 stand for P01 to P12 (ahead of UTC), 13 to 24 for M12 down to M01 (behind it). */
function numberedOffset(code: string): string | undefined {
  if (!/^(0[1-9]|1\d|2[0-4])$/.test(code)) return undefined;
  const number = Number(code);
  const hours = number <= 12 ? number : 25 - number;
  return `${number <= 12 ? '+' : '-'}${String(hours).padStart(2, '0')}:00`;
}
