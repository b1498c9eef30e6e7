import type { Connection } from '../../auth/connections.js';
import type { Connector, RawMessage } from '../../connectors/contract.js';
import { UnreadableMessage } from '../../connectors/contract.js';
import { connectorOf } from '../../connectors/registry.js';
import { append } from '../../events/append.js';
import type { NewEvent } from '../../events/event.js';
import { loadMessages, markDecoded, messageSizes, type InboxMessage, type Outcome } from '../../events/messages.js';
import { keepPersonalData } from '../../events/personal-data.js';
import { instant } from '../../lib/clock.js';
import { isOutage } from '../../lib/database-faults.js';
import type { Decoded } from '../../model/facts.js';
import { applyLinks } from '../../projections/links.js';
import { resolveNamings } from '../../projections/resolve.js';
import type { Transaction } from '../engine.js';
import { linkEvents } from './link-events.js';
import { anomalyEvents, factEvents, namingsOf, personalDataOf, quarantineEvent, type MessageContext } from './message-events.js';
import type { TaskContext } from './context.js';

export interface DecodeJob {
  connection: string;
  ids: string[];
}

interface Read {
  message: InboxMessage;
  context: MessageContext;
  decoded: Decoded | null;
  failure: string | null;
}

/** So that a long queue is worked off in transactions of a bounded length. */
const maxPerTransaction = 250;

/** Raw messages to events, many in one transaction; if that fails, one by one, so that a bad one stands alone. */
export async function decodeMessages(tasks: TaskContext, jobs: readonly DecodeJob[]): Promise<void> {
  for (const [connection, ids] of idsByConnection(jobs)) {
    for (const part of await partsBySize(tasks, ids)) await decodePart(tasks, connection, part);
  }
}

/** Bodies come as hex text, twice their size, and stand in memory together with what is read from them. */
const maxBytesPerTransaction = 16 * 1024 * 1024;

async function partsBySize(tasks: TaskContext, ids: readonly string[]): Promise<string[][]> {
  const parts: string[][] = [[]];
  let bytes = 0;
  for (const { id, size } of await messageSizes(tasks.database.kysely, ids)) {
    if (parts.at(-1)!.length === maxPerTransaction || (bytes + size > maxBytesPerTransaction && parts.at(-1)!.length > 0)) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(id);
    bytes += size;
  }
  return parts;
}

async function decodePart(tasks: TaskContext, connection: string, ids: readonly string[]): Promise<void> {
  const messages = (await loadMessages(tasks.database.kysely, ids)).filter((message) => message.state === 'RECEIVED');
  if (messages.length === 0) return;
  const read = await readMessages(tasks, connection, messages);
  try {
    await record(tasks, read);
  } catch (error) {
    if (isOutage(error)) throw error;
    if (read.length > 1) tasks.log.warn({ err: error, connection }, 'a batch could not be recorded; recording its messages one by one');
    for (const each of read) await recordAlone(tasks, each);
  }
}

function idsByConnection(jobs: readonly DecodeJob[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const job of jobs) found.set(job.connection, [...(found.get(job.connection) ?? []), ...job.ids]);
  return found;
}

/** Runs the connector over each message. What it throws becomes the reason of a quarantine, never a lost message. */
export async function readMessages(tasks: TaskContext, connectionId: string, messages: readonly InboxMessage[]): Promise<Read[]> {
  const connection = await tasks.connections.find(connectionId);
  const connector = connection === null ? undefined : connectorOf(connection.connector);
  return messages.map((message) => {
    const context: MessageContext = {
      connection: connectionId, connector: connection?.connector ?? '', company: connection?.company ?? 'main',
      rawId: message.id, correlationId: message.correlation_id, recordedAt: instant(Date.now()),
    };
    if (connection === null || connector?.receive === undefined) return { message, context, decoded: null, failure: 'The connection was removed or disabled before the message was read.' };
    if (message.body === null) return { message, context, decoded: null, failure: 'The body is past its retention.' };
    return { message, context, ...runDecoder(tasks, connector, connection, message) };
  });
}

function runDecoder(tasks: TaskContext, connector: Connector, connection: Connection, message: InboxMessage): Pick<Read, 'decoded' | 'failure'> {
  const zone = typeof connection.settings.zone === 'string' ? connection.settings.zone : tasks.defaultZone;
  const raw: RawMessage = { headers: message.headers ?? {}, body: message.body!, receivedAt: message.received_at, connection: connection.id, zone };
  try {
    return { decoded: connector.receive!.decode(raw, connection.settings), failure: null };
  } catch (error) {
    if (error instanceof UnreadableMessage) return { decoded: null, failure: error.message };
    tasks.log.error({ err: error, connection: connection.id, rawId: message.id }, 'a connector failed on a message; it is kept and quarantined');
    return { decoded: null, failure: `The connector ${connector.id} failed on this message. It is kept: replay it after an update.` };
  }
}

async function record(tasks: TaskContext, read: readonly Read[]): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    const outcomes: Outcome[] = read.map(({ message, failure }) => ({ id: message.id, failure }));
    await markDecoded(tx, outcomes, instant(Date.now()));
    await recordEvents(tasks, tx, read);
  });
}

/** Appends what is new in these messages, with the links it needs, and asks for the projection. */
export async function recordEvents(tasks: TaskContext, tx: Transaction, read: readonly Read[], retractions: readonly NewEvent[] = []): Promise<number> {
  const namings = read.flatMap(({ decoded, context }) => (decoded === null ? [] : namingsOf(decoded, context)));
  const decisions = await resolveNamings(tx, namings.map((each) => each.naming));
  const links = linkEvents(decisions, namings);
  await applyLinks(tx, links.filter((event) => !event.type.startsWith('exception.')).map((event) => ({ ...event, position: 0 })));
  await keepPersonalData(tx, read.flatMap(({ decoded, context }) => (decoded === null ? [] : personalDataOf(decoded, context))));
  const events = read.flatMap(({ decoded, context, failure }) =>
    decoded === null ? [quarantineEvent(context, failure!)] : [...factEvents(decoded, context), ...anomalyEvents(decoded, context)],
  );
  const all = [...links, ...retractions, ...events];
  if (all.length > 0) await tasks.jobs.send(tx, 'project', [{}]);
  return (await append(tx, all)).length;
}

async function recordAlone(tasks: TaskContext, read: Read): Promise<void> {
  try {
    await record(tasks, [read]);
  } catch (error) {
    if (isOutage(error)) throw error;
    tasks.log.error({ err: error, rawId: read.message.id }, 'a message could not be recorded; it is kept and quarantined');
    await record(tasks, [{ ...read, decoded: null, failure: 'What this message says could not be stored. It is kept: replay it after an update.' }]);
  }
}
