import { Directive, Field, ID, InputType, ObjectType } from 'type-graphql';
import { pageTypes } from '../shared/pages.js';
import type { SealedPerson } from '../shared/people.js';
import { DateTime } from '../shared/scalars.js';
import { Money } from './measures.js';

@ObjectType('OrderLine', { simpleResolvers: true })
export class OrderLine {
  @Field(() => String) description!: string;
  @Field(() => String, { description: 'Decimal as text.' }) quantity!: string;
  @Field(() => String) unit!: string;
  productId!: string | null;
}

@Directive('@key(fields: "id")')
@ObjectType('Party', { simpleResolvers: true, description: 'A commercial entity or one of its addresses.' })
export class Party {
  @Field(() => ID) id!: string;
  @Field(() => String, { nullable: true }) city!: string | null;
  @Field(() => String, { nullable: true }) postalCode!: string | null;
  @Field(() => String, { nullable: true, description: 'State or province.' }) region!: string | null;
  @Field(() => String, { nullable: true, description: 'ISO 3166 alpha-2.' }) country!: string | null;
  commercialId!: string;
  /** Of a company; of a person it is sealed. */
  openName!: string | null;
  person!: SealedPerson;
}

@Directive('@key(fields: "id")')
@ObjectType('Order', { simpleResolvers: true, description: 'A sales or purchase order of Odoo.' })
export class Order {
  @Field(() => ID) id!: string;
  @Field(() => String) reference!: string;
  @Field(() => String, { description: 'SALE or PURCHASE.' }) direction!: string;
  @Field(() => String, { description: 'Odoo’s state.' }) state!: string;
  @Field(() => String, { nullable: true }) customerReference!: string | null;
  @Field(() => DateTime, { nullable: true }) orderedAt!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'The promise first made.' }) promisedAt!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'The date as last planned.' }) plannedAt!: string | null;
  @Field(() => Money, { nullable: true }) total!: Money | null;
  @Field(() => String, { nullable: true }) deliveryStatus!: string | null;
  @Field(() => String, { nullable: true }) invoiceStatus!: string | null;
  @Field(() => DateTime) updatedAt!: string;
  uuid!: string;
  partyId!: string;
  allLines!: OrderLine[];
}

export const PartyConnection = pageTypes('Party', () => Party);
export const OrderConnection = pageTypes('Order', () => Order);
export const OrderLineConnection = pageTypes('OrderLine', () => OrderLine);

@InputType()
export class OrderFilter {
  @Field(() => [String], { nullable: true }) state?: string[];
  @Field(() => String, { nullable: true }) reference?: string;
}

@InputType()
export class PartyFilter {
  @Field(() => ID, { nullable: true, description: 'A commercial entity: it and its addresses.' }) commercialEntityId?: string;
}

/** What this subgraph adds to the shipments of the carrier subgraph. */
@Directive('@key(fields: "id")')
@ObjectType('Shipment', { simpleResolvers: true })
export class Shipment {
  @Field(() => ID) id!: string;
  uuid?: string;
}

export const ShipmentConnection = pageTypes('Shipment', () => Shipment);
