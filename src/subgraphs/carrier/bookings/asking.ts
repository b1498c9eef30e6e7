import { GatehouseError } from '../../../lib/errors.js';
import { globalId } from '../../../lib/ids.js';
import type { AcceptedCommand, BookingAsker } from '../../shared/booking-commands.js';
import type { GraphContext } from '../../shared/context.js';
import { userErrorsOf } from '../../shared/user-errors.js';
import type { BookingPayload } from './types.js';

const longestKey = 200;

/**
 * Whose it is that somebody asks for: the company that was named, else the only one that the token sees, or main.
 * @throws GatehouseError NOT_FOUND where the token does not see it
 */
export function companyFor({ principal: { companies } }: GraphContext, named: string | null | undefined): string {
  const company = named ?? (Array.isArray(companies) && companies.length === 1 ? (companies[0] as string) : 'main');
  if (!seesCompany(companies, company)) throw new GatehouseError('NOT_FOUND', 'There is no such company, or this token may not see it.', { field: 'input.company' });
  return company;
}

export function seesCompany(companies: GraphContext['principal']['companies'], company: string): boolean {
  return companies === '*' || (companies !== 'none' && companies.includes(company));
}

/** @throws GatehouseError BAD_INPUT where the key is none */
export function askerOf({ principal, correlationId }: GraphContext, company: string, idempotencyKey: string): BookingAsker {
  const key = idempotencyKey.trim();
  if (key === '' || key.length > longestKey || key.includes('\0')) throw new GatehouseError('BAD_INPUT', `An idempotency key has 1 to ${longestKey} characters.`, { field: 'input.idempotencyKey' });
  return { company, requestedBy: principal.subject, by: actorOf(principal), idempotencyKey: key, correlationId };
}

export function actorOf({ subject, role }: GraphContext['principal']): BookingAsker['by'] {
  return { subject, role };
}

export async function accepted(work: () => Promise<AcceptedCommand>): Promise<BookingPayload> {
  try {
    const { command, duplicate } = await work();
    const id = globalId('Command', command);
    return { commandId: id, command: { id }, duplicate, userErrors: [] };
  } catch (error) {
    return { commandId: null, command: null, duplicate: false, userErrors: userErrorsOf(error) };
  }
}
