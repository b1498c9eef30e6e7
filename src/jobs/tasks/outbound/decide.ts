import type { ConnectorError } from '../../../connectors/contract.js';
import type { PartnerPolicy } from './policy.js';

/** What a failed attempt leads to. */
export type Decision =
  | { next: 'wait'; seconds: number; counts: boolean }
  | { next: 'give up'; reason: GivingUp };

/**
 * Why a command was given up. REFUSED: the partner will never take it. ATTEMPTS: it failed as often as the
 * policy allows. AGE: it waited as long as that. DEADLINE: what it was for has passed. UNSUPPORTED: nobody here
 * performs it. INPUT_GONE: its input is past its retention.
 */
export type GivingUp = 'REFUSED' | 'ATTEMPTS' | 'AGE' | 'DEADLINE' | 'UNSUPPORTED' | 'INPUT_GONE';

export interface Failed {
  error: Pick<ConnectorError, 'kind' | 'retryAfter' | 'onlyThisCommand'>;
  /** Those that count, without this one. */
  failures: number;
  waitingSinceMs: number;
  deadlineMs: number | null;
  /** The partner was known to be down, and this was one of the few calls that find out whether it is still. */
  isProbe: boolean;
}

/** Longest that a partner may tell us to wait, seconds. */
const longestWait = 86_400;

/** Decides after a failed attempt: pure, so that every case can be gone through. */
export function decide(failed: Failed, policy: PartnerPolicy, nowMs: number, random: number): Decision {
  const { error, failures, isProbe } = failed;
  if (error.kind === 'invalid') return { next: 'give up', reason: 'REFUSED' };
  // A limit, a wrong key and a partner that is down say nothing of this command; one that waits on purpose has not failed.
  const counts = error.kind !== 'rate_limited' && error.kind !== 'auth' && error.onlyThisCommand !== true && !isProbe;
  const failuresNow = failures + (counts ? 1 : 0);
  if (failuresNow >= policy.attempts) return { next: 'give up', reason: 'ATTEMPTS' };
  if (nowMs - failed.waitingSinceMs >= policy.giveUpHours * 3_600_000) return { next: 'give up', reason: 'AGE' };
  if (failed.deadlineMs !== null && nowMs >= failed.deadlineMs) return { next: 'give up', reason: 'DEADLINE' };
  return { next: 'wait', seconds: waitSeconds(error, failuresNow, policy, random), counts };
}

/** Seconds until something is tried again that has failed so often. */
export function waitSeconds(error: Failed['error'], failures: number, policy: PartnerPolicy, random: number): number {
  // Half of it is drawn, so that those that failed together do not come back together.
  const backoff = Math.min(policy.backoffMaxSeconds, policy.backoffSeconds * 2 ** Math.min(Math.max(failures - 1, 0), 20)) * (0.5 + random / 2);
  return Math.max(backoff, Math.min(error.retryAfter ?? 0, longestWait));
}
