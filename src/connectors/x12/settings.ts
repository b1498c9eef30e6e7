import { z } from 'zod';
import { webhookSecret, zone } from '../kit/settings.js';

export const settings = z.object({
  /** Needed where messages come over HTTP; a watched folder is guarded by the rights on the folder. */
  webhookSecret: webhookSecret.optional(),
  zone: zone.optional(),
  folder: z.string().min(1).meta({ title: 'Folder', description: 'Path of a folder into which interchanges are put, one file each.' }).optional(),
});

export type X12Settings = z.infer<typeof settings>;
