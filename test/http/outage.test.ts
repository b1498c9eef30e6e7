import { expect, it } from 'vitest';
import { GraphQLError } from 'graphql';
import { maskError } from '../../src/gateway/errors.js';
import { knownError } from '../../src/http/server.js';
import { createLog } from '../../src/lib/log.js';

const formatted = (thrown: Error) => maskError(createLog('silent'), new GraphQLError(thrown.message, { originalError: thrown })).extensions;

const outages: Array<[string, unknown]> = [
  ['a server that shuts down', { code: '57P01' }],
  ['a refused connection', { code: 'ECONNREFUSED' }],
  ['too many connections', { code: '53300' }],
  ['a pool that waited too long', new Error('timeout exceeded when trying to connect')],
  ['a connection that was cut', new Error('Connection terminated unexpectedly')],
];
it.each(outages)('%s is answered with 503 and a time to come back', (_name, error) => {
  expect(knownError(error as never)).toMatchObject({ code: 'UNAVAILABLE', retryAfter: 5 });
});

it.each(outages)('%s is UNAVAILABLE in GraphQL, too', (_name, error) => {
  expect(formatted(error instanceof Error ? error : Object.assign(new Error('it failed'), error))).toMatchObject({ code: 'UNAVAILABLE', retry: 'after', retryAfter: 5 });
});

it('in GraphQL a statement that took too long is no outage, nor is a mistake in our own code that speaks of one', () => {
  expect(formatted(Object.assign(new Error('canceling statement'), { code: '57014' }))).toMatchObject({ code: 'READ_TIMEOUT' });
  expect(formatted(new TypeError('connection is not a function'))).toMatchObject({ code: 'INTERNAL' });
});

it('a fault of our own is not taken for an outage', () => {
  expect(knownError(new TypeError('x is not a function') as never)).toMatchObject({ code: 'INTERNAL' });
});
