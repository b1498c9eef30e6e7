import { z } from 'zod';

/** An amount that is not negative as carriers' APIs state it, text or number; given as decimal text. */
export const wireAmount = z.union([z.string().regex(/^\d{1,12}(\.\d{1,6})?$/), z.number().nonnegative().lt(1e12).transform((value) => String(Number(value.toFixed(6))))]);

/** ISO 4217. */
export const wireCurrency = z.string().regex(/^[A-Z]{3}$/);
