import { uuidv7 } from '../../lib/ids.js';
import type { Access, Outcome } from '../contract.js';
import { CarrierApi } from '../kit/booking/api.js';
import { basicAuthorization, failure } from '../kit/http.js';
import { faultOf } from './errors.js';
import type { DhlExpressSettings } from './settings.js';

/** Version of the interface, which DHL wants said with every call. */
const version = '3.1.0';

/**
 * DHL Express's MyDHL API: the only I/O of this connector, by `CarrierApi`. Basic authorization; nothing is repeated here.
 *
 * The wire format is that of DHL's published OpenAPI file (version 3.1.1) and its reference data. Not verified against the
 * service: the words of 404 answers and the number 996 (second-hand), by which an empty answer is told from a wrong address; how soon
 * after a booking it is found by reference, so that it is not found is never believed; whether the shipper's account pays for a return
 * unless an import account is named; what is answered for a place that is not served; and the form in which places are named in events (`City-CC`, by example).
 */
export function openApi(access: Access<DhlExpressSettings>, timeoutMs: number): Outcome<CarrierApi> {
  const password = access.secrets['apiSecret']?.[0];
  if (password === undefined) return failure('invalid', 'This connection has no API key or no API secret: set apiKey and apiSecret.', '');
  return CarrierApi.open(access, timeoutMs, {
    base: 'https://express.api.dhl.com/mydhlapi', faultOf, secrets: [password],
    headers: (key) => ({ authorization: basicAuthorization(key, password), 'x-version': version, 'message-reference': uuidv7() }),
  });
}
