import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { EventPayloads, LogEvent, NewEvent } from '../events/event.js';
import { referenceKey } from '../model/references.js';

type LinkEvent = Pick<LogEvent | NewEvent, 'type' | 'payload' | 'subject' | 'company'> & { recordedAt: string; position: number };

/**
 * Applies link events to the link tables; a repetition changes nothing. Runs in the transaction that
 * appends them, so that the next decision sees them, and again when the projections are rebuilt.
 */
export async function applyLinks(tx: Transaction, events: readonly LinkEvent[]): Promise<void> {
  // New shipments and names do not depend on one another; a merge depends on what was said before it.
  for (let start = 0; start < events.length; ) {
    let end = start;
    while (end < events.length && events[end]!.type !== 'shipment.merged') end++;
    const run = events.slice(start, end);
    await Promise.all([
      registerShipments(tx, run.filter((event) => event.type === 'shipment.registered')),
      linkReferences(tx, run.filter((event) => event.type === 'reference.linked' || event.type === 'reference.unlinked')),
      nameReferences(tx, run.filter((event) => event.type === 'reference.named')),
    ]);
    const merge = events[end];
    if (merge !== undefined) await mergeShipment(tx, merge);
    start = end + 1;
  }
}

async function registerShipments(tx: Transaction, events: readonly LinkEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql`
    insert into shipment (id, company, status, provisional, created_at, updated_at)
    select x.id, x.company, 'UNKNOWN', true, x.at, x.at
    from unnest(${events.map((event) => event.subject.slice('shipment:'.length))}::uuid[], ${events.map((event) => event.company)}::text[], ${events.map((event) => event.recordedAt)}::timestamptz[]) as x(id, company, at)
    on conflict (id) do nothing
  `.execute(tx);
}

async function linkReferences(tx: Transaction, events: readonly LinkEvent[]): Promise<void> {
  const last = lastOf(events.map((event) => event.payload as LinkPayload), (payload) => referenceKey(payload.reference));
  if (last.length === 0) return;
  await sql`
    insert into reference (subject, kind, issuer, value, shipment_id, sequence)
    select x.subject, x.kind, x.issuer, x.value, coalesce(s.merged_into, x.shipment_id), x.sequence
    from unnest(
      ${last.map((p) => referenceKey(p.reference))}::text[], ${last.map((p) => p.reference.kind)}::text[], ${last.map((p) => p.reference.issuer)}::text[],
      ${last.map((p) => p.reference.value)}::text[], ${last.map((p) => p.shipmentId ?? null)}::uuid[], ${last.map((p) => p.sequence)}::integer[]) as x(subject, kind, issuer, value, shipment_id, sequence)
    left join shipment s on s.id = x.shipment_id
    -- Most are applied already, by the decoder: those must not even be locked, or the two wait for each other.
    where not exists (select 1 from reference r where r.subject = x.subject and r.sequence >= x.sequence)
    on conflict (subject) do update set shipment_id = excluded.shipment_id, sequence = excluded.sequence where reference.sequence < excluded.sequence
  `.execute(tx);
}

type LinkPayload = EventPayloads['reference.unlinked'] & { shipmentId?: string };

/** What a source names is replaced as a whole. */
async function nameReferences(tx: Transaction, events: readonly LinkEvent[]): Promise<void> {
  const last = lastOf(events.map((event) => ({ source: event.subject, ...(event.payload as EventPayloads['reference.named']) })), ({ source }) => source);
  if (last.length === 0) return;
  const names = last.flatMap(({ source, also }) => also.map((name) => ({ source, name })));
  await sql`
    with newer as (
      update reference r set named_sequence = x.sequence
      from unnest(${last.map((each) => each.source)}::text[], ${last.map((each) => each.sequence)}::integer[]) as x(source, sequence)
      where r.subject = x.source and r.named_sequence < x.sequence returning r.subject as source
    ), wanted as (
      select x.source, x.name from unnest(${names.map((row) => row.source)}::text[], ${names.map((row) => row.name)}::text[]) as x(source, name) join newer using (source)
    ), gone as (
      delete from naming n using newer where n.source = newer.source and not exists (select 1 from wanted w where w.source = n.source and w.name = n.name)
    )
    insert into naming (source, name) select distinct source, name from wanted on conflict do nothing
  `.execute(tx);
}

/** Of several statements on one thing the one with the highest sequence: one statement cannot meet its own new row again. */
function lastOf<T extends { sequence: number }>(statements: readonly T[], keyOf: (statement: T) => string): T[] {
  const last = new Map<string, T>();
  for (const statement of statements) if ((last.get(keyOf(statement))?.sequence ?? 0) < statement.sequence) last.set(keyOf(statement), statement);
  return [...last.values()];
}

async function mergeShipment(tx: Transaction, event: LinkEvent): Promise<void> {
  const { from, into } = event.payload as EventPayloads['shipment.merged'];
  // Applied again, it must not lead back to a shipment that was merged itself meanwhile.
  const target = (await tx.selectFrom('shipment').select('merged_into').where('id', '=', into).executeTakeFirst())?.merged_into ?? into;
  await tx.updateTable('reference').set({ shipment_id: target }).where('shipment_id', '=', from).execute();
  await tx.updateTable('shipment').set({ merged_into: target }).where((w) => w.or([w('id', '=', from), w('merged_into', '=', from)])).where('id', '<>', target).execute();
}

/** Shipments that link events touch: both sides of a merge, and where a reference led before. */
export function shipmentsOfLink(event: LogEvent): string[] {
  switch (event.type) {
    case 'shipment.registered':
      return [event.subject.slice('shipment:'.length)];
    case 'shipment.merged': {
      const { from, into } = event.payload as EventPayloads['shipment.merged'];
      return [from, into];
    }
    case 'reference.linked':
    case 'reference.unlinked': {
      const { shipmentId, from } = event.payload as Partial<EventPayloads['reference.linked']>;
      return [shipmentId, from].filter((id) => id !== undefined);
    }
    default:
      return [];
  }
}

const linkEventTypes: readonly string[] = ['shipment.registered', 'reference.linked', 'reference.unlinked', 'reference.named', 'shipment.merged'];

export function isLinkEvent(type: string): boolean {
  return linkEventTypes.includes(type);
}
