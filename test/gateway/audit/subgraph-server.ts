import { buildSubgraphSchema } from '@apollo/subgraph';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execute, parse, validate, type GraphQLSchema } from 'graphql';
import type { AuditSubgraph } from './suites.js';

export function schemaOf({ typeDefs, resolvers }: AuditSubgraph): GraphQLSchema {
  return buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers: resolvers as never }]);
}

export interface SubgraphServer {
  urlOf(subgraph: AuditSubgraph): string;
  close(): Promise<void>;
}

/** Serves subgraphs over HTTP on loopback, each at its own path, by graphql-js. */
export async function serveSubgraphs(subgraphs: readonly AuditSubgraph[]): Promise<SubgraphServer> {
  const schemas = new Map(subgraphs.map((subgraph) => [`/${subgraph.name}`, schemaOf(subgraph)]));
  const server = createServer((request, response) => {
    void answer(schemas.get(request.url ?? ''), request).then(
      (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: ({ name }) => `http://127.0.0.1:${port}/${name}`,
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}

async function answer(schema: GraphQLSchema | undefined, request: IncomingMessage): Promise<unknown> {
  if (schema === undefined) throw new Error('There is no such subgraph.');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { query, variables } = JSON.parse(Buffer.concat(chunks).toString()) as { query: string; variables?: Record<string, unknown> };
  const document = parse(query);
  const errors = validate(schema, document);
  return errors.length > 0 ? { errors } : execute({ schema, document, variableValues: variables ?? null, contextValue: {} });
}
