import { isPlausible, parseOffsetTime } from '../../model/time.js';
import { instantOfLocal, parseLocalTime } from '../kit/zone.js';
import { boundedDecimal, int32 } from '../kit/numbers.js';
import { clip, filled } from '../kit/text.js';

/** A field without which the record cannot be read; costs the event, not the batch. */
export class InvalidField extends Error {
  constructor(readonly path: string, why: string) {
    super(why);
  }
}

/** Takes note of an optional field that was left out because its value is none. */
export type Drop = (path: string, why: string) => void;

type Empty = null | undefined | false;

interface Many2one {
  id: number;
  name?: string | Empty;
}

/** Odoo's empty values as one. */
export function given<T>(value: T | Empty): T | undefined {
  return value === null || value === undefined || value === false ? undefined : (value as T);
}

export function text(value: string | Empty, limit = 300): string | undefined {
  const known = filled(given(value));
  return known === undefined ? undefined : clip(known, limit);
}

export function idOf(value: Many2one | Empty): string | undefined {
  return given(value)?.id.toString();
}

export function nameOf(value: Many2one | Empty): string | undefined {
  return text(given(value)?.name);
}

/**
 * A number of Odoo as decimal text without trailing zeros. Odoo computes in binary floating point,
 * so what lies beyond six decimals is noise. Undefined beyond fifteen digits, where it is no
 * quantity or amount of anything.
 */
export function decimalText(value: number | string): string | undefined {
  if (typeof value === 'string') return boundedDecimal(value);
  if (!Number.isFinite(value) || Math.abs(value) >= 1e15) return undefined;
  return boundedDecimal(value.toFixed(6));
}

export function requiredDecimal(value: number | string, path: string): string {
  const decimal = decimalText(value);
  if (decimal === undefined) throw new InvalidField(path, `${clip(String(value), 40)} is out of range`);
  return decimal;
}

export function optionalDecimal(value: number | string | Empty, path: string, drop: Drop): string | undefined {
  const known = given(value);
  if (known === undefined) return undefined;
  const decimal = decimalText(known);
  if (decimal === undefined) drop(path, `${clip(String(known), 40)} is out of range`);
  return decimal;
}

export function optionalCount(value: unknown, path: string, drop: Drop): number | undefined {
  const known = given(value);
  if (known === undefined) return undefined;
  const count = int32(known);
  if (count === undefined) drop(path, `${clip(String(JSON.stringify(known)), 40)} is no count, or out of range`);
  return count;
}

/** An Odoo date or datetime (UTC), or ISO with offset, as an instant. A date is its midnight UTC. */
export function utcInstant(value: string | Empty, path: string, drop: Drop): string | undefined {
  const known = text(value);
  if (known === undefined) return undefined;
  const local = parseLocalTime(known);
  const time = local === null ? parseOffsetTime(known) : instantOfLocal(local, 'UTC');
  if (time === null || !isPlausible(Date.parse(time.instant))) {
    drop(path, `${clip(known, 40)} is no plausible time`);
    return undefined;
  }
  return time.instant;
}

/** The object without its undefined members, so that equal records are equal in content. */
export function compact<T extends object>(value: T): Compact<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Compact<T>;
}

type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];
type Compact<T> = { [K in Exclude<keyof T, OptionalKeys<T>>]: T[K] } & { [K in OptionalKeys<T>]?: Exclude<T[K], undefined> };
