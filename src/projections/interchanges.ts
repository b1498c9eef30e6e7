import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { LogEvent } from '../events/event.js';
import type { InterchangeRecord } from '../model/edi.js';
import { recordsOf } from './record-ids.js';

interface VerdictRow {
  interchange_id: string;
  ordinal: number;
  connection: string;
  kind: string;
  control_key: string;
  state: string;
  faults: string;
  at: string;
}

/**
 * What partners say of interchanges that went to them, once the rows are written: found by control number,
 * whichever of the two arrived first, and made anew from all verdicts.
 */
export async function projectInterchanges(tx: Transaction, events: readonly LogEvent[]): Promise<void> {
  const ids = recordsOf(events, 'interchange');
  if (ids.length === 0) return;
  const rows = await sql<{ id: string; connection: string; direction: string; updated_at: string; verdicts: InterchangeRecord['verdicts'] }>`
    select id, connection, direction, updated_at, verdicts from interchange where id = any(${ids}::uuid[]) and not deleted`.execute(tx);
  const verdicts = rows.rows.filter((row) => row.direction === 'IN').flatMap((row) => row.verdicts.map((verdict, ordinal): VerdictRow => ({
    interchange_id: row.id, ordinal, connection: row.connection, kind: verdict.kind, control_key: verdict.control, state: verdict.state, faults: JSON.stringify(verdict.faults), at: row.updated_at,
  })));
  if (verdicts.length > 0) await insertVerdicts(tx, verdicts);
  const sent = new Set([...rows.rows.filter((row) => row.direction === 'OUT').map((row) => row.id), ...(await interchangesOf(tx, verdicts))]);
  if (sent.size > 0) await answer(tx, [...sent]);
}

async function insertVerdicts(tx: Transaction, verdicts: readonly VerdictRow[]): Promise<void> {
  await sql`
    insert into interchange_verdict (interchange_id, ordinal, connection, kind, control_key, state, faults, at)
    select interchange_id, ordinal, connection, kind, control_key, state, faults::jsonb, at
    from jsonb_to_recordset(${JSON.stringify(verdicts)}::jsonb) as x(interchange_id uuid, ordinal integer, connection text, kind text, control_key text, state text, faults text, at timestamptz)
    on conflict (interchange_id, ordinal) do update set kind = excluded.kind, control_key = excluded.control_key, state = excluded.state, faults = excluded.faults, at = excluded.at`.execute(tx);
}

/** A 997 names a group; TA1 and CONTRL name the interchange. */
const namesIt = sql`o.direction = 'OUT' and o.connection = v.connection and ((v.kind = '997' and o.group_keys @> array[v.control_key]) or (v.kind <> '997' and o.control_key = v.control_key))`;

async function interchangesOf(tx: Transaction, verdicts: readonly VerdictRow[]): Promise<string[]> {
  if (verdicts.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    select distinct o.id from interchange_verdict v join interchange o on ${namesIt} where v.interchange_id = any(${[...new Set(verdicts.map((row) => row.interchange_id))]}::uuid[])`.execute(tx);
  return rows.map((row) => row.id);
}

async function answer(tx: Transaction, ids: readonly string[]): Promise<void> {
  await sql`
    insert into interchange_answer as a (interchange_id, company, state, kinds, faults, answered_at)
    select o.id, o.company, (array['ACCEPTED', 'ACCEPTED_WITH_ERRORS', 'PARTIALLY_ACCEPTED', 'REJECTED'])[max(array_position(array['ACCEPTED', 'ACCEPTED_WITH_ERRORS', 'PARTIALLY_ACCEPTED', 'REJECTED'], v.state))],
      array_agg(distinct v.kind order by v.kind), coalesce(jsonb_agg(f order by v.at, v.interchange_id, v.ordinal) filter (where f is not null), '[]'), max(v.at)
    from interchange o join interchange_verdict v on ${namesIt} left join lateral jsonb_array_elements(v.faults) f on true
    where o.id = any(${[...ids]}::uuid[]) group by o.id, o.company
    on conflict (interchange_id) do update set state = excluded.state, kinds = excluded.kinds, faults = excluded.faults, answered_at = excluded.answered_at`.execute(tx);
  await sql`
    insert into interchange_watch (interchange_id, connection, due_at)
    select id, connection, coalesce(due_at, updated_at) from interchange where id = any(${[...ids]}::uuid[]) and direction = 'OUT'
      and (due_at is not null or exists (select 1 from interchange_answer a where a.interchange_id = interchange.id))
    on conflict (interchange_id) do nothing`.execute(tx);
}
