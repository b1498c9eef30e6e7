import type { Json } from '../../lib/json.js';
import type { Access, Outcome } from '../contract.js';
import { failure, readJson } from '../kit/http.js';
import { sendAuthorized, type ClientCredentials } from '../kit/oauth.js';
import { regions } from './codes.js';
import { faultOf } from './errors.js';
import { orderAnswer, type Order } from './payloads.js';
import type { AmazonSettings } from './settings.js';

/** A hundred orders with all that is asked for of them. */
const maxBytes = 16 * 1024 * 1024;
/** Once this few milliseconds are left nothing new is begun. */
const leastMs = 50;

/**
 * Amazon's Selling Partner API: the only I/O of this connector. A refresh token of Login with Amazon, which the seller gave, gives
 * tokens for an hour; they go as they are in `x-amz-access-token`. A token that has ended is refused with 403. What goes wrong is
 * an answer, never a throw, and holds no secret.
 */
export class AmazonApi {
  readonly #settings: AmazonSettings;
  readonly #credentials: ClientCredentials;
  readonly #endMs: number;

  private constructor({ connection, settings, allowedNetworks }: Access<AmazonSettings>, clientId: string, clientSecret: string, refreshToken: string, timeoutMs: number) {
    this.#settings = settings;
    this.#credentials = { connection, tokenUrl: settings.tokenUrl ?? 'https://api.amazon.com/auth/o2/token', clientId, clientSecret, refreshToken, sentAs: 'form', tokenHeader: 'x-amz-access-token', refusedAs: 403, allowedNetworks, faultOf };
    this.#endMs = performance.now() + timeoutMs;
  }

  /** @param timeoutMs for all calls together */
  static open(access: Access<AmazonSettings>, timeoutMs: number): Outcome<AmazonApi> {
    const [clientId, clientSecret, refreshToken] = ['clientId', 'clientSecret', 'refreshToken'].map((name) => access.secrets[name]?.[0]);
    if (clientId === undefined || clientSecret === undefined || refreshToken === undefined) return failure('invalid', 'This connection has no credentials of Login with Amazon: set clientId, clientSecret and refreshToken.', '');
    return { ok: true, value: new AmazonApi(access, clientId, clientSecret, refreshToken, timeoutMs) };
  }

  /** A page of orders. */
  search(query: URLSearchParams): Promise<Outcome<unknown>> {
    return this.#call('GET', `/orders/2026-01-01/orders?${query}`);
  }

  /** One order, with its packages and what of it was sent. */
  async order(id: string): Promise<Outcome<Order>> {
    const answer = await this.#call('GET', `/orders/2026-01-01/orders/${encodeURIComponent(id)}?${includedData(this.#settings)}`);
    if (!answer.ok) return answer;
    const parsed = orderAnswer.safeParse(answer.value);
    return parsed.success ? { ok: true, value: parsed.data.order } : failure('unparseable', 'Amazon answered with something that is no order.', '');
  }

  /** Tells of one package, or of its change: that of the same `packageReferenceId`. */
  confirmShipment(id: string, body: Json): Promise<Outcome<unknown>> {
    return this.#call('POST', `/orders/v0/orders/${encodeURIComponent(id)}/shipmentConfirmation`, body);
  }

  async #call(method: 'GET' | 'POST', path: string, body?: Json): Promise<Outcome<unknown>> {
    const leftMs = Math.floor(this.#endMs - performance.now());
    if (leftMs < leastMs) return failure('unavailable', 'The time for this was over before everything was done.', '');
    const sent = await sendAuthorized(this.#credentials, {
      method, url: `${(this.#settings.url ?? regions[this.#settings.region]).replace(/(?<!\/)\/+$/, '')}${path}`, timeoutMs: leftMs, maxBytes, secrets: [],
      headers: { accept: 'application/json', 'user-agent': 'gatehouse/1 (Language=TypeScript)', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!sent.ok) return sent;
    const { answer, secrets } = sent.value;
    const error = faultOf(answer, secrets);
    if (error !== null) return { ok: false, error };
    // A confirmation is answered by 204 and nothing.
    return answer.status === 204 ? { ok: true, value: null } : readJson(answer, secrets);
  }
}

/** What is asked for of each order; buyers and addresses need a role of their own. */
export function includedData({ people }: Pick<AmazonSettings, 'people'>): URLSearchParams {
  return new URLSearchParams({ includedData: [...(people === 'leave' ? [] : ['BUYER', 'RECIPIENT']), 'PROCEEDS', 'FULFILLMENT', 'PACKAGES'].join(',') });
}
