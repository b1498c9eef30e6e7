import { z } from 'zod';
import { noticeSettings } from '../kit/edi/receivers.js';
import { webhookSecret, zone } from '../kit/settings.js';
import { structured } from '../kit/structured.js';
import { transportSettings } from '../kit/transports/transport.js';
import { warehouseSettings } from '../kit/warehouse.js';
import { profileSchema } from './profile.js';

export const settings = z.object({
  /** Needed where messages come over HTTP; a watched folder is guarded by the rights on the folder. */
  webhookSecret: webhookSecret.optional(),
  zone: zone.optional(),
  folder: z.string().min(1).meta({ title: 'Folder', description: 'Path of a folder into which interchanges are put, one file each.' }).optional(),
  profile: structured(profileSchema).meta({ title: 'Partner', description: 'What was agreed with the partner, as JSON: {"us":{"id":"ME","qualifier":"14"},"partner":{"id":"THEM","qualifier":"14"},"acknowledge":true}. Nothing is sent without it.' }).optional(),
  ...transportSettings,
  ...noticeSettings,
  warehouses: warehouseSettings.warehouses.meta({ title: 'Warehouses', description: 'Warehouses of Odoo with the name or number that each has at the partner, so that what its despatch advices state is of them, e.g. WH=4012345000016.' }),
});

export type EdifactSettings = z.infer<typeof settings>;
