import type { Access, Outcome } from '../contract.js';
import { CarrierApi, type CarrierApiOptions } from '../kit/booking/api.js';
import { faultOf } from './errors.js';
import type { ShipEngineSettings } from './settings.js';

/**
 * ShipEngine's API, version 1 (ShipStation API since 2025). The key goes in `API-Key`.
 *
 * The wire format is that of its OpenAPI description and the answers recorded in its own client libraries. Not verified
 * against the service: that downloads of labels need no key; how soon a label that was bought is found by
 * its shipment (`settleSeconds`); what is said of a shipment whose external_shipment_id exists (whatever is
 * said, the shipment is read by that name and decides); `Retry-After` on 429; that `is_return` of a shipment makes a
 * return label without a label before it.
 */
const options: CarrierApiOptions = { base: 'https://api.shipengine.com', headers: (key) => ({ 'api-key': key }), faultOf };

/** @param timeoutMs for all calls together */
export function openApi(access: Access<ShipEngineSettings>, timeoutMs: number): Outcome<CarrierApi> {
  return CarrierApi.open(access, timeoutMs, options);
}
