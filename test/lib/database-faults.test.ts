import { expect, it } from 'vitest';
import { isOutage } from '../../src/lib/database-faults.js';

it('an outage is what a database says of itself, not a mistake of ours that speaks of connections', () => {
  expect(isOutage(Object.assign(new Error('the database system is starting up'), { code: '57P03' }))).toBe(true);
  expect(isOutage(new Error('Connection terminated unexpectedly'))).toBe(true);
  expect(isOutage(new TypeError(`Cannot read properties of undefined (reading 'connection')`))).toBe(false);
  expect(isOutage(Object.assign(new Error('value too long'), { code: '22001' }))).toBe(false);
});
