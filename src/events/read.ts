import type { Queryable } from '../db/database.js';
import type { LogEvent } from './event.js';

/** Events after `position` in log order, at most `limit`. */
export async function readLog(db: Queryable, position: number, limit: number): Promise<LogEvent[]> {
  return db.selectFrom('event').selectAll().where('position', '>', position).orderBy('position').limit(limit).execute();
}

/** Position of the newest committed event; 0 when there is none. */
export async function headPosition(db: Queryable): Promise<number> {
  const row = await db.selectFrom('log_head').select('position').executeTakeFirstOrThrow();
  return row.position;
}

/** The events that were appended because of raw message `rawId`, in log order. */
export async function eventsOfMessage(db: Queryable, rawId: string): Promise<LogEvent[]> {
  return db.selectFrom('event').selectAll().where('causation_id', '=', rawId).orderBy('position').execute();
}

/** The events of these subjects up to `position`, in log order. */
export async function eventsOfSubjects(db: Queryable, subjects: readonly string[], position: number): Promise<LogEvent[]> {
  if (subjects.length === 0) return [];
  return db.selectFrom('event').selectAll().where('subject', 'in', subjects).where('position', '<=', position).orderBy('position').execute();
}
