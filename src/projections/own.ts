import type { Transaction } from '../db/database.js';
import type { LogEvent, NewEvent } from '../events/event.js';
import { projectRecords } from './records.js';
import { recordsOf } from './record-ids.js';
import { foldOwnTrailers } from './trailers.js';
import { grantOwnRecords } from './transport.js';

/**
 * Projects records that are kept here in the very transaction that changes them, so that who changed one reads it at once. The
 * projector does it again, together with all that follows for others (links, shipments, the feed); it changes nothing then.
 * Hold the rows (`for update`) before you decide on them, of several kinds in the order load, facility, appointment, visit,
 * yard_move: the projector holds them in that order, too.
 */
export async function projectOwn(tx: Transaction, events: readonly NewEvent[]): Promise<void> {
  const asRead = events.map((event): LogEvent => ({
    position: 0, id: event.id, type: event.type, version: event.version, subject: event.subject, subject_version: event.subjectVersion ?? null, company: event.company, connection: event.connection,
    fact_key: event.factKey, occurred_at: event.occurredAt, recorded_at: event.recordedAt, correlation_id: event.correlationId, causation_id: event.causationId, payload: event.payload,
  }));
  await projectRecords(tx, asRead);
  await grantOwnRecords(tx, asRead);
  await foldOwnTrailers(tx, { visits: recordsOf(asRead, 'visit'), moves: recordsOf(asRead, 'yard_move') });
}
