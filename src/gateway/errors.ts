import { GraphQLError, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import { errorTable, GatehouseError, type ErrorCode } from '../lib/errors.js';
import { isStatementTimeout } from '../lib/database-faults.js';
import type { Log } from '../lib/log.js';

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
  const original = isStatementTimeout(thrown) ? new GatehouseError('READ_TIMEOUT') : thrown;
  const place = { ...(formatted.locations === undefined ? {} : { locations: formatted.locations }), ...(formatted.path === undefined ? {} : { path: formatted.path }) };
  if (original instanceof GatehouseError) {
    return { message: original.message, ...place, extensions: { code: original.code, retry: errorTable[original.code].retry, ...(original.field === undefined ? {} : { field: original.field }), ...original.figures, ...reasonOf(error) } };
  }
  const code = formatted.extensions?.code;
  const isRequestFault = (typeof code === 'string' && code in requestCodes) || (original instanceof GraphQLError && original.originalError === undefined && code !== 'INTERNAL_SERVER_ERROR');
  if (isRequestFault) return { message: formatted.message, ...place, extensions: { code: requestCodes[String(code)] ?? 'BAD_INPUT', retry: 'never', ...(typeof code === 'string' ? { reason: code } : {}) } };
  log.error({ err: original, correlationId }, 'a resolver failed');
  return { message: errorTable.INTERNAL.message, ...place, extensions: { code: 'INTERNAL', retry: 'backoff', ...(correlationId === undefined ? {} : { correlationId }) } };
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
