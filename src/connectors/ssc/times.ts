import { instant } from '../../lib/clock.js';
import { parseOffsetTime, type ZonedInstant } from '../../model/time.js';

const units = { W: 604_800_000, D: 86_400_000, H: 3_600_000, M: 60_000, S: 1_000 } as const;
/** Of a window that is longer nobody keeps a dock. */
const longestMs = 31 * units.D;

/** Milliseconds of an ISO 8601 duration without years and months, `PT1H30M`; null where it is none. */
export function durationMs(text: string): number | null {
  const match = /^P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})(?:\.\d{1,9})?S)?)?$/.exec(text);
  if (match === null || /^P$|T$/.test(text)) return null;
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((each) => Number(each ?? 0)) as [number, number, number, number, number];
  const ms = weeks * units.W + days * units.D + hours * units.H + minutes * units.M + seconds * units.S;
  return ms <= longestMs ? ms : null;
}

/** As an ISO 8601 duration, `PT90M`. */
export function durationOf(fromMs: number, toMs: number): string {
  return `PT${Math.max(1, Math.round((toMs - fromMs) / units.M))}M`;
}

/** Beginning and end of an arrival window; null where it has no beginning with its offset. */
export function windowOf(of: { startDateTime: string; duration?: string | null | undefined } | null | undefined): { startsAt: ZonedInstant; endsAt?: ZonedInstant } | null {
  const startsAt = of == null ? null : parseOffsetTime(of.startDateTime);
  if (startsAt === null) return null;
  const ms = durationMs(of!.duration ?? '');
  return { startsAt, ...(ms === null || ms === 0 ? {} : { endsAt: { instant: instant(Date.parse(startsAt.instant) + ms), zone: startsAt.zone } }) };
}
