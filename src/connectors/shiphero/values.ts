import { instant } from '../../lib/clock.js';
import type { ZonedInstant } from '../../model/time.js';
import { parseOffsetTime } from '../../model/time.js';
import { boundedDecimal } from '../kit/numbers.js';
import { clip, filled } from '../kit/text.js';
import { instantOfLocal, parseLocalTime } from '../kit/zone.js';

/** Longest name of a product, lot or package that is taken. */
const maxName = 120;

/** A count as decimal text; undefined where it is none. */
export function decimal(value: string | number | null | undefined): string | undefined {
  return value == null ? undefined : boundedDecimal(String(value).trim());
}

export function name(value: string | null | undefined): string | undefined {
  const text = filled(value);
  return text === undefined ? undefined : clip(text, maxName);
}

/** ShipHero writes UTC without saying so: `2022-05-24 18:20:15`. The time of arrival where it says none. */
export function timeOf(value: string | null | undefined, receivedAt: string): ZonedInstant {
  const text = filled(value) ?? '';
  const local = parseLocalTime(text.slice(0, 19));
  return parseOffsetTime(text) ?? (local === null ? null : instantOfLocal(local, 'UTC')) ?? { instant: instant(Date.parse(receivedAt)), zone: 'Z', zoneAssumed: true };
}
