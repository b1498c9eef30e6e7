import { z } from 'zod';
import { callableUrl, webhookSecret, zone } from '../kit/settings.js';
import { warehouseSettings } from '../kit/warehouse.js';

/** Without a refresh token a connection only receives webhooks. */
export const settings = z.object({
  /** ShipHero gives each registered webhook a secret of its own. */
  webhookSecret: webhookSecret.meta({ secret: true, title: 'Webhook secrets', description: 'shared_signature_secret of each webhook that is registered, with blanks between.' }),
  refreshToken: z.string().min(8).max(4_000).meta({ secret: true, title: 'Refresh token', description: 'Of a user of the account at ShipHero; needed to send orders and to read levels.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'https://public-api.shiphero.com unless given.' }).optional(),
  customerAccountId: z.string().min(1).max(200).meta({ title: 'Customer account', description: 'Id of the customer of a 3PL on whose behalf orders are sent.' }).optional(),
  shopName: z.string().min(1).max(200).meta({ title: 'Shop', description: 'shop_name of orders; Gatehouse unless given.' }).optional(),
  vendorId: z.string().min(1).max(200).meta({ title: 'Vendor', description: 'vendor_id of purchase orders, where ShipHero asks for one.' }).optional(),
  levelsEveryHours: z.coerce.number('must be a number of hours').min(0).max(1_000).meta({ title: 'Levels every hours', description: 'How often all levels are read; never unless given.' }).optional(),
  zone: zone.optional(),
  ...warehouseSettings,
});

export type ShipHeroSettings = z.infer<typeof settings>;
