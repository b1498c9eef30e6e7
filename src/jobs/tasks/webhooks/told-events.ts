import type { Principal } from '../../../auth/principal.js';
import { isOutage } from '../../../lib/database-faults.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { FeedCursor } from '../../../lib/feed.js';
import { uuidOfName } from '../../../lib/ids.js';
import type { Json } from '../../../lib/json.js';
import { changeType, milestoneType } from '../../../model/cloud-event.js';
import type { TaskGraph } from '../context.js';
import { eventsDocument } from './document.js';

/** One event as its owner sees it now. */
export interface ToldEvent {
  place: FeedCursor;
  cursor: string;
  id: string;
  type: string;
  /** Global id of the shipment, or of the record. */
  subject: string;
  /** When it was recorded; null: as of its place in the log. */
  recordedAt: string | null;
  data: Json;
}

/** Of what somebody is told. */
export interface Interest {
  topics: readonly string[];
  /** As `MilestoneFilter` of the graph. */
  filter: Readonly<Record<string, Json>>;
}

export interface ToldPage {
  events: ToldEvent[];
  /** Up to where was looked. */
  scanned: FeedCursor;
  hasMore: boolean;
}

/** The owner's rights no longer reach a topic, or what it filters by. */
export class NotAllowed extends Error {
  readonly code: 'FORBIDDEN' | 'BAD_INPUT';

  constructor(code: 'FORBIDDEN' | 'BAD_INPUT', message: string) {
    super(message);
    this.code = code;
  }
}

type Fields = Record<string, unknown>;

/** The field of an event of each topic in which the record stands. */
const records: Readonly<Record<string, readonly string[]>> = {
  SHIPMENTS: ['shipment'], LOADS: ['load'], TENDERS: ['tenderOffer'], YARD: ['appointment', 'visit'], EXCEPTIONS: ['exception'], STOCK: ['stockLevel'], OPERATIONS: ['connection'],
};
const graphTypes: Readonly<Record<string, string>> = { Shipment: 'shipment', Load: 'load', TenderOffer: 'tenderOffer', Appointment: 'appointment', Visit: 'visit', Exception: 'exception', StockLevel: 'stock', ConnectionHealth: 'connection' };

/**
 * What the owner's `events(after:)` shows, by asking the graph in its name: rights, fields and the audit of personal
 * data are those of any query.
 * @throws GatehouseError CURSOR_EXPIRED; NotAllowed; anything else may pass
 */
export async function readTold(graph: TaskGraph, principal: Principal, interest: Interest, after: FeedCursor, first: number): Promise<ToldPage> {
  const live = await graph.live();
  const { data, errors } = await graph.ask(principal, eventsDocument(principal.scopes), { first, after: live.encode(after), topics: interest.topics, filter: interest.filter });
  const [error] = errors ?? [];
  if (error !== undefined) throw failureOf(error);
  const page = (data as { events: { all: Fields[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } } }).events;
  const events = await Promise.all(page.all.map(async (event) => toldEvent(event, await live.decode(event.cursor as string))));
  const scanned = page.pageInfo.endCursor === null ? after : await live.decode(page.pageInfo.endCursor);
  return { events, scanned, hasMore: page.pageInfo.hasNextPage };
}

function failureOf(error: { message: string; extensions?: Record<string, unknown>; originalError?: unknown }): Error {
  const original = error.originalError;
  if (original instanceof GatehouseError && original.code === 'CURSOR_EXPIRED') return original;
  const code = original instanceof GatehouseError ? original.code : error.extensions?.code;
  if (code === 'CURSOR_EXPIRED') return new GatehouseError('CURSOR_EXPIRED');
  if (code === 'FORBIDDEN' || code === 'BAD_INPUT') return new NotAllowed(code, error.message);
  if (isOutage(original)) return original as Error;
  return new Error(`Events could not be read: ${error.message}`, { cause: original });
}

function toldEvent(event: Fields, place: FeedCursor): ToldEvent {
  const cursor = event.cursor as string;
  const milestone = event.milestone as (Fields & { shipment: { id: string } | null }) | null;
  if (milestone !== null) {
    const { shipment } = milestone;
    return { place, cursor, id: milestone.id as string, type: milestoneType(milestone.code as string), subject: shipment?.id ?? (milestone.id as string), recordedAt: milestone.recordedAt as string, data: milestone as Json };
  }
  const globalId = event.id as string;
  const name = Buffer.from(globalId, 'base64url').toString('latin1').split(':')[0]!;
  const fields = records[event.topic as string] ?? [];
  const record = fields.map((field) => event[field] as Fields | null | undefined).find((each) => each != null) ?? null;
  const shipment = (record?.shipment as { id: string } | null | undefined)?.id;
  return {
    place, cursor, id: uuidOfName(`event:${globalId}:${place.position}.${place.ordinal}`), type: changeType(graphTypes[name] ?? name.toLowerCase()), subject: shipment ?? globalId, recordedAt: null,
    data: { id: globalId, deleted: event.deleted as boolean, [fields.find((field) => event[field] != null) ?? graphTypes[name] ?? 'record']: record } as Json,
  };
}

/** The last place before this one: what is read behind it begins here. */
export function before({ position, ordinal }: FeedCursor): FeedCursor {
  return ordinal > 0 ? { position, ordinal: ordinal - 1 } : { position: position - 1, ordinal: 999_999_999 };
}
