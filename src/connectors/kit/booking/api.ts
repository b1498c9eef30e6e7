import type { Json } from '../../../lib/json.js';
import type { Access, Outcome } from '../../contract.js';
import { leadsInside } from '../addresses.js';
import { failure, readJson, sendRequest, type HttpAnswer } from '../http.js';
import { notSent, refused, withCode, type CarrierError, type CarrierOutcome } from './errors.js';

/** What an answer may hold at most: a shipment with all its rates has some 30 kB, a label of a few pages some MB. */
const maxBytes = 16 * 1024 * 1024;

/** Once this few milliseconds are left nothing new is begun. */
const leastMs = 50;

export interface CarrierApiOptions {
  /** Where the API answers, unless the settings say otherwise. */
  base: string;
  /** Headers of every call, from the key. */
  headers(key: string): Record<string, string>;
  /** The error in an answer, with the carrier's own code; null where there is none. */
  faultOf(answer: HttpAnswer, secrets: readonly string[]): CarrierError | null;
  /** What besides the key is given back to nobody: its password. */
  secrets?: readonly string[];
}

/**
 * A carrier's JSON API, spoken to with one key, within the time of one command. Nothing is repeated here: who calls
 * knows whether a call may be made twice.
 */
export class CarrierApi {
  readonly #options: CarrierApiOptions;
  readonly #allowedNetworks: readonly string[];
  readonly #headers: Record<string, string>;
  readonly #secrets: string[];
  readonly #base: string;
  readonly #endMs: number;

  private constructor(access: Access<{ url?: string | undefined }>, key: string, timeoutMs: number, options: CarrierApiOptions) {
    this.#options = options;
    this.#allowedNetworks = access.allowedNetworks;
    this.#headers = options.headers(key);
    // As the key stands in the header, too: in base64, for one.
    this.#secrets = [key, ...(options.secrets ?? []), (this.#headers['authorization'] ?? '').replace(/^\w+ /, '')];
    this.#base = (access.settings.url ?? options.base).replace(/(?<!\/)\/+$/, '');
    this.#endMs = performance.now() + timeoutMs;
  }

  /** @param timeoutMs for all calls together */
  static open(access: Access<{ url?: string | undefined }>, timeoutMs: number, options: CarrierApiOptions): Outcome<CarrierApi> {
    const key = access.secrets['apiKey']?.[0];
    if (key === undefined) return failure('invalid', 'This connection has no API key: set apiKey.', '');
    return { ok: true, value: new CarrierApi(access, key, timeoutMs, options) };
  }

  get(path: string): Promise<CarrierOutcome<unknown>> {
    return this.#call('GET', path);
  }

  post(path: string, body: Json): Promise<CarrierOutcome<unknown>> {
    return this.#call('POST', path, body);
  }

  put(path: string, body: Json): Promise<CarrierOutcome<unknown>> {
    return this.#call('PUT', path, body);
  }

  /** Of what has no answer but its status, null. */
  delete(path: string): Promise<CarrierOutcome<unknown>> {
    return this.#call('DELETE', path);
  }

  /**
   * A file of the carrier, which stands elsewhere: the key is not sent. Its address comes from an answer: that the carrier may be called in
   * a network of ours is its connection's setting, and only then may its files stand in one.
   */
  async file(url: string): Promise<CarrierOutcome<Uint8Array>> {
    const isInside = this.#allowedNetworks.length > 0 && (await leadsInside(new URL(this.#base)));
    const answer = await this.#send('GET', url, {}, undefined, isInside ? this.#allowedNetworks : []);
    if (!answer.ok) return answer;
    const error = this.#options.faultOf(answer.value, this.#secrets);
    // The file may be a moment behind the answer that names it.
    if (error !== null) return { ok: false, error: answer.value.status === 404 ? { ...error, kind: 'unavailable', message: 'The file is not there (yet).' } : error };
    return answer.value.bytes.byteLength === 0 ? refused('unparseable', 'The file is empty.') : { ok: true, value: answer.value.bytes };
  }

  async #call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: Json): Promise<CarrierOutcome<unknown>> {
    const headers = { ...this.#headers, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const answer = await this.#send(method, `${this.#base}${path}`, headers, body);
    if (!answer.ok) return answer;
    const error = this.#options.faultOf(answer.value, this.#secrets);
    if (error !== null) return { ok: false, error };
    if (method === 'DELETE' && answer.value.text.trim() === '') return { ok: true, value: null };
    const read = readJson(answer.value, this.#secrets);
    return read.ok ? read : withCode(read);
  }

  async #send(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, headers: Record<string, string>, body?: Json, allowedNetworks = this.#allowedNetworks): Promise<CarrierOutcome<HttpAnswer>> {
    const leftMs = Math.floor(this.#endMs - performance.now());
    if (leftMs < leastMs) return { ok: false, error: { kind: 'unavailable', code: notSent, message: 'The time for this was over before everything was done.', raw: '' } };
    const answer = await sendRequest({
      method, url, headers: { 'user-agent': 'gatehouse', ...headers }, timeoutMs: leftMs, maxBytes, secrets: this.#secrets, allowedNetworks,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answer.ok ? answer : withCode(answer);
  }
}
