import { sha256 } from '../../lib/ids.js';
import type { Connector } from '../contract.js';
import { shopPolicy } from '../kit/shop.js';
import { storableDeliveryId } from '../kit/text.js';
import { perform } from './fulfilling.js';
import { settings, type WooCommerceSettings } from './settings.js';
import { poll } from './source.js';
import { decodeMessage, verifySignature } from './webhook.js';

/**
 * Shops of WooCommerce: orders by webhook, and by looking at those that changed; what has left goes back as a mark on the order, as
 * tracking numbers in a note or in the list of the extension Shipment Tracking, and as the order's status.
 *
 * Checked against WooCommerce's source (webhooks, REST API v3 of orders, refunds and notes): the signature and the form of its secret,
 * that a webhook which failed more than five times in a row is ended and none is sent again, that the ping of a new webhook is unsigned, that
 * the id of a delivery is the same for all of one webhook within a second, that times of change have no fractions, that amounts of lines are
 * without tax whatever the shop shows, and that meta data are kept by their name.
 * Not verified against a running shop: that every host lets Basic authentication through, how the extension shows items whose
 * `tracking_id` is not its own hash, and the meaning of statuses that plugins add (see the setting `states`).
 */
export const woocommerce: Connector<WooCommerceSettings> = {
  id: 'woocommerce',
  label: 'WooCommerce',
  capabilities: ['receive.webhook', 'receive.poll', 'fulfil'],
  authentication: 'hmac',
  // A shop is often one small server.
  rateLimit: { perMinute: 120, concurrency: 2 },
  documentation: 'https://woocommerce.github.io/woocommerce-rest-api-docs/',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifySignature,
    // Its id tells apart an order that was deleted, restored and deleted again; two orders of one second have the same.
    deliveryId: ({ headers, body }) => storableDeliveryId(headers['x-wc-webhook-delivery-id'] === undefined ? undefined : `${headers['x-wc-webhook-delivery-id'].slice(0, 100)} ${sha256(body)}`),
    decode: decodeMessage,
  },
  poll,
  perform,
  shop: shopPolicy,
};
