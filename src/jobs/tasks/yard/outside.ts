import type { Principal } from '../../../auth/principal.js';
import { connectorOf } from '../../../connectors/registry.js';
import { recordAudit } from '../../../events/audit.js';
import { acceptCommands } from '../../../events/commands.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { CommandInputs } from '../../../model/commands.js';
import type { TaskContext } from '../context.js';

type OutsideKind = 'appointment.book' | 'appointment.move' | 'appointment.cancel';

const longestKey = 200;

/** Times at docks that other systems give out: asked for there, accepted in a transaction of its own. */
export function openOutsideDesk(tasks: Pick<TaskContext, 'database' | 'bodies' | 'connections'>) {
  return {
    /**
     * @param to `subject`: what it is about; commands of one subject are performed in the order in which they were asked for
     * @throws GatehouseError NOT_FOUND, BAD_INPUT, CONFLICT
     */
    async send<K extends OutsideKind>(kind: K, input: CommandInputs[K], to: { connection: string; subject: string; idempotencyKey: string; deadlineAt?: string }, by: Principal, correlationId: string): Promise<{ command: string; duplicate: boolean }> {
      const key = to.idempotencyKey.trim();
      if (key === '' || key.length > longestKey || key.includes('\0')) throw new GatehouseError('BAD_INPUT', `An idempotency key has 1 to ${longestKey} characters.`, { field: 'input.idempotencyKey' });
      const connection = await tasks.connections.find(to.connection);
      const isTheirs = connection !== null && (by.companies === '*' || (by.companies !== 'none' && by.companies.includes(connection.company)));
      if (!isTheirs) throw new GatehouseError('NOT_FOUND', 'There is no such connection, or this token may not see it.', { field: 'input.connection' });
      if (connectorOf(connection.connector)?.perform?.commands.includes(kind) !== true) throw new GatehouseError('BAD_INPUT', `A connection of ${connection.connector} gives out no times at docks.`, { field: 'input.connection' });
      return tasks.database.transaction(async (tx) => {
        const [accepted] = await acceptCommands(tx, tasks.bodies, [{
          kind, input, asked: asAsked(input), connection: connection.id, lane: 'DISPATCH', company: connection.company, requestedBy: by.subject, idempotencyKey: key, subject: to.subject, orderKey: to.subject, correlationId,
          ...(to.deadlineAt === undefined ? {} : { deadlineAt: to.deadlineAt }),
        }]);
        const { id, duplicate } = accepted!;
        if (!duplicate) await recordAudit(tx, [{ actor: by, action: `${kind.replace('.', '_')}.requested`, target: { kind: 'command', id }, correlationId, payload: { connection: connection.id, subject: to.subject } }]);
        return { command: id, duplicate };
      });
    },
  };
}

/** What is known here of the appointment may change until somebody asks again for the same. */
function asAsked(input: object): object {
  return Object.fromEntries(Object.entries(input).filter(([name]) => name !== 'known'));
}
