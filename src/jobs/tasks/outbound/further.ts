import type { FurtherCommand } from '../../../connectors/contract.js';
import { acceptCommands, type NewCommand } from '../../../events/commands.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import type { ClaimedCommand } from './claim.js';

/**
 * Accepts what follows from a command that was performed, at other connections, in the transaction that says so: each once, by its key, and
 * once more where another attempt changes it.
 * A connection that is not there, or is not this company's, performs nothing: the command is given up there, and people are told. One in
 * shadow mode has no effects, and gets none.
 */
export async function acceptFurther(tasks: TaskContext, tx: Transaction, command: ClaimedCommand, further: readonly FurtherCommand[]): Promise<void> {
  if (further.length === 0) return;
  const called = [...new Set(further.map(({ connection }) => connection))];
  const known = await tx.selectFrom('connection').select(['id', 'company', 'shadow']).where('id', 'in', called).execute();
  const silent = new Set(known.filter(({ company, shadow }) => shadow || company !== command.company).map(({ id }) => id));
  for (const id of silent) tasks.log.warn({ command: command.id, connection: id }, 'what follows from a command is not sent there: the connection is in shadow mode, or of another company');
  for (const { kind, input, changed = input, connection, key } of further.filter((each) => !silent.has(each.connection))) {
    const wanted: NewCommand = {
      kind, input, connection, lane: 'DISPATCH', company: command.company, requestedBy: 'gatehouse', idempotencyKey: `${command.id}/${key}`, subject: command.subject, orderKey: command.subject,
      ...(command.shipment_id === null ? {} : { shipmentId: command.shipment_id }), correlationId: command.correlation_id, causationId: command.id,
    };
    await acceptCommands(tx, tasks.bodies, [wanted]).catch(async (error: unknown) => {
      if (!(error instanceof GatehouseError) || error.code !== 'CONFLICT' || error.field !== 'idempotencyKey') throw error;
      // Said before, of less or otherwise: who was told then is told of the change, in this attempt once.
      await acceptCommands(tx, tasks.bodies, [{ ...wanted, input: changed, idempotencyKey: `${wanted.idempotencyKey}/${command.attempts}` }]);
    });
  }
}
