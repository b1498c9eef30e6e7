import type { z } from 'zod';
import { GatehouseError } from '../../lib/errors.js';

/** Options by their schema. @throws GatehouseError BAD_INPUT with what is wrong first */
export function readOptions<T>(schema: z.ZodType<T>, given: Record<string, unknown>): T {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new GatehouseError('BAD_INPUT', `${parsed.error.issues[0]!.path.join('.')}: ${parsed.error.issues[0]!.message}`);
  return parsed.data;
}
