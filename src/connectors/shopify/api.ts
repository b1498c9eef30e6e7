import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { Access, ConnectorError, Outcome } from '../contract.js';
import { failure, readJson, redact, sendRequest, statusError, type HttpAnswer } from '../kit/http.js';
import { sendAuthorized } from '../kit/oauth.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';
import { errorKinds } from './codes.js';
import type { ShopifySettings } from './settings.js';

/** The version of both APIs. One that is supported no more is answered as the oldest that is. */
export const apiVersion = '2026-07';
/** A page of a hundred orders has some hundred kB each where they have many lines. */
const maxBytes = 32 * 1024 * 1024;
/** Once this few milliseconds are left nothing new is begun. */
const leastMs = 50;

const cost = z.looseObject({ requestedQueryCost: z.number(), throttleStatus: z.looseObject({ currentlyAvailable: z.number(), restoreRate: z.number().positive() }) });
const graphAnswer = z.looseObject({
  data: z.looseObject({}).nullish(),
  errors: z.union([z.string().transform((message) => [{ message, extensions: null }]), z.array(z.looseObject({ message: z.string().nullish(), extensions: z.looseObject({ code: z.string().nullish() }).nullish() }))]).nullish(),
  extensions: z.looseObject({ cost: cost.nullish().catch(null) }).nullish().catch(null),
});
const userErrors = z.looseObject({ userErrors: z.array(z.looseObject({ message: z.string() })) });

/**
 * Shopify's Admin APIs: the only I/O of this connector. Fulfilments go by GraphQL; changed orders are read by REST, whose orders are
 * of the very form that webhooks have. What goes wrong is an answer, never a throw, and holds no secret.
 */
export class ShopifyApi {
  readonly #access: Access<ShopifySettings>;
  readonly #endMs: number;

  private constructor(access: Access<ShopifySettings>, timeoutMs: number) {
    this.#access = access;
    this.#endMs = performance.now() + timeoutMs;
  }

  /** @param timeoutMs for all calls together */
  static open(access: Access<ShopifySettings>, timeoutMs: number): Outcome<ShopifyApi> {
    const { settings, secrets } = access;
    if (secrets['accessToken']?.[0] === undefined && (settings.clientId === undefined || secrets['clientSecret']?.[0] === undefined)) return failure('invalid', 'This connection may not ask the shop: set accessToken, or clientId and clientSecret; lookMinutes=0 where it is to receive webhooks alone.', '');
    return { ok: true, value: new ShopifyApi(access, timeoutMs) };
  }

  /** The field of that name in the answer's data. Errors of users that it states are errors. */
  async ask(field: string, query: string, variables: { [name: string]: Json }): Promise<Outcome<unknown>> {
    const sent = await this.#send('POST', `/admin/api/${apiVersion}/graphql.json`, JSON.stringify({ query, variables }));
    if (!sent.ok) return sent;
    const { answer, secrets } = sent.value;
    const read = readJson(answer, secrets);
    if (!read.ok) return read;
    const parsed = graphAnswer.safeParse(read.value);
    if (!parsed.success || Array.isArray(read.value)) return failure('unparseable', 'The answer is no answer of GraphQL.', '');
    const { errors, data, extensions } = parsed.data;
    const [first] = errors ?? [];
    if (first !== undefined) return { ok: false, error: faultOf(first.message ?? 'an error without words', first.extensions?.code ?? '', extensions?.cost ?? null, clip(JSON.stringify(errors), 2_000), secrets) };
    const value = data?.[field];
    if (value == null) return failure('unparseable', `The answer has no ${field}.`, '');
    const [refused] = userErrors.safeParse(value).data?.userErrors ?? [];
    return refused === undefined ? { ok: true, value } : failure('invalid', redact(clip(`Shopify: ${refused.message}`, 500), secrets), redact(clip(JSON.stringify(value), 2_000), secrets));
  }

  /** @param path behind `/admin/api/<version>`, with its query */
  async get(path: string): Promise<Outcome<{ value: unknown; link: string }>> {
    const sent = await this.#send('GET', `/admin/api/${apiVersion}${path}`);
    if (!sent.ok) return sent;
    const read = readJson(sent.value.answer, sent.value.secrets);
    return read.ok ? { ok: true, value: { value: read.value, link: sent.value.answer.headers['link'] ?? '' } } : read;
  }

  async #send(method: 'GET' | 'POST', path: string, body?: string): Promise<Outcome<{ answer: HttpAnswer; secrets: readonly string[] }>> {
    const { settings, secrets: given, connection, allowedNetworks } = this.#access;
    const leftMs = Math.floor(this.#endMs - performance.now());
    if (leftMs < leastMs) return failure('unavailable', 'The time for this was over before everything was done.', '');
    const base = (settings.url ?? `https://${settings.shop}`).replace(/(?<!\/)\/+$/, '');
    const [token, clientSecret] = [given['accessToken']?.[0], given['clientSecret']?.[0]];
    const request = { method, url: `${base}${path}`, headers: { accept: 'application/json', 'user-agent': 'gatehouse', ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body }), timeoutMs: leftMs, maxBytes };
    const sent = await (token !== undefined
      ? sendRequest({ ...request, headers: { ...request.headers, 'x-shopify-access-token': token }, secrets: [token], allowedNetworks }).then((answer) => (answer.ok ? { ok: true as const, value: { answer: answer.value, secrets: [token] } } : answer))
      : sendAuthorized({ connection, tokenUrl: `${base}/admin/oauth/access_token`, clientId: settings.clientId!, clientSecret: clientSecret!, sentAs: 'form', tokenHeader: 'x-shopify-access-token', allowedNetworks, faultOf: statusError }, { ...request, secrets: [] }));
    if (!sent.ok) return sent;
    const error = statusError(sent.value.answer, sent.value.secrets);
    return error === null ? sent : { ok: false, error };
  }
}

/** What was throttled was not done, and may be done when so much of the bucket has come back. */
function faultOf(message: string, code: string, spent: z.infer<typeof cost> | null, raw: string, secrets: readonly string[]): ConnectorError {
  const kind = rowOf(errorKinds, code) ?? (/^throttled$/i.test(message) ? 'rate_limited' : 'invalid');
  const wait = kind !== 'rate_limited' ? undefined : spent === null ? 2 : Math.min(60, Math.max(1, Math.ceil((spent.requestedQueryCost - spent.throttleStatus.currentlyAvailable) / spent.throttleStatus.restoreRate)));
  return { kind, message: redact(clip(`Shopify: ${message} [${code === '' ? 'no code' : code}]`, 500), secrets), raw: redact(raw, secrets), ...(wait === undefined ? {} : { retryAfter: wait }) };
}
