import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Connection, Connections } from '../auth/connections.js';
import type { Connector, IncomingMessage, LaterReply, PartnerReceipt, Receive, Reply, Wrapped } from '../connectors/contract.js';
import { connectorOf } from '../connectors/registry.js';
import type { Inbox, Receipt } from '../events/inbox.js';
import { GatehouseError } from '../lib/errors.js';
import { sha256 } from '../lib/ids.js';
import type { IngestLimits } from './rate-limits.js';
import type { Rejections } from './rejections.js';

export interface IngestOptions {
  connections: Connections;
  inbox: Inbox;
  rejections: Rejections;
  limits: IngestLimits;
  answers: PartnerAnswers;
}

/** What follows from wrapped messages beside keeping them. */
export interface PartnerAnswers {
  /** A message was not believed; its sender is not told why. */
  refused(connection: Connection, why: string): void;
  /** Sends it, however often this is asked for, once. */
  owe(connection: Connection, message: string, reply: LaterReply): Promise<void>;
  /** A receipt of what we sent. @throws GatehouseError UNAVAILABLE where it is to come again */
  take(connection: Connection, receipt: PartnerReceipt): Promise<void>;
}

/** What the sender is told: that it is durable, in our words or, where its way of sending has some, in those. */
type Told = { receipt: Receipt } | { reply: Reply };

/** Whom a message is for, known before its body is read. */
interface Addressee {
  connection: Connection;
  receive: Receive<Record<string, unknown>>;
}

type IngestRequest = FastifyRequest<{ Params: { connection: string; capability?: string } }>;

/** Kept with the raw message: what decoding may need, and nothing that carries a secret, or that we alone say (x-gatehouse-). */
const keptHeader = /^(content-type|user-agent|date|x-(?!gatehouse-)(?!.*(signature|token|secret|auth|key|forwarded|real-ip))[a-z0-9-]+|webhook-(id|timestamp))$/;

/** POST /ingest/<connection>: verify over the raw bytes, make durable, then 202. Where the other side proves nothing but that it knows the address, that ends in the secret. */
export function ingestRoutes(app: FastifyInstance, options: IngestOptions): void {
  const addressees = new WeakMap<FastifyRequest, Addressee>();
  app.register(async (scope) => {
    // Whatever the type, the body stays the bytes that were signed.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    for (const path of ['/ingest/:connection', '/ingest/:connection/:capability']) {
      scope.post<{ Params: { connection: string; capability?: string } }>(path, {
        // Before the body is read: a stranger makes the server hold none of it.
        onRequest: async (request) => void addressees.set(request, await addresseeOf(request, options)),
      }, async (request, reply) => {
        const told = await ingest(request, addressees.get(request)!, options);
        return 'receipt' in told ? reply.code(202).send(told.receipt) : reply.code(told.reply.status).headers(told.reply.headers).send(Buffer.from(told.reply.body));
      });
    }
  });
}

/** @throws GatehouseError whatever the head of the request is refused for */
async function addresseeOf(request: IngestRequest, { connections, limits, rejections }: IngestOptions): Promise<Addressee> {
  const connection = await connections.find(request.params.connection);
  const receive = connection === null ? undefined : connectorOf(connection.connector)?.receive;
  limits.checkAddress(request.ip, connection?.id ?? null);
  const hasWay = request.params.capability === undefined || receive?.capability === true;
  if (connection === null || receive === undefined || !hasWay) {
    limits.countRefused(request.ip, null);
    throw new GatehouseError('UNKNOWN_CONNECTION');
  }
  checkType(request.headers['content-type'], receive);
  if (receive.maxBytes !== undefined && Number(request.headers['content-length'] ?? 0) > receive.maxBytes) throw new GatehouseError('TOO_LARGE');
  checkRate(connection, limits, rejections);
  return { connection, receive };
}

