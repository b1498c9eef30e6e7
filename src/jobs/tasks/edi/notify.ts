import { connectors } from '../../../connectors/registry.js';
import { acceptCommands } from '../../../events/commands.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidOfName } from '../../../lib/ids.js';
import { exceptionSubject } from '../../../projections/exceptions.js';
import { deliveriesToTell, type DeliveryToTell } from '../../../projections/delivered-transfers.js';
import type { Transaction } from '../../engine.js';
import { endMatters, raiseMatter } from '../connection-matters.js';
import type { TaskContext } from '../context.js';
import { lockNotices, noticeOf } from './notices.js';

export const impossibleKind = 'SHIP_NOTICE_IMPOSSIBLE';

/** A connection that is told of deliveries by itself. */
export interface NoticeConnection {
  id: string;
  company: string;
  /** Our ids of the customers whose deliveries it is told. */
  parties: readonly string[];
}

/** Every connection that tells its partner of deliveries, in the order of their ids. */
export async function noticeConnectionsOf({ connections }: Pick<TaskContext, 'connections'>): Promise<NoticeConnection[]> {
  const found: NoticeConnection[] = [];
  for (const connector of connectors.values()) {
    if (connector.noticeReceivers === undefined) continue;
    for (const { id, company, settings } of await connections.liveOfConnector(connector.id)) {
      const parties = connector.noticeReceivers(settings).map((party) => uuidOfName(`party:${party.connection}:${party.id}`));
      if (parties.length > 0) found.push({ id, company, parties });
    }
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Tells partners of deliveries of these shipments that are done: each once, whoever told it, and none that was done before the days in which
 * a notice is of use. Commands are one transaction with the caller's position.
 */
export async function tellReceivers(tasks: Pick<TaskContext, 'bodies' | 'people'>, tx: Transaction, shipmentIds: readonly string[], connections: readonly NoticeConnection[]): Promise<void> {
  if (connections.length === 0) return;
  const pairs = connections.flatMap(({ id, company, parties }) => parties.map((party) => ({ connection: id, company, party })));
  const untold = () => deliveriesToTell(tx, shipmentIds, pairs, Date.now());
  if ((await untold()).length === 0) return;
  // Who tells one by hand at this moment is waited for.
  await lockNotices(tx, connections.map(({ id }) => id));
  for (const delivery of await untold()) await tellOne(tasks, tx, delivery);
}

async function tellOne(tasks: Pick<TaskContext, 'bodies' | 'people'>, tx: Transaction, { id, connection, company, subject, shipmentId, correlationId }: DeliveryToTell): Promise<void> {
  const key = `notice:${connection}:${subject}`;
  const command = uuidOfName(key);
  try {
    const { notice } = await noticeOf(tasks, tx, { transfer: id, purpose: 'ORIGINAL' });
    await acceptCommands(tx, tasks.bodies, [{ id: command, kind: 'notice.send', input: notice, asked: { subject }, connection, lane: 'DISPATCH', company, requestedBy: 'gatehouse', idempotencyKey: key, subject, orderKey: subject, shipmentId, correlationId }]);
    await endMatters(tx, connection, impossibleKind, 'It was told.', command);
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    const standing = await tx.selectFrom('exception').select('id').where('subject', '=', exceptionSubject(impossibleKind, command)).executeTakeFirst();
    if (standing !== undefined) return;
    await raiseMatter(tx, { id: connection, company }, { kind: impossibleKind, command, correlationId, title: `${connection} is not told of a delivery`, detail: `${subject}: ${error.message} Tell it by sendShipNotice, or mend the order in Odoo.` });
  }
}
