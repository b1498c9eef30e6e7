import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leavingMs, progressOf, type StopVisit } from '../../../src/model/transport/progress.js';

const base = Date.parse('2026-03-06T08:00:00Z');
const time = fc.option(fc.integer({ min: 0, max: 200 }).map((hours) => new Date(base + hours * 3_600_000).toISOString()), { nil: null });
const visits = fc.array(fc.record({ arrivedAt: time, leftAt: time }), { minLength: 1, maxLength: 6 }).map((stops) => stops.map((stop, index): StopVisit => ({ id: String(index), ...stop })));
const rank = { none: 0, IN_TRANSIT: 1, COMPLETED: 2 };
const rankOf = (stops: readonly StopVisit[], isDelivered: boolean, nowMs: number) => rank[progressOf(stops, isDelivered, nowMs).state ?? 'none'];

describe('how far a load has come', () => {
  it('is never less for a time more, for what is delivered, or for a later look', () => {
    fc.assert(fc.property(visits, fc.nat(), fc.constantFrom('arrivedAt' as const, 'leftAt' as const), fc.integer({ min: 0, max: 300 }), fc.boolean(), (stops, pick, which, hours, isDelivered) => {
      const index = pick % stops.length;
      const told = stops.map((stop, at) => (at === index ? { ...stop, [which]: stop[which] ?? new Date(base).toISOString() } : stop));
      const nowMs = base + hours * 3_600_000;
      const before = rankOf(stops, isDelivered, nowMs);
      expect(rankOf(told, isDelivered, nowMs)).toBeGreaterThanOrEqual(before);
      expect(rankOf(stops, true, nowMs)).toBeGreaterThanOrEqual(before);
      expect(rankOf(stops, isDelivered, nowMs + 3_600_000)).toBeGreaterThanOrEqual(before);
    }));
  });

  it('is nothing while the truck stands at its first stop, and done a day after it came to the last', () => {
    const at = new Date(base).toISOString();
    const [none, come] = [{ arrivedAt: null, leftAt: null }, { arrivedAt: at, leftAt: null }];
    expect(progressOf([{ id: 'a', ...come }, { id: 'b', ...none }], false, base).state).toBeNull();
    expect(progressOf([{ id: 'a', ...none }, { id: 'b', ...come }], false, base + leavingMs - 1).state).toBe('IN_TRANSIT');
    expect(progressOf([{ id: 'a', ...none }, { id: 'b', ...come }], false, base + leavingMs)).toEqual({ state: 'COMPLETED', visited: new Set(['b']) });
    expect(progressOf([{ id: 'a', arrivedAt: null, leftAt: at }, { id: 'b', ...none }], true, base).state).toBe('COMPLETED');
    expect(progressOf([{ id: 'a', ...none }, { id: 'b', ...none }], true, base)).toEqual({ state: null, visited: new Set() });
  });
});
