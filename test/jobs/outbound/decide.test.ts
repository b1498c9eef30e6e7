import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Breaker, closedBreaker } from '../../../src/jobs/tasks/outbound/breaker.js';
import { decide, type Failed } from '../../../src/jobs/tasks/outbound/decide.js';
import { defaultPolicy, movableKinds, policyOf } from '../../../src/jobs/tasks/outbound/policy.js';

const nowMs = 1_000_000_000;
const policy = defaultPolicy;
const failed = (over: Partial<Failed>): Failed => ({ error: { kind: 'unavailable' }, failures: 0, waitingSinceMs: nowMs, deadlineMs: null, isProbe: false, ...over });

describe('after a failed attempt', () => {
  it('what the partner refuses is given up at once, whatever else holds', () => {
    fc.assert(fc.property(fc.nat(50), fc.boolean(), fc.option(fc.nat(), { nil: undefined }), (failures, isProbe, retryAfter) => {
      expect(decide(failed({ error: { kind: 'invalid', ...(retryAfter === undefined ? {} : { retryAfter }) }, failures, isProbe }), policy, nowMs, 0.5)).toEqual({ next: 'give up', reason: 'REFUSED' });
    }));
  });

  it('what fails is tried as often as the policy says, later every time, with jitter of half the wait', () => {
    for (let failures = 0; failures < policy.attempts - 1; failures++) {
      const [least, most] = [0, 1].map((random) => decide(failed({ failures }), policy, nowMs, random));
      const wait = Math.min(policy.backoffMaxSeconds, policy.backoffSeconds * 2 ** failures);
      expect([least, most]).toEqual([{ next: 'wait', seconds: wait / 2, counts: true }, { next: 'wait', seconds: wait, counts: true }]);
    }
    expect(decide(failed({ failures: policy.attempts - 1 }), policy, nowMs, 0.5)).toEqual({ next: 'give up', reason: 'ATTEMPTS' });
  });

  it('a limit, a wrong key and a partner that is known to be down do not count against a command', () => {
    for (const error of [{ kind: 'rate_limited' as const }, { kind: 'auth' as const }]) expect(decide(failed({ error, failures: policy.attempts - 1 }), policy, nowMs, 0.5)).toMatchObject({ next: 'wait', counts: false });
    expect(decide(failed({ failures: policy.attempts - 1, isProbe: true }), policy, nowMs, 0.5)).toMatchObject({ next: 'wait', counts: false });
  });

  it('a partner is never asked again before the time that it names, up to a day', () => {
    fc.assert(fc.property(fc.constantFrom('rate_limited' as const, 'unavailable' as const), fc.integer({ min: 0, max: 200_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (kind, retryAfter, random) => {
      const decision = decide(failed({ error: { kind, retryAfter } }), policy, nowMs, random);
      expect(decision.next === 'wait' && decision.seconds).toBeGreaterThanOrEqual(Math.min(retryAfter, 86_400));
    }));
  });

  it('a command is given up for its age or its deadline, also where nothing counts', () => {
    const limited = { error: { kind: 'rate_limited' as const } };
    expect(decide(failed({ ...limited, waitingSinceMs: nowMs - policy.giveUpHours * 3_600_000 }), policy, nowMs, 0.5)).toEqual({ next: 'give up', reason: 'AGE' });
    expect(decide(failed({ ...limited, deadlineMs: nowMs }), policy, nowMs, 0.5)).toEqual({ next: 'give up', reason: 'DEADLINE' });
    expect(decide(failed({ ...limited, deadlineMs: nowMs + 1 }), policy, nowMs, 0.5)).toMatchObject({ next: 'wait' });
  });
});

describe('the breaker of a partner', () => {
  const openAfter = (breaker: Breaker, outcomes: readonly boolean[]) => {
    for (const passed of outcomes) if (passed) breaker.succeeded(policy);
      else breaker.failed(policy, nowMs, 1);
    return breaker.state.breaker;
  };

  it('opens once most of the last calls failed, and not for a failure now and then', () => {
    expect(openAfter(new Breaker(closedBreaker), Array.from({ length: 200 }, (_, index) => index % 3 !== 0))).toBe('CLOSED');
    expect(openAfter(new Breaker(closedBreaker), Array.from({ length: 9 }, () => false))).toBe('CLOSED');
    expect(openAfter(new Breaker(closedBreaker), Array.from({ length: 10 }, () => false))).toBe('OPEN');
  });

  it('opens at once where every call would fail', () => {
    const breaker = new Breaker(closedBreaker);
    breaker.failed(policy, nowMs, 1, true);
    expect([breaker.state.breaker, breaker.allowed(policy, nowMs)]).toEqual(['OPEN', 0]);
  });

  it('lets a few probes through after its time, closes when they pass, and stays open twice as long when one fails', () => {
    const breaker = new Breaker(closedBreaker);
    breaker.failed(policy, nowMs, 1, true);
    const openMs = policy.openSeconds * 1000;
    expect(breaker.allowed(policy, nowMs + openMs - 1)).toBe(0);
    expect(breaker.allowed(policy, nowMs + openMs)).toBe(policy.probes);
    breaker.failed(policy, nowMs + openMs, 1);
    expect(breaker.allowed(policy, nowMs + openMs + 2 * openMs - 1)).toBe(0);
    expect(breaker.allowed(policy, nowMs + openMs + 2 * openMs)).toBe(policy.probes);
    breaker.succeeded(policy);
    expect(breaker.state.breaker).toBe('HALF_OPEN');
    breaker.succeeded(policy);
    expect([breaker.state, breaker.allowed(policy, nowMs)]).toEqual([closedBreaker, policy.concurrency]);
  });

  it('never stays open longer than the policy allows', () => {
    const breaker = new Breaker(closedBreaker);
    for (let atMs = nowMs, i = 0; i < 40; i++) {
      breaker.failed(policy, atMs, 1, true);
      const untilMs = breaker.state.openUntilMs!;
      expect(untilMs - atMs).toBeLessThanOrEqual(policy.openMaxSeconds * 1000);
      atMs = untilMs;
      expect(breaker.allowed(policy, atMs)).toBe(policy.probes);
    }
  });
});

it('a policy is the table of defaults, what the connector knows of its system, and what is set for the connection, in this order', () => {
  expect(policyOf({})).toEqual(defaultPolicy);
  expect(policyOf({ timeoutMs: 1_000 }, { perMinute: 60 })).toEqual({ ...defaultPolicy, perMinute: 60, timeoutMs: 1_000 });
  expect(policyOf({ perMinute: 6 }, { perMinute: 60 })).toMatchObject({ perMinute: 6 });
});

it('only what begins something new may go to another partner: what undoes, adds to or reports stays', () => {
  expect(movableKinds).toEqual(['shipment.book', 'return.book']);
});
