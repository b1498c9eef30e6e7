import { expect, it } from 'vitest';
import { followSource } from '../../../src/gateway/live/source.js';
import { settled, SimulatedSubscriber } from './simulated-feed.js';

it('ends a source whose end fails without taking the process down', async () => {
  const unheard: unknown[] = [];
  const hear = (error: unknown) => void unheard.push(error);
  process.on('unhandledRejection', hear);
  const source = { next: () => new Promise<never>(() => {}), return: () => Promise.reject(new Error('the partner is gone')), [Symbol.asyncIterator]() { return this; } };
  const subscriber = new SimulatedSubscriber();
  followSource(source, () => expect.fail('there is no event'), subscriber).leave();
  await settled();
  await settled();
  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
  expect(subscriber.failure).toBeUndefined();
});
