import type { Connector } from '../contract.js';
import { quoteBy } from '../kit/booking/perform.js';
import { addresses } from './addresses.js';
import { carrier } from './carrier.js';
import { perform } from './performing.js';
import { settings, type UpsSettings } from './settings.js';
import { decodeMessage, verifyCredential } from './webhook.js';

/** UPS by its own API: rates with days, booking and labels, voids, tracking by Track Alert and by polling. See `UpsApi` for what was verified. */
export const ups: Connector<UpsSettings> = {
  id: 'ups',
  label: 'UPS',
  capabilities: ['receive.webhook', 'quote', 'book', 'cancel', 'return', 'pickup', 'address', 'track', 'proof'],
  authentication: 'token',
  documentation: 'https://developer.ups.com/api/reference',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifyCredential,
    // Track Alert names no delivery: a repeat has the same bytes.
    deliveryId: () => null,
    decode: decodeMessage,
  },
  quote: quoteBy(carrier),
  checkAddress: addresses,
  perform,
};
