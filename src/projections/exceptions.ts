import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { EventPayloads, LogEvent } from '../events/event.js';
import { uuidOfName } from '../lib/ids.js';

/** Subject of an exception: the same matter has the same subject, however often it is noticed. */
export function exceptionSubject(kind: string, about: string): string {
  return `exception:${uuidOfName(`${kind}:${about}`)}`;
}

export function exceptionId(subject: string): string {
  return subject.slice('exception:'.length);
}

type Raised = EventPayloads['exception.raised'];

/** Applies exception events in log order. A command's event that its own transaction applied already changes nothing. */
export async function projectExceptions(tx: Transaction, events: readonly LogEvent[]): Promise<void> {
  const raised = events.filter((event) => event.type === 'exception.raised');
  if (raised.length > 0) await insertRaised(tx, raised);
  for (const event of events) {
    if (event.type === 'exception.assigned' || event.type === 'exception.resolved' || event.type === 'exception.reopened') await applyExceptionStep(tx, event);
  }
}

async function insertRaised(tx: Transaction, events: readonly LogEvent[]): Promise<void> {
  const rows = events.map((event) => {
    const p = event.payload as Raised;
    return {
      id: exceptionId(event.subject), subject: event.subject, company: event.company, class: p.class, kind: p.kind, severity: p.severity, title: p.title, detail: p.detail,
      shipment_id: p.shipmentId ?? null, source_subject: p.sourceSubject ?? null, raw_id: p.rawId ?? null, opened_at: event.recorded_at,
    };
  });
  await sql`
    insert into exception (id, subject, company, class, kind, severity, state, title, detail, shipment_id, source_subject, raw_id, opened_at, version)
    select x.id, x.subject, x.company, x.class, x.kind, x.severity, 'OPEN', x.title, x.detail,
      coalesce(coalesce(s.merged_into, s.id), r.shipment_id), x.source_subject, x.raw_id, x.opened_at, 0
    from json_populate_recordset(null::exception, ${JSON.stringify(rows)}::json) x
    left join shipment s on s.id = x.shipment_id
    left join reference r on r.subject = x.source_subject
    on conflict do nothing
  `.execute(tx);
}

/** One step of an exception's life. Steps without a version are our own and always come last. */
export async function applyExceptionStep(tx: Transaction, event: Pick<LogEvent, 'type' | 'subject' | 'subject_version' | 'payload' | 'recorded_at'>): Promise<void> {
  const payload = event.payload as Partial<EventPayloads['exception.assigned'] & EventPayloads['exception.resolved']>;
  const resolved = event.type === 'exception.resolved';
  const state = resolved ? 'RESOLVED' : event.type === 'exception.assigned' ? 'ASSIGNED' : 'OPEN';
  await sql`
    update exception set state = ${state}, assignee = coalesce(${payload.assignee ?? null}, assignee),
      resolution = ${resolved ? (payload.resolution ?? null) : null}, resolved_at = ${resolved ? event.recorded_at : null}::timestamptz,
      version = coalesce(${event.subject_version}::integer, version + 1)
    where subject = ${event.subject}
      and case when ${event.subject_version}::integer is null then state <> 'RESOLVED' else version < ${event.subject_version}::integer end
  `.execute(tx);
}

/** Exceptions of merged shipments go on at the shipment that remains. */
export async function moveExceptions(tx: Transaction, merges: ReadonlyArray<{ from: string; into: string }>): Promise<void> {
  for (const { from, into } of merges) await tx.updateTable('exception').set({ shipment_id: into }).where('shipment_id', '=', from).execute();
}
