import { expect, it } from 'vitest';
import { AtMost } from '../../src/lib/at-most.js';
import { pause } from '../../src/lib/pause.js';
import { TokenBuckets } from '../../src/lib/token-buckets.js';

it('so many run at once as may, the others in the order in which they came, whatever fails', async () => {
  const limit = new AtMost(2);
  let [underway, most] = [0, 0];
  const order: number[] = [];
  const outcomes = await Promise.allSettled(Array.from({ length: 7 }, (_, index) => limit.run(async () => {
    order.push(index);
    most = Math.max(most, ++underway);
    await new Promise((next) => setImmediate(next));
    underway--;
    if (index % 3 === 0) throw new Error('no');
    return index;
  })));
  expect([most, underway, order]).toEqual([2, 0, [0, 1, 2, 3, 4, 5, 6]]);
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(3);
});

it('a pause ends when it is told to, and at once where it was told before', async () => {
  const control = new AbortController();
  const paused = pause(3_600_000, control.signal);
  control.abort();
  await paused;
  await pause(3_600_000, control.signal);
});

it('a bucket says how many tokens it holds, and after how many milliseconds it holds the next', () => {
  let nowMs = 0;
  const buckets = new TokenBuckets(() => nowMs);
  const rate = { perMinute: 600, burst: 3 };
  expect(buckets.available('a', rate)).toBe(3);
  buckets.take('a', rate, 3);
  expect([buckets.available('a', rate), buckets.msToWait('a', rate), buckets.secondsToWait('a', rate)]).toEqual([0, 100, 1]);
  nowMs = 50;
  expect([buckets.available('a', rate), buckets.msToWait('a', rate)]).toEqual([0, 50]);
  nowMs = 100;
  expect([buckets.available('a', rate), buckets.msToWait('a', rate), buckets.secondsToWait('a', rate)]).toEqual([1, 0, 0]);
});
