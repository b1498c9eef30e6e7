import { GraphQLError, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import { errorTable, GatehouseError, type ErrorCode } from '../lib/errors.js';
import { isOutage, isStatementTimeout } from '../lib/database-faults.js';
import type { Log } from '../lib/log.js';

/** What graphql-js guesses was meant: names of a schema that is not for everybody. */
const suggestion = / ?Did you mean [^?]*\?/g;

/** Codes that graphql-js and Apollo Server give to faults of the document or the request. */
const requestCodes: Readonly<Record<string, ErrorCode>> = {
  GRAPHQL_PARSE_FAILED: 'BAD_INPUT',
  GRAPHQL_VALIDATION_FAILED: 'BAD_INPUT',
  BAD_USER_INPUT: 'BAD_INPUT',
  BAD_REQUEST: 'BAD_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_INPUT',
};

/**
 * What the client is shown of an error: ours with their code, faults of the request as they are, and
 * of anything else no more than INTERNAL; the log has the rest under the correlation id.
 */
export function formatError(log: Log, formatted: GraphQLFormattedError, error: unknown, correlationId?: string): GraphQLFormattedError {
  if (error instanceof GraphQLError && masked.has(error)) return formatted;
  const thrown = innermost(error);
  const original = knownFault(log, thrown, correlationId);
  const place = { ...(formatted.locations === undefined ? {} : { locations: formatted.locations }), ...(formatted.path === undefined ? {} : { path: formatted.path }) };
  if (original instanceof GatehouseError) {
    return { message: original.message, ...place, extensions: { code: original.code, retry: errorTable[original.code].retry, ...(original.field === undefined ? {} : { field: original.field }), ...(original.retryAfter === undefined ? {} : { retryAfter: original.retryAfter }), ...original.figures, ...reasonOf(error) } };
  }
  const code = formatted.extensions?.code;
  const isRequestFault = (typeof code === 'string' && code in requestCodes) || (original instanceof GraphQLError && original.originalError === undefined && code !== 'INTERNAL_SERVER_ERROR');
  if (isRequestFault) return { message: formatted.message.replace(suggestion, ''), ...place, extensions: { code: requestCodes[String(code)] ?? 'BAD_INPUT', retry: 'never', ...(typeof code === 'string' ? { reason: code } : {}) } };
  log.error({ err: original, correlationId }, 'a resolver failed');
  return { message: errorTable.INTERNAL.message, ...place, extensions: { code: 'INTERNAL', retry: 'backoff', ...(correlationId === undefined ? {} : { correlationId }) } };
}

/** Faults of the database that are not ours, as errors that clients know. */
function knownFault(log: Log, thrown: unknown, correlationId: string | undefined): unknown {
  if (isStatementTimeout(thrown)) return new GatehouseError('READ_TIMEOUT');
  if (!(thrown instanceof Error) || thrown instanceof GatehouseError || thrown instanceof GraphQLError || thrown instanceof TypeError || !isOutage(thrown)) return thrown;
  log.warn({ err: thrown, correlationId }, 'the database did not answer a resolver');
  return new GatehouseError('UNAVAILABLE', 'The database does not answer now. Send the request again.', { retryAfter: 5 });
}

/** What was thrown in the first place: the planner locates errors of subgraphs anew, around the located ones. */
function innermost(error: unknown): unknown {
  let thrown = error;
  while (thrown instanceof GraphQLError && thrown.originalError != null) thrown = thrown.originalError;
  return thrown;
}

/** The code that a remote subgraph gave its own error, where it may be shown. */
function reasonOf(error: unknown): { reason?: string } {
  const extensions = error instanceof GraphQLError ? error.extensions : undefined;
  return extensions?.code === 'SUBGRAPH_FAILED' && typeof extensions.reason === 'string' ? { reason: extensions.reason } : {};
}

/** Errors that show what the client may see already. */
const masked = new WeakSet<GraphQLError>();

/** The same as an error; one that was masked already stays as it is. */
export function maskError(log: Log, error: GraphQLError, correlationId?: string): GraphQLError {
  if (masked.has(error)) return error;
  const formatted = formatError(log, error.toJSON(), error, correlationId);
  const shown = new GraphQLError(formatted.message, { nodes: error.nodes, path: error.path, extensions: { ...formatted.extensions } });
  masked.add(shown);
  return shown;
}

/** The result with every error masked, where it is known under which correlation id it was made. */
export function maskErrors<Result extends ExecutionResult>(log: Log, result: Result, correlationId: string | undefined): Result {
  return result.errors === undefined ? result : { ...result, errors: result.errors.map((error) => maskError(log, error, correlationId)) };
}
