import type { Json } from '../../lib/json.js';
import type { Access, Outcome } from '../contract.js';
import { basicAuthorization, failure, readJson, redact, sendRequest, statusError, type HttpAnswer } from '../kit/http.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';
import { errorKinds } from './codes.js';
import { fault } from './payloads.js';
import type { WooCommerceSettings } from './settings.js';

/** Twenty orders of hundreds of lines, with what plugins add to them. */
const maxBytes = 16 * 1024 * 1024;
/** Once this few milliseconds are left nothing new is begun. */
const leastMs = 50;

/**
 * WooCommerce's REST API v3: the only I/O of this connector. Key and secret go as Basic authentication, which WooCommerce
 * takes over https alone. What goes wrong is an answer, never a throw, and holds no secret.
 */
export class WooCommerceApi {
  readonly #access: Access<WooCommerceSettings>;
  readonly #authorization: string;
  readonly #secrets: string[];
  readonly #endMs: number;

  private constructor(access: Access<WooCommerceSettings>, key: string, secret: string, timeoutMs: number) {
    this.#access = access;
    this.#authorization = basicAuthorization(key, secret);
    this.#secrets = [key, secret, this.#authorization.slice('Basic '.length)];
    this.#endMs = performance.now() + timeoutMs;
  }

  /** @param timeoutMs for all calls together */
  static open(access: Access<WooCommerceSettings>, timeoutMs: number): Outcome<WooCommerceApi> {
    const [key, secret] = [access.secrets['consumerKey']?.[0], access.secrets['consumerSecret']?.[0]];
    if (key === undefined || secret === undefined) return failure('invalid', 'This connection has no key of the REST API: set consumerKey and consumerSecret.', '');
    return { ok: true, value: new WooCommerceApi(access, key, secret, timeoutMs) };
  }

  /** Milliseconds until the time of all calls is over. */
  get leftMs(): number {
    return Math.floor(this.#endMs - performance.now());
  }

  /** @param path behind `/wp-json/wc/v3` */
  get(path: string): Promise<Outcome<unknown>> {
    return this.#value('GET', path);
  }

  put(path: string, body: Json): Promise<Outcome<unknown>> {
    return this.#value('PUT', path, body);
  }

  post(path: string, body: Json): Promise<Outcome<unknown>> {
    return this.#value('POST', path, body);
  }

  /** A page of a list. `pages` is how many there are, where the shop says so: a page may be short and not the last, as it leaves out what the key may not read. */
  async list(path: string): Promise<Outcome<{ value: unknown; pages: number | null }>> {
    const answer = await this.#call('GET', path);
    if (!answer.ok) return answer;
    const { value, headers } = answer.value;
    return { ok: true, value: { value, pages: /^\d{1,9}$/.test(headers['x-wp-totalpages'] ?? '') ? Number(headers['x-wp-totalpages']) : null } };
  }

  async #value(method: 'GET' | 'PUT' | 'POST', path: string, body?: Json): Promise<Outcome<unknown>> {
    const answer = await this.#call(method, path, body);
    return answer.ok ? { ok: true, value: answer.value.value } : answer;
  }

  async #call(method: 'GET' | 'PUT' | 'POST', path: string, body?: Json): Promise<Outcome<{ value: unknown; headers: HttpAnswer['headers'] }>> {
    const timeoutMs = this.leftMs;
    if (timeoutMs < leastMs) return failure('unavailable', 'The time for this was over before everything was done.', '');
    const answer = await sendRequest({
      method, url: `${this.#access.settings.url.replace(/(?<!\/)\/+$/, '')}/wp-json/wc/v3${path}`, timeoutMs, maxBytes, secrets: this.#secrets, allowedNetworks: this.#access.allowedNetworks,
      headers: { authorization: this.#authorization, accept: 'application/json', 'user-agent': 'gatehouse', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) return answer;
    const error = statusError(answer.value, this.#secrets);
    const read = readJson(answer.value, this.#secrets);
    const said = read.ok ? fault.safeParse(read.value).data : undefined;
    if (error === null) return read.ok ? { ok: true, value: { value: read.value, headers: answer.value.headers } } : read;
    if (said === undefined) return { ok: false, error };
    const kind = answer.value.status === 429 || answer.value.status >= 500 ? error.kind : (rowOf(errorKinds, said.code) ?? error.kind);
    return { ok: false, error: { ...error, kind, message: redact(clip(`WooCommerce: ${said.message ?? error.message} [${said.code}]`, 500), this.#secrets) } };
  }
}
