import { z } from 'zod';
import { eraseSubject, exportSubject, findSubject, type DataSubject } from '../../jobs/tasks/subject.js';
import { canonicalParty } from '../../auth/grant.js';
import { GatehouseError } from '../../lib/errors.js';
import type { Services } from '../../main.js';
import type { DataCommand } from './command.js';

const schema = z.object({ email: z.string().optional(), phone: z.string().optional(), party: z.string().optional(), reason: z.string().min(1, 'Say why with --reason; it is kept in the audit log.').max(500) });

/** Prints what is kept of a person, a line of JSON for each party, each order of a shop, each visit to which they drove and each load that they drive. */
export const subjectExport: DataCommand = {
  name: 'subject export',
  async *run(services, given, by) {
    const { person, reason } = await found(services, given);
    for await (const part of exportSubject(services.tasks, person, by, reason)) yield JSON.stringify(part);
  },
};

export const subjectErase: DataCommand = {
  name: 'subject erase',
  async *run(services, given, by) {
    const { person, reason } = await found(services, given);
    const { parties, shopOrders, visits, loads, personalData, messages } = await eraseSubject(services.tasks, person, by, reason);
    yield `Erased: ${parties} parties (${person.parties.map(({ id }) => id).join(', ')}), ${shopOrders === 0 ? '' : `who made ${shopOrders} orders in shops, `}${visits === 0 ? '' : `who drove to ${visits} visits, `}${loads === 0 ? '' : `who drives ${loads} loads, `}${personalData} records of personal data, the bodies of ${messages} raw messages.`;
    yield 'Sources still know this person: erase them there, too. What they go on telling is not kept here.';
  },
};

async function found(services: Services, given: Record<string, unknown>): Promise<{ person: DataSubject; reason: string }> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new GatehouseError('BAD_INPUT', parsed.error.issues[0]!.message);
  const { email, phone, party, reason } = parsed.data;
  if ([email, phone, party].filter((each) => each !== undefined).length !== 1) throw new GatehouseError('BAD_INPUT', 'Name the person by one of --email, --phone and --party.');
  return { person: await findSubject(services.tasks, { email, phone, party: party === undefined ? undefined : canonicalParty(party) }), reason };
}
