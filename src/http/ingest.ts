import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Connection, Connections } from '../auth/connections.js';
import type { Connector, IncomingMessage, Receive } from '../connectors/contract.js';
import { connectorOf } from '../connectors/registry.js';
import type { Inbox } from '../events/inbox.js';
import { GatehouseError } from '../lib/errors.js';
import { sha256 } from '../lib/ids.js';
import type { IngestLimits } from './rate-limits.js';
import type { Rejections } from './rejections.js';

export interface IngestOptions {
  connections: Connections;
  inbox: Inbox;
  rejections: Rejections;
  limits: IngestLimits;
}

/** Whom a message is for, known before its body is read. */
interface Addressee {
  connection: Connection;
  receive: Receive<Record<string, unknown>>;
}

type IngestRequest = FastifyRequest<{ Params: { connection: string } }>;

/** Kept with the raw message: what decoding may need, and nothing that carries a secret. */
const keptHeader = /^(content-type|user-agent|date|x-(?!.*(signature|token|secret|auth|key|forwarded|real-ip))[a-z0-9-]+|webhook-(id|timestamp))$/;

/** POST /ingest/<connection>: verify over the raw bytes, make durable, then 202. */
export function ingestRoutes(app: FastifyInstance, options: IngestOptions): void {
  const addressees = new WeakMap<FastifyRequest, Addressee>();
  app.register(async (scope) => {
    // Whatever the type, the body stays the bytes that were signed.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post<{ Params: { connection: string } }>('/ingest/:connection', {
      // Before the body is read: a stranger makes the server hold none of it.
      onRequest: async (request) => void addressees.set(request, await addresseeOf(request, options)),
    }, async (request, reply) => {
      const receipt = await ingest(request, addressees.get(request)!, options);
      return reply.code(202).send(receipt);
    });
  });
}

/** @throws GatehouseError whatever the head of the request is refused for */
async function addresseeOf(request: IngestRequest, { connections, limits, rejections }: IngestOptions): Promise<Addressee> {
  const connection = await connections.find(request.params.connection);
  const receive = connection === null ? undefined : connectorOf(connection.connector)?.receive;
  limits.checkAddress(request.ip, connection?.id ?? null);
  if (connection === null || receive === undefined) {
    limits.countRefused(request.ip, null);
    throw new GatehouseError('UNKNOWN_CONNECTION');
  }
  checkType(request.headers['content-type'], receive);
  if (receive.maxBytes !== undefined && Number(request.headers['content-length'] ?? 0) > receive.maxBytes) throw new GatehouseError('TOO_LARGE');
  checkRate(connection, limits, rejections);
  return { connection, receive };
}

async function ingest(request: IngestRequest, { connection, receive }: Addressee, { inbox, rejections, limits }: IngestOptions) {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (receive.maxBytes !== undefined && body.byteLength > receive.maxBytes) throw new GatehouseError('TOO_LARGE');
  const message: IncomingMessage = { headers: request.headers as Record<string, string | undefined>, body, receivedMs: Date.now() };
  // Again, after the body: of many sent at once, those that came too late are neither verified nor kept.
  limits.checkAddress(request.ip, connection.id);
  const verification = receive.verify(message, connection.secrets.webhookSecret ?? [], connection.settings);
  if (!verification.ok) {
    limits.countRefused(request.ip, connection.id);
    rejections.count(connection.id, verification.reason);
    throw new GatehouseError('SIGNATURE_INVALID');
  }
  checkRate(connection, limits, rejections);
  limits.countAccepted(connection.id, ownRate(connection));
  const deliveryId = receive.deliveryId(message);
  return inbox.receive({
    connection: connection.id,
    // An id of the sender is taken as it is while it is plain; anything odd or long is hashed.
    dedupeKey: deliveryId === null ? `sha256:${sha256(body)}` : /^[\x21-\x7e]{1,200}$/.test(deliveryId) ? `id:${deliveryId}` : `id-sha256:${sha256(deliveryId)}`,
    headers: keptHeaders(request.headers),
    body,
    receivedMs: message.receivedMs,
  });
}

function ownRate({ settings }: Connection): number | undefined {
  return typeof settings.messagesPerMinute === 'number' ? settings.messagesPerMinute : undefined;
}

function checkRate(connection: Connection, limits: IngestLimits, rejections: Rejections): void {
  try {
    limits.checkConnection(connection.id, ownRate(connection));
  } catch (error) {
    rejections.count(connection.id, 'rate_limited');
    throw error;
  }
}

function checkType(header: string | undefined, receive: NonNullable<Connector['receive']>): void {
  const type = (header ?? '').split(';')[0]!.trim().toLowerCase();
  if (!receive.contentTypes.includes(type)) throw new GatehouseError('UNSUPPORTED_TYPE', `Send one of: ${receive.contentTypes.join(', ')}.`);
}

function keptHeaders(headers: FastifyRequest['headers']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (keptHeader.test(name) && typeof value === 'string') kept[name] = value.slice(0, 1000);
  return kept;
}
