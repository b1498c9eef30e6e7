import { expect, it } from 'vitest';
import type { LiveFeed } from '../../src/events/live.js';
import { GatehouseError } from '../../src/lib/errors.js';
import { startOf } from '../../src/subgraphs/shared/feed.js';

/** A feed whose database fails so often before it answers. */
function feedFailing(...errors: Error[]): { live: LiveFeed; asked(): number } {
  let asked = 0;
  const answer = async () => {
    const error = errors[asked++];
    if (error !== undefined) throw error;
    return { position: 7, ordinal: 0 };
  };
  return { live: { latest: answer, decode: answer } as unknown as LiveFeed, asked: () => asked };
}

const outage = () => Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });

it.each([['from now on', null], ['behind a cursor', 'abc']])('a subscription that begins %s while the database restarts waits until it is back', async (_where, after) => {
  const { live, asked } = feedFailing(outage());
  expect(await startOf(live, after)).toEqual({ position: 7, ordinal: 0 });
  expect(asked()).toBe(2);
});

it.each([['a cursor that has expired', new GatehouseError('CURSOR_EXPIRED')], ['a fault that is none of the database being away', new TypeError('undefined is not a function')]])('a subscription is told at once of %s', async (_what, error) => {
  const { live, asked } = feedFailing(error);
  await expect(startOf(live, 'abc')).rejects.toBe(error);
  expect(asked()).toBe(1);
});
