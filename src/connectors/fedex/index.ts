import type { Connector } from '../contract.js';
import { performBy, quoteBy } from '../kit/booking/perform.js';
import { addresses } from './addresses.js';
import { carrier } from './carrier.js';
import { pickups } from './pickups.js';
import { settings, type FedexSettings } from './settings.js';
import { decodeMessage, verifySignature } from './webhook.js';

/** FedEx by its own API: rates with days, booking and labels, cancellations, Ground's end of day, tracking by its webhook and by polling. See `FedexApi` for what was verified. */
export const fedex: Connector<FedexSettings> = {
  id: 'fedex',
  label: 'FedEx',
  capabilities: ['receive.webhook', 'quote', 'book', 'cancel', 'return', 'manifest', 'pickup', 'address', 'track', 'proof'],
  authentication: 'hmac',
  documentation: 'https://developer.fedex.com/api/en-us/catalog.html',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifySignature,
    // FedEx names no delivery: a repeat has the same bytes.
    deliveryId: () => null,
    decode: decodeMessage,
  },
  quote: quoteBy(carrier),
  checkAddress: addresses,
  perform: performBy(carrier, ['shipment.book', 'return.book', 'booking.cancel', 'manifest.create', 'tracking.poll', 'pickup.schedule', 'pickup.cancel'], pickups),
};
