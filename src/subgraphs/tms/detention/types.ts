import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { DetentionKind as Kind, DetentionSide as Side } from '../../../model/yard/detention.js';
import { enumOf } from '../../shared/enums.js';
import { pageTypes } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { Visit } from '../types.js';
import { DetentionAmount, DetentionKind, DetentionRule, DetentionSide } from './rule-types.js';

@ObjectType('VisitClock', { simpleResolvers: true })
export class VisitClock {
  @Field(() => DateTime) startsAt!: string;
  @Field(() => DateTime, { nullable: true, description: 'Null while it runs.' }) endsAt!: string | null;
  @Field(() => Int, { description: 'Whole minutes, so far or in the end.' }) minutes!: number;
}

@ObjectType('VisitClocks', { simpleResolvers: true, description: 'Each is null before it starts, and where nobody stated when that was.' })
export class VisitClocks {
  @Field(() => VisitClock, { nullable: true, description: 'Before the gate: from the arrival that a fence saw until check-in.' }) gate!: VisitClock | null;
  @Field(() => VisitClock, { nullable: true, description: 'In the yard: from check-in until the dock.' }) waiting!: VisitClock | null;
  @Field(() => VisitClock, { nullable: true, description: 'At the dock.' }) dock!: VisitClock | null;
  @Field(() => VisitClock, { nullable: true, description: 'Loading or unloading.' }) handling!: VisitClock | null;
  @Field(() => VisitClock, { nullable: true, description: 'From check-in until check-out.' }) turn!: VisitClock | null;
  @Field(() => VisitClock, { nullable: true, description: 'From check-in until the trailer left that this truck left here.' }) trailer!: VisitClock | null;
}

export const EvidenceKind = enumOf(['ARRIVED', 'CHECKED_IN', 'AT_DOCK', 'HANDLING_STARTED', 'HANDLING_ENDED', 'LEFT_DOCK', 'CHECKED_OUT', 'TRAILER_LEFT', 'APPOINTMENT'] as const);
registerEnumType(EvidenceKind, { name: 'EvidenceKind' });
export const EvidenceSource = enumOf(['DESK', 'SYSTEM', 'GEOFENCE', 'APPOINTMENT', 'TRAILER'] as const);
registerEnumType(EvidenceSource, { name: 'EvidenceSource', description: 'DESK: who runs the gate here. SYSTEM: another system that keeps the visit. GEOFENCE: a fence saw the truck. TRAILER: the visit of the truck that took the trailer, or brought it again.' });
export const EvidenceUse = enumOf(['START', 'STOP', 'LATENESS', 'NONE'] as const);
registerEnumType(EvidenceUse, { name: 'EvidenceUse', description: 'What the time decided. LATENESS: whether the truck came too late.' });

@ObjectType('DetentionEvidence', { simpleResolvers: true, description: 'A time on which a charge stands, as it was stated.' })
export class DetentionEvidence {
  @Field(() => EvidenceKind) kind!: keyof typeof EvidenceKind;
  @Field(() => DateTime) at!: string;
  @Field(() => EvidenceSource) source!: keyof typeof EvidenceSource;
  @Field(() => String, { nullable: true, description: 'The connection that keeps the record.' }) connection!: string | null;
  @Field(() => String, { nullable: true, description: 'The version of its record.' }) version!: string | null;
  @Field(() => [EvidenceUse]) uses!: Array<keyof typeof EvidenceUse>;
}

@needs('detention:read')
@ObjectType('DetentionCharge', { simpleResolvers: true, description: 'What is charged for the waiting of a truck or trailer, with all that it stands on. Times are minutes of a driver and days of a trailer.' })
export class DetentionCharge {
  @Field(() => ID, { description: 'Of the visit, kind and side.' }) id!: string;
  @needs('yard:read')
  @Field(() => Visit, { nullable: true }) visit!: Visit | null;
  @Field(() => DetentionKind) kind!: Kind;
  @Field(() => DetentionSide) side!: Side;
  @Field(() => String, { nullable: true, description: 'Code of the carrier.' }) carrier!: string | null;
  @Field(() => String, { nullable: true, description: 'Code of the facility.' }) facility!: string | null;
  @Field(() => DateTime) startsAt!: string;
  @Field(() => DateTime, { nullable: true, description: 'Null while it runs.' }) stoppedAt!: string | null;
  @Field(() => DateTime) freeUntil!: string;
  @Field(() => Boolean, { description: 'While true, the charge may still grow.' }) isRunning!: boolean;
  @Field(() => Int, { description: 'From start to stop.' }) waited!: number;
  @Field(() => Int, { description: 'Beyond what is free.' }) beyond!: number;
  @Field(() => Int, { description: 'Of those beyond, how many are charged.' }) charged!: number;
  @Field(() => Int, { description: 'How many times the rate is charged, before the least and the most are looked at.' }) increments!: number;
  @Field(() => Boolean, { description: 'The truck came too late and is paid nothing.' }) isForfeited!: boolean;
  @Field(() => DetentionAmount, { nullable: true, description: 'Null where the rule has no rate.' }) amount!: DetentionAmount | null;
  @Field(() => DetentionRule, { description: 'As it was applied.' }) rule!: DetentionRule;
  @Field(() => [DetentionEvidence], { description: 'Every time that is known of the visit, and what each decided. Of a truck that several sources tell of at once, the driver is paid by one of them, that of who runs the gate here if it is one, and the times of the others decide nothing.' }) evidence!: DetentionEvidence[];
  /** Place in the list. */
  place!: { began: string; visit: string; number: string };
}

export const DetentionChargeConnection = pageTypes('DetentionCharge', () => DetentionCharge);

@needs('detention:read')
@ObjectType('DetentionTotal', { simpleResolvers: true })
export class DetentionTotal {
  @Field(() => DetentionKind) kind!: Kind;
  @Field(() => DetentionSide) side!: Side;
  @Field(() => DetentionAmount) amount!: DetentionAmount;
  @Field(() => Int) charges!: number;
  @Field(() => Int, { description: 'Of them, how many may still grow.' }) running!: number;
}

@InputType()
export class DetentionFilter {
  @Field(() => DateTime, { description: 'Of visits that began at this time or later.' }) from!: string;
  @Field(() => DateTime, { description: 'Of visits that began before this time; at most 366 days later.' }) to!: string;
  @Field(() => ID, { nullable: true }) facilityId?: string;
  @Field(() => String, { nullable: true, description: 'Code of the carrier.' }) carrier?: string;
  @Field(() => DetentionKind, { nullable: true }) kind?: Kind;
  @Field(() => DetentionSide, { nullable: true }) side?: Side;
}
