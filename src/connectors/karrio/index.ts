import type { Connector } from '../contract.js';
import { performBy, quoteBy } from '../kit/booking/perform.js';
import { carrier } from './carrier.js';
import { pickups } from './pickups.js';
import { settings, type KarrioSettings } from './settings.js';
import { decodeMessage, verifySecret } from './webhook.js';

/**
 * Parcels by a Karrio of your own (karrio.io, self-hosted): rates, booking, labels, pickups and tracking of the carriers that are set up there. What of
 * the wire format could not be tried is said in `api.ts`.
 */
export const karrio: Connector<KarrioSettings> = {
  id: 'karrio',
  label: 'Karrio',
  capabilities: ['receive.webhook', 'quote', 'book', 'cancel', 'return', 'manifest', 'pickup', 'track', 'proof'],
  authentication: 'token',
  // Its server asks the carrier within the request: many at once would wait for one another's turn there.
  rateLimit: { perMinute: 600 },
  documentation: 'https://docs.karrio.io/reference/api',
  settings,
  settingsLack: ({ apiKey, url }) => (apiKey !== undefined && url === undefined ? 'There is a key and no address of your Karrio: set url.' : null),
  receive: {
    contentTypes: ['application/json'],
    verify: verifySecret,
    // `X-Event-Id` is the secret, whatever its name says: a delivery has no id.
    deliveryId: () => null,
    decode: decodeMessage,
  },
  quote: quoteBy(carrier),
  perform: performBy(carrier, ['shipment.book', 'return.book', 'booking.cancel', 'manifest.create', 'pickup.schedule', 'pickup.cancel', 'tracking.poll'], pickups),
};
