import { expect, it } from 'vitest';
import { nextCutOffMs, type CutOff } from '../../src/model/cut-off.js';

const workdays: CutOff = { weekdays: [1, 2, 3, 4, 5], at: '16:30', zone: 'Europe/Berlin' };
const next = (of: CutOff, from: string) => {
  const ms = nextCutOffMs(of, Date.parse(from));
  return ms === null ? null : new Date(ms).toISOString();
};

it('is today’s while that has not passed, and then that of the next day on which the carrier comes', () => {
  expect(next(workdays, '2026-11-20T15:30:00Z')).toBe('2026-11-20T15:30:00.000Z');
  expect(next(workdays, '2026-11-20T15:30:01Z')).toBe('2026-11-23T15:30:00.000Z');
});

it('stays at its hour over the change of the clock', () => {
  expect(next(workdays, '2026-10-23T15:00:00Z')).toBe('2026-10-26T15:30:00.000Z');
  expect(next(workdays, '2026-10-23T14:00:00Z')).toBe('2026-10-23T14:30:00.000Z');
  expect(next({ ...workdays, weekdays: [7], at: '02:30' }, '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:30:00.000Z');
});

it('goes by the day of the place, not of UTC', () => {
  expect(next({ weekdays: [1], at: '23:45', zone: 'America/Los_Angeles' }, '2026-11-24T07:00:00Z')).toBe('2026-11-24T07:45:00.000Z');
  expect(next({ weekdays: [1], at: '00:15', zone: 'Pacific/Auckland' }, '2026-11-22T00:00:00Z')).toBe('2026-11-22T11:15:00.000Z');
});

it('is none where the carrier never comes', () => {
  expect(next({ ...workdays, weekdays: [] }, '2026-11-20T15:30:00Z')).toBeNull();
});
