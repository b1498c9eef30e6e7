/** How endpoints are treated. Those who run them read the same in the README. */

/** Seconds between attempts at one event: after the last of them it is given up, some three days after the first. */
export const retrySeconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;

/** Until the whole answer must be here, ms. */
export const timeoutMs = 20_000;
/** Of an answer that is read, bytes; what is behind it does not matter. */
export const maxAnswerBytes = 4_096;
/** Of an answer that is kept, of what failed, characters. */
export const keptAnswer = 1_000;

/** Failures in a row after which one event at a time finds out whether the endpoint is back. */
export const failuresBeforeProbing = 5;
const firstProbeSeconds = 5;
const longestProbeSeconds = 300;

/** An endpoint that has failed for so long without a success is told of as an exception; for so long, it is disabled. Hours. */
export const alertHours = 24;
export const disableHours = 120;

/** The longest that Retry-After is followed, seconds. */
const longestRetryAfter = 86_400;

/** Deliveries that may wait while more of the feed is read. */
export const maxWaiting = 2_000;

export const pageSize = 100;

export const defaults = { concurrency: 4, perMinute: 1_200 } as const;
export const bounds = { concurrency: 16, perMinute: 60_000 } as const;

/** A secret that is replaced signs beside the new one for so long, ms. */
export const secretOverlapMs = 24 * 3_600_000;

/**
 * Seconds until the next attempt; null: it is given up.
 * @param attempts those that were made
 * @param retryAfter what the endpoint asked for, seconds
 * @param random 0 to 1: up to a tenth later, so that what failed together does not come back together
 */
export function secondsToNext(attempts: number, retryAfter: number | undefined, random: number): number | null {
  const scheduled = retrySeconds[attempts - 1];
  if (scheduled === undefined) return null;
  return Math.max(scheduled * (1 + random / 10), Math.min(retryAfter ?? 0, longestRetryAfter));
}

/** Seconds for which an endpoint is let alone after so many failures in a row; 0: it is not. */
export function secondsToProbe(failures: number, random: number): number {
  if (failures < failuresBeforeProbing) return 0;
  return Math.min(longestProbeSeconds, firstProbeSeconds * 2 ** Math.min(20, failures - failuresBeforeProbing)) * (1 - random / 4);
}
