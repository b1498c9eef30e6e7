import { instant, type Instant } from '../lib/clock.js';

/** When something happens: an instant in UTC, and what the source said of the place's clock. */
export interface ZonedInstant {
  instant: Instant;
  /** The zone (`America/New_York`), offset (`-05:00`) or `Z` in which the source stated the time. */
  zone: string;
  /** True where the source named no zone and the facility's (or the connection's) was taken. */
  zoneAssumed?: boolean;
}

/** Years outside of which a time is taken for a fault of the sender, not for a fact. */
const earliestMs = Date.UTC(1980, 0, 1);
const latestMs = Date.UTC(2100, 0, 1);

/** A time of 1970 or of the far future is a missing time (samples in the field carry such). */
export function isPlausible(ms: number): boolean {
  return Number.isFinite(ms) && ms >= earliestMs && ms < latestMs;
}

const isoPattern = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}:?\d{2})$/;

/** Reads an ISO 8601 time that carries its offset. Null where it has none, is no date, or is not plausible. */
export function parseOffsetTime(text: string): ZonedInstant | null {
  const read = readOffsetTime(text);
  return read !== null && isPlausible(read.ms) ? { instant: instant(read.ms), zone: read.zone } : null;
}

/** The instant of an ISO 8601 time that carries its offset, of whatever year from 1 to 9999 in UTC. Null where it has none, or is no date. */
export function parseInstant(text: string): Instant | null {
  const read = readOffsetTime(text);
  return read !== null && read.ms >= firstMs && read.ms <= lastMs ? instant(read.ms) : null;
}

/** Further than that, a year has no four digits, and the database has another way to write it. */
const firstMs = Date.parse('0001-01-01T00:00:00Z');
const lastMs = Date.parse('9999-12-31T23:59:59.999Z');

function readOffsetTime(text: string): { ms: number; zone: string } | null {
  const match = isoPattern.exec(text);
  if (match === null) return null;
  const offset = match[8]!;
  const zone = offset === 'Z' ? 'Z' : `${offset.slice(0, 3)}:${offset.slice(-2)}`;
  const fraction = (match[7] ?? '').padEnd(3, '0').slice(0, 3);
  const day = `${match[1]}-${match[2]}-${match[3]}`;
  const ms = Date.parse(`${day}T${match[4]}:${match[5]}:${match[6] ?? '00'}.${fraction}${zone}`);
  return Number.isNaN(ms) || !isCalendarDay(day) ? null : { ms, zone };
}

/** `2026-02-30` is no day, though Date.parse rolls it over to March. */
function isCalendarDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}
