import type { DataKeys } from '../../../auth/data-keys.js';
import type { Principal } from '../../../auth/principal.js';
import { argumentsText } from '../../../events/approvals.js';
import { attemptPurpose, openInput, type DeadFilter } from '../../../events/commands.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { Json } from '../../../lib/json.js';
import type { TaskContext } from '../context.js';
import { pollNow } from '../polling/schedule.js';
import { needSecondPerson } from '../second-person.js';
import { discardCommand, maxRedriven, previewRedrive, redriveCommands, replayCommand, retryCommand } from './leave.js';
import { changePolicy, listPartners } from './partners.js';

/**
 * What people decide about commands over the graph, each as a principal, who sees none of other companies.
 * @param options.fourEyes whether this process wants a second person for what discards, alters or redrives
 */
export function openCommandDesk(tasks: TaskContext, { fourEyes, keys }: { fourEyes: boolean; keys: Pick<DataKeys, 'fingerprint'> }) {
  const needSecond = (by: Principal, action: string, given: Record<string, Json>, reason: string | undefined) => needSecondPerson(tasks, { kinds: ['commands'], fourEyes, keys }, by, action, given, reason);
  return {
    /** Input of a command as JSON text; null once its retention has ended. Who may see it is the caller's to know. */
    async input(id: string): Promise<string | null> {
      const row = await tasks.database.kysely.selectFrom('command').select(['id', 'input']).where('id', '=', id).executeTakeFirst();
      const input = row === undefined ? null : openInput(tasks.bodies, row);
      return input === null ? null : JSON.stringify(input);
    },
    /** What was answered to an attempt, cut; null where nothing was, or its retention has ended. */
    async answer(attemptId: string): Promise<string | null> {
      const row = await tasks.database.kysely.selectFrom('command_attempt').select('raw').where('id', '=', attemptId).executeTakeFirst();
      return row?.raw == null ? null : Buffer.from(tasks.bodies.openBytes(row.raw, attemptPurpose(attemptId))).toString();
    },
    retry: (id: string, by: Principal) => retryCommand(tasks, id, by, by.companies),
    async replay(id: string, input: string, by: Principal, reason?: string): Promise<string> {
      const parsed = parseInput(input);
      // What it says may name people; who approves sees that it is changed, and may look at the command.
      await needSecond(by, 'command replay', { command: id, input: keys.fingerprint(argumentsText('input', { parsed })).toString('hex') }, reason);
      return replayCommand(tasks, id, parsed, by, by.companies);
    },
    async discard(id: string, reason: string, by: Principal): Promise<void> {
      await needSecond(by, 'command discard', { command: id }, reason);
      await discardCommand(tasks, id, reason, by, by.companies);
    },
    preview: (filter: DeadFilter, by: Principal) => previewRedrive(tasks, filter, by.companies),
    async redrive(filter: DeadFilter, perMinute: number, by: Principal, reason?: string): Promise<number> {
      if (!Number.isInteger(perMinute) || perMinute < 1 || perMinute > maxRedriven) throw new GatehouseError('BAD_INPUT', `perMinute takes 1 to ${maxRedriven}.`, { field: 'perMinute' });
      await needSecond(by, 'command redrive', { ...filter, perMinute }, reason);
      return redriveCommands(tasks, filter, perMinute, by, by.companies);
    },
    poll: (connection: string, by: Principal, correlationId: string) => pollNow(tasks, connection, by.companies, { by, correlationId }),
    partners: (by: Principal) => listPartners(tasks, by.companies),
    setPolicy: (connection: string, change: Readonly<Record<string, Json>>, by: Principal) => changePolicy(tasks, connection, change, by, by.companies),
  };
}

/** @throws GatehouseError BAD_INPUT */
export function parseInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GatehouseError('BAD_INPUT', 'input is no JSON.', { field: 'input', cause });
  }
}
