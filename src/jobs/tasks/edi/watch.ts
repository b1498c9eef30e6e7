import { sql } from 'kysely';
import { append } from '../../../events/append.js';
import type { EventPayloads, NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { EdiFault } from '../../../model/edi.js';
import { ourselves, takeStep } from '../../../projections/change-exception.js';
import { exceptionSubject, projectExceptions } from '../../../projections/exceptions.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { repeat } from '../repeat.js';

const everyMs = 2_000;
const batchSize = 100;

type Matter = 'OVERDUE' | 'REJECTED';

interface Watched {
  id: string;
  matter: Matter | null;
  wanted: Matter | null;
  /** It was answered as expected: nothing more is to be watched. */
  settled: boolean;
  connection: string;
  company: string;
  control: string;
  receiver: string;
  set_types: string[];
  awaits: string[];
  state: string | null;
  faults: EdiFault[] | null;
}

export const answerKinds = { OVERDUE: 'ACKNOWLEDGEMENT_OVERDUE', REJECTED: 'INTERCHANGE_REJECTED' } as const;

/** Looks again and again at the interchanges that wait for their answer; see `settleAnswers`. */
export function watchAnswers(tasks: TaskContext): { stop(): Promise<void> } {
  return repeat(async () => {
    while ((await settleAnswers(tasks)) === batchSize);
  }, everyMs, (error) => tasks.log.error({ err: error }, 'answers to interchanges could not be looked at; it is tried again'));
}

/**
 * Raises an exception for each interchange whose answer is overdue or says no, and closes it when the answer
 * comes, or a better one. Several processes may do so: a row that another one looks at is left to it.
 * @returns how many were looked at
 */
export async function settleAnswers({ database }: Pick<TaskContext, 'database'>): Promise<number> {
  return database.transaction(async (tx) => {
    const { rows } = await sql<Watched>`
      with standing as (
        select w.interchange_id, w.matter, a.state,
          case when a.state in ('REJECTED', 'PARTIALLY_ACCEPTED') then 'REJECTED'
            when i.awaits <@ coalesce(a.kinds, '{}') then null
            when w.due_at <= clock_timestamp() then 'OVERDUE' end as wanted,
          i.awaits <@ coalesce(a.kinds, '{}') and a.state in ('ACCEPTED', 'ACCEPTED_WITH_ERRORS') as settled, a.faults
        from interchange_watch w join interchange i on i.id = w.interchange_id left join interchange_answer a on a.interchange_id = w.interchange_id
      ), held as (
        select w.interchange_id from interchange_watch w join standing s on s.interchange_id = w.interchange_id
        where s.wanted is distinct from w.matter or coalesce(s.settled, false) order by w.interchange_id limit ${sql.lit(batchSize)} for update of w skip locked
      )
      select i.id, s.matter, s.wanted, coalesce(s.settled, false) as settled, i.connection, i.company, i.control, i.receiver, i.set_types, i.awaits, s.state, s.faults
      from held join standing s on s.interchange_id = held.interchange_id join interchange i on i.id = held.interchange_id order by i.id`.execute(tx);
    const events: NewEvent[] = [];
    for (const row of rows) events.push(...(await settle(tx, row)));
    if (events.length > 0) await append(tx, events);
    return rows.length;
  });
}

async function settle(tx: Transaction, row: Watched): Promise<NewEvent[]> {
  const events: NewEvent[] = [];
  if (row.matter !== null && row.matter !== row.wanted) events.push(...(await close(tx, row, row.matter)));
  if (row.wanted !== null && row.matter !== row.wanted) events.push(...(await open(tx, row, row.wanted)));
  if (row.settled && row.wanted === null) await tx.deleteFrom('interchange_watch').where('interchange_id', '=', row.id).execute();
  else await tx.updateTable('interchange_watch').set({ matter: row.wanted }).where('interchange_id', '=', row.id).execute();
  return events;
}

async function standing(tx: Transaction, row: Watched, matter: Matter) {
  return tx.selectFrom('exception').select(['subject', 'version', 'company', 'state']).where('subject', '=', exceptionSubject(answerKinds[matter], row.id)).forUpdate().executeTakeFirst();
}

async function close(tx: Transaction, row: Watched, matter: Matter): Promise<NewEvent[]> {
  const exception = await standing(tx, row, matter);
  if (exception === undefined || exception.state === 'RESOLVED') return [];
  return [await takeStep(tx, exception, { action: 'resolve', resolution: matter === 'OVERDUE' ? 'The answer came.' : 'A later answer says that it was taken.' }, ourselves, uuidv7())];
}

async function open(tx: Transaction, row: Watched, matter: Matter): Promise<NewEvent[]> {
  const exception = await standing(tx, row, matter);
  if (exception === undefined) {
    const event = raisedEvent(row, matter);
    // The row is made at once: the answer may come before the projector comes by.
    await projectExceptions(tx, [{ ...event, position: 0, subject_version: null, fact_key: event.factKey, occurred_at: event.occurredAt, recorded_at: event.recordedAt, correlation_id: event.correlationId, causation_id: null }]);
    return [event];
  }
  if (exception.state !== 'RESOLVED') return [];
  return [await takeStep(tx, exception, { action: 'reopen', reason: matter === 'OVERDUE' ? 'It is overdue again.' : 'It was rejected again.' }, ourselves, uuidv7())];
}

function raisedEvent(row: Watched, matter: Matter): NewEvent {
  const now = instant(Date.now());
  const name = `Interchange ${row.control} (${row.set_types.join(', ')}) to ${row.receiver}`;
  const [title, detail] = matter === 'OVERDUE'
    ? [`No answer to interchange ${row.control} of ${row.connection}`, `${name} was to be answered by ${row.awaits.join(' and ')} and was not. Ask the partner whether it came; the command that sent it can be replayed.`]
    : [`Interchange ${row.control} of ${row.connection} was rejected`, `${name} was ${row.state === 'REJECTED' ? 'rejected' : 'taken in part'}. ${(row.faults ?? []).map((fault) => fault.text).join(' ')}`.slice(0, 2000)];
  const payload: EventPayloads['exception.raised'] = { class: 'DATA', severity: 'HIGH', kind: answerKinds[matter], title, detail: detail.trim(), connection: row.connection };
  return { id: uuidv7(), version: 1, type: 'exception.raised', subject: exceptionSubject(answerKinds[matter], row.id), company: row.company, connection: null, factKey: 'raised', occurredAt: now, recordedAt: now, correlationId: uuidv7(), causationId: null, payload };
}
