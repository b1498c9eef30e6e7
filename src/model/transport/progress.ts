import type { LoadState } from './records.js';

/** When the truck came to a stop and left it, as chosen of what is told. */
export interface StopVisit {
  /** The stop's own id in the plan. */
  id: string;
  arrivedAt: string | null;
  leftAt: string | null;
}

/** How far a load that is planned here has come. */
export interface LoadProgress {
  /** Null: the truck has left no stop yet. */
  state: Extract<LoadState, 'IN_TRANSIT' | 'COMPLETED'> | null;
  /** Ids of the stops to which the truck came. */
  visited: ReadonlySet<string>;
}

export const notBegun: LoadProgress = { state: null, visited: new Set() };

/** Who came to the last stop and of whom nobody tells that he left is taken to have left after so long, ms. */
export const leavingMs = 24 * 3_600_000;

/**
 * A load is under way from when its truck left a stop, or came to one behind the first. It is done when the last stop is left; or when
 * the truck came there and a day has gone by; or, under way, when all that it carries is delivered. The same for every order of reports.
 * @param stops in their order
 * @param isDelivered whether everything that it carries is
 */
export function progressOf(stops: readonly StopVisit[], isDelivered: boolean, nowMs: number): LoadProgress {
  const visited = new Set(stops.filter(({ arrivedAt, leftAt }) => arrivedAt !== null || leftAt !== null).map(({ id }) => id));
  const last = stops.at(-1);
  const isUnderWay = stops.some(({ arrivedAt, leftAt }, index) => leftAt !== null || (index > 0 && arrivedAt !== null));
  const isDone = last !== undefined && (last.leftAt !== null || (last.arrivedAt !== null && nowMs - Date.parse(last.arrivedAt) >= leavingMs));
  return { visited, state: isDone || (isUnderWay && isDelivered) ? 'COMPLETED' : isUnderWay ? 'IN_TRANSIT' : null };
}

export function isUnderWayOrDone(state: LoadState): boolean {
  return state === 'IN_TRANSIT' || state === 'COMPLETED';
}
