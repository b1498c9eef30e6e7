import { z } from 'zod';
import { callableUrl, webhookSecret } from '../kit/settings.js';
import { shopSettings } from '../kit/shop.js';

const whole = (least: number, most: number) => z.coerce.number('must be a whole number').int('must be a whole number').min(least).max(most);

export const settings = z.object({
  webhookSecret: webhookSecret.meta({ secret: true, title: 'Token', description: 'Of who hands over orders in the form of the Orders API; Amazon itself sends none. Without it nothing from outside is taken.' }).optional(),
  clientId: z.string().min(8).max(300).meta({ secret: true, title: 'Client identifier', description: 'LWA credentials of the application in the Solution Provider Portal.' }),
  clientSecret: z.string().min(8).max(300).meta({ secret: true, title: 'Client secret', description: 'LWA credentials of the application; Amazon wants it changed every 180 days.' }),
  refreshToken: z.string().min(8).max(4_000).meta({ secret: true, title: 'Refresh token', description: 'That the seller gave when authorizing the application.' }),
  region: z.enum(['na', 'eu', 'fe']).meta({ title: 'Region', description: 'Where the seller sells: na (Americas), eu (Europe, Middle East, India), fe (Far East, Australia).' }),
  marketplaces: z.string().max(500).regex(/^[A-Z0-9]{8,20}(,[A-Z0-9]{8,20})*$/, 'must be ids of marketplaces, parted by commas, e.g. A1PA6795UKMFR9').meta({ title: 'Marketplaces', description: 'Only orders of these, by id; all unless given.' }).optional(),
  amazonFulfilled: z.enum(['read', 'leave']).meta({ title: 'Orders that Amazon sends', description: 'read (unless given): they are shown, and do not go to Odoo; leave: they are not read.' }).optional(),
  people: z.enum(['read', 'leave']).meta({ title: 'Buyers and addresses', description: 'read (unless given): the application has the restricted role Direct-to-Consumer Delivery; leave: orders come without.' }).optional(),
  everySeconds: whole(60, 86_400).meta({ title: 'Seconds between looks', description: 'At orders that changed. 300 unless given; Amazon allows a look every 180, and 20 in a row.' }).optional(),
  since: z.iso.date('must be a date, e.g. 2026-03-01').meta({ title: 'Orders changed since', description: 'The first look begins there; a day before it unless given.' }).optional(),
  feeSku: z.string().min(1).max(100).meta({ title: 'SKU of fees', description: 'Product in Odoo for gift wrap, cash on delivery and the like.' }).optional(),
  ...shopSettings,
  settleSeconds: whole(0, 86_400).meta({ title: 'Seconds to settle', description: 'How long Amazon may take to show a package that was told of. 900 unless given.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Of the API; that of the region unless given.' }).optional(),
  tokenUrl: callableUrl.meta({ title: 'Address of tokens', description: 'https://api.amazon.com/auth/o2/token unless given.' }).optional(),
});

export type AmazonSettings = z.infer<typeof settings>;
