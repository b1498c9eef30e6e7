import { uuidv7 } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import type { Access, Outcome } from '../contract.js';
import { callAuthorized, type CarrierCredentials } from '../kit/booking/authorized-call.js';
import type { CarrierOutcome } from '../kit/booking/errors.js';
import { failure } from '../kit/http.js';
import { faultOf } from './errors.js';
import type { FedexSettings } from './settings.js';

/**
 * FedEx's API: the only I/O of this connector. Tokens by client credentials, `POST /oauth/token` with name and secret in the
 * form; for tracking those of a project of its own where they are set. Nothing is repeated here but what a token that had
 * ended refused.
 *
 * The wire format is that of FedEx's published OpenAPI files (Ship, Rate, Track, version 1) and of its reference guide. Not verified
 * against the service: the form of the webhook's body (described as that of the Track API; read with and without its
 * envelope) and whether its signature is base64 or hex (either is taken), the reason codes of exceptions (second-hand), the code of a
 * second cancellation, and how soon after a booking it is found by reference: so that it is not found is never believed.
 */
export class FedexApi {
  readonly accountNumber: string | undefined;
  readonly #credentials: CarrierCredentials;
  readonly #tracking: CarrierCredentials;
  readonly #base: string;
  readonly #endMs: number;

  private constructor(access: Access<FedexSettings>, [clientId, clientSecret]: [string, string], timeoutMs: number) {
    this.accountNumber = access.settings.accountNumber;
    this.#base = (access.settings.url ?? 'https://apis.fedex.com').replace(/(?<!\/)\/+$/, '');
    const common = { connection: access.connection, tokenUrl: `${this.#base}/oauth/token`, sentAs: 'form' as const, allowedNetworks: access.allowedNetworks, faultOf };
    this.#credentials = { ...common, clientId, clientSecret };
    const [trackId, trackSecret] = [access.secrets['trackApiKey']?.[0], access.secrets['trackApiSecret']?.[0]];
    this.#tracking = trackId === undefined || trackSecret === undefined ? this.#credentials : { ...common, clientId: trackId, clientSecret: trackSecret };
    this.#endMs = performance.now() + timeoutMs;
  }

  /** @param timeoutMs for all calls together */
  static open(access: Access<FedexSettings>, timeoutMs: number): Outcome<FedexApi> {
    const [clientId, clientSecret] = [access.secrets['apiKey']?.[0], access.secrets['apiSecret']?.[0]];
    if (clientId === undefined || clientSecret === undefined) return failure('invalid', 'This connection has no API key or no secret key: set apiKey and apiSecret.', '');
    return { ok: true, value: new FedexApi(access, [clientId, clientSecret], timeoutMs) };
  }

  post(path: string, body: Json): Promise<CarrierOutcome<unknown>> {
    return this.#call('POST', path, body, path.startsWith('/track/') ? this.#tracking : this.#credentials);
  }

  put(path: string, body: Json): Promise<CarrierOutcome<unknown>> {
    return this.#call('PUT', path, body, this.#credentials);
  }

  #call(method: 'POST' | 'PUT', path: string, body: Json, credentials: CarrierCredentials): Promise<CarrierOutcome<unknown>> {
    return callAuthorized(credentials, { method, url: `${this.#base}${path}`, headers: { 'x-locale': 'en_US', 'x-customer-transaction-id': uuidv7() }, body }, this.#endMs);
  }
}
