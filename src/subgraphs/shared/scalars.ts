import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { parseInstant } from '../../model/time.js';

/** An instant, ISO 8601 in UTC with milliseconds; rows carry it in that form already. */
export const DateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description: 'An instant in UTC, ISO 8601: 2026-11-21T12:00:00.000Z.',
  serialize: (value) => value as string,
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : null),
});

function parse(value: unknown): string {
  const found = typeof value === 'string' ? parseInstant(value) : null;
  if (found === null) throw new GraphQLError('A DateTime is an ISO 8601 text with zone, e.g. 2026-11-21T12:00:00Z.');
  return found;
}
