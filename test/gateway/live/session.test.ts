import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Session, type Identity } from '../../../src/gateway/live/session.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const dayMs = 86_400_000;

/** A connection whose token is good for so many days, and the codes it was ended with. */
async function opened(days: number): Promise<{ session: Session<null>; codes: number[] }> {
  const codes: number[] = [];
  const identity: Identity<null> = { principal: null, subject: 'anna', expiresMs: Date.now() + days * dayMs, sharingKey: '' };
  const session = new Session<null>({ authenticate: async () => identity }, undefined, { end: (code) => void codes.push(code) });
  await session.open('Bearer x');
  return { session, codes };
}

it.each([1, 24, 25, 60, 366])('a connection whose token is good for %i days is open until it ends, and no longer', async (days) => {
  const { codes } = await opened(days);
  vi.advanceTimersByTime(days * dayMs - 1);
  expect(codes).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(codes).toEqual([4403]);
});

it.each([true, false])('the text of the token is kept only where operations pass it on: %s', async (keepsAuthorization) => {
  const identity: Identity<null> = { principal: null, subject: 'anna', expiresMs: Date.now() + dayMs, sharingKey: '' };
  const session = new Session<null>({ authenticate: async () => identity, keepsAuthorization }, undefined, { end() {} });
  await session.open('Bearer x');
  expect(session.authorization).toBe(keepsAuthorization ? 'Bearer x' : undefined);
  await session.refresh('Bearer y');
  expect(session.authorization).toBe(keepsAuthorization ? 'Bearer y' : undefined);
  session.close();
});

it('a connection is counted from when it is let in until it is closed, once', async () => {
  const identity: Identity<null> = { principal: null, subject: 'anna', expiresMs: Date.now() + dayMs, sharingKey: '' };
  let open = 0;
  const connections = { open: () => open < 1 && ++open > 0, close: () => void open-- };
  const opened = () => new Session<null>({ authenticate: async () => identity, connections }, undefined, { end() {} });
  const [first, second, third] = [opened(), opened(), opened()];
  await first.open('Bearer x');
  await expect(second.open('Bearer x')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  second.close();
  expect(open).toBe(1);
  for (let times = 0; times < 2; times++) first.close();
  expect(open).toBe(0);
  const opening = third.open('Bearer x');
  third.close(); // before it is known whose it is
  await opening;
  expect(open).toBe(0);
});

it('a connection that is closed has no timer left, however long its token is good', async () => {
  const { session } = await opened(60);
  vi.advanceTimersByTime(30 * dayMs);
  session.close();
  expect(vi.getTimerCount()).toBe(0);
});
