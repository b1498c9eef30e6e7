import type { Connector } from '../contract.js';
import { performBy, quoteBy } from '../kit/booking/perform.js';
import { addresses } from './addresses.js';
import { carrier } from './carrier.js';
import { pickups } from './pickups.js';
import { settings, type EasyPostSettings } from './settings.js';
import { decodeEvent, verifySignature } from './webhook.js';

/** Parcels by EasyPost: rates, booking, labels and tracking of some hundred carriers by one API and one webhook. */
export const easypost: Connector<EasyPostSettings> = {
  id: 'easypost',
  label: 'EasyPost',
  capabilities: ['receive.webhook', 'quote', 'book', 'cancel', 'return', 'manifest', 'pickup', 'address', 'track'],
  authentication: 'hmac',
  // EasyPost limits buying and rating by its own load alone. A booking takes seconds: of a rush before the cut-off, eight at once would wait for one another.
  rateLimit: { perMinute: 600, concurrency: 16 },
  documentation: 'https://docs.easypost.com/docs/trackers',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifySignature,
    // An event's id names the event at EasyPost, not what was sent: the same id with another body
    // (one more scan, signed anew) is another delivery and must not be dropped as a repeat of the
    // first. A true repeat has the same bytes; and facts are known by themselves besides.
    deliveryId: () => null,
    decode: decodeEvent,
  },
  quote: quoteBy(carrier),
  checkAddress: addresses,
  perform: performBy(carrier, ['shipment.book', 'return.book', 'booking.cancel', 'manifest.create', 'tracking.poll', 'pickup.schedule', 'pickup.cancel'], pickups),
};
