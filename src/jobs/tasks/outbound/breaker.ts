import type { PartnerPolicy } from './policy.js';

/** Seconds that a breaker stays open at most, and what is kept of it when another process takes over. */
export interface BreakerState {
  breaker: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  /** Openings since the last time it closed. */
  openings: number;
  /** Milliseconds UTC; null unless open. */
  openUntilMs: number | null;
}

export const closedBreaker: BreakerState = { breaker: 'CLOSED', openings: 0, openUntilMs: null };

/**
 * Circuit breaker of one partner: closed, open for a while, then half open, when a few probes decide.
 * A refusal of a command is an answer like any other; only what tells that the partner is down counts.
 */
export class Breaker {
  #state: BreakerState;
  #recent: boolean[] = [];
  #probesPassed = 0;

  constructor(state: BreakerState) {
    this.#state = state;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Calls that may be under way at once, now. */
  allowed(policy: PartnerPolicy, nowMs: number): number {
    if (this.#state.breaker === 'OPEN' && nowMs >= (this.#state.openUntilMs ?? 0)) {
      this.#state = { ...this.#state, breaker: 'HALF_OPEN', openUntilMs: null };
      this.#probesPassed = 0;
    }
    if (this.#state.breaker === 'OPEN') return 0;
    return this.#state.breaker === 'HALF_OPEN' ? Math.min(policy.probes, policy.concurrency) : policy.concurrency;
  }

  /** The partner answered. */
  succeeded(policy: PartnerPolicy): void {
    this.#remember(true, policy);
    if (this.#state.breaker === 'HALF_OPEN' && ++this.#probesPassed >= policy.probes) {
      this.#state = closedBreaker;
      this.#recent = [];
    }
  }

  /**
   * The partner is down, or refuses our key.
   * @param atOnce what failed would fail for every command
   */
  failed(policy: PartnerPolicy, nowMs: number, random: number, atOnce = false): void {
    this.#remember(false, policy);
    // Calls that began before it opened say nothing new.
    if (this.#state.breaker === 'OPEN') return;
    const failures = this.#recent.filter((passed) => !passed).length;
    const isMostlyDown = this.#recent.length >= policy.breakerWindow / 2 && failures >= this.#recent.length * policy.breakerShare;
    if (this.#state.breaker === 'HALF_OPEN' || atOnce || isMostlyDown) this.#open(policy, nowMs, random);
  }

  #open(policy: PartnerPolicy, nowMs: number, random: number): void {
    const { openings } = this.#state;
    const seconds = Math.min(policy.openMaxSeconds, policy.openSeconds * 2 ** Math.min(openings, 20)) * (0.75 + random / 4);
    this.#state = { breaker: 'OPEN', openings: openings + 1, openUntilMs: nowMs + seconds * 1000 };
    this.#recent = [];
  }

  #remember(passed: boolean, { breakerWindow }: PartnerPolicy): void {
    this.#recent.push(passed);
    if (this.#recent.length > breakerWindow) this.#recent.shift();
  }
}
