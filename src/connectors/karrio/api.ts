import type { Access, Outcome } from '../contract.js';
import { CarrierApi, type CarrierApiOptions } from '../kit/booking/api.js';
import { failure } from '../kit/http.js';
import { faultOf } from './errors.js';
import type { KarrioSettings } from './settings.js';

/**
 * Karrio's REST API (2026.5, and 2024.12 where it differs). The key goes as `Authorization: Token …`.
 *
 * The wire format is that of Karrio's own source and tests, which are public: it is self-hosted. Not tried against a running one: how the
 * carriers behind it differ (each has a connector there of its own); how long its server lets a request take (`settleSeconds` must be longer);
 * whether times without offset are the place's (they are read in the connection's zone). What Karrio does not know it cannot tell: where
 * it fails between a carrier's booking and writing it down, the booking stands at the carrier alone. Where it says that it failed inside,
 * a person is asked to look there, and nothing is bought again by itself.
 */
const options: Omit<CarrierApiOptions, 'base'> = { headers: (key) => ({ authorization: `Token ${key}` }), faultOf };

/** @param timeoutMs for all calls together */
export function openApi(access: Access<KarrioSettings>, timeoutMs: number): Outcome<CarrierApi> {
  const { url } = access.settings;
  return url === undefined ? failure('invalid', 'This connection has no address of your Karrio: set url.', '') : CarrierApi.open(access, timeoutMs, { ...options, base: url });
}
