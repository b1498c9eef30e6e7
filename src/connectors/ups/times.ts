import type { ZonedInstant } from '../../model/time.js';
import { instantOfLocal, type LocalTime } from '../kit/zone.js';

/** When something was, as UPS states it: by the clock of the place, and in UTC. Dates as 20240423, times as 095004, also with colons. */
export interface StatedTime {
  date?: string | null;
  time?: string | null;
  gmtDate?: string | null;
  gmtTime?: string | null;
  /** `-04:00`, or `-04.00`. */
  gmtOffset?: string | null;
}

const quarterMs = 15 * 60_000;
/** Farther from UTC than any place is (UTC+14). */
const farthestMs = 14 * 3600_000;

/**
 * The instant of an activity, with the offset of the place. UTC decides where it is stated; the offset is then what the
 * clock of the place differs by. Without UTC the offset is used, and without both the connection's zone is assumed.
 */
export function timeOfActivity(stated: StatedTime, zone: string): ZonedInstant | null {
  const local = localTime(stated.date, stated.time);
  const offset = statedOffset(stated.gmtOffset);
  const utc = localTime(stated.gmtDate, stated.gmtTime);
  const inUtc = utc === null ? null : instantOfLocal(utc, 'UTC');
  if (inUtc !== null) {
    const differing = local === null ? undefined : differenceOf(local, Date.parse(inUtc.instant));
    return { instant: inUtc.instant, zone: differing ?? offset ?? 'Z' };
  }
  if (local === null) return null;
  return offset === undefined ? instantOfLocal(local, zone, true) : instantOfLocal(local, offset);
}

/** The end of a day, or of a part of it, by a clock whose zone UPS does not state: the connection's is assumed. */
export function timeOfDelivery(date: string | null | undefined, time: string | null | undefined, zone: string): ZonedInstant | null {
  const local = localTime(date, (time ?? '') === '' ? '235959' : time);
  return local === null ? null : instantOfLocal(local, zone, true);
}

function localTime(date: string | null | undefined, time: string | null | undefined): LocalTime | null {
  const day = /^(\d{4})(\d{2})(\d{2})$/.exec(date?.replaceAll('-', '').trim() ?? '');
  // 74700 is 07:47:00: a leading zero is lost now and then.
  const clock = /^(\d{2})(\d{2})(\d{2})$/.exec((time?.replaceAll(':', '').trim() ?? '').padStart(6, '0'));
  if (day === null || clock === null || (time ?? '').trim() === '') return null;
  const [year, month, dayOfMonth] = day.slice(1).map(Number);
  const [hour, minute, second] = clock.slice(1).map(Number);
  return { year: year!, month: month!, day: dayOfMonth!, hour: hour!, minute: minute!, second: second! };
}

function statedOffset(text: string | null | undefined): string | undefined {
  const match = /^([+-])(\d{2})[.:]?(\d{2})$/.exec(text?.trim() ?? '');
  return match === null ? undefined : `${match[1]}${match[2]}:${match[3]}`;
}

/** Undefined where no place's clock differs so much, or by no whole quarter: then one of the two is wrong. */
function differenceOf(local: LocalTime, utcMs: number): string | undefined {
  const asUtc = instantOfLocal(local, 'UTC');
  if (asUtc === null) return undefined;
  const ms = Date.parse(asUtc.instant) - utcMs;
  if (Math.abs(ms) > farthestMs || ms % quarterMs !== 0) return undefined;
  if (ms === 0) return 'Z';
  const minutes = Math.abs(ms) / 60_000;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
