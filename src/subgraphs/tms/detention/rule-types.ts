import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import {
  detentionDays, detentionKinds, detentionSides, detentionStarts, detentionStops, lateOutcomes,
  type DetentionDays as Days, type DetentionKind as Kind, type DetentionSide as Side, type DetentionStart as Start, type DetentionStop as Stop, type LateOutcome as Outcome,
} from '../../../model/yard/detention.js';
import { enumOf } from '../../shared/enums.js';
import { pageTypes } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { UserError } from '../../shared/user-errors.js';

export const DetentionKind = enumOf(detentionKinds);
registerEnumType(DetentionKind, { name: 'DetentionKind', description: 'Whose time is paid for. DRIVER: of driver and truck, in minutes. TRAILER: of a trailer that was left, in days.' });
export const DetentionSide = enumOf(detentionSides);
registerEnumType(DetentionSide, { name: 'DetentionSide', description: 'PAYABLE: the company owes it to the carrier. RECEIVABLE: the company is owed it.' });
export const DetentionStart = enumOf(detentionStarts);
registerEnumType(DetentionStart, { name: 'DetentionStart', description: 'Which time starts the clock, or the next that is known; never before the appointment begins. ARRIVAL: a fence saw the truck come.' });
export const DetentionStop = enumOf(detentionStops);
registerEnumType(DetentionStop, { name: 'DetentionStop', description: 'Which time stops the clock of the driver, or the next that is known. That of a trailer stops when it left.' });
export const DetentionDays = enumOf(detentionDays);
registerEnumType(DetentionDays, { name: 'DetentionDays', description: 'CALENDAR: days of the facility’s calendar. PERIODS: 24 hours each.' });
export const LateOutcome = enumOf(lateOutcomes);
registerEnumType(LateOutcome, { name: 'LateOutcome', description: 'FORFEIT: a truck that comes too late is paid nothing. FROM_ARRIVAL: its free time begins when it came.' });

@ObjectType('DetentionAmount', { simpleResolvers: true })
@InputType('DetentionAmountInput')
export class DetentionAmount {
  @Field(() => String, { description: 'Decimal as text.' }) amount!: string;
  @Field(() => String, { description: 'ISO 4217.' }) currency!: string;
}

@ObjectType('LateTerms', { simpleResolvers: true })
@InputType('LateTermsInput')
export class LateTerms {
  @Field(() => Int, { description: 'Minutes after the appointment began.' }) afterMinutes!: number;
  @Field(() => LateOutcome) outcome!: Outcome;
}

@ObjectType('DetentionTerms', { simpleResolvers: true, description: 'Times are minutes of a driver and days of a trailer; amounts are decimal text in the currency of the rate.' })
@InputType('DetentionTermsInput')
export class DetentionTerms {
  @Field(() => DetentionStart) start!: Start;
  @Field(() => DetentionStop) stop!: Stop;
  @Field(() => Int, { description: 'For which nothing is charged.' }) free!: number;
  @Field(() => Int, { description: 'Each that began is charged.' }) increment!: number;
  @Field(() => DetentionDays, { description: 'What a day is: of trailers, and for maximumPerDay.' }) days!: Days;
  @Field(() => LateTerms, { nullable: true }) late?: LateTerms | null;
  @Field(() => Int, { nullable: true, description: 'Less than so many beyond the free ones are not charged.' }) minimum?: number | null;
  @Field(() => DetentionAmount, { nullable: true, description: 'For each increment. Null: time is kept, nothing is charged.' }) rate?: DetentionAmount | null;
  @Field(() => String, { nullable: true, description: 'Where anything is charged, at least this.' }) minimumAmount?: string | null;
  @Field(() => Int, { nullable: true, description: 'Most beyond the free ones that are charged.' }) maximum?: number | null;
  @Field(() => String, { nullable: true }) maximumAmount?: string | null;
  @Field(() => String, { nullable: true, description: 'Most for a day; of drivers alone.' }) maximumPerDay?: string | null;
}

@needs('detention:read')
@ObjectType('DetentionRule', { simpleResolvers: true, description: 'What is charged for waiting. Of those valid when a visit began, the one that names most of carrier, facility and direction applies.' })
export class DetentionRule {
  @Field(() => ID, { nullable: true, description: 'Null of the terms that apply where there is no rule: two hours are free, nothing is charged.' }) id!: string | null;
  @Field(() => String, { nullable: true }) company!: string | null;
  @Field(() => String) name!: string;
  @Field(() => DetentionKind) kind!: Kind;
  @Field(() => DetentionSide) side!: Side;
  @Field(() => String, { nullable: true, description: 'Code of the facility. Null: all.' }) facility!: string | null;
  @Field(() => String, { nullable: true, description: 'Code of the carrier. Null: all.' }) carrier!: string | null;
  @Field(() => String, { nullable: true, description: 'INBOUND or OUTBOUND. Null: both, and where it is not known.' }) direction!: string | null;
  @Field(() => DateTime, { nullable: true }) validFrom!: string | null;
  @Field(() => DetentionTerms) terms!: DetentionTerms;
  @Field(() => String, { nullable: true }) changedBy!: string | null;
  @Field(() => DateTime, { nullable: true }) changedAt!: string | null;
}

export const DetentionRuleConnection = pageTypes('DetentionRule', () => DetentionRule);

@InputType()
export class SaveDetentionRuleInput {
  @Field(() => String) idempotencyKey!: string;
  @Field(() => ID, { nullable: true, description: 'Without it a new rule.' }) id?: string | null;
  @Field(() => String, { nullable: true, description: 'main, where none is said.' }) company?: string | null;
  @Field(() => String) name!: string;
  @Field(() => DetentionKind) kind!: Kind;
  @Field(() => DetentionSide) side!: Side;
  @Field(() => String, { nullable: true }) facility?: string | null;
  @Field(() => String, { nullable: true }) carrier?: string | null;
  @Field(() => String, { nullable: true, description: 'INBOUND or OUTBOUND.' }) direction?: string | null;
  @Field(() => DateTime) validFrom!: string;
  @Field(() => DetentionTerms) terms!: DetentionTerms;
}

@InputType()
export class RemoveDetentionRuleInput {
  @Field(() => String) idempotencyKey!: string;
  @Field(() => ID) id!: string;
}

@ObjectType('DetentionRulePayload', { simpleResolvers: true })
export class DetentionRulePayload {
  @Field(() => ID, { nullable: true }) id!: string | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}
