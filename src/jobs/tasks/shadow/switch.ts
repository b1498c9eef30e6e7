import type { Connections } from '../../../auth/connections.js';
import { recordAudit, type Actor } from '../../../events/audit.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { Transaction } from '../../engine.js';

/**
 * Switches shadow mode of a connection. What it said before stays; to go live, its kept messages are replayed, and what was kept
 * apart is forgotten (`forgetShadow`).
 * @returns whether it was otherwise before
 * @throws GatehouseError NOT_FOUND; CONFLICT where something is still to be done at its system
 */
export async function switchShadow(tx: Transaction, connections: Pick<Connections, 'setShadow'>, id: string, on: boolean, by: Actor): Promise<boolean> {
  const changed = await connections.setShadow(tx, id, on);
  if (!changed) return false;
  const open = on ? await tx.selectFrom('command').select((e) => e.fn.countAll<number>().as('count')).where('connection', '=', id).where('state', 'in', ['QUEUED', 'WAITING', 'CALLING']).where('kind', '<>', 'source.poll').executeTakeFirstOrThrow() : { count: 0 };
  if (open.count > 0) throw new GatehouseError('CONFLICT', `${open.count} commands to ${id} have not ended. Wait for them or discard them: gatehouse command list --connection ${id}`);
  await recordAudit(tx, [{ actor: by, action: on ? 'connection.shadowed' : 'connection.live', target: { kind: 'connection', id } }]);
  return true;
}

/** Deletes what a connection that is live now had said in shadow mode: its messages were replayed, and the log has it. */
export async function forgetShadow(tx: Transaction, id: string): Promise<void> {
  await tx.deleteFrom('shadow_fact').where('connection', '=', id).execute();
}
