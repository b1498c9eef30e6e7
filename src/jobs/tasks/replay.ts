import { sql } from 'kysely';
import { eventsOfMessage } from '../../events/read.js';
import type { LogEvent, NewEvent } from '../../events/event.js';
import { loadMessages, markDecoded, messageIds, type InboxMessage } from '../../events/messages.js';
import { instant } from '../../lib/clock.js';
import { uuidv7 } from '../../lib/ids.js';
import type { Transaction } from '../engine.js';
import { exceptionSubject } from '../../projections/exceptions.js';
import { factGroup } from '../../projections/milestones.js';
import type { TaskContext } from './context.js';
import { readMessages, recordEvents } from './decode.js';
import { factEvents } from './message-events.js';

export interface ReplayJob {
  connection: string;
  /** ISO instants; [from, to). */
  from: string;
  to: string;
  afterId: string | null;
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
export async function replay(tasks: TaskContext, job: ReplayJob, onProgress: (result: ReplayResult) => void = () => {}): Promise<ReplayResult> {
  const result: ReplayResult = { messages: 0, appended: 0, retracted: 0, quarantined: 0 };
  for (let afterId = job.afterId; ; ) {
    const ids = await messageIds(tasks.database.kysely, { ...job, afterId, limit: pageSize });
    if (ids.length === 0) return result;
    for (const message of await loadMessages(tasks.database.kysely, ids)) await replayMessage(tasks, message, result);
    afterId = ids.at(-1)!;
    onProgress(result);
  }
}

async function replayMessage(tasks: TaskContext, message: InboxMessage, result: ReplayResult): Promise<void> {
  result.messages++;
  const [read] = await readMessages(tasks, message.connection, [message]);
  if (message.body === null || read === undefined) return;
  await tasks.database.transaction(async (tx) => {
    const now = read.decoded === null ? [] : factEvents(read.decoded, read.context);
    const retractions = read.decoded === null ? [] : await retractionsOf(tx, await eventsOfMessage(tx, message.id), now, read.context.recordedAt);
    const closed = read.decoded === null ? [] : [...retractions.flatMap((event) => endedWith(event, now)), ...(message.state === 'QUARANTINED' ? [resolved(exceptionSubject('QUARANTINED', message.id), 'The message can be read now.', read.context)] : [])];
    await markDecoded(tx, [{ id: message.id, failure: read.failure }], instant(Date.now()));
    const appended = await recordEvents(tasks, tx, [read], [...retractions, ...closed]);
    result.retracted += retractions.length;
    result.appended += appended - retractions.length - closed.length;
    if (read.decoded === null) result.quarantined++;
  });
}

/** Milestones that this message once gave, still stand, and are no longer said by it. */
async function retractionsOf(tx: Transaction, before: readonly LogEvent[], now: readonly NewEvent[], recordedAt: string): Promise<NewEvent[]> {
  const said = new Set(now.map((event) => `${event.subject} ${event.factKey} ${event.contentHash}`));
  const reported = before.filter((event) => event.type === 'milestone.reported');
  if (reported.length === 0) return [];
  const ledger = await tx.selectFrom('fact').selectAll().where('event_id', '=', sql<string>`any(${reported.map((event) => event.id)}::uuid[])`).where('retracted', '=', false).where('subject', '=', sql<string>`any(${reported.map((event) => event.subject)}::text[])`).execute();
  const gone = ledger.filter((row) => !said.has(`${row.subject} ${row.fact_key} ${row.content_hash}`));
  if (gone.length === 0) return [];
  await sql`update fact set retracted = true where event_id = any(${gone.map((row) => row.event_id)}::uuid[]) and subject = any(${gone.map((row) => row.subject)}::text[])`.execute(tx);
  const byId = new Map(reported.map((event) => [event.id, event]));
  return gone.map((row) => {
    const event = byId.get(row.event_id)!;
    return {
      id: uuidv7(), type: 'milestone.retracted', version: 1, subject: event.subject, company: event.company, connection: event.connection, factKey: `retract|${event.id}`,
      contentHash: '', occurredAt: recordedAt, recordedAt, correlationId: event.correlation_id, causationId: event.causation_id,
      payload: { data: { retracts: event.id, retractsFactKey: row.fact_key, reason: 'The mapping was corrected.' }, observedAt: recordedAt },
    };
  });
}

/** The exception that a retracted milestone raised, unless today's mapping raises it as well. */
function endedWith(retraction: NewEvent, now: readonly NewEvent[]): NewEvent[] {
  const { retractsFactKey } = (retraction.payload as { data: { retractsFactKey: string } }).data;
  const subject = exceptionSubject('MILESTONE', factGroup(retraction.connection!, retraction.subject, retractsFactKey));
  if (now.some((event) => event.subject === subject)) return [];
  return [resolved(subject, 'The mapping was corrected: the milestone behind it no longer stands.', retraction)];
}

function resolved(subject: string, resolution: string, cause: Pick<NewEvent, 'company' | 'correlationId' | 'recordedAt'> & { rawId?: string; causationId?: string | null }): NewEvent {
  return {
    id: uuidv7(), type: 'exception.resolved', version: 1, subject, company: cause.company, connection: null, factKey: `replayed|${cause.recordedAt}`, occurredAt: cause.recordedAt,
    recordedAt: cause.recordedAt, correlationId: cause.correlationId, causationId: cause.rawId ?? cause.causationId ?? null, payload: { resolution, by: 'gatehouse' },
  };
}
