import type { Socket } from 'node:net';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { isOutage } from '../lib/database-faults.js';
import { errorTable, GatehouseError, toProblem } from '../lib/errors.js';
import { uuidv7 } from '../lib/ids.js';
import type { Log } from '../lib/log.js';
import { isInNetworks, isLoopback } from '../lib/networks.js';
import { OpenCounts } from '../lib/open-counts.js';
import { securityHeaders } from './security-headers.js';

/** Fastify's own refusals, as rows of our table. */
const fastifyCodes: Readonly<Record<string, ConstructorParameters<typeof GatehouseError>[0]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_TYPE',
  FST_ERR_MAX_PARAM_LENGTH: 'NOT_FOUND',
};

/** Faults of the HTTP itself that have a status of their own, by Node's code; all others are 400. */
const httpFaults: Readonly<Record<string, { status: number; line: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, line: '431 Request Header Fields Too Large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, line: '408 Request Timeout' },
};

/** Longest that the head of a request, and the whole of it, may take to arrive, ms; looked at every `every`. */
const arrival = { head: 10_000, whole: 25_000, every: 2_000 } as const;

export interface ServerOptions {
  log: Log;
  maxBodyBytes: number;
  /** Addresses or networks of the proxies in front, whose X-Forwarded-For is believed. */
  trustedProxies?: readonly string[];
  /** Sockets that may be open; more are closed at once. Absent: no limit. */
  maxSockets?: number;
  /** Sockets of one address, proxies' and this machine's own excepted. Absent or 0: no limit. */
  socketsPerAddress?: number;
}

/** The HTTP server without routes: limits, one shape for every error, headers that every answer carries. */
export function createServer(options: ServerOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: options.maxBodyBytes,
    genReqId: () => uuidv7(),
    requestTimeout: arrival.whole,
    http: { headersTimeout: arrival.head, requestTimeout: arrival.whole, connectionsCheckingInterval: arrival.every },
    ...(options.trustedProxies === undefined ? {} : { trustProxy: [...options.trustedProxies] }),
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: 'idle',
    return503OnClosing: false, // refuseWhileClosing says it in words
    // Refusals before there is a route: an address that cannot be read, bytes that are no HTTP.
    frameworkErrors: (error, request, reply) => void sendProblem(reply as unknown as FastifyReply, request as unknown as FastifyRequest, knownError(error)),
    clientErrorHandler: answerBadHttp,
  });
  if (options.maxSockets !== undefined) app.server.maxConnections = options.maxSockets;
  boundSockets(app, options);
  securityHeaders(app);
  refuseWhileClosing(app);
  app.addHook('onRequest', async (request, reply) => {
    const encoding = request.headers['content-encoding'];
    if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
    // Nothing is unpacked here, so that a small body cannot become a large one.
    reply.header('accept-encoding', 'identity');
    throw new GatehouseError('UNSUPPORTED_TYPE', 'Send the body as it is, without Content-Encoding.');
  });
  app.setErrorHandler((error: FastifyError | GatehouseError, request, reply) => {
    const known = knownError(error);
    if (known.code === 'INTERNAL' || known.code === 'UNAVAILABLE') options.log.error({ err: error, correlationId: request.id, route: request.routeOptions.url }, 'a request failed');
    return sendProblem(reply, request, known);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(reply, request, new GatehouseError('NOT_FOUND', 'There is nothing at this address.')));
  return app;
}

function boundSockets(app: FastifyInstance, { socketsPerAddress = 0, trustedProxies = [] }: ServerOptions): void {
  const open = new OpenCounts(socketsPerAddress);
  app.server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    if (isLoopback(address) || isInNetworks(address, trustedProxies)) return;
    if (!open.open(address)) socket.destroy();
    else socket.once('close', () => open.close(address));
  });
}

/** What comes on connections that were open already when the server began to close is to go to another one. */
function refuseWhileClosing(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', async () => void (isClosing = true));
  app.addHook('onRequest', async (request, reply) => (isClosing ? sendProblem(reply.header('connection', 'close'), request, new GatehouseError('UNAVAILABLE', 'This server is going away. Send the request again.', { retryAfter: 1 })) : undefined));
}

function sendProblem(reply: FastifyReply, request: FastifyRequest, error: GatehouseError): FastifyReply {
  const problem = toProblem(error, request.id);
  if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter));
  return reply.code(problem.status).header('cache-control', 'no-store').type('application/problem+json').send(JSON.stringify(problem));
}

function answerBadHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, line } = httpFaults[error.code ?? ''] ?? { status: 400, line: '400 Bad Request' };
  const body = JSON.stringify({ ...toProblem(new GatehouseError('BAD_INPUT', 'The request is not HTTP that this server can read.')), status });
  // The other side may never close its half: this socket is given up whether it reads the answer or not.
  setTimeout(() => socket.destroy(), 1000).unref();
  socket.end(`HTTP/1.1 ${line}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}

/** Any error as one of ours; what is not meant for the caller is INTERNAL. */
export function knownError(error: FastifyError | GatehouseError): GatehouseError {
  if (error instanceof GatehouseError) return error;
  const code = fastifyCodes[error.code];
  if (code !== undefined) return new GatehouseError(code, code === 'NOT_FOUND' ? 'There is nothing at this address.' : undefined);
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return new GatehouseError('BAD_INPUT', status === 400 ? 'The request cannot be read.' : errorTable.BAD_INPUT.message);
  if (isOutage(error)) return new GatehouseError('UNAVAILABLE', 'The database does not answer now. Send the request again.', { retryAfter: 5, cause: error });
  return new GatehouseError('INTERNAL', undefined, { cause: error });
}
