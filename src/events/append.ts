import { sql } from 'kysely';
import { GatehouseError } from '../lib/errors.js';
import type { Transaction } from '../db/database.js';
import type { NewEvent } from './event.js';

/** Stands for "no connection" in the ledger's key: facts of our own. */
const ourselves = '';

/**
 * Appends what is new of `events`, in their order, and gives it back. Facts that the ledger already
 * knows are left out. Call it once in a transaction and as its last writing statement: it takes the
 * head row of the log, which all other appenders wait for until the commit.
 *
 * Positions are dense and rise with commits: who has read up to a position has missed nothing.
 * @throws GatehouseError CONFLICT when a command's step was already taken by another
 */
export async function append(tx: Transaction, events: readonly NewEvent[]): Promise<NewEvent[]> {
  if (events.length === 0) return [];
  await takeSteps(tx, events);
  const fresh = await newToLedger(tx, events);
  if (fresh.length === 0) return [];
  await sql`
    with head as (
      update log_head set position = position + ${sql.lit(fresh.length)} returning position - ${sql.lit(fresh.length)} as base
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
  // Each fact once, whatever the batch repeats: one statement cannot meet its own new row again.
  const rowOfFact = new Map<string, object>();
  for (const event of keyed) {
    const row = { subject: event.subject, fact_key: event.factKey!, connection: event.connection ?? ourselves, content_hash: event.contentHash ?? '', event_id: event.id };
    const key = [row.subject, row.fact_key, row.connection, row.content_hash].join('\0');
    if (!rowOfFact.has(key)) rowOfFact.set(key, row);
  }
  // In one order for all appenders, so that two with the same facts wait instead of deadlocking.
  const rows = [...rowOfFact].sort(([a], [b]) => compare(a, b)).map(([, row]) => row);
  const inserted = await sql<{ event_id: string }>`
    insert into fact (connection, subject, fact_key, content_hash, event_id)
    select connection, subject, fact_key, content_hash, event_id
    from json_to_recordset(${JSON.stringify(rows)}::json) as x(connection text, subject text, fact_key text, content_hash text, event_id uuid)
    on conflict (subject, fact_key, connection, content_hash) do update set event_id = excluded.event_id, retracted = false where fact.retracted
    returning event_id
  `.execute(tx);
  const fresh = new Set(inserted.rows.map((row) => row.event_id));
  return events.filter((event) => event.factKey === null || fresh.has(event.id));
}

async function takeSteps(tx: Transaction, events: readonly NewEvent[]): Promise<void> {
  const steps = events.filter((event) => event.subjectVersion !== undefined).map((event) => ({ subject: event.subject, version: event.subjectVersion! }));
  if (steps.length === 0) return;
  const taken = await tx.insertInto('subject_version').values(steps).onConflict((c) => c.doNothing()).returning('version').execute();
  if (taken.length < steps.length) throw new GatehouseError('CONFLICT');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
