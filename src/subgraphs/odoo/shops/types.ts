import { Directive, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { shopFulfillers, shopOrderStates, shopPayments, type ShopFulfiller as ShopFulfillerName, type ShopOrderState as ShopOrderStateName, type ShopPayment as ShopPaymentName } from '../../../model/shop.js';
import { enumOf } from '../../shared/enums.js';
import { pageTypes } from '../../shared/pages.js';
import type { SealedPerson } from '../../shared/people.js';
import { DateTime } from '../../shared/scalars.js';
import { Money } from '../measures.js';

export const ShopOrderState = enumOf(shopOrderStates);
registerEnumType(ShopOrderState, { name: 'ShopOrderState', description: 'HELD: the shop waits for something. OPEN: it is to be delivered. CLOSED: everything of it is done. The shop’s own words are rawState.' });
export const ShopPayment = enumOf(shopPayments);
registerEnumType(ShopPayment, { name: 'ShopPayment', description: 'AUTHORIZED: the money is sure and is taken when the goods go out.' });
export const ShopFulfiller = enumOf(shopFulfillers);
registerEnumType(ShopFulfiller, { name: 'ShopFulfiller', description: 'Who delivers. MARKETPLACE: the marketplace keeps and ships the goods itself, and Odoo delivers nothing.' });

@ObjectType('ShopOrderLine', { simpleResolvers: true })
export class ShopOrderLine {
  @Field(() => String, { description: 'The shop’s own id of it.' }) id!: string;
  @Field(() => String) sku!: string;
  @Field(() => String) description!: string;
  @Field(() => String, { description: 'Still wanted. Decimal as text.' }) quantity!: string;
  @Field(() => String, { nullable: true, description: 'Sent already, as the shop says. Decimal as text.' }) fulfilled!: string | null;
  @Field(() => Money, { nullable: true, description: 'Of one, before discounts.' }) unitPrice!: Money | null;
  @Field(() => Boolean, { description: 'Nothing is sent for it: a service, a gift card, a download.' }) isVirtual!: boolean;
}

@ObjectType('ShopFulfilmentLine', { simpleResolvers: true })
export class ShopFulfilmentLine {
  @Field(() => String, { description: 'The shop’s own id of the line.' }) id!: string;
  @Field(() => String) sku!: string;
  @Field(() => String, { description: 'Decimal as text.' }) quantity!: string;
}

@ObjectType('ShopFulfilment', { simpleResolvers: true, description: 'What the shop was told of one delivery in Odoo.' })
export class ShopFulfilment {
  @Field(() => Boolean, { description: 'False: the shop had all of it as sent already, and was told nothing.' }) isTold!: boolean;
  @Field(() => DateTime, { description: 'When it was told last.' }) updatedAt!: string;
  uuid!: string;
  transferId!: string;
  allLines!: ShopFulfilmentLine[];
}

@Directive('@key(fields: "id")')
@ObjectType('ShopOrder', { simpleResolvers: true, description: 'An order of a shop or marketplace, as that has it. Outsiders see those of the company that they are.' })
export class ShopOrder {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: 'The number that the shop shows to people.' }) reference!: string;
  @Field(() => String, { description: 'The shop’s own id of it.' }) number!: string;
  @Field(() => String, { description: 'Connection of the shop.' }) connection!: string;
  @Field(() => ShopOrderState) state!: ShopOrderStateName;
  @Field(() => String) rawState!: string;
  @Field(() => ShopPayment) payment!: ShopPaymentName;
  @Field(() => ShopFulfiller) fulfilledBy!: ShopFulfillerName;
  @Field(() => DateTime) orderedAt!: string;
  @Field(() => DateTime, { nullable: true, description: 'Until when it is to be sent, as the marketplace promised.' }) shipBy!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'Until when it is to arrive, as the marketplace promised.' }) deliverBy!: string | null;
  @Field(() => Money, { nullable: true, description: 'Of all lines, shipping and taxes, less discounts.' }) total!: Money | null;
  @Field(() => Boolean) pricesIncludeTax!: boolean;
  @Field(() => String, { nullable: true, description: 'What the buyer chose.' }) shippingMethod!: string | null;
  @Field(() => Money, { nullable: true }) shippingPrice!: Money | null;
  @Field(() => String, { nullable: true, description: 'Where it goes.' }) city!: string | null;
  @Field(() => String, { nullable: true, description: 'State or province.' }) region!: string | null;
  @Field(() => String, { nullable: true }) postalCode!: string | null;
  @Field(() => String, { nullable: true, description: 'ISO 3166 alpha-2.' }) country!: string | null;
  @Field(() => DateTime) updatedAt!: string;
  uuid!: string;
  person!: SealedPerson;
  allLines!: ShopOrderLine[];
}

export const ShopOrderConnection = pageTypes('ShopOrder', () => ShopOrder);
export const ShopOrderLineConnection = pageTypes('ShopOrderLine', () => ShopOrderLine);
export const ShopFulfilmentConnection = pageTypes('ShopFulfilment', () => ShopFulfilment);
export const ShopFulfilmentLineConnection = pageTypes('ShopFulfilmentLine', () => ShopFulfilmentLine);

@InputType()
export class ShopOrderFilter {
  @Field(() => [ShopOrderState], { nullable: true }) state?: ShopOrderStateName[];
  @Field(() => String, { nullable: true, description: 'Connection of the shop.' }) connection?: string;
  @Field(() => String, { nullable: true }) reference?: string;
}
