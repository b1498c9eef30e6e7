import { z } from 'zod';
import { callableUrl, undeliverable, webhookSecret } from '../kit/settings.js';

/** Without `apiKey` a connection only receives what Shippo sends. Shippo signs webhooks once its support has set a secret up. */
export const settings = z.object({
  webhookSecret,
  apiKey: z.string().min(8).max(200).meta({ secret: true, title: 'API key', description: 'Of Shippo; a test key (shippo_test_…) books nothing real. Needed for rates, booking and polling.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Where the API answers. Default https://api.goshippo.com.' }).optional(),
  settleSeconds: z.coerce.number().int().min(1).max(3600).meta({ title: 'Settling time', description: 'Seconds after a purchase without an answer until “nothing was bought” is believed. Default 60.' }).optional(),
  undeliverable,
});

export type ShippoSettings = z.infer<typeof settings>;
