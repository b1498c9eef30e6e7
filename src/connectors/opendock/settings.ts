import { z } from 'zod';
import { callableUrl, webhookSecret } from '../kit/settings.js';

const whole = (least: number, most: number) => z.coerce.number('must be a whole number').int('must be a whole number').min(least).max(most);
const id = z.string().min(1).max(120);

/** Without `email` and `password` a connection only receives what Opendock sends. */
export const settings = z.object({
  webhookSecret,
  email: z.email().max(200).meta({ title: 'User', description: 'E-mail of the user by which this connection logs in. Needed to look for changes, and to book.' }).optional(),
  password: z.string().min(1).max(200).meta({ secret: true, title: 'Password', description: 'Of that user.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Where the API (Neutron) answers. Default https://neutron.opendock.com; https://neutron.staging.opendock.com to try things.' }).optional(),
  lookSeconds: whole(0, 86_400).meta({ title: 'Seconds between looks', description: 'At what changed there. Default 60 with a user; 0: never, what Opendock sends is all there is.' }).optional(),
  fromDays: whole(1, 3_650).meta({ title: 'Days of the first look', description: 'What changed within so many days is read when the connection is new. Default 30.' }).optional(),
  visits: z.enum(['look', 'webhook']).meta({ title: 'Visits', description: 'look: trucks on site are looked for as well; the user needs the right to read them. webhook unless given.' }).optional(),
  warehouseId: id.meta({ title: 'Warehouse', description: 'Opendock’s id of the warehouse of appointments that do not name theirs.' }).optional(),
  loadTypeId: id.meta({ title: 'Load type', description: 'Opendock’s id of the load type of appointments that are booked without naming one.' }).optional(),
  dockId: id.meta({ title: 'Dock', description: 'Opendock’s id of the dock of appointments that are booked without naming one.' }).optional(),
  userId: id.meta({ title: 'Carrier user', description: 'Opendock’s id of the user in whose name is booked, where that is another than the one that logs in.' }).optional(),
  settleSeconds: whole(1, 3_600).meta({ title: 'Seconds until an appointment shows', description: 'After a call whose answer was lost, so long is waited until nothing found means nothing booked. Default 30.' }).optional(),
});

export type OpendockSettings = z.infer<typeof settings>;
