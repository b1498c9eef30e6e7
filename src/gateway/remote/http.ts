import { GraphQLError, type ExecutionResult } from 'graphql';
import { GatehouseError } from '../../lib/errors.js';
import type { Log } from '../../lib/log.js';
import type { RemoteSubgraph } from './settings.js';

export interface RemoteRequest {
  query: string;
  variables?: Record<string, unknown> | undefined;
  operationName?: string | undefined;
  /** The client's own headers, by name in lower case; only those that are configured are passed on. */
  headers?: Readonly<Record<string, string | undefined>> | undefined;
  correlationId?: string | undefined;
}

/**
 * Asks a remote subgraph. Whatever it does, the result is one of GraphQL: an outage, a timeout, an answer
 * that is too large or no GraphQL is an error SUBGRAPH_UNAVAILABLE, and an error of its own SUBGRAPH_FAILED.
 */
export async function askRemote(subgraph: RemoteSubgraph, request: RemoteRequest, log: Log): Promise<ExecutionResult> {
  try {
    return resultOf(subgraph, await post(subgraph, request), log);
  } catch (error) {
    log.warn({ err: error, subgraph: subgraph.name, correlationId: request.correlationId }, 'a remote subgraph did not answer');
    return { data: null, errors: [shown(new GatehouseError('SUBGRAPH_UNAVAILABLE', `The subgraph ${subgraph.name} did not answer, or not in time.`, { cause: error }))] };
  }
}

async function post(subgraph: RemoteSubgraph, { query, variables, operationName, headers, correlationId }: RemoteRequest): Promise<unknown> {
  const passedOn = subgraph.forwardHeaders.flatMap((name): Array<[string, string]> => (headers?.[name] === undefined ? [] : [[name, headers[name]!]]));
  const response = await fetch(subgraph.url, {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.timeout(subgraph.timeoutMs),
    headers: { ...Object.fromEntries(passedOn), ...subgraph.setHeaders, 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json', ...(correlationId === undefined ? {} : { 'x-correlation-id': correlationId }) },
    body: JSON.stringify({ query, variables, operationName }),
  });
  const text = await readBounded(response, subgraph.maxBytes);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`It answered ${response.status} with what is no JSON.`);
  }
}

/** @throws Error where there is more than `maxBytes`; no more than that is ever held */
async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`The answer is larger than ${maxBytes} bytes.`); // leaving the loop cancels the stream
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function resultOf(subgraph: RemoteSubgraph, body: unknown, log: Log): ExecutionResult {
  if (typeof body !== 'object' || body === null || !('data' in body || 'errors' in body)) throw new Error('The answer is no result of GraphQL.');
  const { data, errors } = body as { data?: unknown; errors?: unknown };
  if (data != null && typeof data !== 'object') throw new Error('The answer has data that is no object.');
  const list = Array.isArray(errors) ? errors : [];
  if (data == null && list.length === 0) throw new Error('The answer has neither data nor errors.');
  if (list.length > 0) log.warn({ subgraph: subgraph.name, errors: list.slice(0, 10) }, 'a remote subgraph answered with errors');
  return { data: (data ?? null) as Record<string, unknown> | null, ...(list.length === 0 ? {} : { errors: list.map((error) => errorOf(subgraph, error)) }) };
}

function errorOf({ name, showErrors }: RemoteSubgraph, error: unknown): GraphQLError {
  const { message, path, extensions } = (typeof error === 'object' && error !== null ? error : {}) as { message?: unknown; path?: unknown; extensions?: { code?: unknown } };
  const known = new GatehouseError('SUBGRAPH_FAILED', showErrors && typeof message === 'string' ? message : `The subgraph ${name} answered with an error.`);
  const reason = showErrors && typeof extensions?.code === 'string' ? extensions.code : undefined;
  return shown(known, Array.isArray(path) ? (path as Array<string | number>) : undefined, reason);
}

function shown(error: GatehouseError, path?: ReadonlyArray<string | number>, reason?: string): GraphQLError {
  return new GraphQLError(error.message, { ...(path === undefined ? {} : { path }), originalError: error, extensions: { code: error.code, ...(reason === undefined ? {} : { reason }) } });
}
