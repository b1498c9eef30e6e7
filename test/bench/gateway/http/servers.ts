import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify from 'fastify';
import { execute, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Documents } from '../../../../src/gateway/documents.js';
import type { OperationArgs } from '../../../../src/gateway/execute/operations.js';
import { openGateway } from '../../../../src/gateway/gateway.js';
import { graphqlRoutes } from '../../../../src/http/graphql.js';
import { createServer as createOurServer } from '../../../../src/http/server.js';
import type { Log } from '../../../../src/lib/log.js';
import { localGraph } from '../../../../src/gateway/local-graph.js';
import type { Subgraph } from '../../../../src/subgraphs/shared/build.js';
import { openApolloGateway, openHiveGateway, stitchedSchema } from '../../../support/reference-gateways.js';
import type { BoardContext } from '../subgraphs.js';

export interface World {
  subgraphs: readonly Subgraph[];
  log: Log;
  /** Checks the token. The same before every gateway. */
  contextOf(authorization: string | undefined): Promise<BoardContext>;
}

/** Starts a server on a free port; gives the address of its GraphQL, or null where a package is not installed. */
type Serve = (world: World) => Promise<string | null>;

export const ours = 'Gatehouse';
export const withoutApollo = 'the same engine without Apollo Server';

export const servers: Readonly<Record<string, Serve>> = {
  [ours]: serveOurs,
  [withoutApollo]: serveWithoutApollo,
  '@apollo/gateway, Apollo Server, Fastify': serveApolloGateway,
  '@graphql-tools/federation, graphql-js, Fastify': serveGraphqlTools,
  'Hive Gateway, node:http': serveHive,
};

const loopback = { host: '127.0.0.1', port: 0 } as const;
const maxBodyBytes = 4 * 1024 * 1024;

/** As main.ts wires it: the gateway in production mode behind the product's server and route. */
async function serveOurs({ subgraphs, log, contextOf }: World): Promise<string> {
  const app = createOurServer({ log, maxBodyBytes });
  const { apollo } = await openGateway<BoardContext>(subgraphs, { log, introspection: false });
  graphqlRoutes(app, { apollo, log, contextOf: (headers) => contextOf(headers.authorization) });
  return `${await app.listen(loopback)}/graphql`;
}

function serveWithoutApollo({ subgraphs, ...world }: World): Promise<string> {
  const { schema, operations } = localGraph(subgraphs, { maxCost: Infinity });
  return serveBare(world, operations, schema);
}

interface Engine {
  execute(args: OperationArgs): ExecutionResult | Promise<ExecutionResult>;
}

/** As little as serves a graph at all: documents parsed and validated once, executed, written as JSON. */
async function serveBare({ contextOf }: Omit<World, 'subgraphs'>, engine: Engine, schema: GraphQLSchema): Promise<string> {
  const documents = new Documents(schema, { introspection: false });
  const app = Fastify();
  app.post<{ Body: { query: string; variables: Record<string, unknown> } }>('/graphql', async ({ headers, body }, reply) => {
    const contextValue = await contextOf(headers.authorization);
    const document = documents.read(body.query);
    reply.type('application/json; charset=utf-8');
    if (!('kind' in document)) return JSON.stringify({ errors: document });
    return JSON.stringify(await engine.execute({ document, variableValues: body.variables, contextValue }));
  });
  return `${await app.listen(loopback)}/graphql`;
}

async function serveApolloGateway({ subgraphs, contextOf }: World): Promise<string | null> {
  const gateway = await openApolloGateway(subgraphs);
  if (gateway === null) return null;
  // The same plugins are off as in ours: cache control alone halves what Apollo Server does.
  const apollo = new ApolloServer<BoardContext>({ gateway, introspection: false, plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), ApolloServerPluginUsageReportingDisabled()] });
  await apollo.start();
  const app = Fastify();
  app.post('/graphql', fastifyApolloHandler(apollo, { context: ({ headers }) => contextOf(headers.authorization) }));
  return `${await app.listen(loopback)}/graphql`;
}

async function serveGraphqlTools({ subgraphs, ...world }: World): Promise<string | null> {
  const schema = await stitchedSchema(subgraphs);
  return schema === null ? null : serveBare(world, { execute: (args) => execute({ ...args, schema }) as Promise<ExecutionResult> }, schema);
}

async function serveHive({ subgraphs, contextOf }: World): Promise<string | null> {
  const hive = await openHiveGateway(subgraphs, contextOf);
  if (hive === null) return null;
  const server = createServer(hive);
  await new Promise<void>((listening) => server.listen(loopback, listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}
