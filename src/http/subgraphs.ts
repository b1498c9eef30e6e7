import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { getOperationAST, Kind, type DocumentNode } from 'graphql';
import { Documents } from '../gateway/documents.js';
import { maskErrors, formatError } from '../gateway/errors.js';
import type { OperationContext } from '../gateway/gateway.js';
import type { SubgraphGraph } from '../gateway/subgraph-graph.js';
import { GatehouseError } from '../lib/errors.js';
import type { Log } from '../lib/log.js';
import { isLoopback } from '../lib/networks.js';
import { sameText } from '../lib/same-text.js';
import { answerGraphqlError, singleHeaders } from './graphql.js';

export interface SubgraphsOptions {
  /** By name. */
  graphs: ReadonlyMap<string, SubgraphGraph>;
  /** What routers send as `Router-Authorization: Bearer <token>`; undefined: only this machine may ask, and only outside production. */
  token?: string;
  production: boolean;
  log: Log;
  /** @throws GatehouseError UNAUTHENTICATED */
  contextOf(headers: Readonly<Record<string, string | undefined>>, correlationId: string, request: IncomingMessage): Promise<OperationContext>;
}

interface Body {
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
}

/**
 * POST /subgraphs/<name>: each subgraph on its own, for routers of the operator. The router says who it is in
 * Router-Authorization and passes the end user's Authorization on; without that it is told the SDL and nothing
 * else. To everybody else there is nothing at this address. Routers that send `apollo-federation-include-trace: ftv1`
 * are told how long each field took (Apollo's federated tracing).
 */
export function subgraphRoutes(app: FastifyInstance, { graphs, token, production, log, contextOf }: SubgraphsOptions): void {
  // Introspection is for routers, and they are let in already.
  const documents = new Map([...graphs].map(([name, { schema }]) => [name, new Documents(schema, { introspection: true })]));
  app.register(async (scope) => {
    answerGraphqlError(scope, log);
    scope.addHook('onRequest', async (request) => {
      if (!isRouter(request, { token, production })) throw new GatehouseError('NOT_FOUND', 'There is nothing at this address.');
    });
    scope.post<{ Params: { name: string } }>('/subgraphs/:name', async (request, reply) => {
      const graph = graphs.get(request.params.name);
      if (graph === undefined) throw new GatehouseError('NOT_FOUND', `There is no subgraph ${request.params.name}.`);
      const { query, operationName, variables } = bodyOf(request.body);
      const document = documents.get(request.params.name)!.read(query);
      const type = (request.headers.accept ?? '').includes('application/graphql-response+json') ? 'application/graphql-response+json' : 'application/json';
      reply.type(`${type}; charset=utf-8`);
      if (!('kind' in document)) return reply.code(400).send(JSON.stringify({ errors: document.map((error) => formatError(log, error.toJSON(), error, request.id)) }));
      if (getOperationAST(document, operationName)?.operation === 'subscription') throw new GatehouseError('BAD_INPUT', 'Subscriptions are served on /graphql alone.', { field: 'query' });
      const headers = singleHeaders(request);
      const context = headers.authorization === undefined && asksForSdlOnly(document) ? { correlationId: request.id } : await contextOf(headers, request.id, request.raw);
      const args = { document, operationName, variableValues: variables, contextValue: context };
      const isTraced = request.headers['apollo-federation-include-trace'] === 'ftv1';
      const result = maskErrors(log, await (isTraced ? graph.executeTraced(args) : graph.execute(args)), context.correlationId);
      return reply.code('data' in result || type === 'application/json' ? 200 : 400).send(JSON.stringify(result));
    });
  });
}

function isRouter(request: FastifyRequest, { token, production }: Pick<SubgraphsOptions, 'token' | 'production'>): boolean {
  if (token !== undefined) return sameText(String(request.headers['router-authorization'] ?? ''), `Bearer ${token}`);
  const wasForwarded = ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via'].some((name) => request.headers[name] !== undefined);
  return !production && !wasForwarded && isLoopback(request.ip);
}

function bodyOf(body: unknown): Body {
  const { query, operationName, variables } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  if (typeof query !== 'string') throw new GatehouseError('BAD_INPUT', 'Send JSON with the member query, a text.', { field: 'query' });
  if (operationName != null && typeof operationName !== 'string') throw new GatehouseError('BAD_INPUT', 'operationName must be a text.', { field: 'operationName' });
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) throw new GatehouseError('BAD_INPUT', 'variables must be an object.', { field: 'variables' });
  return { query, operationName: operationName ?? null, variables: (variables ?? null) as Record<string, unknown> | null };
}

/** What composition asks of a subgraph, before there is any user. */
function asksForSdlOnly({ definitions }: DocumentNode): boolean {
  return definitions.every((definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.selectionSet.selections.every((selection) => selection.kind === Kind.FIELD && (selection.name.value === '_service' || selection.name.value === '__typename')));
}
