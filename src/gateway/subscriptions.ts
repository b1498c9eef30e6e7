import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { limits } from './limits.js';
import { GraphqlSocket } from './live/graphql-socket.js';
import { heartbeat } from './live/heartbeat.js';
import type { LiveOperations } from './live/operations.js';
import { SocketConnection } from './live/socket-connection.js';

export interface SubscriptionOptions {
  isAllowedOrigin(origin: string | undefined, request: IncomingMessage): boolean;
  /**
   * Counts a socket of the address that a request comes from.
   * @returns what is called when it is closed; null where as many are open as may be
   */
  openSocket(request: IncomingMessage): (() => void) | null;
}

const keepAliveMs = 12_000;
/** Longest that a server that goes away waits for clients to close, ms. */
const goingMs = 5_000;

/**
 * GraphQL over WebSocket on /graphql (graphql-transport-ws), under the same limits as HTTP. Beside the
 * protocol: a client that sends `{"type":"ping","payload":{"authorization":"Bearer <fresh token>"}}` is
 * answered by a pong with `{"authorization":"accepted","expiresAt":"<ISO 8601>"}`, and the socket lives as long
 * as that token; one of another subject or with other rights closes it with 4403. Close codes of our own: 4403
 * (the token ended: reconnect with a fresh one), 4410 (read too slowly), 4411 (too many sockets of this token) and 1013
 * (nobody can be let in while the database is away: try again); after each, resume from the last cursor.
 */
export function serveSubscriptions<Principal>(server: Server, live: LiveOperations<Principal>, options: SubscriptionOptions): { close(): Promise<void> } {
  const sockets = new WebSocketServer({
    WebSocket: GraphqlSocket,
    noServer: true,
    maxPayload: limits.maxRequestBytes,
    perMessageDeflate: false,
    autoPong: false, // SocketConnection answers
    // Each message in a turn of its own: one client that sends many at once does not hold up the others.
    allowSynchronousEvents: false,
    handleProtocols: (offered) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false),
  });
  server.on('upgrade', (request, stream, head) => {
    if ((request.url ?? '').split('?')[0] !== '/graphql' || !options.isAllowedOrigin(request.headers.origin, request)) {
      stream.on('error', () => stream.destroy()); // Node left this socket to us: a reset must not end the process
      stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    const release = options.openSocket(request);
    if (release === null) {
      stream.on('error', () => stream.destroy());
      stream.end('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\nConnection: close\r\n\r\n');
      return;
    }
    stream.once('close', release); // where it never becomes a WebSocket
    sockets.handleUpgrade(request, stream, head, (socket) => {
      stream.off('close', release);
      socket.attached = new SocketConnection(live, request, socket, stream as Socket, release); // a server of Node's own gives no other
    });
  });
  const pulse = heartbeat(sockets.clients, keepAliveMs);
  return {
    async close() {
      pulse.stop();
      for (const socket of sockets.clients) socket.close(1001, 'Going away');
      const gone = new Promise((resolve) => sockets.close(resolve));
      const hurry = setTimeout(() => sockets.clients.forEach((socket) => socket.terminate()), goingMs);
      await gone;
      clearTimeout(hurry);
    },
  };
}
