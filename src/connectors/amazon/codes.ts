import type { ConnectorError } from '../contract.js';
import type { ShopOrderState, ShopPayment } from '../../model/shop.js';

/**
 * `fulfillmentStatus`, as Amazon lists it, with what it says of the payment: Amazon vouches for an order that is to be sent,
 * and takes the money when it is. UNFULFILLABLE is said of orders that Amazon itself was to send. `rank` tells which of two
 * states of one second is the later.
 */
export const statuses: Readonly<Record<string, { state: ShopOrderState; payment: ShopPayment; rank: number }>> = {
  PENDING_AVAILABILITY: { state: 'HELD', payment: 'PENDING', rank: 0 },
  PENDING: { state: 'HELD', payment: 'PENDING', rank: 1 },
  UNSHIPPED: { state: 'OPEN', payment: 'AUTHORIZED', rank: 2 },
  PARTIALLY_SHIPPED: { state: 'OPEN', payment: 'AUTHORIZED', rank: 3 },
  SHIPPED: { state: 'CLOSED', payment: 'PAID', rank: 4 },
  UNFULFILLABLE: { state: 'HELD', payment: 'UNKNOWN', rank: 5 },
  CANCELLED: { state: 'CANCELLED', payment: 'UNKNOWN', rank: 6 },
};

/** Codes of errors of the Selling Partner API and of Login with Amazon (the last four) that mean other than their status says. */
export const errorKinds: Readonly<Record<string, ConnectorError['kind']>> = {
  Unauthorized: 'auth', AccessDenied: 'auth', MissingAuthenticationToken: 'auth', InvalidSignature: 'auth', QuotaExceeded: 'rate_limited', RequestThrottled: 'rate_limited', InternalFailure: 'unavailable', InternalError: 'unavailable', ServiceUnavailable: 'unavailable', RequestTimeout: 'unavailable',
  invalid_client: 'auth', invalid_grant: 'auth', unauthorized_client: 'auth', access_denied: 'auth',
};

/** Names by which Amazon knows carriers (`carrierCode`), by their codes here; all others go as Other, with their name. */
export const carriers: Readonly<Record<string, string>> = {
  UPS: 'UPS', USPS: 'USPS', FEDEX: 'FedEx', DHL: 'DHL', DHL_EXPRESS: 'DHL', DHL_PARCEL: 'DHL', DHL_ECOMMERCE: 'DHL eCommerce', DHLECOMMERCE: 'DHL eCommerce', DPD: 'DPD', GLS: 'GLS', TNT: 'TNT', HERMES: 'Hermes', EVRI: 'Evri', ROYAL_MAIL: 'Royal Mail', ROYALMAIL: 'Royal Mail', PARCELFORCE: 'Parcelforce',
  CANADA_POST: 'Canada Post', CANADAPOST: 'Canada Post', PUROLATOR: 'Purolator', ONTRAC: 'OnTrac', LASERSHIP: 'Lasership', DEUTSCHE_POST: 'Deutsche Post', POSTNL: 'PostNL', BPOST: 'BPOST', LA_POSTE: 'La Poste', COLISSIMO: 'Colissimo', CHRONOPOST: 'Chronopost', CORREOS: 'Correos', POSTE_ITALIANE: 'Poste Italiane',
  AUSTRALIA_POST: 'Australia Post', YAMATO: 'YAMATO', SAGAWA: 'SAGAWA', JAPAN_POST: 'JAPAN_POST', ASENDIA: 'Asendia',
};

/** Amazon's marketplaces and the currency of each: an order that was cancelled early names no amounts. */
export const currencies: Readonly<Record<string, string>> = {
  A2EUQ1WTGCTBG2: 'CAD', ATVPDKIKX0DER: 'USD', A1AM78C64UM0Y8: 'MXN', A2Q3Y263D00KWC: 'BRL', A28R8C7NBKEWEA: 'EUR', A1RKKUPIHCS9HS: 'EUR', A1F83G8C2ARO7P: 'GBP', A13V1IB3VIYZZH: 'EUR', AMEN7PMS3EDWL: 'EUR', A1805IZSGTT6HS: 'EUR', A1PA6795UKMFR9: 'EUR', APJ6JRA9NG5V4: 'EUR',
  A2NODRKZP88ZB9: 'SEK', AE08WJ6YKNBMC: 'ZAR', A1C3SOZRARQ6R3: 'PLN', ARBP9OOSHTCHU: 'EGP', A33AVAJ2PDY3EV: 'TRY', A17E79C6D8DWNP: 'SAR', A2VIGQ35RCS4UG: 'AED', A21TJRUUN4KGV: 'INR', A19VAU5U5O7RUS: 'SGD', A39IBJ37TRP1C6: 'AUD', A1VC38T7YXB528: 'JPY',
};

/** Where the API answers, by region. */
export const regions = { na: 'https://sellingpartnerapi-na.amazon.com', eu: 'https://sellingpartnerapi-eu.amazon.com', fe: 'https://sellingpartnerapi-fe.amazon.com' } as const;
