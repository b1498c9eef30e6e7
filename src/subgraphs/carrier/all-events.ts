import type { Principal } from '../../auth/principal.js';
import type { Reader } from '../../auth/reader.js';
import { GatehouseError } from '../../lib/errors.js';
import { globalId } from '../../lib/ids.js';
import { anyOf } from '../shared/any-of.js';
import type { FeedEvent, FeedKind, FeedSource } from '../shared/feed.js';
import { uuidOfFilter } from '../shared/lookup.js';
import type { LiveFeed } from '../../events/live.js';
import { topicNames, topics, type Event, type TopicName } from './event-types.js';
import { readMilestones, readShipments } from './feed.js';
import type { MilestoneEvent, MilestoneFilter, Shipment } from './types.js';

/** What an event of any topic tells of; a record of another subgraph is known by its id alone. */
export interface AnyItem {
  deleted: boolean;
  milestone?: MilestoneEvent;
  shipment?: Shipment;
}

/**
 * Events of several topics, as their subscriptions tell of them.
 * @param filter of milestones
 * @throws GatehouseError FORBIDDEN where the token lacks the scope of a topic
 */
export function eventsOf(principal: Principal, names: readonly TopicName[], filter: MilestoneFilter): FeedSource<AnyItem> {
  for (const name of names) if (!principal.scopes.has(topics[name].scope)) throw new GatehouseError('FORBIDDEN', `This token does not carry the scope ${topics[name].scope}, which the topic ${name} needs.`, { field: 'topics' });
  uuidOfFilter('Shipment', 'shipmentId', filter.shipmentId);
  return { kinds: names.flatMap((name): readonly FeedKind[] => topics[name].kinds), filter, load: (reader, kind, ids) => readAny(reader, kind, ids, filter) };
}

async function readAny({ db }: Reader, kind: FeedKind, ids: readonly string[], filter: MilestoneFilter): Promise<Map<string, AnyItem>> {
  switch (kind) {
    case 'milestone':
      return new Map([...(await readMilestones(db, ids, filter))].map(([id, milestone]) => [id, { deleted: false, milestone }]));
    case 'shipment':
      return new Map([...(await readShipments(db, ids, {}))].map(([id, { deleted, record }]) => [id, { deleted, shipment: record }]));
    case 'exception':
    case 'connection': {
      const rows = await db.selectFrom(kind === 'exception' ? 'exception' : 'connection_health').select('id').where('id', '=', anyOf(ids)).execute();
      return new Map(rows.map(({ id }) => [id, { deleted: false }]));
    }
    default: {
      const rows = await db.selectFrom(kind === 'stock' ? 'stock_level' : kind).select(['id', 'deleted']).where('id', '=', anyOf(ids)).execute();
      return new Map(rows.map(({ id, deleted }) => [id, { deleted }]));
    }
  }
}

const typeNames: Readonly<Record<FeedKind, string>> = {
  milestone: 'MilestoneEvent', shipment: 'Shipment', load: 'Load', appointment: 'Appointment', visit: 'Visit', yard_move: 'YardMove', trailer_stay: 'TrailerStay', vehicle: 'Vehicle', exception: 'Exception', stock: 'StockLevel', connection: 'ConnectionHealth', tender_offer: 'TenderOffer',
};

/** @param milestone how a milestone of the feed is shown */
export function anyEvent({ cursor, kind, id, item }: FeedEvent<AnyItem>, live: LiveFeed): Event {
  const globally = kind === 'milestone' ? id : globalId(typeNames[kind], id);
  const stub = (of: FeedKind) => (kind === of && !item.deleted ? { id: globally } : null);
  return {
    cursor: live.encode(cursor), id: globally, deleted: item.deleted, topic: topicNames.find((name) => (topics[name].kinds as readonly FeedKind[]).includes(kind))!,
    milestone: item.milestone ?? null, shipment: item.deleted ? null : (item.shipment ?? null), load: stub('load'), appointment: stub('appointment'), visit: stub('visit'),
    exception: stub('exception'), stockLevel: stub('stock'), connection: stub('connection'), tenderOffer: stub('tender_offer'),
  };
}
