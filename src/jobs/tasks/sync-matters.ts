import type { Connection } from '../../auth/connections.js';
import { append } from '../../events/append.js';
import type { EventPayloads, NewEvent } from '../../events/event.js';
import { instant } from '../../lib/clock.js';
import { uuidv7 } from '../../lib/ids.js';
import { ourselves, takeStep } from '../../projections/change-exception.js';
import { exceptionSubject } from '../../projections/exceptions.js';
import type { Transaction } from '../engine.js';
import type { TaskContext } from './context.js';

type Kind = 'API_KEY_EXPIRES' | 'SYNC_FAILED';

/** So many days before a key ends people are told of it: keys of Odoo last 90 days unless chosen otherwise. */
export const keyWarningDays = 14;

/** The name under which matters of a connection as a whole stand. */
function aboutConnection(connection: string): string {
  return `connection:${connection}`;
}

/** Warns of a key that ends soon, once for each key, and ends the warning when there is another. */
export async function warnOfKey(tasks: TaskContext, tx: Transaction, connection: Connection, expiresAt: string | null): Promise<void> {
  const endsSoon = expiresAt !== null && Date.parse(expiresAt) < Date.now() + keyWarningDays * 86_400_000;
  const subject = exceptionSubject('API_KEY_EXPIRES', `${connection.id} ${expiresAt}`);
  const ended = await resolutions(tx, connection.id, 'API_KEY_EXPIRES', 'The connection has another API key.', endsSoon ? subject : null);
  const raised = !endsSoon ? [] : [raisedEvent(connection, 'API_KEY_EXPIRES', subject, {
    class: 'DATA', severity: 'HIGH', title: `The API key of ${connection.id} ends on ${expiresAt.slice(0, 10)}`,
    detail: `Make a new key at its system and set it: gatehouse connection set ${connection.id} --set apiKey=...`,
  })];
  await appendAll(tasks, tx, [...ended, ...raised]);
}

/** Raised once until a run succeeds. */
export async function raiseFailure(tasks: TaskContext, tx: Transaction, connection: Connection, runId: string, error: string): Promise<void> {
  if ((await openMatters(tx, connection.id, 'SYNC_FAILED')).length > 0) return;
  const failed = raisedEvent(connection, 'SYNC_FAILED', exceptionSubject('SYNC_FAILED', runId), {
    class: 'DATA', severity: 'HIGH', title: `${connection.id} could not be synchronised`, detail: `${error} Try: gatehouse connection test ${connection.id}`,
  });
  await appendAll(tasks, tx, [failed]);
}

/** A run has succeeded: failures of earlier ones are over. */
export async function endFailures(tasks: TaskContext, tx: Transaction, connection: string): Promise<void> {
  await appendAll(tasks, tx, await resolutions(tx, connection, 'SYNC_FAILED', 'Synchronisation works again.', null));
}

/** Resolves open matters of a kind but `except`, and gives the events of it. */
async function resolutions(tx: Transaction, connection: string, kind: Kind, resolution: string, except: string | null): Promise<NewEvent[]> {
  const open = (await openMatters(tx, connection, kind)).filter((row) => row.subject !== except);
  const correlationId = uuidv7();
  const events: NewEvent[] = [];
  for (const row of open) events.push(await takeStep(tx, row, { action: 'resolve', resolution }, ourselves, correlationId));
  return events;
}

function openMatters(tx: Transaction, connection: string, kind: Kind) {
  return tx.selectFrom('exception').selectAll().where('source_subject', '=', aboutConnection(connection)).where('kind', '=', kind).where('state', '<>', 'RESOLVED').forUpdate().execute();
}

function raisedEvent(connection: Connection, kind: Kind, subject: string, raised: Omit<EventPayloads['exception.raised'], 'kind'>): NewEvent {
  const now = instant(Date.now());
  return {
    id: uuidv7(), version: 1, type: 'exception.raised', subject, company: connection.company, connection: null, factKey: 'raised', occurredAt: now, recordedAt: now,
    correlationId: uuidv7(), causationId: null, payload: { ...raised, kind, sourceSubject: aboutConnection(connection.id) } satisfies EventPayloads['exception.raised'],
  };
}

/** Appending takes the head of the log and so comes last in a transaction; jobs are sent before. */
async function appendAll(tasks: TaskContext, tx: Transaction, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await tasks.jobs.send(tx, 'project', [{}]);
  await append(tx, events);
}
