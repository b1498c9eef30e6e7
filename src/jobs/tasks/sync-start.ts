import type { Connection } from '../../auth/connections.js';
import { connectorOf, connectors } from '../../connectors/registry.js';
import { instant } from '../../lib/clock.js';
import { GatehouseError } from '../../lib/errors.js';
import type { TaskContext } from './context.js';
import { raiseFailure, tellStart } from './sync-matters.js';
import { giveUpStalled, insertRun, stalledError, type SyncJob, type SyncRun } from './sync-run.js';

/**
 * Starts a run for a connection.
 * @param topics those to read; all where none is named
 * @param confirmed by topic, how many records may be taken for deleted although they are many
 * @returns its id; null where one of this connection is under way
 * @throws GatehouseError BAD_INPUT where the connection cannot be read from, or has no such topic; CONFLICT where it is in shadow mode
 */
export async function startSync(tasks: TaskContext, connection: Connection, cause: SyncRun['cause'], topics: readonly string[] = [], confirmed?: Record<string, number>): Promise<string | null> {
  const sync = connectorOf(connection.connector)?.sync;
  if (sync === undefined) throw new GatehouseError('BAD_INPUT', `A connection of kind ${connection.connector} only receives; there is nothing to read.`);
  if (connection.shadow) throw new GatehouseError('CONFLICT', `${connection.id} is in shadow mode: nothing of it stands here that its source could be compared with.`);
  const lacks = sync.lacks({ connection: connection.id, settings: connection.settings, secrets: connection.secrets });
  if (lacks !== null) throw new GatehouseError('BAD_INPUT', `${lacks} For example: gatehouse connection set ${connection.id} --set url=https://odoo.example.com`);
  const known = sync.topics.map((each) => each.topic);
  const wrong = topics.find((topic) => !known.includes(topic));
  if (wrong !== undefined) throw new GatehouseError('BAD_INPUT', `There is no topic ${wrong}. Topics: ${known.join(', ')}.`, { field: 'topic' });
  return tasks.database.transaction(async (tx) => {
    const stalled = await giveUpStalled(tx, connection.id);
    const id = await insertRun(tx, { connection: connection.id, cause, topics: topics.length === 0 ? known : known.filter((topic) => topics.includes(topic)), ...(confirmed === undefined ? {} : { confirmed }) });
    if (id !== null) await tasks.jobs.send(tx, 'sync', [{ run: id, step: 0 } satisfies SyncJob]);
    // Events come last: appending takes the head of the log.
    if (stalled !== null) await raiseFailure(tx, connection, stalled, stalledError);
    if (id !== null) await tellStart(tx, connection, { run: id, cause });
    return id;
  });
}

/**
 * A run for every connection that can be read from and had none since the night's hour: one that was
 * missed, because nothing ran at that hour, is made up for. Those that only receive are left alone.
 */
export async function startNightly(tasks: TaskContext, nowMs: number = Date.now()): Promise<void> {
  if (tasks.syncHour === null) return;
  const since = instant(lastHour(tasks.syncHour, nowMs));
  for (const connector of connectors.values()) {
    if (connector.sync === undefined) continue;
    for (const connection of await tasks.connections.liveOfConnector(connector.id)) {
      if (connector.sync.lacks({ connection: connection.id, settings: connection.settings, secrets: connection.secrets }) !== null) continue;
      const latest = await tasks.database.kysely.selectFrom('sync_run').select('id').where('connection', '=', connection.id).where('cause', '=', 'SCHEDULE').where('started_at', '>=', since).limit(1).executeTakeFirst();
      if (latest !== undefined) continue;
      const id = await startSync(tasks, connection, 'SCHEDULE');
      if (id === null) tasks.log.warn({ connection: connection.id }, 'the nightly synchronisation was left out: one is under way');
    }
  }
}

/** When this hour (UTC) began last, ms. */
function lastHour(hour: number, nowMs: number): number {
  const today = new Date(nowMs).setUTCHours(hour, 0, 0, 0);
  return today <= nowMs ? today : today - 86_400_000;
}
