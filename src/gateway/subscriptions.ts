import type { IncomingMessage, Server } from 'node:http';
import { GraphQLError, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { GatehouseError } from '../lib/errors.js';
import type { Log } from '../lib/log.js';
import { Documents } from './documents.js';
import { maskError, maskErrors } from './errors.js';
import type { Operations } from './execute/operations.js';
import type { OperationContext } from './gateway.js';
import { boundBuffer } from './slow-readers.js';

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
  schema: GraphQLSchema;
  operations: Operations;
  log: Log;
  /** @throws GatehouseError UNAUTHENTICATED */
  authenticate(authorization: string | undefined): Promise<SocketIdentity<Principal>>;
  /** A context of its own for every operation and for every event of a subscription. */
  contextFor(principal: Principal): { correlationId: string };
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
  expiry?: NodeJS.Timeout;
};

/** GraphQL over WebSocket on /graphql (graphql-transport-ws), under the same limits as HTTP. */
export function serveSubscriptions<Principal>(server: Server, options: SubscriptionOptions<Principal>): { close(): Promise<void> } {
  const documents = new Documents(options.schema, options);
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
      schema: options.schema,
      connectionInitWaitTimeout: 5000,
      async onConnect(context) {
        const authorization = context.connectionParams?.authorization;
        try {
          const identity = await options.authenticate(typeof authorization === 'string' ? authorization : undefined);
          context.extra.identity = identity;
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
        const { socket, identity } = context.extra;
        return prepare(options, documents, payload, identity!.principal, () => socket.readyState === socket.OPEN);
      },
      onError: (_context, _id, _payload, errors) => errors.map((error) => maskError(options.log, error).toJSON()),
      onNext: (_context, _id, _payload, args, result) => maskErrors(options.log, result, (args.contextValue as OperationContext).correlationId),
      execute: (args) => options.operations.execute(args),
      subscribe: (args) => subscribeAnew(options.operations, args, options.log),
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

function prepare<Principal>(options: SubscriptionOptions<Principal>, documents: Documents, payload: { query: string; operationName?: string | null | undefined; variables?: Record<string, unknown> | null | undefined }, principal: Principal, isOpen: () => boolean): ExecutionArgs | readonly GraphQLError[] {
  const document = documents.read(payload.query);
  if (!('kind' in document)) return document;
  return { schema: options.schema, document, operationName: payload.operationName, variableValues: payload.variables, contextValue: { ...options.contextFor(principal), renew: () => options.contextFor(principal), isOpen } };
}

interface RenewableContext {
  renew(): OperationContext;
  /** False once the socket is being closed: what is read for it from then on is sent to nobody. */
  isOpen(): boolean;
}

/**
 * graphql-js's own `subscribe` executes every event with the subscription's context; here each gets a fresh
 * one, whose loaders have not seen yesterday's rows.
 */
async function subscribeAnew(operations: Operations, args: ExecutionArgs, log: Log): Promise<AsyncGenerator<ExecutionResult, void, void> | ExecutionResult> {
  const source = await operations.createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const events = source[Symbol.asyncIterator]();
  const results: AsyncIterableIterator<ExecutionResult, void, void> = {
    async next() {
      const { done, value } = await events.next();
      const { isOpen, renew } = args.contextValue as RenewableContext;
      if (done === true || !isOpen()) return { done: true, value: undefined };
      const context = renew();
      return { done: false, value: maskErrors(log, await operations.execute({ ...args, rootValue: value, contextValue: context }), context.correlationId) };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return results as AsyncGenerator<ExecutionResult, void, void>;
}
