import { z } from 'zod';
import { callableUrl, webhookSecret } from '../kit/settings.js';

/** Without `apiKey` a connection only receives what DHL pushes. */
export const settings = z.object({
  webhookSecret: webhookSecret.meta({ secret: true, title: 'Webhook token', description: 'What DHL is to send with every push, as bearer token or in x-gatehouse-token.' }),
  apiKey: z.string().min(8).max(200).meta({ secret: true, title: 'API key', description: 'Of an app at developer.dhl.com with Shipment Tracking - Unified. Needed for polling.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Where the API answers. Default https://api-eu.dhl.com.' }).optional(),
});

export type DhlSettings = z.infer<typeof settings>;
