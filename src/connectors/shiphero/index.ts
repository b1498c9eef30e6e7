import type { Connector } from '../contract.js';
import { storableDeliveryId } from '../kit/text.js';
import { warehousePolicy } from '../kit/warehouse.js';
import { poll } from './levels.js';
import { perform } from './performing.js';
import { settings, type ShipHeroSettings } from './settings.js';
import { decode, verify } from './webhook.js';

/**
 * ShipHero, a warehouse management system: deliveries go out as orders and receipts as purchase orders, confirmations
 * and levels come by webhooks, and levels besides by reading them all.
 *
 * Checked against ShipHero's public documentation: the names and bodies of its webhooks as far as they are read, the
 * header that signs them and the one that identifies a message, that a webhook may be lost. Times in webhooks carry no
 * zone: they are taken as UTC. Not verified: whether `completed` of a shipment says that the order ends with it, as its
 * name and samples have it, and the words of `source` in an Inventory Change beyond `manual`.
 */
export const shiphero: Connector<ShipHeroSettings> = {
  id: 'shiphero',
  label: 'ShipHero',
  capabilities: ['receive.webhook', 'receive.poll', 'write'],
  authentication: 'hmac',
  // 7,000 in five minutes, beside the credits.
  rateLimit: { perMinute: 1_200, concurrency: 4 },
  documentation: 'https://developer.shiphero.com/webhooks/',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify,
    deliveryId: (message) => storableDeliveryId(message.headers['x-shiphero-message-id']),
    decode,
  },
  poll,
  perform,
  warehouse: warehousePolicy,
};
