import type { IncomingMessage, Server } from 'node:http';
import { GraphQLError, type ExecutionArgs, type GraphQLSchema } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { GatehouseError } from '../lib/errors.js';
import type { Log } from '../lib/log.js';
import { Documents } from './documents.js';
import { maskError, maskErrors } from './errors.js';
import { renewedEvents } from './events.js';
import type { OperationContext } from './gateway.js';
import type { Graphs } from './graphs.js';
import { boundBuffer } from './slow-readers.js';
import type { TrustedDocuments } from './trusted-documents.js';

/** Largest message a client may send, bytes. */
const maxPayload = 256 * 1024;
const maxOperationsPerSocket = 100;
/** graphql-ws retries after this code: the token ended, reconnect with a fresh one. */
export const tokenExpired = 4403;

export interface SocketIdentity<Principal> {
  principal: Principal;
  /** Milliseconds UTC. */
  expiresMs: number;
}

export interface SubscriptionOptions<Principal> {
  graphs: Graphs;
  log: Log;
  /** @throws GatehouseError UNAUTHENTICATED */
  authenticate(authorization: string | undefined): Promise<SocketIdentity<Principal>>;
  /** A context of its own for every operation and for every event of a subscription. */
  contextFor(principal: Principal, authorization: string | undefined): OperationContext;
  /** Documents that clients may name; undefined: they send them. */
  trusted?: TrustedDocuments | undefined;
  /** False in production: the schema is not for everybody. */
  introspection: boolean;
  /** Bytes that may wait for a slow reader; see `boundBuffer`. */
  bufferBytes: number;
  isAllowedOrigin(origin: string | undefined, request: IncomingMessage): boolean;
}

/** What is kept with a socket, beside what graphql-ws keeps. */
type Extra<Principal> = {
  socket: WebSocket;
  identity?: SocketIdentity<Principal>;
  authorization?: string;
  expiry?: NodeJS.Timeout;
};

/** GraphQL over WebSocket on /graphql (graphql-transport-ws), under the same limits as HTTP. */
export function serveSubscriptions<Principal>(server: Server, options: SubscriptionOptions<Principal>): { close(): Promise<void> } {
  const byGraph = new WeakMap<GraphQLSchema, Documents>();
  const documentsOf = (schema: GraphQLSchema) => {
    let documents = byGraph.get(schema);
    if (documents === undefined) byGraph.set(schema, (documents = new Documents(schema, options)));
    return documents;
  };
  const sockets = new WebSocketServer({ noServer: true, maxPayload, handleProtocols: (offered) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false) });
  server.on('upgrade', (request, socket, head) => {
    if ((request.url ?? '').split('?')[0] !== '/graphql' || !options.isAllowedOrigin(request.headers.origin, request)) {
      socket.on('error', () => socket.destroy()); // Node left this socket to us: a reset must not end the process
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit('connection', accepted, request));
  });
  sockets.on('connection', (socket) => boundBuffer(socket, { maxBytes: options.bufferBytes }));

  const disposable = useServer<Record<string, unknown>, Extra<Principal>>(
    {
      connectionInitWaitTimeout: 5000,
      async onConnect(context) {
        const authorization = context.connectionParams?.authorization;
        try {
          const identity = await options.authenticate(typeof authorization === 'string' ? authorization : undefined);
          context.extra.identity = identity;
          if (typeof authorization === 'string') context.extra.authorization = authorization;
          const left = identity.expiresMs - Date.now();
          context.extra.expiry = setTimeout(() => context.extra.socket.close(tokenExpired, 'Token expired: reconnect with a fresh one'), Math.min(left, 2 ** 31 - 1));
          return true;
        } catch (error) {
          if (error instanceof GatehouseError) return false; // closes with 4403
          options.log.error({ err: error }, 'a socket could not be authenticated');
          context.extra.socket.close(CloseCode.InternalServerError, 'Internal error');
          return false;
        }
      },
      onDisconnect(context) {
        clearTimeout(context.extra.expiry);
      },
      onSubscribe(context, _id, payload) {
        // This one is among them already; one that was refused is not any more.
        if (Object.keys(context.subscriptions).length > maxOperationsPerSocket) return [new GraphQLError('Too many operations on one socket.')];
        const { socket, identity, authorization } = context.extra;
        const { schema } = options.graphs.current;
        let query = payload.query;
        try {
          query = options.trusted?.textOf(payload) ?? query;
        } catch (error) {
          return [new GraphQLError((error as Error).message, { originalError: error as Error })];
        }
        const document = documentsOf(schema).read(query);
        if (!('kind' in document)) return document;
        const renew = () => options.contextFor(identity!.principal, authorization);
        const contextValue = { ...renew(), renew, isOpen: () => socket.readyState === socket.OPEN };
        return { schema, document, operationName: payload.operationName, variableValues: payload.variables, contextValue } satisfies ExecutionArgs;
      },
      onError: (_context, _id, _payload, errors) => errors.map((error) => maskError(options.log, error).toJSON()),
      onNext: (_context, _id, _payload, args, result) => maskErrors(options.log, result, (args.contextValue as OperationContext).correlationId),
      // An operation stays on the graph that it began on.
      execute: (args) => options.graphs.of(args.schema).execute(args),
      subscribe: (args) => renewedEvents(options.graphs.of(args.schema), args, (result, context) => maskErrors(options.log, result, (context as OperationContext).correlationId)),
    },
    sockets,
    12_000,
  );
  sockets.on('connection', (socket) => {
    // ws closes the socket itself, with the code that the fault has; graphql-ws would print a stack for whatever a client sends.
    socket.removeAllListeners('error');
    socket.on('error', (error) => options.log.warn({ err: error }, 'a socket failed'));
  });
  return { close: async () => disposable.dispose() };
}
