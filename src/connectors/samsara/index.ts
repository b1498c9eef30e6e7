import type { Connector } from '../contract.js';
import { settings, type SamsaraSettings } from './settings.js';
import { poll } from './source.js';
import { decodeMessage, verifySignature } from './webhook.js';

/**
 * Telematics of Samsara: positions by its feed of vehicle statistics, arrivals, departures and expected times of its routes by webhook.
 *
 * Checked against its public documentation and several clients of it: the signature with its two headers and the secret in base64,
 * the envelope of webhooks (version 2021-06-09) and the types of events, `data.time` and `routeStopDetails` of route stops, the feed with
 * `gps` as a list, its cursor and the five seconds that it wants between looks, the feed of changes of routes with its operations
 * and `changes.after.stops`.
 * Not verified, for want of an account: whether the timestamp of the signature is ever in milliseconds (both are read), and whether a
 * stop's external ids come in `routeStopDetails`, in `route.stops`, or in both (both are read), and whether `expand=route` gives the stops of the feed of
 * routes with theirs; where it does not, its entries name no shipment and the webhooks alone are read.
 */
export const samsara: Connector<SamsaraSettings> = {
  id: 'samsara',
  label: 'Samsara',
  capabilities: ['receive.webhook', 'receive.poll'],
  authentication: 'hmac',
  rateLimit: { perMinute: 300 },
  documentation: 'https://developers.samsara.com/docs/webhooks',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifySignature,
    // The sender's own id of a delivery, where it has one: `storableDeliveryId(headers['...'])`. Without one the hash of the bytes tells a repeat.
    deliveryId: () => null,
    decode: decodeMessage,
  },
  poll,
};
