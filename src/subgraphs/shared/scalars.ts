import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** An instant, ISO 8601 in UTC with milliseconds; rows carry it in that form already. */
export const DateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description: 'An instant in UTC, ISO 8601: 2026-11-21T12:00:00.000Z.',
  serialize: (value) => value as string,
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : null),
});

function parse(value: unknown): string {
  const ms = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(ms)) throw new GraphQLError('A DateTime is an ISO 8601 text with zone, e.g. 2026-11-21T12:00:00Z.');
  return new Date(ms).toISOString();
}
