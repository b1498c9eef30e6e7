import { append } from '../../../events/append.js';
import type { NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { uuidv7 } from '../../../lib/ids.js';
import { titleText } from '../../../lib/storable-text.js';
import { ourselves, takeStep } from '../../../projections/change-exception.js';
import { exceptionSubject } from '../../../projections/exceptions.js';
import { connectionSubject } from '../../../projections/health.js';
import type { TaskContext } from '../context.js';
import { raiseAtOnce } from './matters.js';

export const downKind = 'PARTNER_DOWN';

/**
 * Tells people that a partner is left alone because it does not answer as it should, or that it does again. Saying the
 * same again changes nothing.
 * @param message the last error, of which the first lines are kept
 */
export async function tellWhetherDown(tasks: Pick<TaskContext, 'database'>, connection: string, isDown: boolean, message: string | null): Promise<void> {
  const subject = exceptionSubject(downKind, connection);
  await tasks.database.transaction(async (tx) => {
    const row = await tx.selectFrom('exception').select(['subject', 'version', 'company', 'state']).where('subject', '=', subject).forUpdate().executeTakeFirst();
    const isOpen = row !== undefined && row.state !== 'RESOLVED';
    if (isOpen === isDown) return;
    const why = titleText(message ?? 'It does not answer as it should.', 1000);
    if (row !== undefined) {
      const step = isDown ? { action: 'reopen' as const, reason: why } : { action: 'resolve' as const, resolution: 'It answers again.' };
      return void (await append(tx, [await takeStep(tx, row, step, ourselves, uuidv7())]));
    }
    const of = await tx.selectFrom('connection').select('company').where('id', '=', connection).executeTakeFirst();
    if (of !== undefined) await append(tx, [await raiseAtOnce(tx, raisedEvent(subject, connection, of.company, why))]);
  });
}

function raisedEvent(subject: string, connection: string, company: string, why: string): NewEvent {
  const now = instant(Date.now());
  return {
    id: uuidv7(), version: 1, type: 'exception.raised', subject, company, connection: null, factKey: 'raised', occurredAt: now, recordedAt: now, correlationId: uuidv7(), causationId: null,
    payload: {
      class: 'DATA', kind: downKind, severity: 'HIGH', title: titleText(`${connection} does not answer as it should`), sourceSubject: connectionSubject(connection),
      detail: `${why} What is meant for it waits; it is asked again now and then, and goes on by itself. See: gatehouse doctor`,
    },
  };
}
