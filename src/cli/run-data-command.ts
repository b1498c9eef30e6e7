import type { Actor } from '../events/audit.js';
import { GatehouseError } from '../lib/errors.js';
import type { Services } from '../main.js';
import { requireApproval } from './commands/approval.js';
import type { DataCommand } from './commands/command.js';
import { dataCommands } from './commands/index.js';

/**
 * Runs a command in this process.
 * @param by user of the system who runs it
 */
export function runHere(services: Services, name: string, options: Record<string, unknown>, by: string): AsyncIterable<string> {
  const command = dataCommands.find((each) => each.name === name);
  if (command === undefined) throw new GatehouseError('BAD_INPUT', `There is no command ${name}.`);
  return runAudited(services, command, options, { subject: `cli:${by}`, role: 'cli' });
}

/** That it runs is durable in the audit log before it does anything; that it failed, after. */
async function* runAudited(services: Services, command: DataCommand, options: Record<string, unknown>, actor: Actor): AsyncIterable<string> {
  await requireApproval(services, command, options, actor);
  const entry = command.audit?.(options);
  if (entry !== undefined) await services.audit.record({ ...entry, actor });
  try {
    yield* command.run(services, options, actor);
  } catch (error) {
    if (entry !== undefined) await services.audit.record({ actor, action: `${entry.action}.failed`, target: entry.target, payload: { code: error instanceof GatehouseError ? error.code : 'INTERNAL' } });
    throw error;
  }
}
