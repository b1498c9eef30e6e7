import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '../../auth/connections.js';
import type { Connector, RawMessage } from '../../connectors/contract.js';
import { UnreadableMessage } from '../../connectors/contract.js';
import { connectorOf } from '../../connectors/registry.js';
import { inboxChannel } from '../../events/inbox.js';
import { append, logChannel } from '../../events/append.js';
import type { NewEvent } from '../../events/event.js';
import { beginMessages, markDecoded, takeMessages, type InboxMessage, type Outcome } from '../../events/messages.js';
import { keepPersonalData } from '../../events/personal-data.js';
import { instant } from '../../lib/clock.js';
import { isOutage } from '../../lib/database-faults.js';
import type { Decoded, LineResult } from '../../model/facts.js';
import { unmappedCodes, withOverrides, type CodeOverride } from '../../model/mapping.js';
import { applyLinks } from '../../projections/links.js';
import { resolveNamings } from '../../projections/resolve.js';
import type { Transaction } from '../engine.js';
import { acceptRequests, bookingConnections, requestsOf, type BookingConnections } from './bookings/requests.js';
import { takeInterchanges } from './edi/received.js';
import { acceptFileResults } from './file-results.js';
import { linkEvents } from './link-events.js';
import { anomalyEvents, factEvents, namingsOf, quarantineEvent, type DecodingContext } from './message-events.js';
import type { TaskContext } from './context.js';
import { readingRules } from './mapping/reading-rules.js';
import { countUnmapped } from './mapping/unmapped.js';
import { recordShadow } from './shadow/record.js';
import { personalDataOf } from './personal-facts.js';
import { whenWoken } from './when-woken.js';

export interface Read {
  message: InboxMessage;
  context: DecodingContext;
  decoded: Decoded | null;
  failure: string | null;
  /** Of a file that could not be read: what is wrong with each of its lines. */
  refused?: readonly LineResult[];
  /** Its connection is in shadow mode: what it says is kept apart. */
  shadow: boolean;
  /** Set where it asks for something at a carrier. */
  booking?: BookingConnections;
}

/** So that a long queue is worked off in transactions of a bounded length. Bodies stand in memory together with what is read from them. */
const mostAtOnce = { messages: 250, bytes: 16 * 1024 * 1024 };

/**
 * Raw messages to events: the oldest that wait and that nobody else is decoding, in one transaction; if that fails,
 * one by one, so that a bad one stands alone. They are held until then: of a process that is killed, others take them at once.
 * @param only of these alone
 * @returns how many there were; 0: nothing waits
 */
export async function decodeMessages(tasks: TaskContext, only?: readonly string[]): Promise<number> {
  let taken: InboxMessage[] = [];
  try {
    await tasks.database.transaction(async (tx) => {
      taken = await takeMessages(tx, tasks.bodies, mostAtOnce, only);
      if (taken.length > 0) await record(tasks, tx, await readMessages(tasks, tx, taken));
    });
  } catch (error) {
    if (isOutage(error) || taken.length === 0) throw error;
    if (taken.length > 1) tasks.log.warn({ err: error }, 'a batch could not be recorded; recording its messages one by one');
    for (const message of taken) await decodeAlone(tasks, message.id);
  }
  // Who decodes projects as well.
  if (taken.length > 0) tasks.database.wakeHere(logChannel);
  return taken.length;
}

/** How often reading a message may bring its process down. */
const mostBegun = 3;

/** Processes that start together count a message one after the other, and the first of them takes it a moment later, ms. */
const othersTakeMs = 2_000;

/**
 * Decodes what waited when this process started: among it may be what brought another down. Of what has done so each
 * time it is kept that it cannot be read, and its neighbours are.
 * @param counted ids of those that this process has begun and not ended: what only failed does not count again
 * @param othersTake gives other processes, which counted it and live, time to take what this one would put aside
 * @returns how many there were
 */
