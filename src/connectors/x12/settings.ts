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
  profile: structured(profileSchema).meta({ title: 'Partner', description: 'What was agreed with the partner, as JSON: {"us":{"qualifier":"ZZ","id":"ME"},"partner":{"qualifier":"02","id":"SCAC"},"version":"004010","usage":"P","acknowledge":["997"]}. Nothing is sent without it.' }).optional(),
  ...transportSettings,
  ...noticeSettings,
  ...warehouseSettings,
  adjustmentReasons: z.string().max(2_000).optional().meta({ title: 'Reasons of adjustments', description: 'What the partner means by its codes in a 947, e.g. AA=COUNT, AB=DAMAGE.' }),
});

export type X12Settings = z.infer<typeof settings>;
