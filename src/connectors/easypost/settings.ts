import { z } from 'zod';
import { webhookSecret } from '../kit/settings.js';

export const settings = z.object({ webhookSecret });

export type EasyPostSettings = z.infer<typeof settings>;
