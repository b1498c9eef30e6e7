/** Milliseconds since 1970 UTC. Handed in where time decides something, so that tests can set it. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

/** An instant as `2026-11-21T12:00:00.000Z`. */
export type Instant = string;

export function instant(ms: number): Instant {
  return new Date(ms).toISOString();
}
