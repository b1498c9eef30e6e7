import type { Connection } from '../../auth/connections.js';
import { UnreadableMessage, type Connector, type SyncPage, type SyncSource } from '../../connectors/contract.js';
import type { NewEvent } from '../../events/event.js';
import { standingOf, type Standing } from '../../events/standing.js';
import { instant } from '../../lib/clock.js';
import { uuidv7 } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import type { TaskContext } from './context.js';
import { factEvents } from './message-events.js';
import { noFigures, type SyncFigures } from './sync-run.js';

/** A record as the source states it, with the events it would give. */
interface Stated {
  record: Json;
  events: NewEvent[];
  isReadable: boolean;
}

export interface Comparison {
  /** Records that differ from what stands here. */
  differing: Json[];
  figures: SyncFigures;
}

/**
 * Holds what a page states against what stands in the log, by content: a version read at the source
 * is newer than any sent before, though it says the same.
 */
export async function comparePage(tasks: TaskContext, connection: Connection, connector: Connector, source: SyncSource, page: SyncPage): Promise<Comparison> {
  const stated = page.records.map((record) => decodeRecord(tasks, connection, connector, source, page, record));
  const standing = await standingOf(tasks.database.kysely, connection.id, stated.flatMap(({ events }) => events));
  const figures: SyncFigures = { ...noFigures, read: page.records.length + page.unreadable, unreadable: page.unreadable };
  const differing: Json[] = [];
  for (const { record, events, isReadable } of stated) {
    const verdict = !isReadable ? 'unreadable' : verdictOf(events, standing);
    figures[verdict]++;
    if (verdict === 'repaired' || verdict === 'missingHere' || verdict === 'missingThere') differing.push(record);
  }
  return { differing, figures: { ...figures, underway: page.underway } };
}

function decodeRecord(tasks: TaskContext, connection: Connection, connector: Connector, source: SyncSource, page: SyncPage, record: Json): Stated {
  const message = source.toMessage(page, [record]);
  const receivedAt = instant(Date.now());
  const zone = typeof connection.settings.zone === 'string' ? connection.settings.zone : tasks.defaultZone;
  try {
    const decoded = connector.receive!.decode({ ...message, receivedAt, connection: connection.id, zone }, connection.settings);
    const id = uuidv7();
    const context = { connection: connection.id, connector: connection.connector, company: connection.company, rawId: id, correlationId: id, recordedAt: receivedAt, people: tasks.people };
    const events = factEvents({ ...decoded, anomalies: [] }, context).filter((event) => event.connection === connection.id);
    return { record, events, isReadable: events.length > 0 || !decoded.anomalies.some((one) => one.severity === 'HIGH') };
  } catch (error) {
    // One record must not keep a run from all others.
    if (!(error instanceof UnreadableMessage)) tasks.log.error({ err: error, connection: connection.id }, 'a connector failed on a record that was read; it is counted as unreadable');
    return { record, events: [], isReadable: false };
  }
}

function verdictOf(events: readonly NewEvent[], standing: ReadonlyMap<string, Standing>): Exclude<keyof SyncFigures, 'read' | 'underway' | 'unreadable'> {
  if (events.length === 0) return 'ignored';
  for (const event of events) {
    const stands = standing.get(event.subject);
    const isGone = event.type === 'record.deleted';
    if (stands === 'EQUAL' || (stands === 'UNKNOWN' && isGone)) continue;
    return isGone ? 'missingThere' : stands === 'UNKNOWN' ? 'missingHere' : 'repaired';
  }
  return 'equal';
}
