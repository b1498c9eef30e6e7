import { z } from 'zod';
import { callableUrl, webhookSecret } from '../kit/settings.js';

const whole = (least: number, most: number) => z.coerce.number('must be a whole number').int('must be a whole number').min(least).max(most);
const id = z.string().min(1).max(120);

export const settings = z.object({
  webhookSecret: webhookSecret.meta({ secret: true, title: 'Capability', description: 'Ends the address at which this connection is told of changes: /ingest/<connection>/<capability>. 20 letters and digits at least keep it from being guessed.' }),
  url: callableUrl.meta({ title: 'Address', description: 'Where the scheduling system answers, without /appointments/v1. Needed to book.' }).optional(),
  apiKey: z.string().min(6).max(4_000).meta({ secret: true, title: 'Token', description: 'Sent as a bearer token. This, or tokenUrl with clientId and clientSecret.' }).optional(),
  tokenUrl: callableUrl.meta({ title: 'Token address', description: 'Where tokens are given by client credentials (OAuth 2.0).' }).optional(),
  clientId: z.string().min(1).max(300).meta({ title: 'Client id', description: 'For the token address.' }).optional(),
  clientSecret: z.string().min(1).max(1_000).meta({ secret: true, title: 'Client secret', description: 'For the token address.' }).optional(),
  identifyBy: z.enum(['primaryReferenceNumber', 'poNumber', 'bolNumber']).meta({ title: 'Loads are named by', description: 'Which of the standard’s numbers the first reference of a request is. primaryReferenceNumber unless given.' }).optional(),
  locationId: id.meta({ title: 'Location', description: 'The system’s own id of the facility of requests that name none.' }).optional(),
  peer: z.enum(['gatehouse']).meta({ title: 'Other side', description: 'gatehouse: the system is another Gatehouse, which is told besides whether goods come or go.' }).optional(),
  carrier: id.meta({ title: 'Carrier', description: 'Code of the carrier in whose name is booked; shown with the appointments.' }).optional(),
  followSeconds: whole(1, 86_400).meta({ title: 'Seconds between questions', description: 'After what became of a request that is not decided at once, where the system does not say when to ask. Default 60.' }).optional(),
  settleSeconds: whole(1, 3_600).meta({ title: 'Seconds until an appointment shows', description: 'After a call whose answer was lost, so long is waited until nothing found means nothing booked. Default 30.' }).optional(),
});

export type SscSettings = z.infer<typeof settings>;
