import type { Connection } from '../../auth/connections.js';
import { append } from '../../events/append.js';
import type { EventPayloads, NewEvent } from '../../events/event.js';
import { instant } from '../../lib/clock.js';
import { uuidv7 } from '../../lib/ids.js';
import { storableText } from '../../lib/storable-text.js';
import { ourselves, takeStep } from '../../projections/change-exception.js';
import { exceptionSubject, projectExceptions } from '../../projections/exceptions.js';
import { connectionSubject } from '../../projections/health.js';
import type { Transaction } from '../engine.js';

/** What is wrong with a connection as a whole, for people. */
export interface ConnectionMatter {
  kind: string;
  /** The command that it was noticed with: one matter of a kind for each. */
  command: string;
  title: string;
  detail: string;
  correlationId: string;
}

/** Raises an exception about a connection, and makes its row at once: what ends it may come before the projector does. */
export async function raiseMatter(tx: Transaction, { id, company }: Pick<Connection, 'id' | 'company'>, { kind, command, title, detail, correlationId }: ConnectionMatter): Promise<void> {
  const now = instant(Date.now());
  const payload: EventPayloads['exception.raised'] = { class: 'DATA', severity: 'HIGH', kind, title, detail: storableText(detail).slice(0, 2000), sourceSubject: connectionSubject(id) };
  const event: NewEvent = { id: uuidv7(), version: 1, type: 'exception.raised', subject: exceptionSubject(kind, command), company, connection: null, factKey: 'raised', occurredAt: now, recordedAt: now, correlationId, causationId: null, payload };
  await projectExceptions(tx, [{ ...event, position: 0, subject_version: null, fact_key: event.factKey, occurred_at: now, recorded_at: now, correlation_id: correlationId, causation_id: null }]);
  await append(tx, [event]);
}

/**
 * Ends open exceptions of a kind about a connection.
 * @param command that it was noticed with; all of the kind unless given
 */
export async function endMatters(tx: Transaction, connection: string, kind: string, resolution: string, command?: string): Promise<void> {
  let query = tx.selectFrom('exception').select(['subject', 'version', 'company', 'state']).where('source_subject', '=', connectionSubject(connection)).where('kind', '=', kind).where('state', '<>', 'RESOLVED');
  if (command !== undefined) query = query.where('subject', '=', exceptionSubject(kind, command));
  const events: NewEvent[] = [];
  for (const row of await query.orderBy('subject').forUpdate().execute()) events.push(await takeStep(tx, row, { action: 'resolve', resolution }, ourselves, uuidv7()));
  await append(tx, events);
}
