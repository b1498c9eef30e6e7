import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { tenderPurposes, type TenderPurpose as TenderPurposeName } from '../../model/edi.js';
import { enumOf } from '../shared/enums.js';
import { DateTime } from '../shared/scalars.js';
import { UserError } from '../shared/user-errors.js';

export const TenderPurpose = enumOf(tenderPurposes);
registerEnumType(TenderPurpose, { name: 'TenderPurpose', description: 'The first offer, a change of it, its end, or another in its place.' });

@InputType()
export class SendTenderInput {
  @Field(() => ID) loadId!: string;
  @Field(() => String, { description: 'Connection with the carrier that is asked.' }) connection!: string;
  @Field(() => String, { description: 'Standard Carrier Alpha Code of that carrier.' }) carrier!: string;
  @Field(() => TenderPurpose, { defaultValue: 'ORIGINAL' }) purpose!: TenderPurposeName;
  @Field(() => DateTime, { nullable: true }) respondBy?: string;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class AnswerTenderInput {
  @Field(() => ID, { description: 'A load that was offered to us; the answer goes to who offered it.' }) loadId!: string;
  @Field(() => String, { description: 'Our own Standard Carrier Alpha Code.' }) carrier!: string;
  @Field(() => Boolean) accepted!: boolean;
  @Field(() => String, { nullable: true }) reason?: string;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class SendStatusInput {
  @Field(() => ID, { description: 'The load, as the partner offered it.' }) loadId!: string;
  @Field(() => String, { description: 'Our own Standard Carrier Alpha Code.' }) carrier!: string;
  @Field(() => String, { description: 'A milestone code, e.g. PICKED_UP.' }) code!: string;
  @Field(() => DateTime) occurredAt!: string;
  @Field(() => String, { nullable: true, description: 'Of X12 element 1651: AO weather, AI mechanical, …' }) reason?: string;
  @Field(() => Int, { nullable: true, description: 'Number of the stop.' }) stop?: number;
  @Field(() => String, { nullable: true }) equipment?: string;
  @Field(() => String) idempotencyKey!: string;
}

@ObjectType('EdiCommandPayload', { simpleResolvers: true, description: 'What was asked for is durable; what becomes of it tells command(id).' })
export class EdiCommandPayload {
  @Field(() => ID, { nullable: true }) commandId!: string | null;
  @Field(() => Boolean, { description: 'True where the same key had asked for the same before.' }) duplicate!: boolean;
  @Field(() => [UserError]) userErrors!: UserError[];
}
