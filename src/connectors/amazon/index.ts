import type { Connector } from '../contract.js';
import { shopPolicy } from '../kit/shop.js';
import { verifyToken } from '../kit/signatures.js';
import { perform } from './fulfilling.js';
import { settings, type AmazonSettings } from './settings.js';
import { poll } from './source.js';
import { decodeMessage } from './webhook.js';

/**
 * Amazon's marketplaces, by the Selling Partner API: orders by looking at those that changed, confirmations of what has left.
 *
 * Orders come by the Orders API 2026-01-01, which gives articles, amounts, buyer, address and packages in one answer and wants a role
 * instead of a restricted data token; the operations of version 0 that did the same end on 2027-03-27. confirmShipment has no newer
 * version than 0. Checked against Amazon's published models and guides: paths, parameters, the forms of orders and of confirmations, the
 * limits of each operation, that a confirmation under a known packageReferenceId changes that package, that it is a whole number in a
 * text, that Ship+ takes no confirmation, the header of the token, that orders show some two minutes late.
 * Not verified, for want of an account: whether `packages` shows the packageReferenceId that a seller gave (a package is also known by its
 * number and articles), the words in which a confirmation of what is sent already is refused (taken from a report of Amazon's users:
 * PackageToUpdateNotFound), the sign of discounts (both are read), what proceeds say of an article that was cancelled in part, and
 * whether a token that has ended is answered 403 in every region.
 */
export const amazon: Connector<AmazonSettings> = {
  id: 'amazon',
  label: 'Amazon',
  capabilities: ['receive.webhook', 'receive.poll', 'fulfil'],
  authentication: 'token',
  // Of one order there are 30 a minute, of confirmations 120: each command asks for both.
  rateLimit: { perMinute: 30, concurrency: 2 },
  documentation: 'https://developer-docs.amazon.com/sp-api/docs/orders-api',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifyToken,
    deliveryId: () => null,
    decode: decodeMessage,
  },
  poll,
  perform,
  shop: shopPolicy,
};
