import type { Access, Outcome } from '../contract.js';
import { CarrierApi, type CarrierApiOptions } from '../kit/booking/api.js';
import { faultOf } from './errors.js';
import type { ShippoSettings } from './settings.js';

/**
 * Shippo's API of 2018-02-08. The key goes as `Authorization: ShippoToken …`.
 *
 * The wire format is that of its OpenAPI description and the client libraries made from it. Not verified against the
 * service: whether a rate can be bought twice (it is taken that it can, as nothing forbids it: transactions of a
 * rate are listed before it is bought again); how soon a transaction is found by its rate (`settleSeconds`);
 * `Retry-After` on 429; that a manifest that exists is found in the list by its transactions.
 */
const options: CarrierApiOptions = { base: 'https://api.goshippo.com', headers: (key) => ({ authorization: `ShippoToken ${key}`, 'shippo-api-version': '2018-02-08' }), faultOf };

/** @param timeoutMs for all calls together */
export function openApi(access: Access<ShippoSettings>, timeoutMs: number): Outcome<CarrierApi> {
  return CarrierApi.open(access, timeoutMs, options);
}
