import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { TransferRecord } from '../../../model/facts.js';
import { enumOf } from '../../shared/enums.js';
import { pageTypes } from '../../shared/pages.js';
import { Release } from '../../shared/release.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { Weight } from '../measures.js';

export type TransferDirectionName = TransferRecord['direction'];
export const TransferDirection = enumOf<TransferDirectionName>(['OUTGOING', 'INCOMING', 'INTERNAL']);
registerEnumType(TransferDirection, { name: 'TransferDirection', description: 'OUTGOING to a customer, INCOMING from a vendor or as a return, INTERNAL within the walls (pick, pack, put away).' });

@ObjectType('TransferLine', { simpleResolvers: true })
export class TransferLine {
  @Field(() => String, { description: 'Decimal as text.' }) quantity!: string;
  @Field(() => String) unit!: string;
  @Field(() => String, { nullable: true, description: 'Lot or serial number.' }) lot!: string | null;
  @Field(() => String, { nullable: true, description: 'Name of the package in Odoo that it leaves in.' }) package!: string | null;
  productId!: string | null;
}

@needs('orders:read')
@Directive('@key(fields: "id")')
@ObjectType('Transfer', { simpleResolvers: true, description: 'A transfer of Odoo: a delivery, a receipt, a return, or a step within the walls towards one.' })
export class Transfer {
  @Field(() => ID) id!: string;
  @Field(() => String) reference!: string;
  @Field(() => TransferDirection) direction!: TransferDirectionName;
  @Field(() => String, { description: 'Odoo’s state: draft, waiting, confirmed, assigned, done, cancel.' }) state!: string;
  @Field(() => String, { nullable: true, description: 'Odoo’s name of the carrier.' }) carrier!: string | null;
  @Field(() => [String]) trackingNumbers!: string[];
  @Field(() => DateTime, { nullable: true, description: 'As last planned.' }) scheduledAt!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'Odoo’s deadline as it is now.' }) deadlineAt!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When it was validated.' }) doneAt!: string | null;
  @Field(() => Weight, { nullable: true, description: 'Null where no product has a weight.' }) weight!: Weight | null;
  @Field(() => Int, { nullable: true, description: 'Packages of Odoo; null where it does not count them.' }) packageCount!: number | null;
  @needs('exceptions:read')
  @Field(() => Release, { nullable: true, description: 'Null where Odoo does not check it, and once the transfer is done.' }) release!: Release | null;
  @Field(() => DateTime, { description: 'As of when Odoo stated it.' }) updatedAt!: string;
  uuid!: string;
  orderId!: string | null;
  partyId!: string | null;
  shipToId!: string | null;
  backorderOfId!: string | null;
  returnOfId!: string | null;
}

export const TransferConnection = pageTypes('Transfer', () => Transfer);
export const TransferLineConnection = pageTypes('TransferLine', () => TransferLine);

@InputType()
export class TransferFilter {
  @Field(() => [TransferDirection], { nullable: true }) direction?: TransferDirectionName[];
  @Field(() => [String], { nullable: true }) state?: string[];
  @Field(() => String, { nullable: true }) reference?: string;
}
