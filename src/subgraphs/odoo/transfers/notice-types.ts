import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { noticePurposes, type NoticePurpose as NoticePurposeName } from '../../../model/ship-notice.js';
import { enumOf } from '../../shared/enums.js';
import { DateTime } from '../../shared/scalars.js';
import { UserError } from '../../shared/user-errors.js';

export const NoticePurpose = enumOf(noticePurposes);
registerEnumType(NoticePurpose, { name: 'NoticePurpose', description: 'The first notice of a delivery, its end, or another in its place.' });

@InputType()
export class SendShipNoticeInput {
  @Field(() => ID, { description: 'A delivery of Odoo.' }) transferId!: string;
  @Field(() => String, { description: 'Connection with who gets the goods.' }) connection!: string;
  @Field(() => NoticePurpose, { defaultValue: 'ORIGINAL' }) purpose!: NoticePurposeName;
  @Field(() => String, { nullable: true, description: "The receiver's own number of its order; unless given, the customer's reference of the sales order." }) order?: string;
  @Field(() => DateTime, { nullable: true, description: 'When the goods left; unless given, when the delivery was done in Odoo.' }) shippedAt?: string;
  @Field(() => String, { nullable: true, description: 'Standard Carrier Alpha Code or name; unless given, as the warehouse or Odoo names the carrier.' }) carrier?: string;
  @Field(() => String) idempotencyKey!: string;
}

@ObjectType('ShipNoticePayload', { simpleResolvers: true, description: 'What was asked for is durable; what becomes of it tells command(id).' })
export class ShipNoticePayload {
  @Field(() => ID, { nullable: true }) commandId!: string | null;
  @Field(() => Boolean, { description: 'True where the same key had asked for the same before.' }) duplicate!: boolean;
  @Field(() => [UserError]) userErrors!: UserError[];
}
