import { sql } from 'kysely';
import type { Actor } from '../../events/audit.js';
import { GatehouseError } from '../../lib/errors.js';
import type { Queryable, Transaction } from '../engine.js';
import type { TaskContext } from './context.js';
import { discardCommand } from './outbound/leave.js';

/** What of a connection is not done. */
export interface Open {
  /** Messages that are not read yet. */
  unread: number;
  /** Commands that wait or were given up, by kind. Looks at its source are none. */
  waiting: Array<{ kind: string; count: number }>;
  /** Commands that are being carried out. */
  calling: number;
}

/** What stays of a connection that is removed. */
export interface Kept {
  /** Raw messages. */
  messages: number;
  /** Commands that have ended. */
  commands: number;
}

const isLook = sql<boolean>`kind = 'source.poll'`;

export async function openOf(db: Queryable, id: string): Promise<Open> {
  const { rows: [messages] } = await sql<{ count: number }>`select count(*)::int as count from inbox where state = 'RECEIVED' and connection = ${id}`.execute(db);
  const { rows } = await sql<{ kind: string; state: string; count: number }>`
    select kind, state, count(*)::int as count from command where connection = ${id} and state in ('QUEUED', 'WAITING', 'CALLING', 'DEAD') and not ${isLook} group by 1, 2 order by 1`.execute(db);
  const waiting = new Map<string, number>();
  for (const { kind, state, count } of rows) if (state !== 'CALLING') waiting.set(kind, (waiting.get(kind) ?? 0) + count);
  return { unread: messages!.count, waiting: [...waiting].map(([kind, count]) => ({ kind, count })), calling: rows.filter(({ state }) => state === 'CALLING').reduce((sum, { count }) => sum + count, 0) };
}

/**
 * Removes a connection: nothing is taken from it any more and nothing is sent to it. What it told stays, and so does its name,
 * under which records stand.
 * @param discard lets the commands be that wait; without, there must be none
 * @returns what stays, and how many commands were let be
 * @throws GatehouseError NOT_FOUND; CONFLICT where something of it is not done
 */
export async function removeConnection(tasks: TaskContext, id: string, { discard, by }: { discard: boolean; by: Actor }): Promise<Kept & { discarded: number }> {
  if ((await tasks.connections.find(id)) === null) throw unknown(id);
  let discarded = 0;
  if (discard) {
    const rows = await tasks.database.kysely.selectFrom('command').select('id').where('connection', '=', id).where('state', 'in', ['QUEUED', 'WAITING', 'DEAD']).where(sql<boolean>`not ${isLook}`).orderBy('sequence').execute();
    for (const row of rows) {
      await discardCommand(tasks, row.id, `The connection ${id} was removed.`, by, '*');
      discarded++;
    }
  }
  return tasks.database.transaction(async (tx) => {
    // First: who accepts a command at this moment is waited for, and what it accepted is found.
    await tasks.connections.remove(tx, id);
    refuseOpen(id, await openOf(tx, id));
    await endLooks(tx, id);
    await tx.deleteFrom('unmapped_code').where('connection', '=', id).execute();
    await tx.deleteFrom('shadow_fact').where('connection', '=', id).execute();
    const { rows: [kept] } = await sql<Kept>`select (select count(*)::int from inbox where connection = ${id}) as messages, (select count(*)::int from command where connection = ${id} and not ${isLook}) as commands`.execute(tx);
    return { ...kept!, discarded };
  });
}

function refuseOpen(id: string, { unread, waiting, calling }: Open): void {
  if (unread > 0) throw new GatehouseError('CONFLICT', `${unread} messages of ${id} are not read yet. Wait until they are; have its system stop sending if they never end.`);
  if (calling > 0) throw new GatehouseError('CONFLICT', `${calling} commands are being carried out at ${id}. Wait until they have ended.`);
  if (waiting.length === 0) return;
  const listed = waiting.map(({ kind, count }) => `${count} ${kind}`).join(', ');
  throw new GatehouseError('CONFLICT', `Commands for ${id} wait or were given up: ${listed}. See them with: gatehouse command list --connection ${id}. With --discard they are let be: what they want does not happen.`);
}

async function endLooks(tx: Transaction, id: string): Promise<void> {
  await sql`update command set state = 'CANCELLED', finished_at = clock_timestamp(), updated_at = clock_timestamp() where connection = ${id} and ${isLook} and state in ('QUEUED', 'WAITING', 'DEAD')`.execute(tx);
}

const unknown = (id: string) => new GatehouseError('NOT_FOUND', `There is no connection ${id}. List them with: gatehouse connection list`);
