import type { ZonedInstant } from '../../model/time.js';
import { instantOfLocal } from '../kit/zone.js';

const shapes: Readonly<Record<string, RegExp>> = {
  '101': /^(\d{2})(\d{2})(\d{2})$/,
  '102': /^(\d{4})(\d{2})(\d{2})$/,
  '201': /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/,
  '202': /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/,
  '203': /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})$/,
  '204': /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/,
  '205': /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})()([+-]\d{4})$/,
  '303': /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})()([A-Z]{1,3})$/,
  '304': /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})([A-Z]{1,3})$/,
};

/** C507 of a DTM: the value in the format that element 2379 names. Without a zone, or with one that is no offset, `zone` is taken and marked as assumed. Null where it is no plausible time. */
export function readTime(value: string, format: string, zone: string): ZonedInstant | null {
  const match = (Object.hasOwn(shapes, format) ? shapes[format]! : shapes['203']!).exec(value.trim());
  if (match === null) return null;
  const [year, month, day, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const stated = match[7] ?? '';
  const local = { year: match[1]!.length === 2 ? 2000 + year! : year!, month: month!, day: day!, hour, minute, second };
  if (/^[+-]/.test(stated)) return instantOfLocal(local, `${stated.slice(0, 3)}:${stated.slice(3)}`);
  if (stated === 'UTC' || stated === 'GMT' || stated === 'Z') return asUtc(instantOfLocal(local, 'UTC'));
  return instantOfLocal(local, zone, true);
}

function asUtc(time: ZonedInstant | null): ZonedInstant | null {
  return time === null ? null : { ...time, zone: 'Z' };
}

/** C507 of an instant: minutes in UTC with their offset, format 205, which any directory since D.99A knows. */
export function writeTime(instant: string): string[] {
  return [`${new Date(Date.parse(instant)).toISOString().slice(0, 16).replace(/[-:T]/g, '')}+0000`, '205'];
}
