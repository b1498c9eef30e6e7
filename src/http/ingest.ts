import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Connections } from '../auth/connections.js';
import type { Connector, IncomingMessage } from '../connectors/contract.js';
import { connectorOf } from '../connectors/registry.js';
import type { Inbox } from '../events/inbox.js';
import { GatehouseError } from '../lib/errors.js';
import { sha256 } from '../lib/ids.js';
import type { Rejections } from './rejections.js';

export interface IngestOptions {
  connections: Connections;
  inbox: Inbox;
  rejections: Rejections;
}

/** Kept with the raw message: what decoding may need, and nothing that carries a secret. */
const keptHeader = /^(content-type|user-agent|date|x-(?!.*(signature|token|secret|auth|key|forwarded|real-ip))[a-z0-9-]+|webhook-(id|timestamp))$/;

/** POST /ingest/<connection>: verify over the raw bytes, make durable, then 202. */
export function ingestRoutes(app: FastifyInstance, options: IngestOptions): void {
  app.register(async (scope) => {
    // Whatever the type, the body stays the bytes that were signed.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post<{ Params: { connection: string } }>('/ingest/:connection', async (request, reply) => {
      const receipt = await ingest(request, options);
      return reply.code(202).send(receipt);
    });
  });
}

async function ingest(request: FastifyRequest<{ Params: { connection: string } }>, { connections, inbox, rejections }: IngestOptions) {
  const connection = await connections.find(request.params.connection);
  const connector = connection === null ? undefined : connectorOf(connection.connector);
  const receive = connector?.receive;
  if (connection === null || receive === undefined) throw new GatehouseError('UNKNOWN_CONNECTION');
  checkType(request.headers['content-type'], receive);
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (receive.maxBytes !== undefined && body.byteLength > receive.maxBytes) throw new GatehouseError('TOO_LARGE');
  const message: IncomingMessage = { headers: request.headers as Record<string, string | undefined>, body, receivedMs: Date.now() };
  const verification = receive.verify(message, connection.secrets.webhookSecret ?? [], connection.settings);
  if (!verification.ok) {
    rejections.count(connection.id, verification.reason);
    throw new GatehouseError('SIGNATURE_INVALID');
  }
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

function checkType(header: string | undefined, receive: NonNullable<Connector['receive']>): void {
  const type = (header ?? '').split(';')[0]!.trim().toLowerCase();
  if (!receive.contentTypes.includes(type)) throw new GatehouseError('UNSUPPORTED_TYPE', `Send one of: ${receive.contentTypes.join(', ')}.`);
}

function keptHeaders(headers: FastifyRequest['headers']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (keptHeader.test(name) && typeof value === 'string') kept[name] = value.slice(0, 1000);
  return kept;
}
