import { Directive, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { ShipmentStatus as ShipmentStatusName } from '../../model/milestones.js';
import { Change } from '../shared/change.js';
import { enumOf } from '../shared/enums.js';
import type { FeedKind } from '../shared/feed.js';
import { needs } from '../shared/scopes.js';
import { MilestoneEvent, MilestoneEventConnection, Shipment, ShipmentStatus } from './types.js';

/** What each topic tells of, and the scope that it needs. */
export const topics = {
  MILESTONES: { kinds: ['milestone'], scope: 'shipments:read' },
  SHIPMENTS: { kinds: ['shipment'], scope: 'shipments:read' },
  YARD: { kinds: ['appointment', 'visit'], scope: 'yard:read' },
  LOADS: { kinds: ['load'], scope: 'loads:read' },
  TENDERS: { kinds: ['tender_offer'], scope: 'loads:read' },
  EXCEPTIONS: { kinds: ['exception'], scope: 'exceptions:read' },
  STOCK: { kinds: ['stock'], scope: 'stock:read' },
  OPERATIONS: { kinds: ['connection'], scope: 'operations:read' },
} as const satisfies Record<string, { kinds: readonly FeedKind[]; scope: string }>;
export type TopicName = keyof typeof topics;
export const topicNames = Object.keys(topics) as TopicName[];

export const Topic = enumOf(topicNames as [TopicName, ...TopicName[]]);
registerEnumType(Topic, { name: 'Topic', description: 'What events tell of; each has a subscription of its own.' });

@InputType()
export class ShipmentChangeFilter {
  @Field(() => ID, { nullable: true }) shipmentId?: string;
  @Field(() => [ShipmentStatus], { nullable: true, description: 'Of shipments that now have one of these.' }) status?: ShipmentStatusName[];
  @Field(() => String, { nullable: true }) carrier?: string;
}

@ObjectType('ShipmentChange', { simpleResolvers: true, description: 'A shipment became visible or changed. Several changes that arrive at once are one.' })
export class ShipmentChange extends Change {
  @Field(() => Shipment, { nullable: true, description: 'As of now; null once it is no more.' }) shipment!: Shipment | null;
}

/** Records of other subgraphs that an event tells of: named here, filled in there. */
const stub = Directive('@key(fields: "id", resolvable: false)');

@stub
@ObjectType('Load', { simpleResolvers: true })
export class Load {
  @Field(() => ID) id!: string;
}

@stub
@ObjectType('TenderOffer', { simpleResolvers: true })
export class TenderOffer {
  @Field(() => ID) id!: string;
}

@stub
@ObjectType('Appointment', { simpleResolvers: true })
export class Appointment {
  @Field(() => ID) id!: string;
}

@stub
@ObjectType('Visit', { simpleResolvers: true })
export class Visit {
  @Field(() => ID) id!: string;
}

@stub
@ObjectType('Exception', { simpleResolvers: true })
export class Exception {
  @Field(() => ID) id!: string;
}

@stub
@ObjectType('StockLevel', { simpleResolvers: true })
export class StockLevel {
  @Field(() => ID) id!: string;
}

@stub
@ObjectType('ConnectionHealth', { simpleResolvers: true })
export class ConnectionHealth {
  @Field(() => ID) id!: string;
}

@ObjectType('Event', { simpleResolvers: true, description: 'One event of any topic, as its subscription tells of it. One of the fields behind topic has a value, unless the record is no more.' })
export class Event extends Change {
  @Field(() => Topic) topic!: TopicName;
  @Field(() => MilestoneEvent, { nullable: true }) milestone!: MilestoneEvent | null;
  @Field(() => Shipment, { nullable: true }) shipment!: Shipment | null;
  @needs('loads:read')
  @Field(() => Load, { nullable: true }) load!: Load | null;
  @needs('loads:read')
  @Field(() => TenderOffer, { nullable: true }) tenderOffer!: TenderOffer | null;
  @needs('yard:read')
  @Field(() => Appointment, { nullable: true }) appointment!: Appointment | null;
  @needs('yard:read')
  @Field(() => Visit, { nullable: true }) visit!: Visit | null;
  @needs('exceptions:read')
  @Field(() => Exception, { nullable: true }) exception!: Exception | null;
  @needs('stock:read')
  @Field(() => StockLevel, { nullable: true }) stockLevel!: StockLevel | null;
  @needs('operations:read')
  @Field(() => ConnectionHealth, { nullable: true }) connection!: ConnectionHealth | null;
}

@ObjectType('EventConnection', { simpleResolvers: true, description: 'A page of events. nodes and edges are the milestones among them.' })
export class EventConnection extends MilestoneEventConnection {
  @Field(() => [Event], { description: 'Every event of the page, in the order of their cursors.' }) all!: Event[];
}