export async function decodeLeftOver(tasks: TaskContext, counted: Set<string>, othersTake: () => Promise<unknown> = () => pause(othersTakeMs)): Promise<number> {
  const begun = await tasks.database.transaction((tx) => beginMessages(tx, mostAtOnce.messages, [...counted]));
  for (const { id } of begun) counted.add(id);
  const hopeless = begun.find((each) => each.begun > mostBegun);
  if (hopeless === undefined) await decodeMessages(tasks, begun.map(({ id }) => id));
  else {
    await othersTake();
    // Nothing happens where somebody holds it, or has read it.
    await quarantine(tasks, hopeless.id, `Reading it was begun ${mostBegun} times, and the process ended each time. It is kept: replay it after an update.`);
  }
  for (const { id } of begun) counted.delete(id);
  return begun.length;
}

/** Decodes in this process whenever a message is stored, by any process: the inbox itself says what is left to do. */
export async function startDecoding(tasks: TaskContext): Promise<{ stop(): Promise<void> }> {
  let isLeftOver = true;
  const counted = new Set<string>();
  const decoding = whenWoken(
    async (signal) => {
      while (isLeftOver && !signal.aborted) isLeftOver = (await decodeLeftOver(tasks, counted)) > 0;
      while (!signal.aborted && (await decodeMessages(tasks)) > 0);
    },
    (error) => tasks.log.error({ err: error }, 'messages could not be decoded; it is tried again'),
  );
  const listening = await tasks.database.listen(inboxChannel, decoding.wake);
  return {
    async stop() {
      await listening.close();
      await decoding.stop();
    },
  };
}

/**
 * Runs the connector over each message. What it throws becomes the reason of a quarantine, never a lost message.
 * @param tried overrides in place of those that hold, for a dry run
 */
export async function readMessages(tasks: TaskContext, tx: Transaction, messages: readonly InboxMessage[], tried?: readonly CodeOverride[]): Promise<Read[]> {
  const connections = tasks.connections.within(tx);
  const found = new Map<string, Connection | null>();
  const rules = await readingRules(tx, [...new Set(messages.map(({ connection }) => connection))]);
  for (const { connection: id } of messages) if (!found.has(id)) found.set(id, await connections.find(id));
  const read = messages.map((message): Read => {
    const connection = found.get(message.connection)!;
    const connector = connection === null ? undefined : connectorOf(connection.connector);
    const { overrides, shadow, company } = rules(message.connection);
    const context = contextOf(tasks, message, connection, company);
    if (connection === null || connector?.receive === undefined) return { message, context, shadow, decoded: null, failure: 'The connection was removed or disabled before the message was read.' };
    if (message.body === null) return { message, context, shadow, decoded: null, failure: 'The body is past its retention.' };
    return { message, context, shadow, ...runDecoder(tasks, connector, connection, message, tried ?? overrides) };
  });
  const asking = read.filter(({ decoded, context, shadow }) => !shadow && requestsOf(decoded, context).length > 0);
  if (asking.length > 0) {
    const booking = await bookingConnections({ connections }, asking.flatMap(({ decoded, context }) => requestsOf(decoded, context)));
    for (const each of asking) each.booking = booking;
  }
  return read;
}

/** @param company whose the connection is, or was: what people are told of a message that came behind its removal is of nobody else */
function contextOf(tasks: TaskContext, message: InboxMessage, connection: Connection | null, company: string | null): DecodingContext {
  return {
    connection: message.connection, connector: connection?.connector ?? '', company: connection?.company ?? company ?? 'main',
    rawId: message.id, correlationId: message.correlation_id, recordedAt: instant(Date.now()), people: tasks.people,
  };
}

function runDecoder(tasks: TaskContext, connector: Connector, connection: Connection, message: InboxMessage, overrides: readonly CodeOverride[]): Pick<Read, 'decoded' | 'failure' | 'refused'> {
  const zone = typeof connection.settings.zone === 'string' ? connection.settings.zone : tasks.defaultZone;
  const raw: RawMessage = { headers: message.headers ?? {}, body: message.body!, receivedAt: message.received_at, connection: connection.id, zone };
  try {
    // Here and nowhere else: every message takes this way, sent, polled or replayed, and connectors go on mapping purely, knowing nothing of tables.
    return { decoded: withOverrides(connector.receive!.decode(raw, connection.settings), overrides), failure: null };
  } catch (error) {
    if (error instanceof UnreadableMessage) return { decoded: null, failure: error.message, ...(error.lineResults === undefined ? {} : { refused: error.lineResults }) };
    tasks.log.error({ err: error, connection: connection.id, rawId: message.id }, 'a connector failed on a message; it is kept and quarantined');
    return { decoded: null, failure: `The connector ${connector.id} failed on this message. It is kept: replay it after an update.` };
  }
}

