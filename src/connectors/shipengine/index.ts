import type { Connector } from '../contract.js';
import { performBy, quoteBy } from '../kit/booking/perform.js';
import { addresses } from './address-check.js';
import { carrier } from './carrier.js';
import { pickups } from './pickups.js';
import { settings, type ShipEngineSettings } from './settings.js';
import { verifySignature } from './signatures.js';
import { decodeMessage } from './webhook.js';

/**
 * Parcels by ShipEngine (ShipStation API): rates, booking, labels and tracking of many carriers by one API and one webhook.
 * What of the wire format could not be verified is said in `api.ts` and `pickups.ts`.
 */
export const shipengine: Connector<ShipEngineSettings> = {
  id: 'shipengine',
  label: 'ShipEngine',
  capabilities: ['receive.webhook', 'quote', 'book', 'cancel', 'return', 'manifest', 'pickup', 'address', 'track'],
  authentication: 'signature',
  rateLimit: { perMinute: 200 },
  documentation: 'https://docs.shipstation.com/apis/shipengine/docs/reference/webhooks-schemas',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifySignature,
    // ShipEngine names no delivery; a repeat has the same bytes, and facts are known by themselves besides.
    deliveryId: () => null,
    decode: decodeMessage,
  },
  quote: quoteBy(carrier),
  checkAddress: addresses,
  perform: performBy(carrier, ['shipment.book', 'return.book', 'booking.cancel', 'manifest.create', 'tracking.poll', 'pickup.schedule', 'pickup.cancel'], pickups),
};
