import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { ExceptionTable } from '../db/schema.js';
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

const steps: readonly string[] = ['exception.assigned', 'exception.resolved', 'exception.reopened', 'exception.changed'];

/**
 * Applies exception events in log order. A step that its own transaction applied already changes nothing.
 * @returns ids of the exceptions that the events are about
 */
export async function projectExceptions(tx: Transaction, events: readonly LogEvent[]): Promise<string[]> {
  const raised = events.filter((event) => event.type === 'exception.raised');
  if (raised.length > 0) await insertRaised(tx, raised);
  for (const event of events) if (steps.includes(event.type)) await applyExceptionStep(tx, event);
  return [...new Set(events.filter((event) => event.type === 'exception.raised' || steps.includes(event.type)).map((event) => exceptionId(event.subject)))];
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
    select x.id, x.subject, coalesce(s.company, x.company), x.class, x.kind, x.severity, 'OPEN', x.title, x.detail,
      s.id, x.source_subject, x.raw_id, x.opened_at, 0
    from json_populate_recordset(null::exception, ${JSON.stringify(rows)}::json) x
    left join reference r on r.subject = x.source_subject
    left join shipment named on named.id = coalesce(r.shipment_id, x.shipment_id)
    left join shipment s on s.id = coalesce(named.merged_into, named.id)
    on conflict do nothing
  `.execute(tx);
}

/** One step of an exception's life, which its version numbers. */
export async function applyExceptionStep(tx: Transaction, event: Pick<LogEvent, 'type' | 'subject' | 'subject_version' | 'payload' | 'recorded_at'>): Promise<void> {
  const row = tx.updateTable('exception').where('subject', '=', event.subject).where('version', '<', event.subject_version!);
  await row.set({ ...columnsOf(event), version: event.subject_version! }).execute();
}

function columnsOf(event: Pick<LogEvent, 'type' | 'payload' | 'recorded_at'>): Partial<ExceptionTable> {
  switch (event.type) {
    case 'exception.assigned':
      return { state: 'ASSIGNED', assignee: (event.payload as EventPayloads['exception.assigned']).assignee };
    case 'exception.resolved': {
      const { resolution, by } = event.payload as EventPayloads['exception.resolved'];
      return { state: 'RESOLVED', resolution, resolved_at: event.recorded_at, decided_by: by };
    }
    case 'exception.reopened':
      return { state: 'OPEN', resolution: null, resolved_at: null, decided_by: (event.payload as EventPayloads['exception.reopened']).by };
    default: {
      const { by: _, ...changed } = event.payload as EventPayloads['exception.changed'];
      return changed;
    }
  }
}

/**
 * Exceptions follow the shipment they are about when it is merged, and the reference they were reported under when it moves.
 * @returns ids of those that moved
 */
export async function moveExceptions(tx: Transaction, merges: ReadonlyArray<{ from: string; into: string }>, references: readonly string[]): Promise<string[]> {
  const moved: string[] = [];
  for (const { from, into } of merges) {
    const found = await sql<{ id: string }>`update exception x set shipment_id = s.id, company = s.company from shipment s where x.shipment_id = ${from}::uuid and s.id = ${into}::uuid returning x.id`.execute(tx);
    moved.push(...found.rows.map((row) => row.id));
  }
  if (references.length === 0) return moved;
  const found = await sql<{ id: string }>`
    update exception x set shipment_id = s.id, company = s.company from reference r join shipment s on s.id = r.shipment_id
    where r.subject = x.source_subject and r.subject = any(${references}::text[]) and (x.shipment_id, x.company) is distinct from (s.id, s.company) returning x.id
  `.execute(tx);
  return [...moved, ...found.rows.map((row) => row.id)];
}

/**
 * An exception is seen by the company of its shipment.
 * @returns ids of those that came to another
 */
export async function followCompany(tx: Transaction, shipments: ReadonlyArray<{ id: string; company: string }>): Promise<string[]> {
  const moved: string[] = [];
  for (const { id, company } of shipments) {
    const found = await tx.updateTable('exception').set({ company }).where('shipment_id', '=', id).where('company', '<>', company).returning('id').execute();
    moved.push(...found.map((row) => row.id));
  }
  return moved;
}
