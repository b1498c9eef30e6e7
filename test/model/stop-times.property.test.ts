import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fewestSamples, laneEta } from '../../src/model/transport/lane-eta.js';
import { chosenStatement, newestStatements, stopClassifiers, stopMoments, stopTimeSources, type StopTimeStatement } from '../../src/model/transport/stop-times.js';

const at = fc.integer({ min: 0, max: 5 }).map((hour) => `2026-03-06T0${hour}:00:00.000Z`);
const statement: fc.Arbitrary<StopTimeStatement> = fc.record({ moment: fc.constantFrom(...stopMoments), classifier: fc.constantFrom(...stopClassifiers), source: fc.constantFrom(...stopTimeSources), connection: fc.constantFrom('a', 'b'), at, statedAt: at });
const told = fc.array(statement, { maxLength: 20 }).chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })));

describe('times of a stop', () => {
  it('are kept and chosen alike in whatever order they are told, and however often', () => {
    fc.assert(fc.property(told, ([all, shuffled]) => {
      const kept = newestStatements(all);
      expect(newestStatements(shuffled)).toEqual(kept);
      for (const moment of stopMoments) for (const classifier of stopClassifiers) {
        const chosen = chosenStatement(kept, moment, classifier);
        expect(chosenStatement(newestStatements(shuffled), moment, classifier)).toEqual(chosen);
        expect(chosen === null).toBe(!all.some((each) => each.moment === moment && each.classifier === classifier));
      }
    }), { numRuns: 1000 });
  });

  it('keep what every source says, and take the gate before the positions before the record before the carrier', () => {
    const say = (source: StopTimeStatement['source'], hour: number): StopTimeStatement => ({ moment: 'ARRIVAL', classifier: 'ACTUAL', source, connection: source, at: `2026-03-06T0${hour}:00:00.000Z`, statedAt: `2026-03-06T0${hour}:00:00.000Z` });
    const all = [say('CARRIER', 9), say('TMS', 8), say('TELEMATICS', 7), say('YARD', 6)];
    expect(newestStatements(all)).toHaveLength(4);
    for (let left = 4; left > 0; left--) expect(chosenStatement(all.slice(0, left), 'ARRIVAL', 'ACTUAL')).toBe(all[left - 1]);
  });
});

describe('what history foretells', () => {
  it('is in order, never in the past, and nothing of too few trips', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2e9 }), fc.boolean(), fc.tuple(fc.nat(5000), fc.nat(5000), fc.nat(5000)), fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 2e9 }), (leavesMs, hasLeft, drawn, samples, nowMs) => {
      const [p10, p50, p90] = [...drawn].sort((a, b) => a - b) as [number, number, number];
      const eta = laneEta(leavesMs, hasLeft, { p10, p50, p90, samples }, nowMs);
      expect(eta === null).toBe(samples < fewestSamples);
      if (eta === null) return;
      expect(eta.earliestMs).toBeGreaterThanOrEqual(nowMs);
      expect(eta.atMs).toBeGreaterThanOrEqual(eta.earliestMs);
      expect(eta.latestMs).toBeGreaterThanOrEqual(eta.atMs);
    }));
  });
});
