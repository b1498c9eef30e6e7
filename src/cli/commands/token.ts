import { z } from 'zod';
import { roles } from '../../auth/principal.js';
import { GatehouseError } from '../../lib/errors.js';
import type { DataCommand } from './command.js';

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const maxTtl = 366 * 86_400;

/** `8h`, `30m`, `90s`, `7d` → seconds. */
export function parseTtl(text: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  const seconds = match === null ? 0 : Number(match[1]) * units[match[2]!]!;
  if (seconds < 1 || seconds > maxTtl) throw new GatehouseError('BAD_INPUT', `--ttl takes a time such as 30m, 8h or 7d, at most 366d; this is "${text}".`, { field: 'ttl' });
  return seconds;
}

const schema = z.object({
  role: z.enum(roles, { error: `--role takes one of: ${roles.join(', ')}.` }),
  party: z.array(z.string()).default([]),
  carrier: z.array(z.string()).default([]),
  company: z.array(z.string()).default([]),
  scope: z.string().optional(),
  ttl: z.string().default('8h'),
});

export const tokenCreate: DataCommand = {
  name: 'token create',
  async *run({ tokens }, given) {
    const parsed = schema.safeParse(given);
    if (!parsed.success) throw new GatehouseError('BAD_INPUT', parsed.error.issues[0]!.message);
    const { role, party, carrier, company, scope, ttl } = parsed.data;
    yield await tokens.create({ role, parties: party, carriers: carrier, companies: company, ttl: parseTtl(ttl), ...(scope === undefined ? {} : { scopes: scope.split(',').map((each) => each.trim()) }) });
  },
};
