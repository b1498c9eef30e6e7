import { z } from 'zod';
import { keptFourEyes } from '../../auth/installation.js';
import { argumentsText, decideApproval, listApprovals, takeApproval } from '../../events/approvals.js';
import type { Actor } from '../../events/audit.js';
import { GatehouseError } from '../../lib/errors.js';
import { isUuid } from '../../lib/ids.js';
import type { Services } from '../../main.js';
import type { DataCommand } from './command.js';

/**
 * Lets a command of `GATEHOUSE_FOUR_EYES`, of this process or of the server that started last, run once a second person has approved the very same arguments.
 * @throws GatehouseError CONFLICT where that is still to come, naming the request
 */
export async function requireApproval(services: Services, command: DataCommand, given: Record<string, unknown>, by: Actor): Promise<void> {
  const { config, database, keys } = services;
  const kinds: readonly string[] = typeof command.fourEyes === 'function' ? command.fourEyes(given) : command.fourEyes === undefined ? [] : [command.fourEyes];
  if (kinds.length === 0 || ![...config.fourEyes, ...(await keptFourEyes(database))].some((wanted) => kinds.includes(wanted))) return;
  const { reason, ...options } = given;
  const entry = command.audit!(given);
  const sensitive = { action: command.name, arguments: { [entry.target.kind]: entry.target.id, ...entry.payload, ...(await command.shown?.(services, given)) }, digest: keys.fingerprint(argumentsText(command.name, options)) };
  const { approved, approval } = await database.transaction((tx) => takeApproval(tx, sensitive, by, typeof reason === 'string' ? reason : undefined));
  if (!approved) throw new GatehouseError('CONFLICT', `This needs a second person’s approval. Have somebody else run: gatehouse approval approve ${approval.id} --reason "..."; then run the same command again.`);
}

export const approvalList: DataCommand = {
  name: 'approval list',
  async *run({ database }, given) {
    const { all } = z.object({ all: z.boolean().default(false) }).parse(given);
    const rows = await listApprovals(database.kysely, { waiting: !all, limit: 200 });
    if (rows.length === 0) yield all ? 'Nothing was asked for yet.' : 'Nothing waits for approval.';
    for (const row of rows) {
      yield `${row.id}  ${row.action}  ${JSON.stringify(row.arguments)}  asked for by ${row.requested_by} until ${row.expires_at.slice(0, 16)}: ${row.reason}`;
      if (row.decision !== null) yield `  ${row.decision} by ${row.decided_by} at ${row.decided_at!.slice(0, 16)}: ${row.decision_reason}${row.used_at === null ? '' : `; used at ${row.used_at.slice(0, 16)}`}`;
    }
  },
};

export const approvalApprove: DataCommand = { name: 'approval approve', run: (services, given, by) => decide(services, given, by, 'APPROVED') };
export const approvalRefuse: DataCommand = { name: 'approval refuse', run: (services, given, by) => decide(services, given, by, 'REFUSED') };

const decideSchema = z.object({ id: z.string().refine(isUuid, 'This is no id of a request. List them with: gatehouse approval list'), reason: z.string().min(1).max(2000), token: z.string().optional() });

async function* decide(services: Services, given: Record<string, unknown>, by: Actor, decision: 'APPROVED' | 'REFUSED'): AsyncIterable<string> {
  const parsed = decideSchema.safeParse(given);
  if (!parsed.success) throw new GatehouseError('BAD_INPUT', parsed.error.issues[0]!.message);
  const { id, reason, token } = parsed.data;
  const actor = token === undefined ? by : await actorOf(services, token);
  const row = await services.database.transaction((tx) => decideApproval(tx, id, decision, actor, reason));
  yield decision === 'APPROVED' ? `Approved. ${row.requested_by} may run "${row.action}" once, until ${row.expires_at.slice(0, 16)}.` : 'Refused.';
}

async function actorOf({ tokens }: Services, token: string): Promise<Actor> {
  const principal = await tokens.authenticate(`Bearer ${token}`);
  if (!principal.scopes.has('approvals:decide')) throw new GatehouseError('FORBIDDEN', 'The token does not carry the scope approvals:decide.');
  return principal;
}
