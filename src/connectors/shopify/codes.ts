import type { ShopPayment } from '../../model/shop.js';
import type { ConnectorError } from '../contract.js';

/** `financial_status` of an order. */
export const payments: Readonly<Record<string, ShopPayment>> = {
  pending: 'PENDING', authorized: 'AUTHORIZED', partially_paid: 'PENDING', paid: 'PAID', partially_refunded: 'PAID', refunded: 'REFUNDED', voided: 'UNKNOWN', expired: 'PENDING',
};

/** `fulfillment_status` of an order that has nothing left to send; `partial` and none have. */
export const sentStates: Readonly<Record<string, boolean>> = { fulfilled: true, restocked: true, partial: false, unfulfilled: false };

/** `status` of a fulfilment in which goods are sent, or about to be. */
export const standingFulfilments: Readonly<Record<string, boolean>> = { success: true, pending: true, open: true, cancelled: false, error: false, failure: false };

/** Topics of webhooks whose body is the whole order. */
export const orderTopics: readonly string[] = ['orders/create', 'orders/updated', 'orders/paid', 'orders/cancelled', 'orders/fulfilled', 'orders/partially_fulfilled'];

/** Topics that say what an order says as well (`orders/updated` is sent with each), or nothing of orders. */
export const otherTopics = /^(orders\/(delete|edited|risk_assessment_changed|shopify_protect_eligibility_changed|link_requested)|fulfillments\/|fulfillment_orders\/|fulfillment_events\/|refunds\/|returns\/|order_transactions\/|draft_orders\/|app\/|shop\/update|shop\/redact)/;

/** Topics by which Shopify asks for what the law wants of who has personal data. */
export const privacyTopics: Readonly<Record<string, string>> = {
  'customers/redact': 'Shopify asks to erase somebody who bought', 'customers/data_request': 'Somebody who bought asks Shopify what is kept of them',
};

/** `extensions.code` of errors in answers of status 200. Any other says that the request is wrong. */
export const errorKinds: Readonly<Record<string, ConnectorError['kind']>> = {
  THROTTLED: 'rate_limited', ACCESS_DENIED: 'auth', SHOP_INACTIVE: 'auth', INTERNAL_SERVER_ERROR: 'unavailable', TIMEOUT: 'unavailable', MAX_COST_EXCEEDED: 'invalid',
};

/** Shopify's own names of carriers, by which it makes links for tracking. */
export const carrierNames: Readonly<Record<string, string>> = {
  UPS: 'UPS', FEDEX: 'FedEx', USPS: 'USPS', DHL_EXPRESS: 'DHL Express', DHL: 'DHL Express', DHL_ECOMMERCE: 'DHL eCommerce', CANADA_POST: 'Canada Post', ROYAL_MAIL: 'Royal Mail', GLS: 'GLS', DPD: 'DPD',
  AUSTRALIA_POST: 'Australia Post', LASERSHIP: 'LaserShip', ONTRAC: 'OnTrac', PUROLATOR: 'Purolator', EVRI: 'Evri', HERMES: 'Evri', POSTNL: 'PostNL', LA_POSTE: 'La Poste', COLISSIMO: 'Colissimo', CHRONOPOST: 'Chronopost',
};
