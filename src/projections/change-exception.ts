import type { Database, Transaction } from '../db/database.js';
import { append } from '../events/append.js';
import type { NewEvent } from '../events/event.js';
import { instant } from '../lib/clock.js';
import { GatehouseError } from '../lib/errors.js';
import { uuidv7 } from '../lib/ids.js';
import { applyExceptionStep } from './exceptions.js';

export type ExceptionChange =
  | { id: string; action: 'assign'; assignee: string }
  | { id: string; action: 'resolve'; resolution: string }
  | { id: string; action: 'reopen'; reason: string };

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
    const now = instant(Date.now());
    const event: NewEvent = {
      id: uuidv7(), ...stepOf(change, by), version: 1, subject: row.subject, subjectVersion: row.version + 1, company: row.company, connection: null, factKey: null,
      occurredAt: now, recordedAt: now, correlationId, causationId: null,
    };
    await applyExceptionStep(tx, { ...event, subject_version: row.version + 1, recorded_at: now });
    await onAppended(tx);
    await append(tx, [event]);
  });
}

function stepOf(change: ExceptionChange, by: string): Pick<NewEvent, 'type' | 'payload'> {
  switch (change.action) {
    case 'assign':
      return { type: 'exception.assigned', payload: { assignee: change.assignee, by } };
    case 'resolve':
      return { type: 'exception.resolved', payload: { resolution: change.resolution, by } };
    case 'reopen':
      return { type: 'exception.reopened', payload: { reason: change.reason, by } };
  }
}
