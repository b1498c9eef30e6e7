import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { answerEffects, offerStates, tenderChannels, tenderPlanStates, type AnswerEffect as EffectName, type OfferState as OfferStateName, type TenderChannel as ChannelName, type TenderPlanState as PlanStateName } from '../../../model/transport/tender-plan.js';
import { Change } from '../../shared/change.js';
import { enumOf } from '../../shared/enums.js';
import { pageTypes } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { UserError } from '../../shared/user-errors.js';
import { DriverInput } from '../planning/types.js';
import { Load } from '../types.js';

export const TenderOfferState = enumOf(offerStates);
registerEnumType(TenderOfferState, { name: 'TenderOfferState', description: 'OPEN: the carrier is asked. SKIPPED: people passed it over.' });
export const TenderPlanState = enumOf(tenderPlanStates);
registerEnumType(TenderPlanState, { name: 'TenderPlanState', description: 'OPEN: somebody is asked. EXHAUSTED: nobody is left to be asked.' });
export const TenderChannel = enumOf(tenderChannels);
registerEnumType(TenderChannel, { name: 'TenderChannel', description: 'EDI: the carrier is sent the offer. PORTAL: it looks at its offers itself.' });
export const TenderAnswerEffect = enumOf(answerEffects);
registerEnumType(TenderAnswerEffect, { name: 'TenderAnswerEffect', description: 'TAKEN: it decided. LATE: the offer had ended, people decide. GIVEN_AWAY: somebody else has the load. OUTDATED: the load was changed since, or a later answer stands. REPEATED: it said nothing new.' });

@ObjectType('TenderOfferAnswer', { simpleResolvers: true })
export class TenderOfferAnswer {
  @Field(() => String, { description: 'ACCEPTED or DECLINED.' }) said!: string;
  @Field(() => String, { description: 'EDI, PORTAL, or PEOPLE who noted it.' }) via!: string;
  @Field(() => DateTime, { description: 'When it arrived.' }) at!: string;
  @Field(() => Int) revision!: number;
  @Field(() => String, { nullable: true }) reason!: string | null;
  @Field(() => TenderAnswerEffect) effect!: EffectName;
}

@Directive('@key(fields: "id")')
@ObjectType('TenderOffer', { simpleResolvers: true, description: 'What one carrier was asked. A carrier sees its own, and the load as long as it may answer or has it.' })
export class TenderOffer {
  @Field(() => ID) id!: string;
  @Field(() => TenderOfferState) state!: OfferStateName;
  @Field(() => String, { description: 'Code of the carrier.' }) carrier!: string;
  @Field(() => TenderChannel) channel!: ChannelName;
  @Field(() => String, { description: 'Number of the load.' }) loadReference!: string;
  @Field(() => Int, { description: 'Rises when the load changes: name the one that you read when you answer.' }) revision!: number;
  @Field(() => Int, { nullable: true, description: 'The one that the carrier took; behind revision until it confirms a change.' }) acceptedRevision!: number | null;
  @Field(() => DateTime) offeredAt!: string;
  @Field(() => DateTime, { description: 'Until when it may be answered.' }) deadlineAt!: string;
  @Field(() => DateTime, { nullable: true }) endedAt!: string | null;
  @Field(() => [TenderOfferAnswer]) answers!: TenderOfferAnswer[];
  loadUuid!: string;
}

@ObjectType('TenderPlan', { simpleResolvers: true, description: 'The carriers that are asked for a load one after the other. Its newest tender.' })
export class TenderPlan {
  @Field(() => TenderPlanState) state!: PlanStateName;
  @Field(() => DateTime) startedAt!: string;
  @Field(() => DateTime, { nullable: true, description: 'When the next step is due although nobody answers.' }) deadlineAt!: string | null;
  @Field(() => [TenderOffer], { description: 'One for each carrier that was asked, in their order.' }) offers!: TenderOffer[];
  @Field(() => [String], { description: 'Codes of the carriers that are asked next.' }) next!: string[];
}

export const TenderOfferConnection = pageTypes('TenderOffer', () => TenderOffer);

@InputType()
export class TenderOfferFilter {
  @Field(() => [TenderOfferState], { nullable: true }) state?: OfferStateName[] | null;
  @Field(() => ID, { nullable: true }) loadId?: string | null;
}

@ObjectType('TenderOfferChange', { simpleResolvers: true, description: 'A carrier is asked, or its offer changed or ended. Several changes that arrive at once are one.' })
export class TenderOfferChange extends Change {
  @Field(() => TenderOffer, { nullable: true, description: 'As of now; null once it is no more.' }) tenderOffer!: TenderOffer | null;
}

@InputType()
export class TenderCarrierInput {
  @Field(() => String, { description: 'Code of the carrier; over EDI its Standard Carrier Alpha Code.' }) carrier!: string;
  @Field(() => TenderChannel, { defaultValue: 'PORTAL' }) channel!: ChannelName;
  @Field(() => String, { nullable: true, description: 'Of EDI: connection with the carrier.' }) connection?: string | null;
  @Field(() => Int, { description: 'Minutes within which it may answer, 1 to 43,200.' }) minutes!: number;
}

@InputType({ description: 'Minutes to answer count within these hours only.' })
export class WorkingHoursInput {
  @Field(() => String, { description: 'IANA zone.' }) zone!: string;
  @Field(() => [Int], { description: '1 Monday to 7 Sunday.' }) weekdays!: number[];
  @Field(() => String, { description: '08:00' }) from!: string;
  @Field(() => String, { description: '17:00' }) to!: string;
}

@InputType()
export class TenderLoadInput {
  @Field(() => ID) loadId!: string;
  @Field(() => [TenderCarrierInput], { description: 'In the order in which they are asked, each once.' }) carriers!: TenderCarrierInput[];
  @Field(() => WorkingHoursInput, { nullable: true }) hours?: WorkingHoursInput | null;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class TenderStepInput {
  @Field(() => ID) loadId!: string;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class AwardTenderInput {
  @Field(() => ID, { description: 'An offer that was accepted after it had ended.' }) offerId!: string;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class AnswerTenderOfferInput {
  @Field(() => ID) offerId!: string;
  @Field(() => Boolean) accepted!: boolean;
  @Field(() => Int, { description: 'Revision of the offer that was read.' }) revision!: number;
  @Field(() => String, { nullable: true }) reason?: string | null;
  @Field(() => String, { nullable: true, description: 'Of who accepts: with what it comes.' }) truck?: string | null;
  @Field(() => String, { nullable: true }) trailer?: string | null;
  @Field(() => DriverInput, { nullable: true }) driver?: DriverInput | null;
  @Field(() => String) idempotencyKey!: string;
}

@ObjectType('TenderLoadPayload', { simpleResolvers: true })
export class TenderLoadPayload {
  @needs('loads:read')
  @Field(() => Load, { nullable: true }) load!: Load | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}

@ObjectType('AnswerTenderOfferPayload', { simpleResolvers: true })
export class AnswerTenderOfferPayload {
  @needs('loads:read')
  @Field(() => TenderOffer, { nullable: true }) tenderOffer!: TenderOffer | null;
  @Field(() => TenderAnswerEffect, { nullable: true, description: 'What became of the answer. It is recorded, whatever this says.' }) effect!: EffectName | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}
