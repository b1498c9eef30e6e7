import { sql } from 'kysely';
import type { ConnectorError, PollPage } from '../../../connectors/contract.js';
import { instant } from '../../../lib/clock.js';
import { sha256 } from '../../../lib/ids.js';
import { storableText } from '../../../lib/storable-text.js';
import { connectionSubject } from '../../../projections/health.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { endMatters, raiseMatter } from '../connection-matters.js';
import type { ClaimedCommand } from '../outbound/claim.js';
import { acceptNext, lockCursor, secondsBetween } from './schedule.js';

/** Failures in a row of which people are told. */
const failuresToTell = 3;
const failedKind = 'POLL_FAILED';

/** Looks that have ended and are kept for people who look for a fault. */
const keptLooks = 20;

/**
 * Keeps what a look gave, within the transaction that ends its command: messages, cursor and the next look, or none of them.
 * @returns for who asked
 */
export async function recordPage(tasks: TaskContext, tx: Transaction, command: ClaimedCommand, { answers, cursor, more }: PollPage): Promise<void> {
  const before = await lockCursor(tx, command.connection);
  let fresh = 0;
  for (const { key, headers, body } of answers) {
    const dedupeKey = /^[\x21-\x7e]{1,200}$/.test(key) ? `poll:${key}` : `poll-sha256:${sha256(key)}`;
    const receipt = await tasks.inbox.receiveWithin(tx, { connection: command.connection, dedupeKey, headers, body, receivedMs: Date.now(), correlationId: command.correlation_id });
    if (!receipt.duplicate) fresh++;
  }
  const now = instant(Date.now());
  await tx.updateTable('poll_cursor').set({ cursor: JSON.stringify(cursor), polled_at: now, succeeded_at: now, failures: 0, error: null, messages: sql<number>`messages + ${fresh}` }).where('connection', '=', command.connection).execute();
  if (before.failures >= failuresToTell) await endMatters(tx, command.connection, failedKind, 'It can be fetched again.');
  const connection = await tasks.connections.within(tx).find(command.connection);
  const every = connection === null ? null : secondsBetween(connection);
  if (connection !== null && (more || every !== null)) await acceptNext(tx, tasks.bodies, connection, more ? 0 : every!);
  await forgetLooks(tx, command.connection);
}

/** Counts a failure, within the transaction that ends the attempt. @returns failures in a row */
export async function recordFailure(tasks: TaskContext, tx: Transaction, command: ClaimedCommand, { message }: ConnectorError): Promise<number> {
  await lockCursor(tx, command.connection);
  const kept = storableText(message).slice(0, 2000);
  const { failures } = await tx.updateTable('poll_cursor').set({ failures: sql<number>`failures + 1`, polled_at: instant(Date.now()), error: kept }).where('connection', '=', command.connection).returning('failures').executeTakeFirstOrThrow();
  const connection = failures === failuresToTell ? await tasks.connections.within(tx).find(command.connection) : null;
  if (connection !== null && !connection.shadow) {
    await raiseMatter(tx, connection, {
      kind: failedKind, command: command.id, correlationId: command.correlation_id, title: `What is new at ${connection.id} cannot be fetched`,
      detail: `${kept} It is tried again by itself; once the cause is mended, at once with: gatehouse connection poll ${connection.id}`,
    });
  }
  return failures;
}

/** Seconds until the next look by the settings as they are now; null where there is to be none: what failures were told are over then. */
export async function secondsToNextLook(tasks: TaskContext, tx: Transaction, command: ClaimedCommand): Promise<number | null> {
  const { failures } = await lockCursor(tx, command.connection);
  const connection = await tasks.connections.within(tx).find(command.connection);
  const every = connection === null ? null : secondsBetween(connection);
  if (every !== null) return every;
  await tx.updateTable('poll_cursor').set({ failures: 0, polled_at: instant(Date.now()), error: null }).where('connection', '=', command.connection).execute();
  if (failures >= failuresToTell) await endMatters(tx, command.connection, failedKind, 'By its settings nothing is looked at any more.');
  return null;
}

async function forgetLooks(tx: Transaction, connection: string): Promise<void> {
  const ofThis = sql`subject = ${connectionSubject(connection)} and kind = 'source.poll' and connection = ${connection} and state = 'DONE'`;
  await sql`delete from command where ${ofThis} and sequence < (select sequence from command where ${ofThis} order by sequence desc offset ${sql.lit(keptLooks)} limit 1)`.execute(tx);
}
