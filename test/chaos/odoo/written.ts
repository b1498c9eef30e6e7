import type { Measurement } from '../../support/measurements.js';
import type { WriteBackStage } from './write-back.js';

interface Expected {
  pickings: readonly number[];
  milestonesEach: number;
  labels: number;
  /** Commands that waited when Odoo came back. */
  waiting: number;
  kills: number;
  /** Kills that met calls under way. */
  inFlight: number;
  seconds: number;
  rollbacks: number;
}

/** What stands in Odoo against what was reported and booked. */
export async function countWritten({ odoo, gatehouse }: WriteBackStage, expected: Expected): Promise<Measurement[]> {
  const found = await odoo.count(expected.pickings, expected.milestonesEach, expected.rollbacks);
  const [commands] = await gatehouse.rows<{ done: number; duplicates: number; repeated: number; exceptions: number }>(`select
    (select count(*)::int from command where kind = 'odoo.apply' and state = 'DONE') as done,
    (select count(*)::int from command where kind = 'odoo.apply' and result->>'state' = 'duplicate') as duplicates,
    (select count(*)::int from command where kind = 'odoo.apply' and attempts > 1) as repeated,
    (select count(*)::int from exception where kind = 'COMMAND_FAILED' and state <> 'RESOLVED') as exceptions`);
  const { labels, pickings } = expected;
  const milestones = pickings.length * expected.milestonesEach;
  const name = (text: string) => `${odoo.name}: ${text}`;
  const told = (text: string, value: number, unit: string): Measurement => ({ name: name(text), value, unit, aim: null, ok: true });
  const exactly = (text: string, value: number, aim: number, unit: string): Measurement => ({ name: name(text), value, unit, aim: String(aim), ok: value === aim });
  return [
    told('waited when Odoo came back', expected.waiting, 'commands'), told('until all was written back', expected.seconds, 's'),
    told('gateway killed with -9', expected.kills, 'times'), exactly('of these while commands were carried out', expected.inFlight, expected.kills, 'times'),
    exactly('transactions of Odoo that failed at their end', found.failed, expected.rollbacks, 'transactions'),
    told('commands that were begun again', commands!.repeated, 'commands'), told('of these that Odoo had carried out before', commands!.duplicates, 'commands'),
    exactly('milestones in Odoo', found.milestones, milestones, 'milestones'), exactly('of these distinct', found.distinctMilestones, milestones, 'milestones'),
    exactly('deliveries with more or fewer milestones', found.unlike, 0, 'deliveries'), exactly('deliveries with the right status, date and estimate', found.delivered, pickings.length, 'deliveries'),
    exactly('labels in Odoo', found.files, labels, 'files'), exactly('of these distinct', found.distinctFiles, labels, 'files'), exactly('messages for them', found.messages, labels, 'messages'),
    exactly('rows of the inbox against commands that were done', found.inbox, commands!.done, 'commands'), exactly('commands given up', commands!.exceptions, 0, 'commands'),
  ];
}
