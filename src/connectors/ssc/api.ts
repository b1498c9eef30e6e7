import type { Json } from '../../lib/json.js';
import type { Access, ConnectorError, Outcome } from '../contract.js';
import { failure, readJson, redact, retryAfterSeconds, sendRequest, statusError, type HttpAnswer } from '../kit/http.js';
import { sendAuthorized } from '../kit/oauth.js';
import { clip, filled } from '../kit/text.js';
import { problems } from './codes.js';
import { answer, type SscAnswer } from './payloads.js';
import type { SscSettings } from './settings.js';

const maxBytes = 4 * 1024 * 1024;
/** Once this few milliseconds are left nothing new is begun. */
const leastMs = 20;

/** An answer, as of when by the clock of who gave it, and when it wants to be asked again, seconds. */
export interface Told {
  answer: SscAnswer;
  at: string;
  retryAfter: number | undefined;
}

export type Action = 'fetch-available-appointments' | 'schedule-appointment' | 'reschedule-appointment' | 'cancel-appointment' | 'fetch-appointment-details';

/**
 * The API of a scheduling system that speaks the SSC standard: the only I/O of this connector. Every action is a POST; refusals come
 * with 200 and the status FAILURE. What goes wrong is an answer, never a throw, and holds no secret.
 */
export class SscApi {
  readonly #access: Access<SscSettings>;
  readonly #base: string;
  readonly #endMs: number;

  private constructor(access: Access<SscSettings>, url: string, timeoutMs: number) {
    this.#access = access;
    this.#base = url.replace(/(?<!\/)\/+$/, '');
    this.#endMs = performance.now() + timeoutMs;
  }

  /** @param timeoutMs for all calls together */
  static open(access: Access<SscSettings>, timeoutMs: number): Outcome<SscApi> {
    const { settings, secrets } = access;
    if (settings.url === undefined) return failure('invalid', 'This connection has no address of the scheduling system: set url.', '');
    const hasToken = secrets['apiKey']?.[0] !== undefined;
    const hasClient = settings.tokenUrl !== undefined && settings.clientId !== undefined && secrets['clientSecret']?.[0] !== undefined;
    if (!hasToken && !hasClient) return failure('invalid', 'This connection has nothing to prove itself with: set apiKey, or tokenUrl, clientId and clientSecret.', '');
    return { ok: true, value: new SscApi(access, settings.url, timeoutMs) };
  }

  async ask(action: Action, body: Json, idempotencyKey?: string): Promise<Outcome<Told>> {
    const sent = await this.#send(`/appointments/v1/${action}`, body, idempotencyKey);
    if (!sent.ok) return sent;
    const { answer: http, secrets } = sent.value;
    const error = faultOf(http, secrets);
    if (error !== null) return { ok: false, error };
    const read = readJson(http, secrets);
    if (!read.ok) return read;
    const parsed = answer.safeParse(read.value);
    if (!parsed.success || Array.isArray(read.value)) return failure('unparseable', `What was answered to ${action} is no answer of the SSC standard: it has no status.`, redact(clip(http.text, 2_000), secrets));
    return { ok: true, value: { answer: parsed.data, at: momentOf(http.headers['date'], Date.now()), retryAfter: retryAfterSeconds(http.headers['retry-after'], Date.now()) } };
  }

  async #send(path: string, body: Json, idempotencyKey: string | undefined): Promise<Outcome<{ answer: HttpAnswer; secrets: readonly string[] }>> {
    const { settings, secrets: given, connection, allowedNetworks } = this.#access;
    const timeoutMs = Math.floor(this.#endMs - performance.now());
    if (timeoutMs < leastMs) return { ok: false, error: { ...failure('unavailable', 'The time for this was over before everything was done.', '').error, notSent: true } };
    const headers = { accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'gatehouse', ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }) };
    const request = { method: 'POST' as const, url: `${this.#base}${path}`, headers, body: JSON.stringify(body), timeoutMs, maxBytes };
    const token = given['apiKey']?.[0];
    if (token === undefined) return sendAuthorized({ connection, tokenUrl: settings.tokenUrl!, clientId: settings.clientId!, clientSecret: given['clientSecret']![0]!, sentAs: 'form', allowedNetworks, faultOf }, { ...request, secrets: [] });
    const sent = await sendRequest({ ...request, headers: { ...headers, authorization: `Bearer ${token}` }, secrets: [token], allowedNetworks });
    return sent.ok ? { ok: true, value: { answer: sent.value, secrets: [token] } } : sent;
  }
}

/** Clocks that differ by no more are taken to be the same, ms. */
const sameClockMs = 2_000;

/**
 * When it was answered, by the clock of who answered, for its events go by that. `Date` tells seconds alone: while the clocks agree ours orders
 * answers of one second.
 */
function momentOf(date: string | undefined, nowMs: number): string {
  const saidMs = Date.parse(date ?? '');
  return new Date(Number.isNaN(saidMs) || Math.abs(saidMs - nowMs) <= sameClockMs ? nowMs : saidMs).toISOString();
}

/** The error in an answer, null for 2xx; the standard leaves what else stands in it open. */
function faultOf(http: HttpAnswer, secrets: readonly string[]): ConnectorError | null {
  const error = statusError(http, secrets);
  if (error === null) return null;
  const said = (() => {
    try {
      const { detail, message, title } = JSON.parse(http.text) as Record<string, unknown>;
      return [detail, message, title].find((each): each is string => typeof each === 'string' && each.trim() !== '');
    } catch {
      return undefined;
    }
  })();
  const kind = http.status === 408 || http.status === 425 ? 'unavailable' : error.kind;
  return { ...error, kind, message: said === undefined ? error.message : redact(clip(`The scheduling system: ${said} (${http.status})`, 500), secrets) };
}

/** Which of the standard's problems a FAILURE states, by the end of its title. */
export function hasProblem({ problemDetails }: SscAnswer, problem: keyof typeof problems): boolean {
  return (problemDetails ?? []).some(({ title }) => title?.endsWith(`/${problems[problem]}`) === true);
}

/** A FAILURE in words. */
export function refusalOf({ problemDetails }: SscAnswer, what: string): { ok: false; error: ConnectorError } {
  const words = (problemDetails ?? []).slice(0, 10).map(({ title, detail, details }) => filled(detail) ?? filled(details) ?? filled(title) ?? '').filter((each) => each !== '').join('; ');
  return failure('invalid', clip(`${what}: ${words === '' ? 'the scheduling system does not say why' : words}.`.replace(/\.\.$/, '.'), 700), clip(JSON.stringify(problemDetails ?? []), 2_000));
}
