import { expect, it } from 'vitest';
import { afterMinutes, type WorkingHours } from '../../../src/model/transport/working-time.js';

const hours: WorkingHours = { zone: 'Europe/Berlin', weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '17:00' };
const after = (from: string, minutes: number, of?: WorkingHours) => afterMinutes(Date.parse(from), minutes, of);

it('counts minutes within hours only: over the night, the weekend and a change of the clock', () => {
  expect(after('2026-03-06T15:30:00Z', 60)).toBe('2026-03-06T16:30:00.000Z');
  expect(after('2026-03-05T12:00:00Z', 60, hours)).toBe('2026-03-05T13:00:00.000Z');
  expect(after('2026-03-05T15:30:00Z', 60, hours)).toBe('2026-03-06T07:30:00.000Z'); // Thursday 16:30 to Friday 08:30
  expect(after('2026-03-27T15:30:00Z', 60, hours)).toBe('2026-03-30T06:30:00.000Z'); // Friday to Monday, summer time since
  expect(after('2026-03-07T10:00:00Z', 30, hours)).toBe('2026-03-09T07:30:00.000Z'); // from a Saturday on
});
