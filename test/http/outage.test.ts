import { expect, it } from 'vitest';
import { knownError } from '../../src/http/server.js';

it.each([
  ['a server that shuts down', { code: '57P01' }],
  ['a refused connection', { code: 'ECONNREFUSED' }],
  ['too many connections', { code: '53300' }],
  ['a pool that waited too long', new Error('timeout exceeded when trying to connect')],
  ['a connection that was cut', new Error('Connection terminated unexpectedly')],
])('%s is answered with 503 and a time to come back', (_name, error) => {
  expect(knownError(error as never)).toMatchObject({ code: 'UNAVAILABLE', retryAfter: 5 });
});

it('a fault of our own is not taken for an outage', () => {
  expect(knownError(new TypeError('x is not a function') as never)).toMatchObject({ code: 'INTERNAL' });
});
