import type { ZonedInstant } from '../../model/time.js';
import { rowOf } from '../kit/table.js';
import { instantOfLocal, type LocalTime } from '../kit/zone.js';
import { zoneCodes } from './codes.js';
import { plainCode } from './segments.js';

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
  const clock = time.trim();
  const local = localTime(date.trim(), clock);
  if (local === null) return null;
  const code = plainCode(zoneCode);
  const stated = rowOf(zoneCodes, code) ?? numberedOffset(code);
  const occurred = stated === undefined ? instantOfLocal(local, zone, true) : instantOfLocal(local, stated === 'Z' ? 'UTC' : stated);
  if (occurred === null) return null;
  if (stated === 'Z') occurred.zone = 'Z';
  const read: ReadTime = { occurred, timeMissing: clock === '' };
  if (stated === undefined && code !== '' && code !== 'LT') read.unknownZone = code;
  return read;
}

function localTime(date: string, time: string): LocalTime | null {
  if ((date.length !== 8 && date.length !== 6) || !(time === '' || time.length === 4 || (time.length >= 6 && time.length <= 8)) || !isDigits(date) || !isDigits(time)) return null;
  const year = date.length === 8 ? two(date, 0) * 100 + two(date, 2) : 2000 + two(date, 0);
  const rest = date.length - 4;
  return { year, month: two(date, rest), day: two(date, rest + 2), hour: time === '' ? 0 : two(time, 0), minute: time === '' ? 0 : two(time, 2), second: time.length < 6 ? 0 : two(time, 4) };
}

/** The number that two digits of a text are. */
function two(text: string, at: number): number {
  return (text.charCodeAt(at) - 0x30) * 10 + text.charCodeAt(at + 1) - 0x30;
}

function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** 01 to 12 stand for P01 to P12 (ahead of UTC), 13 to 24 for M12 down to M01 (behind it). */
function numberedOffset(code: string): string | undefined {
  if (!/^(0[1-9]|1\d|2[0-4])$/.test(code)) return undefined;
  const number = Number(code);
  const hours = number <= 12 ? number : 25 - number;
  return `${number <= 12 ? '+' : '-'}${String(hours).padStart(2, '0')}:00`;
}
