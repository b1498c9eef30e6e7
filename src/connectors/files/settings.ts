import { z } from 'zod';
import { webhookSecret, zone } from '../kit/settings.js';
import { structured } from '../kit/structured.js';
import { transportSettings } from '../kit/transports/transport.js';
import { mappingSchema } from './mapping.js';

export const settings = z.object({
  /** Needed where files come over HTTP; a watched folder is guarded by the rights on the folder. */
  webhookSecret: webhookSecret.optional(),
  zone: zone.optional(),
  folder: z.string().min(1).meta({ title: 'Folder', description: 'Path of a folder into which files are put.' }).optional(),
  mapping: structured(mappingSchema).meta({
    title: 'Mapping', description: 'How lines become facts, as JSON: {"records":"milestones","fields":{"reference":"Tracking","code":"Status","time":"When"},"codes":{"10":"PICKED_UP"}}. Try it with: gatehouse connection try <id> <file>',
  }),
  results: z.enum(['none', 'rejected', 'all']).default('none')
    .meta({ title: 'Results file', description: 'Which lines a file names that goes back by the transport: those that were not taken, or all. Default none.' }),
  ...transportSettings,
});

export type FilesSettings = z.infer<typeof settings>;
