import { sql } from 'kysely';
import type { Connection } from '../../../auth/connections.js';
import { connectorOf, connectors } from '../../../connectors/registry.js';
import { recordAudit, type Actor } from '../../../events/audit.js';
import { acceptCommands, wakePerformers } from '../../../events/commands.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidOfName } from '../../../lib/ids.js';
import { connectionSubject } from '../../../projections/health.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import type { Companies } from '../outbound/leave.js';
import { repeat } from '../repeat.js';

/** How often connections are looked for that have no next look, ms: new ones, and those whose settings changed. */
const intervalMs = 5_000;
/** Looks of one connection are made one after the other. */
const orderKey = 'poll';

type Tasks = Pick<TaskContext, 'database' | 'connections' | 'bodies'>;

/** Sees to it that every connection with a source to look at has its next look. */
export function startPolling(tasks: TaskContext): { stop(): Promise<void> } {
  return repeat(() => schedulePolls(tasks), intervalMs, (error) => tasks.log.error({ err: error }, 'looks at sources could not be planned; it is tried again'));
}

/** Seconds between two looks at the source of a connection; null where nobody looks by himself. */
export function secondsBetween({ connector, settings }: Pick<Connection, 'connector' | 'settings'>): number | null {
  return connectorOf(connector)?.poll?.everySeconds(settings) ?? null;
}

/** One pass: accepts the next look where there is none, makes it earlier where it is to be, and cancels one that was only planned where nobody looks any more. */
export async function schedulePolls(tasks: Tasks): Promise<void> {
  const sources = [...connectors.values()].filter((connector) => connector.poll !== undefined);
  const found = (await Promise.all(sources.map(({ id }) => tasks.connections.ofConnector(id)))).flat();
  if (found.length === 0) return;
  const { rows } = await sql<{ connection: string; seconds: number | null }>`
    select connection, max(extract(epoch from next_at - clock_timestamp())) filter (where state = 'QUEUED')::float8 as seconds from command
    where connection = any(${found.map(({ id }) => id)}::text[]) and lane = 'REPORT' and order_key = ${orderKey} and state in ('QUEUED', 'WAITING', 'CALLING') group by connection`.execute(tasks.database.kysely);
  const open = new Map(rows.map((row) => [row.connection, row.seconds]));
  for (const connection of found) {
    const every = secondsBetween(connection);
    const next = open.get(connection.id);
    // Null: there is none but one that has failed, and that waits as its failures have it.
    const isRight = every === null ? next === undefined || next === null : next !== undefined && (next ?? 0) <= every + 1;
    if (!isRight) await tasks.database.transaction((tx) => putRight(tx, tasks, connection, every));
  }
}

async function putRight(tx: Transaction, tasks: Tasks, connection: Connection, every: number | null): Promise<void> {
  await lockCursor(tx, connection.id);
  const planned = sql`connection = ${connection.id} and lane = 'REPORT' and order_key = ${orderKey} and state = 'QUEUED' and next_at > clock_timestamp()`;
  if (every === null) await sql`update command set state = 'CANCELLED', finished_at = clock_timestamp(), updated_at = clock_timestamp() where ${planned}`.execute(tx);
  else if (await hasOpen(tx, connection.id)) await sql`update command set next_at = least(next_at, clock_timestamp() + make_interval(secs => ${every}::float8)) where ${planned}`.execute(tx);
  else await acceptNext(tx, tasks.bodies, connection, 0);
}

/** The row of a connection, made where it is missing; it is locked before any command of it. */
export async function lockCursor(tx: Transaction, connection: string) {
  await tx.insertInto('poll_cursor').values({ connection, cursor: null, polled_at: null, succeeded_at: null, error: null }).onConflict((c) => c.doNothing()).execute();
  return tx.selectFrom('poll_cursor').selectAll().where('connection', '=', connection).forUpdate().executeTakeFirstOrThrow();
}

async function hasOpen(tx: Transaction, connection: string): Promise<boolean> {
  return (await tx.selectFrom('command').select('id').where('connection', '=', connection).where('lane', '=', 'REPORT').where('order_key', '=', orderKey).where('state', 'in', ['QUEUED', 'WAITING', 'CALLING']).limit(1).executeTakeFirst()) !== undefined;
}

/** Accepts the next look; the row of the cursor is locked. @returns id of the command */
export async function acceptNext(tx: Transaction, bodies: TaskContext['bodies'], { id, company }: Pick<Connection, 'id' | 'company'>, afterSeconds: number): Promise<string> {
  const { number } = await tx.updateTable('poll_cursor').set({ number: sql<number>`number + 1` }).where('connection', '=', id).returning('number').executeTakeFirstOrThrow();
  const key = `poll:${id}:${number}`;
  const [accepted] = await acceptCommands(tx, bodies, [{
    id: uuidOfName(key), kind: 'source.poll', input: {}, connection: id, lane: 'REPORT', company, requestedBy: 'gatehouse', idempotencyKey: key, subject: connectionSubject(id), orderKey,
    correlationId: uuidOfName(key), ...(afterSeconds === 0 ? {} : { notBefore: instant(Date.now() + afterSeconds * 1000) }),
  }]);
  return accepted!.id;
}

/**
 * Looks now: the next look, where there is one, becomes due.
 * @param audited who asked, where nothing else records it
 * @returns id of the command that looks
 * @throws GatehouseError NOT_FOUND, BAD_INPUT where the connection has no source to look at
 */
export async function pollNow(tasks: Tasks, id: string, companies: Companies, audited?: { by: Actor; correlationId: string }): Promise<string> {
  const connection = await tasks.connections.find(id);
  if (connection === null || companies === 'none' || (companies !== '*' && !companies.includes(connection.company))) throw new GatehouseError('NOT_FOUND', `There is no connection ${id}. List them with: gatehouse connection list`, { field: 'connection' });
  if (connectorOf(connection.connector)?.poll === undefined) throw new GatehouseError('BAD_INPUT', `A connection of ${connection.connector} has no source to look at: it only takes what is sent to it.`, { field: 'connection' });
  const lacks = connectorOf(connection.connector)?.poll?.lacks?.(connection.settings) ?? null;
  if (lacks !== null) throw new GatehouseError('BAD_INPUT', `There is nothing to look at for ${id}. ${lacks}`, { field: 'connection' });
  return tasks.database.transaction(async (tx) => {
    if (audited !== undefined) await recordAudit(tx, [{ actor: audited.by, action: 'source.poll-asked', target: { kind: 'connection', id }, correlationId: audited.correlationId }]);
    return pollWithin(tx, tasks.bodies, connection);
  });
}

async function pollWithin(tx: Transaction, bodies: TaskContext['bodies'], connection: Connection): Promise<string> {
  await lockCursor(tx, connection.id);
  const { rows } = await sql<{ id: string }>`
    update command set next_at = clock_timestamp(), updated_at = clock_timestamp()
    where connection = ${connection.id} and lane = 'REPORT' and order_key = ${orderKey} and state in ('QUEUED', 'WAITING') returning id`.execute(tx);
  if (rows.length === 0) return acceptNext(tx, bodies, connection, 0);
  await wakePerformers(tx);
  return rows[0]!.id;
}
