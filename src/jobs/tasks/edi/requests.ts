import type { Principal } from '../../../auth/principal.js';
import { connectorOf } from '../../../connectors/registry.js';
import { recordAudit } from '../../../events/audit.js';
import { acceptCommands } from '../../../events/commands.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { CommandInputs } from '../../../model/commands.js';
import type { TaskContext } from '../context.js';
import { lockNotices, noticeOf, type NoticeWish } from './notices.js';

const longestKey = 200;

type EdiKind = 'tender.send' | 'tender.answer' | 'status.send' | 'notice.send';

/** What somebody sends to a partner over EDI, accepted in a transaction of its own. */
export function openEdiDesk(tasks: Pick<TaskContext, 'database' | 'bodies' | 'connections' | 'people'>) {
  return {
    /** @throws GatehouseError NOT_FOUND, BAD_INPUT, CONFLICT */
    async send<K extends Exclude<EdiKind, 'notice.send'>>(kind: K, input: CommandInputs[K], to: { connection: string; subject: string; idempotencyKey: string }, by: Principal, correlationId: string): Promise<{ command: string; duplicate: boolean }> {
      const key = checkedKey(to.idempotencyKey);
      const connection = await connectionFor(tasks, kind, to.connection, by);
      return tasks.database.transaction(async (tx) => {
        const [accepted] = await acceptCommands(tx, tasks.bodies, [{ kind, input, connection: connection.id, lane: kind === 'status.send' ? 'REPORT' : 'DISPATCH', company: connection.company, requestedBy: by.subject, idempotencyKey: key, subject: to.subject, orderKey: to.subject, correlationId }]);
        const { id, duplicate } = accepted!;
        if (!duplicate) await recordAudit(tx, [{ actor: by, action: `${kind.replace('.', '_')}.requested`, target: { kind: 'command', id }, correlationId, payload: { connection: connection.id, load: input.load } }]);
        return { command: id, duplicate };
      });
    },

    /** @throws GatehouseError as `send`, and as `noticeOf` */
    async sendNotice(wish: NoticeWish, to: { connection: string; idempotencyKey: string }, by: Principal, correlationId: string): Promise<{ command: string; duplicate: boolean }> {
      const key = checkedKey(to.idempotencyKey);
      const connection = await connectionFor(tasks, 'notice.send', to.connection, by);
      return tasks.database.transaction(async (tx) => {
        const { notice, transfer } = await noticeOf(tasks, tx, wish);
        if (transfer.company !== connection.company) throw new GatehouseError('BAD_INPUT', 'The connection is one of another company.', { field: 'input.connection' });
        const subject = `odoo.delivery:${transfer.subject.slice('transfer:'.length)}`;
        await lockNotices(tx, [connection.id]);
        const [accepted] = await acceptCommands(tx, tasks.bodies, [{
          kind: 'notice.send', input: notice, asked: wish, connection: connection.id, lane: 'DISPATCH', company: connection.company, requestedBy: by.subject, idempotencyKey: key, subject, orderKey: subject,
          ...(transfer.shipment_id === null ? {} : { shipmentId: transfer.shipment_id }), correlationId,
        }]);
        const { id, duplicate } = accepted!;
        if (!duplicate) await recordAudit(tx, [{ actor: by, action: 'notice_send.requested', target: { kind: 'command', id }, correlationId, payload: { connection: connection.id, delivery: transfer.reference } }]);
        return { command: id, duplicate };
      });
    },
  };
}

function checkedKey(text: string): string {
  const key = text.trim();
  if (key === '' || key.length > longestKey || key.includes('\0')) throw new GatehouseError('BAD_INPUT', `An idempotency key has 1 to ${longestKey} characters.`, { field: 'input.idempotencyKey' });
  return key;
}

async function connectionFor({ connections }: Pick<TaskContext, 'connections'>, kind: EdiKind, id: string, by: Principal) {
  const connection = await connections.find(id);
  const isTheirs = connection !== null && (by.companies === '*' || (by.companies !== 'none' && by.companies.includes(connection.company)));
  if (!isTheirs) throw new GatehouseError('NOT_FOUND', 'There is no such connection, or this token may not see it.', { field: 'input.connection' });
  if (connectorOf(connection.connector)?.perform?.commands.includes(kind) !== true) throw new GatehouseError('BAD_INPUT', `A connection of ${connection.connector} does not perform ${kind}.`, { field: 'input.connection' });
  return connection;
}
