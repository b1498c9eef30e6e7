import { uuidv7 } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import type { Access, Outcome } from '../contract.js';
import { callAuthorized, type CarrierCredentials } from '../kit/booking/authorized-call.js';
import type { CarrierOutcome } from '../kit/booking/errors.js';
import { failure } from '../kit/http.js';
import { faultOf } from './errors.js';
import type { UpsSettings } from './settings.js';

/**
 * UPS's API: the only I/O of this connector. Tokens by client credentials, `POST /security/v1/oauth/token`. Nothing is
 * repeated here but what a token that had ended refused: who calls knows whether a call may be made twice.
 *
 * The wire format is that of UPS's published OpenAPI files (Rating and Shipping v2409, Label Recovery v1, Tracking v1,
 * Track Alert v1 and v2) and of its published lists of activity and error codes. Not verified against the service: how soon after
 * a booking Label Recovery finds it by reference (the setting `settleSeconds` says how long its silence is not believed),
 * Retry-After on 429, whether a lost answer to a void is told by 190117, of what kind a proof of delivery is (its first
 * bytes decide), and that the blank end of a GIF label may be cut off. Codes of UPS Freight and Mail Innovations are read
 * by type and description alone.
 */
export class UpsApi {
  readonly accountNumber: string | undefined;
  readonly #credentials: CarrierCredentials;
  readonly #base: string;
  readonly #endMs: number;

  private constructor(access: Access<UpsSettings>, clientId: string, clientSecret: string, timeoutMs: number) {
    this.accountNumber = access.settings.accountNumber;
    this.#base = (access.settings.url ?? 'https://onlinetools.ups.com').replace(/(?<!\/)\/+$/, '');
    this.#credentials = { connection: access.connection, tokenUrl: `${this.#base}/security/v1/oauth/token`, clientId, clientSecret, sentAs: 'basic', allowedNetworks: access.allowedNetworks, faultOf };
    this.#endMs = performance.now() + timeoutMs;
  }

  /** @param timeoutMs for all calls together */
  static open(access: Access<UpsSettings>, timeoutMs: number): Outcome<UpsApi> {
    const [clientId, clientSecret] = [access.secrets['apiKey']?.[0], access.secrets['apiSecret']?.[0]];
    if (clientId === undefined || clientSecret === undefined) return failure('invalid', 'This connection has no client ID or no client secret: set apiKey and apiSecret.', '');
    return { ok: true, value: new UpsApi(access, clientId, clientSecret, timeoutMs) };
  }

  /** @param headers what this call says in headers */
  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<CarrierOutcome<unknown>> {
    return this.#call('GET', path, undefined, headers);
  }

  post(path: string, body: Json): Promise<CarrierOutcome<unknown>> {
    return this.#call('POST', path, body);
  }

  delete(path: string, headers: Readonly<Record<string, string>> = {}): Promise<CarrierOutcome<unknown>> {
    return this.#call('DELETE', path, undefined, headers);
  }

  #call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: Json, headers: Readonly<Record<string, string>> = {}): Promise<CarrierOutcome<unknown>> {
    return callAuthorized(this.#credentials, { method, url: `${this.#base}${path}`, headers: { ...headers, transId: uuidv7().replaceAll('-', ''), transactionSrc: 'gatehouse' }, body }, this.#endMs);
  }
}
