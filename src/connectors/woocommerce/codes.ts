import type { ConnectorError } from '../contract.js';
import type { ShopOrderState } from '../../model/shop.js';

/**
 * Statuses of orders: WooCommerce's own, and those of the plugins for shipment tracking. A failed payment may still be
 * made good. DRAFT: a cart on its way through the checkout, and no order yet. REFUNDED is cancelled or closed, as goods
 * have left or not.
 */
export const orderStates: Readonly<Record<string, ShopOrderState | 'DRAFT' | 'REFUNDED'>> = {
  pending: 'HELD', 'on-hold': 'HELD', failed: 'HELD', processing: 'OPEN', completed: 'CLOSED', cancelled: 'CANCELLED', refunded: 'REFUNDED', trash: 'CANCELLED',
  'checkout-draft': 'DRAFT', 'auto-draft': 'DRAFT', draft: 'DRAFT',
  'partial-shipped': 'OPEN', shipped: 'CLOSED', delivered: 'CLOSED',
};

/**
 * Of two states of an order in one second, which is the later: `date_modified` has no fractions, and a checkout makes
 * an order and has it paid within one.
 */
export const statusRanks: Readonly<Record<string, number>> = {
  'checkout-draft': 0, pending: 1, failed: 2, 'on-hold': 3, processing: 4, 'partial-shipped': 5, shipped: 6, completed: 7, delivered: 7, cancelled: 8, refunded: 9, trash: 9,
};

/** Topics of webhooks of which nothing is read on purpose: what is sold, who buys, and what a shop adds by itself. */
export const ignoredTopics = /^(product|customer|coupon|action)\./;

/** Codes of errors of WordPress and WooCommerce that mean other than their status says, or less. */
export const errorKinds: Readonly<Record<string, ConnectorError['kind']>> = {
  woocommerce_rest_authentication_error: 'auth', woocommerce_rest_cannot_view: 'auth', woocommerce_rest_cannot_edit: 'auth', woocommerce_rest_cannot_create: 'auth', rest_forbidden: 'auth',
  woocommerce_rest_shop_order_invalid_id: 'invalid', woocommerce_rest_order_invalid_id: 'invalid', rest_no_route: 'invalid', rest_invalid_param: 'invalid', internal_server_error: 'unavailable',
};

/** Slugs of carriers that the extension Shipment Tracking knows in every country; others go as the shop's own. */
export const extensionCarriers: Readonly<Record<string, string>> = { FEDEX: 'fedex', UPS: 'ups', USPS: 'usps' };