async function ingest(request: IngestRequest, { connection, receive }: Addressee, options: IngestOptions): Promise<Told> {
  const { inbox, rejections, limits } = options;
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (receive.maxBytes !== undefined && body.byteLength > receive.maxBytes) throw new GatehouseError('TOO_LARGE');
  const message: IncomingMessage = { headers: headersOf(request), body, receivedMs: Date.now() };
  // Again, after the body: of many sent at once, those that came too late are neither verified nor kept.
  limits.checkAddress(request.ip, connection.id);
  if (receive.wrapped?.contentTypes.includes(typeOf(request.headers['content-type'])) === true) return ingestWrapped(message, request.ip, connection, receive.wrapped, options);
  const verification = receive.verify(message, connection.secrets.webhookSecret ?? [], connection.settings);
  if (!verification.ok) {
    limits.countRefused(request.ip, connection.id);
    rejections.count(connection.id, verification.reason);
    throw new GatehouseError('SIGNATURE_INVALID');
  }
  checkRate(connection, limits, rejections);
  limits.countAccepted(connection.id, ownRate(connection));
  const receipt = await inbox.receive({ connection: connection.id, dedupeKey: dedupeKeyOf(receive.deliveryId(message), body), headers: keptHeaders(request.headers, connection), body, receivedMs: message.receivedMs });
  return { receipt };
}

/** The end of the address is the proof, where there is one: no other counts then. */
function headersOf({ headers, params }: IngestRequest): Record<string, string | undefined> {
  const given = headers as Record<string, string | undefined>;
  return params.capability === undefined ? given : { ...given, authorization: undefined, 'x-gatehouse-token': params.capability };
}

/** An id of the sender is taken as it is while it is plain; anything odd or long is hashed. */
function dedupeKeyOf(deliveryId: string | null, body: Uint8Array): string {
  if (deliveryId === null) return `sha256:${sha256(body)}`;
  return /^[\x21-\x7e]{1,200}$/.test(deliveryId) ? `id:${deliveryId}` : `id-sha256:${sha256(deliveryId)}`;
}

/** What is in the wrap is made durable; only then the sender gets the signed answer that it is. */
async function ingestWrapped(message: IncomingMessage, ip: string, connection: Connection, wrapped: Wrapped<Record<string, unknown>>, { inbox, rejections, limits, answers }: IngestOptions): Promise<Told> {
  const opened = wrapped.open(message, { settings: connection.settings, secrets: connection.secrets });
  if (!opened.ok) {
    limits.countRefused(ip, connection.id);
    rejections.count(connection.id, 'wrong');
    answers.refused(connection, opened.why);
    if (opened.reply === null) throw new GatehouseError('SIGNATURE_INVALID');
    return { reply: opened.reply };
  }
  checkRate(connection, limits, rejections);
  limits.countAccepted(connection.id, ownRate(connection));
  if ('receipt' in opened) {
    await answers.take(connection, opened.receipt);
    return { reply: { status: 200, headers: {}, body: Buffer.alloc(0) } };
  }
  const receipt = await inbox.receive({ connection: connection.id, dedupeKey: dedupeKeyOf(opened.deliveryId, message.body), ...opened.message });
  if (opened.later !== undefined) await answers.owe(connection, receipt.id, opened.later);
  return opened.reply === null ? { receipt } : { reply: { ...opened.reply, headers: { ...opened.reply.headers, 'x-gatehouse-message': receipt.id, 'x-gatehouse-duplicate': String(receipt.duplicate) } } };
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

function typeOf(header: string | undefined): string {
  return (header ?? '').split(';')[0]!.trim().toLowerCase();
}

function checkType(header: string | undefined, receive: NonNullable<Connector['receive']>): void {
  const type = typeOf(header);
  if (receive.wrapped?.contentTypes.includes(type) === true) return;
  if (!receive.contentTypes.includes(type)) throw new GatehouseError('UNSUPPORTED_TYPE', `Send one of: ${receive.contentTypes.join(', ')}.`);
}

/** Some senders put the secret itself into a header whose name does not say so. */
function keptHeaders(headers: FastifyRequest['headers'], { secrets }: Connection): Record<string, string> {
  const proofs = secrets.webhookSecret ?? [];
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (keptHeader.test(name) && typeof value === 'string' && !proofs.some((secret) => value.includes(secret))) kept[name] = value.slice(0, 1000);
  return kept;
}
