import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Deadlines, type Due } from '../../src/lib/deadlines.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const dayMs = 86_400_000;
const named = (name: string, inMs: number, told: string[]): Due & { dueMs: number } => ({ dueMs: Date.now() + inMs, due: () => void told.push(name) });

it('tells each of many when its time has come, once, with one timer', async () => {
  const [deadlines, told] = [new Deadlines(), [] as string[]];
  for (const [name, inMs] of [['c', 30 * dayMs], ['a', 10], ['past', -5], ['b', 2000]] as const) deadlines.add(named(name, inMs, told));
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(9);
  expect(told).toEqual(['past']);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(['past', 'a']);
  await vi.advanceTimersByTimeAsync(1990);
  expect(told).toEqual(['past', 'a', 'b']);
  await vi.advanceTimersByTimeAsync(30 * dayMs);
  expect(told).toEqual(['past', 'a', 'b', 'c']);
  expect(vi.getTimerCount()).toBe(0);
});

it('tells nobody who was taken out, and has no timer once nobody waits', async () => {
  const [deadlines, told] = [new Deadlines(), [] as string[]];
  const [first, second] = [named('first', 10, told), named('second', 20, told)];
  for (const each of [first, second]) deadlines.add(each);
  deadlines.delete(first);
  await vi.advanceTimersByTimeAsync(15);
  deadlines.delete(second);
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(100);
  expect(told).toEqual([]);
});

it('goes by the time that one has when it was added last, whether that came nearer or went away', async () => {
  const [deadlines, told] = [new Deadlines(), [] as string[]];
  const [later, sooner] = [named('later', 10, told), named('sooner', 1000, told)];
  for (const each of [later, sooner]) deadlines.add(each);
  later.dueMs += 5000;
  sooner.dueMs -= 995;
  for (const each of [later, sooner]) deadlines.add(each);
  await vi.advanceTimersByTimeAsync(5);
  expect(told).toEqual(['sooner']);
  await vi.advanceTimersByTimeAsync(5004);
  expect(told).toEqual(['sooner']);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(['sooner', 'later']);
});

it('takes in who is added by one that is told', async () => {
  const [deadlines, told] = [new Deadlines(), [] as string[]];
  deadlines.add({ dueMs: Date.now() + 10, due: () => deadlines.add(named('next', 10, told)) });
  await vi.advanceTimersByTimeAsync(19);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(['next']);
});

it('tells within a minute whose time has come because the clock was set forward', async () => {
  const [deadlines, told] = [new Deadlines(), [] as string[]];
  deadlines.add(named('expired', 3_600_000, told));
  vi.setSystemTime(Date.now() + 7_200_000);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(['expired']);
  expect(vi.getTimerCount()).toBe(0);
});
