import { z } from 'zod';
import { callableUrl, webhookSecret } from '../kit/settings.js';
import { shopSettings } from '../kit/shop.js';

const whole = (least: number, most: number) => z.coerce.number('must be a whole number').int('must be a whole number').min(least).max(most);
const status = z.string().regex(/^[a-z0-9-]{1,20}$/, 'must be the short name of a status, e.g. completed');

export const settings = z.object({
  webhookSecret: webhookSecret.meta({ secret: true, title: 'Webhook secret', description: 'The secret of the webhooks for order.created, order.updated, order.deleted and order.restored; the same for all. That WooCommerce says its test ping was answered 401 or 415 does not matter: the ping carries no proof.' }),
  url: callableUrl.meta({ title: 'Address', description: 'Where WordPress answers, e.g. https://shop.example.com; without /wp-json.' }),
  consumerKey: z.string().min(8).max(200).meta({ secret: true, title: 'Consumer key', description: 'Of a key for reading and writing, WooCommerce > Settings > Advanced > REST API.' }),
  consumerSecret: z.string().min(8).max(200).meta({ secret: true, title: 'Consumer secret', description: 'Shown with the consumer key.' }),
  everySeconds: whole(30, 86_400).meta({ title: 'Seconds between looks', description: 'At orders that changed: webhooks get lost, and WooCommerce ends one that failed six times. 120 unless given.' }).optional(),
  since: z.iso.date('must be a date, e.g. 2026-03-01').meta({ title: 'Orders changed since', description: 'The first look begins there; a day before it unless given.' }).optional(),
  numbers: z.enum(['note', 'extension', 'both', 'none']).meta({ title: 'Tracking numbers', description: 'How they are told: by a note on the order (unless given), as the extension Shipment Tracking and its like keep them, both, or not at all.' }).optional(),
  noteFor: z.enum(['customer', 'shop']).meta({ title: 'Note for', description: 'customer (unless given): WooCommerce sends the note by e-mail; shop: only the shop sees it.' }).optional(),
  statusWhenShipped: status.meta({ title: 'Status when shipped', description: 'Of an order of which everything has left; completed unless given, none: it is left as it is.' }).optional(),
  statusWhenPartlyShipped: status.meta({ title: 'Status when partly shipped', description: 'Of an order of which something is still to leave; left as it is unless given.' }).optional(),
  states: z.string().max(1_000).regex(/^\s*[a-z0-9-]+\s*=\s*(HELD|OPEN|CLOSED|CANCELLED)\s*(,\s*[a-z0-9-]+\s*=\s*(HELD|OPEN|CLOSED|CANCELLED)\s*)*$/, 'must be statuses with what they mean, e.g. picking=OPEN, sent=CLOSED')
    .meta({ title: 'Own statuses', description: 'What the statuses mean that the shop has beside those of WooCommerce: HELD, OPEN, CLOSED or CANCELLED, e.g. picking=OPEN, sent=CLOSED.' }).optional(),
  feeSku: z.string().min(1).max(100).meta({ title: 'SKU of fees', description: 'Product in Odoo for fees that the shop adds to an order (cash on delivery, wrapping).' }).optional(),
  ...shopSettings,
  settleSeconds: whole(0, 3_600).meta({ title: 'Seconds to settle', description: 'How long the shop may still be at work on a request whose answer was lost: so long it is not believed that a note is not there, and nothing more is told of the order. 120 unless given.' }).optional(),
});

export type WooCommerceSettings = z.infer<typeof settings>;
