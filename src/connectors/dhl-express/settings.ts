import { z } from 'zod';
import { callableUrl, undeliverable, webhookSecret, zone } from '../kit/settings.js';

const account = z.string().regex(/^[A-Za-z0-9]{1,12}$/, 'a DHL Express account number has at most 12 digits');

export const settings = z.object({
  webhookSecret: webhookSecret.meta({ secret: true, title: 'Token', description: 'Of who hands over messages in the form of DHL Express tracking; DHL itself sends none. Without it nothing from outside is taken.' }).optional(),
  apiKey: z.string().min(3).max(200).meta({ secret: true, title: 'API key', description: 'User name of the MyDHL API, from developer.dhl.com.' }).optional(),
  apiSecret: z.string().min(3).max(500).meta({ secret: true, title: 'API secret', description: 'Password of the MyDHL API.' }).optional(),
  accountNumber: account.meta({ title: 'Account number', description: 'DHL Express account that ships and pays. Needed for rates, booking and pickups.' }).optional(),
  importAccountNumber: account.meta({ title: 'Import account', description: 'Account that pays for what comes back to us. Default: the account that ships.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Where the API answers. Default https://express.api.dhl.com/mydhlapi; with /test behind it nothing real is booked.' }).optional(),
  zone: zone.meta({ title: 'Zone', description: 'IANA zone of the place from which parcels go out. Default UTC.' }).optional(),
  paperless: z.enum(['on', 'off']).meta({ title: 'Paperless trade', description: 'on: customs get the invoice by wire, where both countries take it so. The account must be enrolled. Default off.' }).optional(),
  labelTemplate: z.string().regex(/^[A-Za-z0-9_]{3,25}$/, 'a template of DHL is called like ECOM26_84_001').meta({ title: 'Label template', description: 'Default ECOM26_84_001 (8 by 4 inches); ECOM26_A6_002 is A6.' }).optional(),
  undeliverable,
  settleSeconds: z.coerce.number('must be a whole number').int('must be a whole number').min(0).max(86_400).meta({ title: 'Settling time', description: 'Seconds for which DHL is asked for a booking whose answer was lost, before a person is. Default 900.' }).optional(),
  afterSettling: z.enum(['ask', 'book']).meta({ title: 'After settling', description: 'What becomes of a booking whose answer, and with it the label, was lost. ask: a person decides. book: it is booked again; the one without a label cannot be handed to DHL, and DHL charges for what it is handed. Default ask.' }).optional(),
});

export type DhlExpressSettings = z.infer<typeof settings>;
