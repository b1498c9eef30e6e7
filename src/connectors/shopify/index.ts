import type { Connector } from '../contract.js';
import { shopPolicy } from '../kit/shop.js';
import { storableDeliveryId } from '../kit/text.js';
import { perform } from './performing.js';
import { settings, type ShopifySettings } from './settings.js';
import { poll } from './source.js';
import { decode, verify } from './webhook.js';

/**
 * Shops of Shopify: orders by webhook, and by looking at those that changed; deliveries go back as fulfilments.
 *
 * Checked against Shopify's public documentation: the headers of webhooks, their signature, that a repeat carries the same
 * X-Shopify-Webhook-Id; fulfillmentCreate, fulfillmentTrackingInfoUpdate and supportedActions of fulfilment orders; the cost of
 * operations and how one that is throttled is answered; the kinds of restocking, current_quantity; the grant by client credentials.
 * Against recorded orders: the form of an order in webhooks and in the REST API. Not verified against a running shop: that
 * fulfilments show without delay (a lost answer waits 15 s), that current_quantity leaves out what came back after it was sent, and
 * that the REST list of orders, which Shopify calls legacy, stays open to apps of one's own.
 */
export const shopify: Connector<ShopifySettings> = {
  id: 'shopify',
  label: 'Shopify',
  capabilities: ['receive.webhook', 'receive.poll', 'fulfil'],
  authentication: 'hmac',
  // 100 points a second of the smallest plan, of which a fulfilment takes some hundred.
  rateLimit: { perMinute: 60, concurrency: 4 },
  documentation: 'https://shopify.dev/docs/api/admin-graphql',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify,
    deliveryId: (message) => storableDeliveryId(message.headers['x-shopify-webhook-id']),
    decode,
  },
  poll,
  perform,
  shop: shopPolicy,
};
