import type { Json } from '../../lib/json.js';
import type { Access, ConnectorError, Outcome } from '../contract.js';
import { failure, readJson, redact, retryAfterSeconds, statusError, type HttpAnswer } from '../kit/http.js';
import { sendAuthorized, type ClientCredentials } from '../kit/oauth.js';
import { clip } from '../kit/text.js';
import type { OpendockSettings } from './settings.js';

/** Bytes that an answer may have: a page of appointments with their relations has some hundred kB. */
const maxBytes = 8 * 1024 * 1024;

/** Once this few milliseconds are left nothing new is begun. */
const leastMs = 20;

/**
 * The REST API of Opendock ("Neutron"): the only I/O of this connector. A user logs in with e-mail and password and gets a token, which is
 * refreshed before it ends. What goes wrong is an answer, never a throw, and holds no secret.
 */
export class OpendockApi {
  readonly #credentials: ClientCredentials;
  readonly #base: string;
  readonly #endMs: number;

  private constructor(access: Access<OpendockSettings>, clientId: string, clientSecret: string, timeoutMs: number) {
    this.#base = (access.settings.url ?? 'https://neutron.opendock.com').replace(/(?<!\/)\/+$/, '');
    this.#credentials = { connection: access.connection, tokenUrl: `${this.#base}/auth/login`, refreshUrl: `${this.#base}/auth/refresh`, clientId, clientSecret, sentAs: 'login', allowedNetworks: access.allowedNetworks, faultOf };
    this.#endMs = performance.now() + timeoutMs;
  }

  /** @param timeoutMs for all calls together */
  static open(access: Access<OpendockSettings>, timeoutMs: number): Outcome<OpendockApi> {
    const password = access.secrets['password']?.[0];
    if (access.settings.email === undefined || password === undefined) return failure('invalid', 'This connection has no user at Opendock: set email and password.', '');
    return { ok: true, value: new OpendockApi(access, access.settings.email, password, timeoutMs) };
  }

  /** @param path with its query */
  get(path: string): Promise<Outcome<unknown>> {
    return this.#send('GET', path);
  }

  post(path: string, body: Json): Promise<Outcome<unknown>> {
    return this.#send('POST', path, body);
  }

  patch(path: string, body: Json): Promise<Outcome<unknown>> {
    return this.#send('PATCH', path, body);
  }

  async #send(method: 'GET' | 'POST' | 'PATCH', path: string, body?: Json): Promise<Outcome<unknown>> {
    const timeoutMs = Math.floor(this.#endMs - performance.now());
    if (timeoutMs < leastMs) return { ok: false, error: { ...failure('unavailable', 'The time for this was over before everything was done.', '').error, notSent: true } };
    const sent = await sendAuthorized(this.#credentials, {
      method, url: `${this.#base}${path}`, timeoutMs, maxBytes, secrets: [], headers: { accept: 'application/json', 'user-agent': 'gatehouse', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!sent.ok) return sent;
    const error = faultOf(sent.value.answer, sent.value.secrets);
    return error === null ? readJson(sent.value.answer, sent.value.secrets) : { ok: false, error };
  }
}

/** The error in an answer, null for 2xx: `{statusCode, message, error}`, where `message` is a text or a list of them. */
export function faultOf(answer: HttpAnswer, secrets: readonly string[]): ConnectorError | null {
  const error = statusError(answer, secrets);
  if (error === null) return null;
  const words = wordsOf(answer.text);
  const kind = answer.status === 408 || answer.status === 425 ? 'unavailable' : error.kind;
  const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now());
  return { ...error, kind, message: words === '' ? error.message : redact(clip(`Opendock: ${words} (${answer.status})`, 500), secrets), ...(retryAfter === undefined ? {} : { retryAfter }) };
}

function wordsOf(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
    const said = (Array.isArray(message) ? message : [message]).filter((each): each is string => typeof each === 'string' && each.trim() !== '');
    return said.length > 0 ? said.slice(0, 10).join('; ') : typeof error === 'string' ? error : '';
  } catch {
    return '';
  }
}
