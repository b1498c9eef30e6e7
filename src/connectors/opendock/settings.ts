import { z } from 'zod';
import { webhookSecret } from '../kit/settings.js';

export const settings = z.object({
  webhookSecret,
  warehouseId: z.string().min(1).max(120).optional().meta({ title: 'Warehouse', description: 'Opendock’s id of the warehouse of appointments that do not name theirs.' }),
});

export type OpendockSettings = z.infer<typeof settings>;
