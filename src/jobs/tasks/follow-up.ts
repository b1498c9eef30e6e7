import { append } from '../../events/append.js';
import type { EventPayloads, NewEvent } from '../../events/event.js';
import { instant } from '../../lib/clock.js';
import { uuidv7 } from '../../lib/ids.js';
import { exceptionSubject } from '../../projections/exceptions.js';
import type { FollowUp } from '../../projections/runner.js';
import type { TaskContext } from './context.js';

/** Classes that stay open after a delivery: the goods arrived, the harm remains. */
const outliving = ['DAMAGE', 'LOSS', 'DATA'];

/** Appends the events that a fold asked for. Doing it again changes nothing. */
export async function followUp(tasks: TaskContext, jobs: readonly FollowUp[]): Promise<void> {
  for (const job of jobs) {
    if (job.action === 'raise-unprojected') await raiseUnprojected(tasks, job);
    else await followShipment(tasks, job);
  }
}

async function followShipment(tasks: TaskContext, job: Exclude<FollowUp, { action: 'raise-unprojected' }>): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    const shipment = await tx.selectFrom('shipment').select(['id', 'company']).where('id', '=', job.shipmentId).executeTakeFirst();
    if (shipment === undefined) return;
    const events = job.action === 'raise-conflict' ? [conflictEvent(shipment, job.ends)] : await resolvedByDelivery(shipment);
    if (events.length === 0) return;
    await tasks.jobs.send(tx, 'project', [{}]);
    await append(tx, events);

    async function resolvedByDelivery({ id, company }: { id: string; company: string }): Promise<NewEvent[]> {
      const open = await tx.selectFrom('exception').select('subject').where('shipment_id', '=', id).where('kind', '=', 'MILESTONE').where('class', 'not in', outliving).where('state', '<>', 'RESOLVED').execute();
      return open.map(({ subject }) => event(company, 'exception.resolved', subject, 'delivered', { resolution: 'The shipment was delivered.', by: 'gatehouse' }));
    }
  });
}

/** An event that the read model cannot hold: it was passed over, and somebody must know. */
async function raiseUnprojected(tasks: TaskContext, job: Extract<FollowUp, { action: 'raise-unprojected' }>): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    const payload: EventPayloads['exception.raised'] = {
      class: 'DATA', kind: 'NOT_PROJECTED', severity: 'HIGH', title: `${job.subject.slice(0, 200)} cannot be shown`,
      detail: `The event at position ${job.position} holds a value that the read model cannot store. It is kept in the log.`,
      ...(job.rawId === null ? {} : { rawId: job.rawId }),
    };
    await tasks.jobs.send(tx, 'project', [{}]);
    await append(tx, [event(job.company, 'exception.raised', exceptionSubject('NOT_PROJECTED', String(job.position)), 'raised', payload)]);
  });
}

function conflictEvent(shipment: { id: string; company: string }, ends: string): NewEvent {
  const payload: EventPayloads['exception.raised'] = {
    class: 'DATA', kind: 'CONFLICT', severity: 'HIGH', shipmentId: shipment.id, title: `Reports contradict each other: ${ends}`,
    detail: 'Two reports give ends that exclude each other. Both are kept; the later one decides the status until one is taken back.',
  };
  return event(shipment.company, 'exception.raised', exceptionSubject('CONFLICT', `${shipment.id} ${ends}`), 'raised', payload);
}

function event(company: string, type: string, subject: string, factKey: string, payload: unknown): NewEvent {
  const now = instant(Date.now());
  return { id: uuidv7(), type, version: 1, subject, company, connection: null, factKey, occurredAt: now, recordedAt: now, correlationId: uuidv7(), causationId: null, payload };
}
