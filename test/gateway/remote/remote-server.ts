import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execute, parse, validate, type GraphQLSchema } from 'graphql';

interface Received {
  query: string;
  variables: Record<string, unknown> | undefined;
  headers: IncomingHttpHeaders;
}

/** A service somewhere else, in whose place a test may put anything. */
export interface RemoteServer {
  url: string;
  /** What it was asked, in order. */
  received: Received[];
  /** Answers in place of the schema; undefined: the schema again. */
  instead: ((request: Received, response: ServerResponse) => void) | undefined;
  close(): Promise<void>;
}

/** Serves a schema over HTTP on loopback, by graphql-js. */
export async function serveRemote(schema: GraphQLSchema): Promise<RemoteServer> {
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const remote: RemoteServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    received: [],
    instead: undefined,
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString() || '{}') as { query: string; variables?: Record<string, unknown> };
    const received = { query, variables, headers: request.headers };
    remote.received.push(received);
    if (remote.instead !== undefined) return remote.instead(received, response);
    const document = parse(query);
    const errors = validate(schema, document);
    const result = errors.length > 0 ? { errors } : await execute({ schema, document, variableValues: variables ?? null, contextValue: {} });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
  }
  return remote;
}
