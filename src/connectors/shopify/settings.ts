import { z } from 'zod';
import { callableUrl, webhookSecret } from '../kit/settings.js';
import { shopSettings } from '../kit/shop.js';

/** Without a token or an app's id and secret a connection only receives webhooks. */
export const settings = z.object({
  webhookSecret: webhookSecret.meta({ secret: true, title: 'Webhook secret', description: 'Client secret of the app that subscribed the webhooks; of webhooks made in the admin, the key that is shown there below their list.' }),
  shop: z.string().regex(/^[a-z0-9][a-z0-9-]{0,80}\.myshopify\.com$/, 'must be the shop’s own name at Shopify, e.g. example.myshopify.com').meta({ title: 'Shop', description: 'Its name at Shopify: example.myshopify.com.' }),
  accessToken: z.string().min(8).max(500).meta({ secret: true, title: 'Access token', description: 'Admin API access token (shpat_...) of an app made in the admin of the shop, with the scopes read_orders, read_merchant_managed_fulfillment_orders and write_merchant_managed_fulfillment_orders.' }).optional(),
  clientId: z.string().min(8).max(200).meta({ title: 'Client id', description: 'Of an app made in the Dev Dashboard, in place of an access token.' }).optional(),
  clientSecret: z.string().min(8).max(500).meta({ secret: true, title: 'Client secret', description: 'Of the same app.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'https:// and the name of the shop unless given.' }).optional(),
  notifyCustomer: z.enum(['yes', 'no']).meta({ title: 'Tell who bought', description: 'Whether Shopify tells who bought that the goods are on their way, and by which numbers; yes unless given.' }).optional(),
  testOrders: z.enum(['hold', 'take']).meta({ title: 'Test orders', description: 'hold (unless given): orders made with a test payment are shown and go nowhere; take: they are orders like any other.' }).optional(),
  lookMinutes: z.coerce.number('must be a number of minutes').min(0).max(1_440).meta({ title: 'Look every minutes', description: 'How often changed orders are read besides, as webhooks may be lost; 10 unless given, 0: never.' }).optional(),
  ...shopSettings,
});

export type ShopifySettings = z.infer<typeof settings>;
