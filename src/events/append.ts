import { sql } from 'kysely';
import { GatehouseError } from '../lib/errors.js';
import { uuidOfName } from '../lib/ids.js';
import type { Transaction } from '../db/database.js';
import type { NewEvent } from './event.js';
import { currentVersion } from './upcast.js';

/** Wakes whoever projects, in all processes, with the position at which the log ends. A wake-up may be lost: they also look by themselves. */
export const logChannel = 'gatehouse_log';

/** Stands for "no connection" in the ledger's key: facts of our own. */
const ourselves = '';

/**
 * Appends what is new of `events`, in their order, and gives it back. Facts that the ledger already
 * knows are left out. Call it once in a transaction and as its last writing statement: it takes the
 * head row of the log, which all other appenders wait for until the commit.
 *
 * Positions are dense and rise with commits: who has read up to a position has missed nothing.
 * @param woken `nobody` where the caller wakes this process after the commit: transactions that notify commit one after the other
 * @throws GatehouseError CONFLICT when a command's step was already taken by another
 */
export async function append(tx: Transaction, events: readonly NewEvent[], woken: 'everybody' | 'nobody' = 'everybody'): Promise<NewEvent[]> {
  if (events.length === 0) return [];
  for (const { type, version } of events) if (version !== currentVersion(type)) throw new Error(`${type} is written in version ${currentVersion(type)}, not ${version}.`);
  await takeSteps(tx, events);
  const fresh = await newToLedger(tx, events);
  if (fresh.length === 0) return [];
  await sql`
    with head as (
      update log_head set position = position + ${fresh.length} returning position - ${fresh.length} as base${woken === 'everybody' ? sql`, pg_notify(${logChannel}, position::text)` : sql``}
    )
    insert into event (position, id, type, version, subject, subject_version, company, connection, fact_key, occurred_at, recorded_at, correlation_id, causation_id, payload)
    select head.base + x.ordinal, x.id, x.type, x.version, x.subject, x."subjectVersion", x.company, x.connection, x."factKey", x."occurredAt", x."recordedAt", x."correlationId", x."causationId", x.payload
    from head, json_to_recordset(${JSON.stringify(fresh.map((event, index) => ({ ...event, ordinal: index + 1 })))}::json) as x(
      ordinal bigint, id uuid, type text, version smallint, subject text, "subjectVersion" integer, company text, connection text, "factKey" text,
      "occurredAt" timestamptz, "recordedAt" timestamptz, "correlationId" uuid, "causationId" uuid, payload jsonb)
  `.execute(tx);
  return fresh;
}

async function newToLedger(tx: Transaction, events: readonly NewEvent[]): Promise<NewEvent[]> {
  const keyed = events.filter((event) => event.factKey !== null);
  if (keyed.length === 0) return [...events];
  // Each fact once, whatever the batch repeats.
  const eventOfFact = new Map<string, string>();
  for (const event of keyed) {
    const id = factId(event);
    if (!eventOfFact.has(id)) eventOfFact.set(id, event.id);
  }
  // In one order for all appenders, so that two with the same facts wait instead of deadlocking.
  const ids = [...eventOfFact.keys()].sort();
  const rows = sql`unnest(${ids}::uuid[], ${ids.map((id) => eventOfFact.get(id)!)}::uuid[]) as x(id, event_id)`;
  const taken = await sql<{ event_id: string }>`
    with again as (update fact f set event_id = x.event_id, retracted = false from ${rows} where f.retracted and f.id = x.id returning f.event_id),
      first as (insert into fact (id, event_id) select x.id, x.event_id from ${rows} on conflict do nothing returning event_id)
    select event_id from again union all select event_id from first
  `.execute(tx);
  const fresh = new Set(taken.rows.map((row) => row.event_id));
  return events.filter((event) => event.factKey === null || fresh.has(event.id));
}

/** What a fact is known by in the ledger: who says it, of what, by which key, and in which words. */
export function factId(event: Pick<NewEvent, 'connection' | 'subject' | 'factKey' | 'contentHash'>): string {
  return uuidOfName([event.connection ?? ourselves, event.subject, event.factKey, event.contentHash ?? ''].join('\0'));
}

async function takeSteps(tx: Transaction, events: readonly NewEvent[]): Promise<void> {
  const steps = events.filter((event) => event.subjectVersion !== undefined).map((event) => ({ subject: event.subject, version: event.subjectVersion! }));
  if (steps.length === 0) return;
  const taken = await tx.insertInto('subject_version').values(steps).onConflict((c) => c.doNothing()).returning('version').execute();
  if (taken.length < steps.length) throw new GatehouseError('CONFLICT');
}