async function record(tasks: TaskContext, tx: Transaction, read: readonly Read[]): Promise<void> {
  const outcomes: Outcome[] = read.map(({ message, failure }) => ({ id: message.id, failure }));
  await countUnmapped(tx, read.map(({ message, decoded }) => ({ connection: message.connection, rawId: message.id, receivedAt: message.received_at, codes: decoded === null ? [] : unmappedCodes(decoded) })));
  const [apart, live] = [read.filter(({ shadow }) => shadow), read.filter(({ shadow }) => !shadow)];
  if (apart.length > 0) await recordShadow(tx, apart);
  const noted = await takeInterchanges(tasks, tx, live);
  await acceptFileResults(tasks, tx, live);
  await Promise.all([markDecoded(tx, outcomes, instant(Date.now())), recordEvents(tasks, tx, noted, [], 'nobody')]);
}

/**
 * Appends what is new in these messages, with the links it needs.
 * @param woken see `append`
 */
export async function recordEvents(tasks: TaskContext, tx: Transaction, read: readonly Read[], retractions: readonly NewEvent[] = [], woken: 'everybody' | 'nobody' = 'everybody'): Promise<number> {
  const namings = read.flatMap(({ decoded, context }) => (decoded === null ? [] : namingsOf(decoded, context)));
  const decisions = await resolveNamings(tx, namings.map((each) => each.naming));
  const links = linkEvents(decisions, namings);
  const people = read.flatMap(({ decoded, context }) => (decoded === null ? [] : personalDataOf(decoded, context)));
  const events = read.flatMap(({ decoded, context, failure }) =>
    decoded === null ? [quarantineEvent(context, failure!)] : [...factEvents(decoded, context), ...anomalyEvents(decoded, context)],
  );
  const applied = Promise.all([applyLinks(tx, links.filter((event) => !event.type.startsWith('exception.')).map((event) => ({ ...event, position: 0 }))), keepPersonalData(tx, people)]);
  // Where one statement follows from another's answer, all of them come before the ledger: everybody takes locks in this order.
  if (people.length > 0 || read.some(({ booking }) => booking !== undefined) || links.some((event) => event.type === 'shipment.merged')) await applied;
  const asking = read.filter(({ booking }) => booking !== undefined);
  if (asking.length > 0) events.push(...(await acceptRequests(tx, tasks.bodies, asking.flatMap(({ decoded, context }) => requestsOf(decoded, context)), asking[0]!.booking!)));
  const [appended] = await Promise.all([append(tx, [...links, ...retractions, ...events], woken), applied]);
  return appended.length;
}

async function decodeAlone(tasks: TaskContext, id: string): Promise<void> {
  try {
    await recordOne(tasks, id, (tx, messages) => readMessages(tasks, tx, messages));
  } catch (error) {
    if (isOutage(error)) throw error;
    tasks.log.error({ err: error, rawId: id }, 'a message could not be recorded; it is kept and quarantined');
    await quarantine(tasks, id, 'What this message says could not be stored. It is kept: replay it after an update.');
  }
}

/** Without a look at what it says. */
async function quarantine(tasks: TaskContext, id: string, failure: string): Promise<void> {
  await recordOne(tasks, id, async (tx, messages) => {
    const connections = tasks.connections.within(tx);
    const rules = await readingRules(tx, messages.map(({ connection }) => connection));
    return Promise.all(messages.map(async (message): Promise<Read> => {
      const { shadow, company } = rules(message.connection);
      return { message, context: contextOf(tasks, message, await connections.find(message.connection), company), shadow, decoded: null, failure };
    }));
  });
}

async function recordOne(tasks: TaskContext, id: string, read: (tx: Transaction, messages: InboxMessage[]) => Promise<Read[]>): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    const taken = await takeMessages(tx, tasks.bodies, mostAtOnce, [id]);
    if (taken.length > 0) await record(tasks, tx, await read(tx, taken));
  });
}
