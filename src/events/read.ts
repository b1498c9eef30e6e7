import type { Expression } from 'kysely';
import type { Queryable } from '../db/database.js';
import type { LogEvent } from './event.js';
import { upcast } from './upcast.js';

/** Events after `position` in log order, at most `limit`. Like all that is read here, each in the current version of its type. */
export async function readLog(db: Queryable, position: number | Expression<number>, limit: number): Promise<LogEvent[]> {
  return current(await db.selectFrom('event').selectAll().where('position', '>', position).orderBy('position').limit(limit).execute());
}

/** Position of the newest committed event; 0 when there is none. */
export async function headPosition(db: Queryable): Promise<number> {
  const row = await db.selectFrom('log_head').select('position').executeTakeFirstOrThrow();
  return row.position;
}

/** The events that were appended because of raw message `rawId`, in log order. */
export async function eventsOfMessage(db: Queryable, rawId: string): Promise<LogEvent[]> {
  return current(await db.selectFrom('event').selectAll().where('causation_id', '=', rawId).orderBy('position').execute());
}

/** The same of several messages, in log order. */
export async function eventsOfMessages(db: Queryable, rawIds: readonly string[]): Promise<LogEvent[]> {
  if (rawIds.length === 0) return [];
  return current(await db.selectFrom('event').selectAll().where('causation_id', 'in', rawIds).orderBy('position').execute());
}

/** The events of these subjects up to `position`, in log order. */
export async function eventsOfSubjects(db: Queryable, subjects: readonly string[], position: number): Promise<LogEvent[]> {
  if (subjects.length === 0) return [];
  return current(await db.selectFrom('event').selectAll().where('subject', 'in', subjects).where('position', '<=', position).orderBy('position').execute());
}

function current(events: LogEvent[]): LogEvent[] {
  return events.map((event) => upcast(event));
}
