import { sql } from 'kysely';
import { factId } from '../../events/append.js';
import { eventsOfMessage } from '../../events/read.js';
import type { LogEvent, NewEvent } from '../../events/event.js';
import { loadMessages, markDecoded, messageIds, type InboxMessage } from '../../events/messages.js';
import { instant } from '../../lib/clock.js';
import { uuidv7 } from '../../lib/ids.js';
import type { Transaction } from '../engine.js';
import { exceptionSubject } from '../../projections/exceptions.js';
import { ourselves, takeStep } from '../../projections/change-exception.js';
import type { TaskContext } from './context.js';
import { readMessages, recordEvents, type Read } from './decode.js';
import { takeInterchanges } from './edi/received.js';
import { acceptFileResults } from './file-results.js';
import { contentHash, factEvents } from './message-events.js';
import { project } from './project.js';
import { recordShadow } from './shadow/record.js';

export interface ReplayRange {
  connection: string;
  /** ISO instants; [from, to). */
  from: string;
  to: string;
}

export interface ReplayResult {
  messages: number;
  appended: number;
  retracted: number;
  quarantined: number;
}

const pageSize = 100;

/**
 * Runs the raw messages of a range through today's mapping: what the mapping no longer says is
 * retracted, what it now says is appended, what it says as before changes nothing.
 * @param onProgress called after every page with the totals so far
 */
export async function replay(tasks: TaskContext, job: ReplayRange, onProgress: (result: ReplayResult) => void = () => {}): Promise<ReplayResult> {
  const result: ReplayResult = { messages: 0, appended: 0, retracted: 0, quarantined: 0 };
  await project(tasks); // exceptions of the messages are closed below, and must be there for it
  for (let afterId: string | null = null; ; ) {
    const ids = await messageIds(tasks.database.kysely, { ...job, afterId, limit: pageSize });
    if (ids.length === 0) return result;
    for (const message of await loadMessages(tasks.database.kysely, tasks.bodies, ids)) await replayMessage(tasks, message, result);
    afterId = ids.at(-1)!;
    onProgress(result);
  }
}

async function replayMessage(tasks: TaskContext, message: InboxMessage, result: ReplayResult): Promise<void> {
  result.messages++;
  if (message.body === null) return;
  await tasks.database.transaction(async (tx) => {
    // Whoever is reading it at this moment, by an older table, is waited for: what that gave is there to be compared.
    await tx.selectFrom('inbox').select('id').where('id', '=', message.id).forUpdate().executeTakeFirst();
    const [read] = (await readMessages(tasks, tx, [message])) as [Read];
    if (read.shadow) return replayShadow(tx, read, result);
    // What could not be read until now is read for the first time: it has what follows from that, an acknowledgement as well.
    const isFirst = message.state !== 'DECODED' && read.decoded !== null;
    const [taken] = (isFirst ? await takeInterchanges(tasks, tx, [read]) : [read]) as [Read];
    if (isFirst) await acceptFileResults(tasks, tx, [read], message.state === 'QUARANTINED' ? 'replayed' : 'first');
    const now = taken.decoded === null ? [] : factEvents(taken.decoded, read.context);
    const retractions = read.decoded === null ? [] : await retractionsOf(tx, await eventsOfMessage(tx, message.id), now, read.context.recordedAt);
    const closed = read.decoded !== null && message.state === 'QUARANTINED' ? await closeQuarantine(tx, message) : [];
    await markDecoded(tx, [{ id: message.id, failure: read.failure }], instant(Date.now()));
    const appended = await recordEvents(tasks, tx, [taken], [...retractions, ...closed]);
    result.retracted += retractions.length;
    result.appended += appended - retractions.length - closed.length;
    if (read.decoded === null) result.quarantined++;
  });
}

async function replayShadow(tx: Transaction, read: Read, result: ReplayResult): Promise<void> {
  await markDecoded(tx, [{ id: read.message.id, failure: read.failure }], instant(Date.now()));
  if (read.decoded === null) result.quarantined++;
  else result.appended += await recordShadow(tx, [read]);
}

async function closeQuarantine(tx: Transaction, message: InboxMessage): Promise<NewEvent[]> {
  const row = await tx.selectFrom('exception').select(['subject', 'version', 'company']).where('subject', '=', exceptionSubject('QUARANTINED', message.id)).where('state', '<>', 'RESOLVED').forUpdate().executeTakeFirst();
  return row === undefined ? [] : [await takeStep(tx, row, { action: 'resolve', resolution: 'The message can be read now.' }, ourselves, message.correlation_id)];
}

/** Milestones that this message once gave, still stand, and are no longer said by it. */
async function retractionsOf(tx: Transaction, before: readonly LogEvent[], now: readonly NewEvent[], recordedAt: string): Promise<NewEvent[]> {
  const candidates = gone(before, now);
  if (candidates.length === 0) return [];
  const eventOfFact = new Map(candidates);
  const taken = await sql<{ id: string }>`
    update fact f set retracted = true from unnest(${candidates.map(([id]) => id)}::uuid[], ${candidates.map(([, event]) => event.id)}::uuid[]) as x(id, event_id)
    where f.id = x.id and f.event_id = x.event_id and not f.retracted returning f.id
  `.execute(tx);
  return taken.rows.map(({ id }) => retractionOf(eventOfFact.get(id)!, recordedAt));
}

/** Milestones that a message gave and no longer says, by the fact. */
export function gone(before: readonly LogEvent[], now: readonly NewEvent[]): Array<[fact: string, event: LogEvent]> {
  const said = new Set(now.map(factId));
  return [...new Map(before.filter((event) => event.type === 'milestone.reported').map((event) => [factIdOf(event), event]))].filter(([id]) => !said.has(id));
}

/** Takes back what an event says. */
export function retractionOf(event: LogEvent, recordedAt: string): NewEvent {
  return {
    id: uuidv7(), type: 'milestone.retracted', version: 1, subject: event.subject, company: event.company, connection: event.connection, factKey: `retract|${event.id}`,
    contentHash: '', occurredAt: recordedAt, recordedAt, correlationId: event.correlation_id, causationId: event.causation_id,
    payload: { data: { retracts: event.id, retractsFactKey: event.fact_key, reason: 'The mapping was corrected.' }, observedAt: recordedAt },
  };
}

/** The fact of an event that is in the log. */
export function factIdOf(event: LogEvent): string {
  const { data, carrier } = event.payload as { data: unknown; carrier?: string };
  return factId({ ...event, factKey: event.fact_key, contentHash: contentHash(event.type, data, carrier) });
}
