import { z } from 'zod';
import { callableUrl, webhookSecret } from '../kit/settings.js';

const whole = (least: number, most: number) => z.coerce.number('must be a whole number').int('must be a whole number').min(least).max(most);

/** Without `apiKey` a connection only receives what Samsara sends: positions come by polling alone. */
export const settings = z.object({
  webhookSecret: webhookSecret.meta({ secret: true, title: 'Webhook secret', description: 'The secret key that Samsara shows of the webhook, in base64 as it is shown.' }),
  apiKey: z.string().min(8).max(200).meta({ secret: true, title: 'API token', description: 'With the right to read vehicle statistics. Needed for positions.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Where the API answers. Default https://api.samsara.com; https://api.eu.samsara.com for European accounts.' }).optional(),
  everySeconds: whole(5, 3600).meta({ title: 'Seconds between looks', description: 'At the feed of positions. Default 30; Samsara asks for 5 at least.' }).optional(),
  routes: z.enum(['feed', 'webhook']).meta({ title: 'Stops of routes', description: 'feed: arrivals, departures and expected times are read from the feed of routes, too, so that a lost webhook loses nothing; the token needs the right to read routes. webhook unless given.' }).optional(),
  thinMetres: whole(1, 100_000).meta({ title: 'Metres between positions', description: 'A position is kept when it is so far from the one kept last. Default 250.' }).optional(),
  thinSeconds: whole(1, 86_400).meta({ title: 'Seconds between positions', description: 'A position is kept when it is so much later than the one kept last, however near. Default 120.' }).optional(),
  freshMetres: whole(1, 100_000).meta({ title: 'Metres of the last position', description: 'What is shown as the last position is never further than so from where a vehicle was at the latest look. Default 50.' }).optional(),
  tagIds: z.string().max(500).regex(/^\d+(,\d+)*$/, 'takes ids of tags, parted by commas').meta({ title: 'Tags', description: 'Only vehicles with one of these tags, by id.' }).optional(),
  vehicleExternalId: z.string().min(1).max(60).meta({ title: 'External id of vehicles', description: 'Name of the external id in which Samsara keeps what your other systems call a vehicle. Loads find their truck by it first, then by Samsara’s own id, the plate, the name.' }).optional(),
  shipmentExternalId: z.string().min(1).max(60).meta({ title: 'External id of shipments', description: 'Name of the external id in which a stop of a Samsara route says which shipments it is for; several are parted by commas. Default shipment.' }).optional(),
});

export type SamsaraSettings = z.infer<typeof settings>;
