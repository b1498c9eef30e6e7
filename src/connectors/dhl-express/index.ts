import type { Connector } from '../contract.js';
import { performBy, quoteBy } from '../kit/booking/perform.js';
import { verifyToken } from '../kit/signatures.js';
import { addresses } from './addresses.js';
import { carrier } from './carrier.js';
import { pickups } from './pickups.js';
import { settings, type DhlExpressSettings } from './settings.js';
import { decodeMessage } from './webhook.js';

/**
 * DHL Express by its MyDHL API: rates with days, booking with label, customs papers and paperless trade, pickups, whether a place is served, tracking by
 * polling with proofs of delivery. It pushes nothing: pushes of DHL come by the connector `dhl`. See `openApi` for what was verified.
 */
export const dhlExpress: Connector<DhlExpressSettings> = {
  id: 'dhl-express',
  label: 'DHL Express',
  capabilities: ['quote', 'book', 'cancel', 'return', 'pickup', 'address', 'track', 'proof'],
  authentication: 'none',
  documentation: 'https://developer.dhl.com/api-reference/dhl-express-mydhl-api',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifyToken,
    deliveryId: () => null,
    decode: decodeMessage,
  },
  quote: quoteBy(carrier),
  checkAddress: addresses,
  perform: performBy(carrier, ['shipment.book', 'return.book', 'booking.cancel', 'tracking.poll', 'pickup.schedule', 'pickup.cancel'], pickups),
};
