import { z } from 'zod';
import { openOf, removeConnection } from '../../jobs/tasks/remove-connection.js';
import type { DataCommand } from './command.js';

const schema = z.object({ id: z.string(), discard: z.boolean().default(false) });

/** Removes a connection, and says what stays of it. What waits at it is said where it is refused, and to who approves. */
export const connectionRemove: DataCommand = {
  name: 'connection remove',
  fourEyes: 'connections',
  audit: (given) => ({ action: 'connection.removed', target: { kind: 'connection', id: String(given.id) }, payload: { discard: given.discard === true } }),
  async shown({ database }, given) {
    const { unread, waiting, calling } = await openOf(database.kysely, String(given.id));
    return { unread, calling, waiting: Object.fromEntries(waiting.map(({ kind, count }) => [kind, count])) };
  },
  async *run({ tasks }, given, by) {
    const { id, discard } = schema.parse(given);
    const { messages, commands, discarded } = await removeConnection(tasks, id, { discard, by });
    yield `Connection ${id} removed: POST /ingest/${id} is answered 404 from now on, nothing is sent to its system, and its secrets are gone.`;
    if (discarded > 0) yield `${discarded} commands were let be: what they wanted does not happen.`;
    yield `Kept: what it told, and the shipments and records that follow from it; ${messages} raw messages and ${commands} commands until their retention ends; its settings, its table of codes and its name.`;
    yield `Tokens that it asked for end with: gatehouse token revoke --connection ${id}. It comes back with: gatehouse connection add <connector> --id ${id} --set ...`;
  },
};
