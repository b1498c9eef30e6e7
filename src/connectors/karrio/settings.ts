import { z } from 'zod';
import { callableUrl, webhookSecret, zone } from '../kit/settings.js';

/** Without `apiKey` a connection only receives what Karrio sends. */
export const settings = z.object({
  webhookSecret: webhookSecret.meta({ secret: true, title: 'Webhook secret', description: 'The `secret` that Karrio gave when its webhook was made (whsec_…); Karrio sends it with every message.' }),
  apiKey: z.string().min(8).max(200).meta({ secret: true, title: 'API key', description: 'Of Karrio (key_…); one of its test mode books nothing real. Needed for rates, booking and polling.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Where your Karrio answers, e.g. https://karrio.example.com. One in a network of yours needs GATEHOUSE_ALLOWED_NETWORKS.' }).optional(),
  carrierIds: z.string().max(500).meta({ title: 'Carriers', description: 'Ids of the carrier connections at Karrio that are asked, parted by commas. Unless given, all of them.' }).optional(),
  settleSeconds: z.coerce.number().int().min(1).max(3600).meta({ title: 'Settling time', description: 'Seconds after a purchase without an answer until “nothing was bought” is believed. Longer than Karrio’s own server lets a request take. Default 120.' }).optional(),
  zone: zone.optional(),
});

export type KarrioSettings = z.infer<typeof settings>;
