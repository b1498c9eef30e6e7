import { sql } from 'kysely';
import { factId } from '../../../events/append.js';
import type { LogEvent, NewEvent } from '../../../events/event.js';
import { eventsOfMessages } from '../../../events/read.js';
import { loadMessages, messageIds } from '../../../events/messages.js';
import type { CodeOverride } from '../../../model/mapping.js';
import { milestoneRows, type MilestoneRow } from '../../../projections/milestones.js';
import type { Queryable } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { readMessages } from '../decode.js';
import { factEvents } from '../message-events.js';
import { project } from '../project.js';
import { factIdOf, gone, retractionOf, type ReplayRange } from '../replay.js';

/** How far a dry run is. */
export interface ForetellProgress {
  messages: number;
  unreadable: number;
  /** Facts that would be recorded, and taken back. */
  appended: number;
  retracted: number;
}

export interface Foretold extends ForetellProgress {
  /** More messages than the limit are in the range: those behind it were not looked at. */
  cut: boolean;
  /** Milestones, and retractions, as they would be added to the timelines. */
  rows: MilestoneRow[];
  /** Reports under names that lead to no shipment yet. */
  unlinked: number;
}

const pageSize = 100;

/**
 * What a replay of the range would record with these overrides in place of those that hold: the same steps as `replay`,
 * over a picture of the ledger. Changes nothing.
 * @param limit of messages
 */
export async function foretell(tasks: TaskContext, range: ReplayRange, overrides: readonly CodeOverride[], limit: number, onProgress: (progress: ForetellProgress) => void = () => {}): Promise<Foretold> {
  await project(tasks);
  const progress: ForetellProgress = { messages: 0, unreadable: 0, appended: 0, retracted: 0 };
  const ledger = new LedgerPicture();
  const added: LogEvent[] = [];
  let cut = false;
  for (let afterId: string | null = null; ; ) {
    const ids = await messageIds(tasks.database.kysely, { ...range, afterId, limit: Math.min(pageSize, limit - progress.messages + 1) });
    cut = progress.messages + ids.length > limit;
    const taken = ids.slice(0, limit - progress.messages);
    if (taken.length > 0) added.push(...(await foretellPage(tasks, taken, overrides, ledger, progress)));
    onProgress(progress);
    if (cut || ids.length === 0) break;
    afterId = ids.at(-1)!;
  }
  const shipmentOf = await livingShipments(tasks.database.kysely, [...new Set(added.map((event) => event.subject))]);
  return { ...progress, cut, rows: milestoneRows(added, shipmentOf), unlinked: added.filter((event) => event.type === 'milestone.reported' && !shipmentOf.has(event.subject)).length };
}

async function foretellPage(tasks: TaskContext, ids: readonly string[], overrides: readonly CodeOverride[], ledger: LedgerPicture, progress: ForetellProgress): Promise<LogEvent[]> {
  const db = tasks.database.kysely;
  const messages = (await loadMessages(db, tasks.bodies, ids)).filter((message) => message.body !== null);
  const before = await eventsOfMessages(db, messages.map((message) => message.id));
  // Read as a replay reads them, in a transaction of their own that is left without a trace.
  const read = await tasks.database.transaction((tx) => readMessages(tasks, tx, messages, overrides));
  const now = read.map(({ decoded, context }) => (decoded === null ? [] : factEvents(decoded, context)));
  await ledger.load(db, [...now.flat().filter((event) => event.factKey !== null).map(factId), ...before.filter(isMilestone).map(factIdOf)]);
  const added: NewEvent[] = [];
  read.forEach(({ message, decoded, context }, index) => {
    progress.messages++;
    if (decoded === null) return void progress.unreadable++;
    const candidates = gone(before.filter((event) => event.causation_id === message.id), now[index]!);
    const retractions = candidates.filter(([id, event]) => ledger.takeBack(id, event.id)).map(([, event]) => retractionOf(event, context.recordedAt));
    const appended = now[index]!.filter((event) => event.factKey === null || ledger.take(factId(event), event.id));
    progress.retracted += retractions.length;
    progress.appended += appended.length;
    added.push(...retractions, ...appended);
  });
  progress.messages += ids.length - messages.length;
  return added.map(asLogged);
}

const isMilestone = (event: LogEvent) => event.type === 'milestone.reported';

/** The ledger of facts as it would be, over what it is. */
class LedgerPicture {
  readonly #facts = new Map<string, { eventId: string; retracted: boolean }>();

  async load(db: Queryable, ids: readonly string[]): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#facts.has(id));
    if (missing.length === 0) return;
    const rows = await db.selectFrom('fact').selectAll().where('id', '=', sql<string>`any(${missing}::uuid[])`).execute();
    for (const row of rows) this.#facts.set(row.id, { eventId: row.event_id, retracted: row.retracted });
  }

  /** As `append` takes a fact: whether it is new, or was taken back. */
  take(id: string, eventId: string): boolean {
    const known = this.#facts.get(id);
    if (known !== undefined && !known.retracted) return false;
    this.#facts.set(id, { eventId, retracted: false });
    return true;
  }

  /** As `replay` takes a fact back: where this very event stated it. */
  takeBack(id: string, eventId: string): boolean {
    const known = this.#facts.get(id);
    if (known === undefined || known.retracted || known.eventId !== eventId) return false;
    this.#facts.set(id, { eventId, retracted: true });
    return true;
  }
}

function asLogged(event: NewEvent): LogEvent {
  return {
    position: 0, id: event.id, type: event.type, version: event.version, subject: event.subject, subject_version: null, company: event.company, connection: event.connection, fact_key: event.factKey,
    occurred_at: event.occurredAt, recorded_at: event.recordedAt, correlation_id: event.correlationId, causation_id: event.causationId, payload: event.payload,
  };
}

/** Which living shipment each name leads to. */
export async function livingShipments(db: Queryable, subjects: readonly string[]): Promise<Map<string, string>> {
  if (subjects.length === 0) return new Map();
  const rows = await db.selectFrom('reference as r').innerJoin('shipment as s', 's.id', 'r.shipment_id').select(['r.subject', 's.id', 's.merged_into']).where('r.subject', '=', sql<string>`any(${[...subjects]}::text[])`).execute();
  return new Map(rows.map((row) => [row.subject, row.merged_into ?? row.id]));
}
