import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { RecentBudget, RecentResults } from '../../../src/gateway/live/recent.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

it('results beyond the budget of all groups are held no longer', async () => {
  const budget = new RecentBudget(4000);
  const groups = [1, 2].map(() => new RecentResults(budget, { position: 0, ordinal: 0 }));
  const pushed = Array.from({ length: 100 }, (_, index) => {
    const result = { cursor: { position: index + 1, ordinal: 0 }, id: String(index + 1), madeMs: 0, isIncomplete: false, body: Buffer.alloc(1000) };
    groups[index % 2]!.push(result);
    return new WeakRef(result);
  });
  await new Promise((next) => setImmediate(next)); // what a turn has made weak references to lives until its end
  collectGarbage();
  expect(pushed.map((result, index) => (result.deref() === undefined ? -1 : index)).filter((index) => index >= 0)).toEqual([96, 97, 98, 99]);
  expect(groups[0]!.since({ position: 96, ordinal: 0 }, 0)).toHaveLength(2);
  expect(groups[0]!.since({ position: 10, ordinal: 0 }, 0)).toBeUndefined();
});
