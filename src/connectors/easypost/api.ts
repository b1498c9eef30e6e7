import { CarrierApi, type CarrierApiOptions } from '../kit/booking/api.js';
import type { Access, Outcome } from '../contract.js';
import { basicAuthorization } from '../kit/http.js';
import { faultOf } from './errors.js';
import type { EasyPostSettings } from './settings.js';

/**
 * EasyPost's API, version 2. The key is the user of Basic authentication, without a password.
 *
 * The wire format is that of the cassettes recorded in EasyPost's own client libraries and of its documentation
 * of errors and refunds. Not verified against the service: the code of a second purchase
 * (SHIPMENT.POSTAGE.EXISTS; whatever is said, the shipment is read and decides), Retry-After on 429, which label formats
 * can be converted into which, and how delivery_days count weekends.
 */
const options: CarrierApiOptions = { base: 'https://api.easypost.com', headers: (key) => ({ authorization: basicAuthorization(key) }), faultOf };

/** @param timeoutMs for all calls together */
export function openApi(access: Access<EasyPostSettings>, timeoutMs: number): Outcome<CarrierApi> {
  return CarrierApi.open(access, timeoutMs, options);
}
