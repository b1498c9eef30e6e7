import type { Connector } from '../contract.js';
import { performBy, quoteBy } from '../kit/booking/perform.js';
import { addresses } from './address-check.js';
import { carrier } from './carrier.js';
import { pickups } from './pickups.js';
import { settings, type ShippoSettings } from './settings.js';
import { decodeMessage, verifySignature } from './webhook.js';

/**
 * Parcels by Shippo: rates, booking, labels and tracking of many carriers by one API and one webhook. What of the wire format
 * could not be verified is said in `api.ts` and `pickups.ts`.
 */
export const shippo: Connector<ShippoSettings> = {
  id: 'shippo',
  label: 'Shippo',
  capabilities: ['receive.webhook', 'quote', 'book', 'cancel', 'return', 'manifest', 'pickup', 'address', 'track'],
  authentication: 'hmac',
  documentation: 'https://docs.goshippo.com/docs/tracking/tracking',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifySignature,
    // Shippo names no delivery; a repeat has the same bytes, and facts are known by themselves besides.
    deliveryId: () => null,
    decode: decodeMessage,
  },
  quote: quoteBy(carrier),
  checkAddress: addresses,
  perform: performBy(carrier, ['shipment.book', 'return.book', 'booking.cancel', 'manifest.create', 'tracking.poll', 'pickup.schedule'], pickups),
};
