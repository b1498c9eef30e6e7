import { z } from 'zod';
import { callableUrl, undeliverable, webhookSecret, zone } from '../kit/settings.js';

const key = z.string().min(4).max(200);

/** Without `apiKey` and `apiSecret` a connection only receives what FedEx sends. */
export const settings = z.object({
  webhookSecret: webhookSecret.meta({ secret: true, title: 'Security token', description: 'Of the webhook project at developer.fedex.com, under which FedEx signs.' }),
  apiKey: key.meta({ secret: true, title: 'API key', description: 'Of a project at developer.fedex.com with the Ship and Rate APIs. Needed for rates, booking and polling.' }).optional(),
  apiSecret: key.max(500).meta({ secret: true, title: 'Secret key', description: 'Of the same project.' }).optional(),
  trackApiKey: key.meta({ secret: true, title: 'API key for tracking', description: 'Where the Track API is in a project of its own, as FedEx asks of most.' }).optional(),
  trackApiSecret: key.max(500).meta({ secret: true, title: 'Secret key for tracking', description: 'Of the project for tracking.' }).optional(),
  accountNumber: z.string().regex(/^\d{9}$/, 'a FedEx account number has 9 digits').meta({ title: 'Account number', description: 'Who ships and pays. Needed for rates and booking.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Where the API answers. Default https://apis.fedex.com; https://apis-sandbox.fedex.com books nothing real.' }).optional(),
  pickup: z.enum(['USE_SCHEDULED_PICKUP', 'DROPOFF_AT_FEDEX_LOCATION', 'CONTACT_FEDEX_TO_SCHEDULE']).meta({ title: 'Pickup', description: 'How FedEx gets the parcels. Default USE_SCHEDULED_PICKUP.' }).optional(),
  settleSeconds: z.coerce.number('must be a whole number').int('must be a whole number').min(0).max(86_400).meta({ title: 'Settling time', description: 'Seconds for which FedEx is asked for a booking whose answer was lost, before a person is. Default 900.' }).optional(),
  afterSettling: z.enum(['ask', 'book']).meta({ title: 'After settling', description: 'ask: a person looks at FedEx where a booking whose answer was lost is not found. book: what is not found was not booked, and is booked again. What is found is cancelled, as its label was lost, and booked anew in any case. Set book only with a settling time in which FedEx shows your references for certain. Default ask.' }).optional(),
  undeliverable,
  zone: zone.meta({ title: 'Zone', description: 'IANA zone of the place that ships, whose day Ground’s end of day closes, and of times that arrive without one. Default UTC, where the evening of America is the next day.' }).optional(),
});

export type FedexSettings = z.infer<typeof settings>;
