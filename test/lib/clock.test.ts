import fc from 'fast-check';
import { expect, it } from 'vitest';
import { instant } from '../../src/lib/clock.js';

const furthest = 8_640_000_000_000_000;
const times = fc.oneof(fc.integer({ min: -furthest, max: furthest }), fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }), fc.double({ min: -1e9, max: 1e13, noNaN: true }), fc.constantFrom(-1, 0, 1, 86_399_999, 86_400_000, furthest, -furthest));

it('an instant is written as the platform writes it, whatever was written before', () => {
  fc.assert(fc.property(fc.array(times, { minLength: 1, maxLength: 8 }), (several) => {
    expect(several.map(instant)).toEqual(several.map((ms) => new Date(ms).toISOString()));
  }), { numRuns: 2_000 });
});

it('what is no time is refused', () => {
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, furthest + 1, -furthest - 1]) expect(() => instant(ms)).toThrow(RangeError);
  expect(instant(0)).toBe('1970-01-01T00:00:00.000Z');
});
