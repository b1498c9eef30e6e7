import { distance, metresOutside, type Fence, type Point } from './geo.js';
import type { ZonedInstant } from './time.js';

/** Where a truck or trailer is, as its device reported. Who drives it is left in the raw message. */
export interface VehicleRecord extends Point {
  /** The name that people use for it. */
  name: string;
  /** Licence plate. */
  plate?: string;
  /** What other systems call it, where the source keeps that for them. */
  code?: string;
  at: ZonedInstant;
  /** Degrees from north, 0 to 360; absent while it stands. */
  heading?: number;
  /** Kilometres an hour. */
  speed?: number;
  /** In words, where the source gives them: a town, an address. */
  place?: string;
}

/** A position at a time, milliseconds UTC. */
export interface TrackPoint extends Point {
  atMs: number;
}

/** When a position is worth keeping after the one that was kept last: it is this far from it, or this much later. */
export interface Thinning {
  metres: number;
  seconds: number;
}

/** Whether a position is kept after `last`; what is older than that is kept by the same measure. */
export function isWorthKeeping(last: TrackPoint | undefined, next: TrackPoint, { metres, seconds }: Thinning): boolean {
  return last === undefined || Math.abs(next.atMs - last.atMs) >= seconds * 1000 || distance(last, next) >= metres;
}

/** How a truck's coming and going is told from its track. */
export interface PresenceRule {
  /** It has left once it is this far outside of the fence, metres: positions waver. */
  leaveMetres: number;
  /** It has left once it has been outside for this long, seconds, however near. */
  leaveSeconds: number;
}

export const presenceRule: PresenceRule = { leaveMetres: 150, leaveSeconds: 600 };

export interface Presence {
  arrivedMs: number;
  /** Null: it is there, as far as is known. */
  departedMs: number | null;
}

/**
 * When a truck was inside of a fence, by its whole track: the same for every order in which the positions came. It comes with the
 * first position inside; it leaves with the first position outside after which none inside follows, before it is surely away.
 */
export function presences(track: readonly TrackPoint[], fence: Fence, rule: PresenceRule = presenceRule): Presence[] {
  const points = [...new Map(track.map((point) => [`${point.atMs} ${point.latitude} ${point.longitude}`, point])).values()].sort((a, b) => a.atMs - b.atMs || a.latitude - b.latitude || a.longitude - b.longitude);
  const found: Presence[] = [];
  let open: { arrivedMs: number; leftMs: number | null } | null = null;
  for (const point of points) {
    const outside = metresOutside(fence, point);
    if (outside <= 0) {
      if (open === null) open = { arrivedMs: point.atMs, leftMs: null };
      else open.leftMs = null;
      continue;
    }
    if (open === null) continue;
    open.leftMs ??= point.atMs;
    if (outside >= rule.leaveMetres || point.atMs - open.leftMs >= rule.leaveSeconds * 1000) {
      found.push({ arrivedMs: open.arrivedMs, departedMs: open.leftMs });
      open = null;
    }
  }
  if (open !== null) found.push({ arrivedMs: open.arrivedMs, departedMs: null });
  return found;
}
