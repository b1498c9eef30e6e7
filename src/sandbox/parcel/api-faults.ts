import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Random } from '../random.js';
import { refuse } from './refuse.js';

const share = z.number().min(0).max(1);

/** Faults of the simulated booking API. Shares are of requests, 0 to 1; at most one of them happens to one request. */
export const apiFaults = z.object({
  /** 429 with Retry-After, before anything is done. */
  rateLimited: share,
  retryAfterSeconds: z.number().int().min(0).max(600),
  /** 503 before anything is done. */
  unavailable: share,
  /** Never answered, and nothing is done. */
  timeout: share,
  /** Done `lateMs` after it was asked for, when nobody waits any more. */
  late: share,
  lateMs: z.number().min(0).max(600_000),
  /** Done, and the connection is cut before the answer. */
  answerLost: share,
  /** Done, and answered twice on one connection. */
  answeredTwice: share,
  /** Milliseconds before every answer. */
  slowMs: z.number().min(0).max(600_000),
  /** Where it is more than `slowMs`: drawn evenly between the two for every answer. */
  slowUpToMs: z.number().min(0).max(600_000),
  /** Only requests whose address holds this text fail; empty: all. */
  only: z.string().max(100),
  /** Shipments whose reference ends with this text are refused by the carrier; empty: none. */
  refused: z.string().max(100),
  /** Parcels that are bought are not tracked: they send no webhooks. */
  untracked: z.boolean(),
});
export type ApiFaults = z.infer<typeof apiFaults>;

export const noApiFaults: ApiFaults = { rateLimited: 0, retryAfterSeconds: 1, unavailable: 0, timeout: 0, late: 0, lateMs: 0, answerLost: 0, answeredTwice: 0, slowMs: 0, slowUpToMs: 0, only: '', refused: '', untracked: false };

type Fault = 'rateLimited' | 'unavailable' | 'timeout' | 'late' | 'answerLost' | 'answeredTwice';
const kinds: readonly Fault[] = ['rateLimited', 'unavailable', 'timeout', 'late', 'answerLost', 'answeredTwice'];

const drawn = new WeakMap<FastifyRequest, Fault>();

/** A refusal in the wire format of the API. */
export type Refusal = (reply: FastifyReply, status: number, code: string, message: string) => FastifyReply;

/**
 * Makes the faults happen to every request of these routes. What was drawn is counted.
 * @param faults may be changed while it runs
 */
export function injectFaults(app: FastifyInstance, faults: ApiFaults, random: Random, counts: Record<string, number>, refusal: Refusal = refuse): void {
  app.addHook('preHandler', async (request, reply) => {
    const slowMs = faults.slowUpToMs > faults.slowMs ? faults.slowMs + (faults.slowUpToMs - faults.slowMs) * random.next() : faults.slowMs;
    if (slowMs > 0) await new Promise((next) => setTimeout(next, slowMs));
    const fault = request.url.includes(faults.only) ? draw(faults, random) : null;
    if (fault === null) return undefined;
    counts[fault] = (counts[fault] ?? 0) + 1;
    drawn.set(request, fault);
    if (fault === 'rateLimited') return refusal(reply.header('retry-after', String(faults.retryAfterSeconds)), 429, 'RATE_LIMITED', 'You have made too many requests too quickly. Please try again in a few moments.');
    if (fault === 'unavailable') return refusal(reply, 503, 'SERVICE_UNAVAILABLE', 'The service is unavailable. Try again later.');
    if (fault === 'timeout') return reply.hijack();
    if (fault === 'late') await new Promise((next) => setTimeout(next, faults.lateMs));
    return undefined;
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const fault = drawn.get(request);
    if (fault === 'answerLost') cut(request, reply);
    if (fault === 'answeredTwice') answerTwice(request, reply, String(payload));
    return payload;
  });
}

function draw(faults: ApiFaults, random: Random): Fault | null {
  let left = random.next();
  for (const kind of kinds) {
    left -= faults[kind];
    if (left < 0) return kind;
  }
  return null;
}

function cut(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  request.raw.socket.destroy();
}

function answerTwice(request: FastifyRequest, reply: FastifyReply, body: string): void {
  const { socket } = request.raw;
  reply.raw.once('finish', () => {
    if (socket.writable) socket.write(`HTTP/1.1 ${reply.statusCode} OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  });
}
