import { append } from '../../../events/append.js';
import type { CommandRow } from '../../../events/commands.js';
import type { EventPayloads, NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { uuidv7 } from '../../../lib/ids.js';
import { storableText, titleText } from '../../../lib/storable-text.js';
import { ourselves, takeStep } from '../../../projections/change-exception.js';
import { exceptionSubject, projectExceptions } from '../../../projections/exceptions.js';
import type { Transaction } from '../../engine.js';
import type { GivingUp } from './decide.js';

type About = Pick<CommandRow, 'id' | 'kind' | 'connection' | 'company' | 'subject' | 'shipment_id' | 'correlation_id'>;

const words: Readonly<Record<GivingUp, string>> = {
  REFUSED: 'was refused', ATTEMPTS: 'failed too often', AGE: 'waited too long', DEADLINE: 'was not done in time', UNSUPPORTED: 'cannot be performed', INPUT_GONE: 'cannot be performed any more',
};

export const failedKind = 'COMMAND_FAILED';

/** Commands were given up: an exception for each, once until it is resolved. */
export async function raiseGivenUp(tx: Transaction, given: ReadonlyArray<{ command: About; reason: GivingUp; message: string }>): Promise<void> {
  const known = await exceptionsOf(tx, given.map(({ command }) => command.id));
  const names = await shopOrderNames(tx, given.map(({ command }) => command.subject));
  const events: NewEvent[] = [];
  for (const { command, reason, message } of given) {
    const raised = { class: 'DATA' as const, severity: 'HIGH' as const, title: titleText(`${names.get(command.subject) ?? ''}${command.kind} at ${command.connection} ${words[reason]}`), detail: storableText(`${message} Mend the cause, then: gatehouse command retry ${command.id}`).slice(0, 2000) };
    const row = known.get(subjectOf(command.id));
    if (row === undefined) events.push(await raise(tx, command, raised));
    else if (row.state === 'RESOLVED') events.push(await takeStep(tx, row, { action: 'reopen', reason: `It was given up again: ${storableText(message).slice(0, 1000)}` }, ourselves, command.correlation_id));
  }
  await append(tx, events);
}

/** What people call the order of a shop that a command is about, by its subject. */
async function shopOrderNames(tx: Transaction, subjects: readonly string[]): Promise<Map<string, string>> {
  const ofShops = [...new Set(subjects)].filter((subject) => subject.startsWith('shop_order:'));
  if (ofShops.length === 0) return new Map();
  const rows = await tx.selectFrom('shop_order').select(['subject', 'reference', 'connection']).where('subject', 'in', ofShops).execute();
  return new Map(rows.map(({ subject, reference, connection }) => [subject, `${reference} of ${connection}: `]));
}

/** Commands that were given up before are no longer: they succeeded, or people let them be. */
export async function resolveGivenUp(tx: Transaction, ids: readonly string[], resolution: string, by = ourselves): Promise<void> {
  await append(tx, await resolutionsOfGivenUp(tx, ids, resolution, by));
}

/** The same, for who appends other events as well. @returns events to be appended in this transaction */
export async function resolutionsOfGivenUp(tx: Transaction, ids: readonly string[], resolution: string, by = ourselves): Promise<NewEvent[]> {
  const events: NewEvent[] = [];
  for (const row of (await exceptionsOf(tx, ids)).values()) if (row.state !== 'RESOLVED') events.push(await takeStep(tx, row, { action: 'resolve', resolution }, by, uuidv7()));
  return events;
}

function subjectOf(commandId: string): string {
  return exceptionSubject(failedKind, commandId);
}

async function exceptionsOf(tx: Transaction, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, never>();
  const rows = await tx.selectFrom('exception').select(['subject', 'version', 'company', 'state']).where('subject', 'in', ids.map(subjectOf)).orderBy('subject').forUpdate().execute();
  return new Map(rows.map((row) => [row.subject, row]));
}

function raise(tx: Transaction, command: About, raised: Parameters<typeof raisedEvent>[1]): Promise<NewEvent> {
  return raiseAtOnce(tx, raisedEvent(command, raised));
}

/**
 * Makes the row of an exception at once: what it is about may be over before the projector comes by.
 * @returns the event, to be appended in the same transaction
 */
export async function raiseAtOnce(tx: Transaction, event: NewEvent): Promise<NewEvent> {
  await projectExceptions(tx, [{ ...event, position: 0, subject_version: null, fact_key: event.factKey, occurred_at: event.occurredAt, recorded_at: event.recordedAt, correlation_id: event.correlationId, causation_id: null }]);
  return event;
}

function raisedEvent({ id, company, subject, shipment_id: shipmentId, correlation_id: correlationId }: About, raised: Pick<EventPayloads['exception.raised'], 'class' | 'severity' | 'title' | 'detail'>): NewEvent {
  const now = instant(Date.now());
  const payload: EventPayloads['exception.raised'] = { ...raised, kind: failedKind, sourceSubject: subject, ...(shipmentId === null ? {} : { shipmentId }) };
  return { id: uuidv7(), version: 1, type: 'exception.raised', subject: subjectOf(id), company, connection: null, factKey: 'raised', occurredAt: now, recordedAt: now, correlationId, causationId: null, payload };
}

