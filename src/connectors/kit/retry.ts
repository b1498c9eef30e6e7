import type { Outcome } from '../contract.js';

export interface RetryPolicy {
  /** Attempts in all. */
  attempts: number;
  /** Milliseconds before the second attempt; doubles with every further one. */
  firstWaitMs: number;
  /** A longer `Retry-After` is left to the caller, who can wait without holding anything. */
  longestWaitMs: number;
  /** Waits; replaced by tests. */
  sleep(ms: number): Promise<void>;
}

export const defaultRetry: RetryPolicy = {
  attempts: 3,
  firstWaitMs: 500,
  longestWaitMs: 10_000,
  sleep: (ms) => new Promise((next) => setTimeout(next, ms)),
};

/**
 * Repeats what may pass by itself: no answer, 5xx, 429. Only for calls that may be made twice. Waits
 * a random time up to a growing limit, so that many callers do not come back together; at least as
 * long as `Retry-After` says.
 */
export async function withRetry<T>(policy: RetryPolicy, call: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await call();
    if (outcome.ok || (outcome.error.kind !== 'unavailable' && outcome.error.kind !== 'rate_limited')) return outcome;
    const asked = (outcome.error.retryAfter ?? 0) * 1000;
    if (attempt >= policy.attempts || asked > policy.longestWaitMs) return outcome;
    const limit = policy.firstWaitMs * 2 ** (attempt - 1);
    await policy.sleep(Math.min(policy.longestWaitMs, asked + limit * (0.5 + Math.random() / 2)));
  }
}
