import { GatehouseError } from '../../../lib/errors.js';
import type { AddressCheck } from '../../../model/addresses.js';
import type { FreightAddress } from '../../../model/commands.js';
import type { TaskContext } from '../context.js';
import { accessTo, partnersFor } from './partners.js';

/** Who waits for it waits in front of a screen, ms. */
const deadlineMs = 4_000;

export interface CheckedAt extends AddressCheck {
  /** Connection that was asked. */
  connection: string;
}

/**
 * Asks a carrier about an address: the connection that was named, else the first of the company that can. Where it does not
 * answer, or refuses to, the verdict is UNKNOWN and says why: whoever asks decides without it.
 * @throws GatehouseError BAD_INPUT where none can
 */
export async function checkAddress(tasks: Pick<TaskContext, 'connections' | 'allowedNetworks'>, company: string, wanted: string | undefined, address: FreightAddress): Promise<CheckedAt> {
  const partners = await partnersFor(tasks, company, 'address');
  const found = wanted === undefined ? partners[0] : partners.find(({ connection }) => connection.id === wanted);
  if (found === undefined) throw new GatehouseError('BAD_INPUT', wanted === undefined ? `No connection of ${company} can be asked about addresses.` : `The connection ${wanted} cannot be asked about addresses for ${company}.`, { field: 'input.connection' });
  const answer = await found.connector.checkAddress!.check(accessTo(found, tasks), address, deadlineMs);
  const connection = found.connection.id;
  return answer.ok ? { connection, ...answer.value } : { connection, verdict: 'UNKNOWN', address: null, candidates: [], isResidential: null, messages: [answer.error.message] };
}
