import type { Database, Transaction } from '../db/database.js';
import type { ExceptionTable } from '../db/schema.js';
import { append } from '../events/append.js';
import type { EventPayloads, NewEvent } from '../events/event.js';
import { instant } from '../lib/clock.js';
import { GatehouseError } from '../lib/errors.js';
import { uuidv7 } from '../lib/ids.js';
import { applyExceptionStep } from './exceptions.js';

/** A step in the life of an exception. */
export type ExceptionStep =
  | { action: 'assign'; assignee: string }
  | { action: 'resolve'; resolution: string }
  | { action: 'reopen'; reason: string }
  | { action: 'change'; to: Omit<EventPayloads['exception.changed'], 'by'> };

export type ExceptionChange = { id: string } & Exclude<ExceptionStep, { action: 'change' }>;

/** Who takes the steps that follow from what is known of a shipment. */
export const ourselves = 'gatehouse';

/**
 * A command on an exception: lock, decide, append, project, answer, in one transaction.
 * @param by who does it, as kept in the event
 * @param onAppended sends what must follow, in the same transaction
 * @throws GatehouseError NOT_FOUND; CONFLICT when its state does not allow the step
 */
export async function changeException(database: Database, change: ExceptionChange, by: string, correlationId: string, onAppended: (tx: Transaction) => Promise<void>): Promise<void> {
  await database.transaction(async (tx) => {
    const row = await tx.selectFrom('exception').select(['subject', 'state', 'version', 'company']).where('id', '=', change.id).forUpdate().executeTakeFirst();
    if (row === undefined) throw new GatehouseError('NOT_FOUND', undefined, { field: 'id' });
    if (change.action === 'reopen' ? row.state !== 'RESOLVED' : row.state === 'RESOLVED') {
      throw new GatehouseError('CONFLICT', row.state === 'RESOLVED' ? 'It is resolved already. Reopen it first.' : 'It is open already.', { field: 'id' });
    }
    const event = await takeStep(tx, row, change, by, correlationId);
    await onAppended(tx);
    await append(tx, [event]);
  });
}

/**
 * Applies one step to an exception whose row the caller holds for update.
 * @returns the event of it, for the caller to append in the same transaction
 */
export async function takeStep(tx: Transaction, row: Pick<ExceptionTable, 'subject' | 'version' | 'company'>, step: ExceptionStep, by: string, correlationId: string): Promise<NewEvent> {
  const now = instant(Date.now());
  const event: NewEvent = {
    id: uuidv7(), ...eventOf(step, by), version: 1, subject: row.subject, subjectVersion: row.version + 1, company: row.company, connection: null, factKey: null,
    occurredAt: now, recordedAt: now, correlationId, causationId: null,
  };
  await applyExceptionStep(tx, { ...event, subject_version: row.version + 1, recorded_at: now });
  return event;
}

function eventOf(step: ExceptionStep, by: string): Pick<NewEvent, 'type' | 'payload'> {
  switch (step.action) {
    case 'assign':
      return { type: 'exception.assigned', payload: { assignee: step.assignee, by } };
    case 'resolve':
      return { type: 'exception.resolved', payload: { resolution: step.resolution, by } };
    case 'reopen':
      return { type: 'exception.reopened', payload: { reason: step.reason, by } };
    case 'change':
      return { type: 'exception.changed', payload: { ...step.to, by } };
  }
}
