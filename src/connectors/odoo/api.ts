import type { Json } from '../../lib/json.js';
import type { ConnectorError, Outcome } from '../contract.js';
import { failure, readJson, redact, sendRequest, statusError, type HttpAnswer, type HttpRequest } from '../kit/http.js';
import { defaultRetry, withRetry, type RetryPolicy } from '../kit/retry.js';
import { clip } from '../kit/text.js';
import { faultOf, versionOf } from './answers.js';

export interface OdooAccess {
  /** Base address, without a slash at the end. */
  url: string;
  database: string;
  /** Needed by /jsonrpc alone. */
  login?: string;
  apiKey: string;
  /** Networks beside the public internet that may be called. */
  allowedNetworks: readonly string[];
}

/** How an Odoo is spoken to, found out by probing. */
export interface OdooDialect {
  /** JSON-2 from 19 on, /jsonrpc before. */
  protocol: 'json-2' | 'jsonrpc';
  /** As the server names itself, e.g. 18.0. */
  version: string;
  /** Of the key's user; for /jsonrpc. */
  uid?: number;
}

export interface OdooLimits {
  /** Odoo ends a call after 120 s. */
  timeoutMs: number;
  maxBytes: number;
  retry: RetryPolicy;
}

export const defaultLimits: OdooLimits = { timeoutMs: 60_000, maxBytes: 32 * 1024 * 1024, retry: defaultRetry };

/** JSON-2 came with 19. */
const firstWithJson2 = 19;
const userAgent = 'gatehouse';

/**
 * An Odoo by its RPC. Every call is one transaction there and is made again when it failed in a way
 * that may pass: so call only what reads, or what may be done twice.
 */
export class OdooApi {
  readonly #access: OdooAccess;
  readonly #limits: OdooLimits;
  #dialect: OdooDialect | null;

  /** @param dialect what `dialect()` gave earlier, to save the probing */
  constructor(access: OdooAccess, dialect: OdooDialect | null = null, limits: OdooLimits = defaultLimits) {
    this.#access = { ...access, url: access.url.replace(/(?<!\/)\/+$/, '') };
    this.#dialect = dialect;
    this.#limits = limits;
  }

  /** Which version answers, by which protocol, and for /jsonrpc as which user. */
  async dialect(): Promise<Outcome<OdooDialect>> {
    if (this.#dialect !== null) return { ok: true, value: this.#dialect };
    const version = await this.#probe();
    if (!version.ok) return version;
    const found: OdooDialect = { protocol: version.value.major >= firstWithJson2 ? 'json-2' : 'jsonrpc', version: version.value.name };
    if (found.protocol === 'jsonrpc') {
      const user = await this.#logIn();
      if (!user.ok) return user;
      found.uid = user.value;
    }
    this.#dialect = found;
    return { ok: true, value: found };
  }

  /** Calls a method of a model that needs no records (`@api.model`), with named arguments. */
  async call(model: string, method: string, args: Record<string, Json>): Promise<Outcome<Json>> {
    const dialect = await this.dialect();
    if (!dialect.ok) return dialect;
    if (dialect.value.protocol === 'jsonrpc') return this.#executeKw(dialect.value.uid!, model, method, args);
    const headers = { authorization: `bearer ${this.#access.apiKey}`, 'x-odoo-database': this.#access.database };
    return this.#json(`/json/2/${model}/${method}`, args, headers);
  }

  async #executeKw(uid: number, model: string, method: string, args: Record<string, Json>): Promise<Outcome<Json>> {
    const { database, apiKey } = this.#access;
    return this.#rpc('object', 'execute_kw', [database, uid, apiKey, model, method, [], args]);
  }

  async #logIn(): Promise<Outcome<number>> {
    const { database, login, apiKey } = this.#access;
    if (login === undefined) return failure('invalid', 'This Odoo speaks /jsonrpc: set the login of the user whose API key it is.', '');
    const answer = await this.#rpc('common', 'authenticate', [database, login, apiKey, {}]);
    if (!answer.ok) return answer;
    return typeof answer.value === 'number' ? { ok: true, value: answer.value } : failure('auth', 'Odoo does not know this login with this API key.', '');
  }

  /** A result that is absent is a method's None. */
  async #rpc(service: string, method: string, args: Json[]): Promise<Outcome<Json>> {
    const answer = await this.#json('/jsonrpc', { jsonrpc: '2.0', method: 'call', id: 1, params: { service, method, args } }, {});
    if (!answer.ok) return answer;
    return { ok: true, value: (answer.value as { result?: Json }).result ?? null };
  }

  async #probe(): Promise<Outcome<{ major: number; name: string }>> {
    const answer = await this.#attempt({ method: 'GET', path: '/web/version' });
    if (!answer.ok) return answer;
    const { status } = answer.value;
    const found = status === 200 ? versionOf(answer.value.text) : null;
    if (found !== null) return { ok: true, value: found };
    const older = await this.#attempt({ method: 'POST', path: '/web/webclient/version_info', body: { jsonrpc: '2.0', method: 'call', id: 1, params: {} } });
    if (!older.ok) return older;
    const version = versionOf(older.value.text);
    if (version !== null) return { ok: true, value: version };
    const error = statusError(older.value, [this.#access.apiKey]);
    if (error?.kind === 'unavailable' || error?.kind === 'rate_limited') return { ok: false, error };
    return failure('unparseable', `No Odoo answers at ${this.#access.url}: neither /web/version nor /web/webclient/version_info tells a version.`, clip(older.value.text, 200));
  }

  async #json(path: string, body: Json, headers: Record<string, string>): Promise<Outcome<Json>> {
    const secrets = [this.#access.apiKey];
    return withRetry(this.#limits.retry, async () => {
      const answer = await this.#once({ method: 'POST', path, body, headers });
      if (!answer.ok) return answer;
      const fault = faultOf(answer.value);
      if (fault !== null) return { ok: false, error: clean(fault, secrets) };
      const error = statusError(answer.value, secrets);
      // JSON-2 answers an unknown database with a page; so does a server that is no Odoo.
      if (error?.kind === 'invalid' && answer.value.status === 404) return { ok: false, error: { ...error, message: `Odoo has no database ${this.#access.database}, or no such address.` } };
      if (error !== null) return { ok: false, error };
      return readJson(answer.value, secrets) as Outcome<Json>;
    });
  }

  /** Any answer will do, save one that may be better the next time. */
  #attempt(request: { method: 'GET' | 'POST'; path: string; body?: Json }): Promise<Outcome<HttpAnswer>> {
    return withRetry(this.#limits.retry, async () => {
      const answer = await this.#once(request);
      if (!answer.ok) return answer;
      const error = statusError(answer.value, [this.#access.apiKey]);
      return error !== null && (error.kind === 'rate_limited' || answer.value.status === 502 || answer.value.status === 503) ? { ok: false, error } : answer;
    });
  }

  #once({ method, path, body, headers = {} }: { method: 'GET' | 'POST'; path: string; body?: Json; headers?: Record<string, string> }): Promise<Outcome<HttpAnswer>> {
    const request: HttpRequest = {
      method, url: `${this.#access.url}${path}`, timeoutMs: this.#limits.timeoutMs, maxBytes: this.#limits.maxBytes, secrets: [this.#access.apiKey], allowedNetworks: this.#access.allowedNetworks,
      headers: { 'user-agent': userAgent, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    };
    return sendRequest(body === undefined ? request : { ...request, body: JSON.stringify(body) });
  }
}

function clean(error: ConnectorError, secrets: readonly string[]): ConnectorError {
  return { ...error, message: redact(error.message, secrets), raw: redact(error.raw, secrets) };
}
