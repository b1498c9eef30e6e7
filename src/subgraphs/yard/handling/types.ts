import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { UserError } from '../../shared/user-errors.js';
import { HandlingCountInput } from '../visits/inputs.js';
import { WarehouseConfirmation } from '../warehouse/types.js';

const key = 'Of the caller’s choosing: what is asked again under it is done once.';

@InputType()
export class ConfirmHandlingInput {
  @Field(() => ID) visitId!: string;
  @Field(() => String, { nullable: true, description: 'Name of the transfer in Odoo. Left out: every one that the truck is here for and of which something was counted.' }) transfer?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'Nothing more comes of it: what is missing is missing. True unless said otherwise.' }) isFinal?: boolean | null;
  @Field(() => [HandlingCountInput], { nullable: true, description: 'In the place of what was counted, 100 at most.' }) counts?: HandlingCountInput[] | null;
  @Field(() => String, { description: key }) idempotencyKey!: string;
}

@InputType()
export class UndoConfirmationInput {
  @Field(() => ID) confirmationId!: string;
  @Field(() => String, { description: key }) idempotencyKey!: string;
}

@ObjectType('HandlingPayload', { simpleResolvers: true })
export class HandlingPayload {
  @Field(() => [WarehouseConfirmation], { nullable: true, description: 'One for each transfer; none that was taken back.' }) confirmations!: WarehouseConfirmation[] | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}
