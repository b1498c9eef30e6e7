import { z } from 'zod';

/**
 * A setting that is more than one value: given as an object, or as the JSON text of one, as the command line gives it
 * (`--set transport='{"kind":"folder","path":"/var/edi/out"}'`).
 */
export function structured<T extends z.ZodType>(schema: T) {
  return z.preprocess((value, context) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON, e.g. {"kind":"folder","path":"/var/edi/out"}' });
      return z.NEVER;
    }
  }, schema);
}
