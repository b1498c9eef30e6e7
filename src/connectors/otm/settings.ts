import { z } from 'zod';
import { webhookSecret, zone } from '../kit/settings.js';

export const settings = z.object({ webhookSecret, zone: zone.optional() });

export type OtmSettings = z.infer<typeof settings>;
