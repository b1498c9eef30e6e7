import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ediStates, faultLevels, type EdiState as EdiStateName } from '../../model/edi.js';
import { enumOf } from '../shared/enums.js';
import { pageTypes } from '../shared/pages.js';
import { DateTime } from '../shared/scalars.js';

export const EdiState = enumOf(ediStates);
registerEnumType(EdiState, { name: 'EdiState', description: 'How an interchange, a group or a set was taken. PARTIALLY_ACCEPTED: some of its sets were rejected.' });
export const EdiFaultLevel = enumOf(faultLevels);
registerEnumType(EdiFaultLevel, { name: 'EdiFaultLevel' });
export const EdiDirection = enumOf(['IN', 'OUT'] as const);
registerEnumType(EdiDirection, { name: 'EdiDirection' });
export const InterchangeWaiting = enumOf(['WAITING', 'OVERDUE', 'ANSWERED', 'NOT_EXPECTED'] as const);
registerEnumType(InterchangeWaiting, { name: 'InterchangeWaiting', description: 'Whether the answer to an interchange that went to a partner came.' });

@ObjectType('EdiFault', { simpleResolvers: true })
export class EdiFault {
  @Field(() => EdiFaultLevel) level!: (typeof faultLevels)[number];
  @Field(() => String, { description: 'Under which an acknowledgement names it: TA105, AK905, AK502 or AK304 of X12, element 0085 of EDIFACT.' }) code!: string;
  @Field(() => String, { nullable: true, description: 'Tag of the segment.' }) segment!: string | null;
  @Field(() => Int, { nullable: true, description: 'Its place in the set, the header being 1.' }) position!: number | null;
  @Field(() => String) text!: string;
}

@ObjectType('EdiSet', { simpleResolvers: true, description: 'A transaction set or message.' })
export class EdiSet {
  @Field(() => String, { description: '214, IFTSTA:D:96A:UN.' }) type!: string;
  @Field(() => String) control!: string;
  @Field(() => EdiState) state!: EdiStateName;
  @Field(() => [EdiFault]) faults!: EdiFault[];
}

@ObjectType('EdiGroup', { simpleResolvers: true, description: 'A functional group; of EDIFACT without groups, all messages.' })
export class EdiGroup {
  @Field(() => String) functionalId!: string;
  @Field(() => String) control!: string;
  @Field(() => EdiState) state!: EdiStateName;
  @Field(() => Int, { description: 'Sets that are there.' }) count!: number;
  @Field(() => Int) accepted!: number;
  @Field(() => [EdiFault]) faults!: EdiFault[];
  @Field(() => [EdiSet], { description: 'The first five hundred, those with faults before others where there are more.' }) sets!: EdiSet[];
}

@ObjectType('InterchangeAcknowledgement', { simpleResolvers: true, description: 'What the partner says of an interchange that went to it.' })
export class InterchangeAcknowledgement {
  @Field(() => EdiState) state!: EdiStateName;
  @Field(() => [String], { description: 'TA1, 997, CONTRL.' }) kinds!: string[];
  @Field(() => DateTime) answeredAt!: string;
  @Field(() => [EdiFault]) faults!: EdiFault[];
}

@ObjectType('Interchange', { simpleResolvers: true, description: 'An EDI interchange as it came or went.' })
export class Interchange {
  @Field(() => ID) id!: string;
  @Field(() => String) connection!: string;
  @Field(() => String, { description: 'X12 or EDIFACT.' }) syntax!: string;
  @Field(() => EdiDirection) direction!: 'IN' | 'OUT';
  @Field(() => String, { description: 'Qualifier and identifier.' }) sender!: string;
  @Field(() => String) receiver!: string;
  @Field(() => String, { description: 'Its control number.' }) control!: string;
  @Field(() => Boolean) isTest!: boolean;
  @Field(() => DateTime, { nullable: true, description: 'By the sender’s clock.' }) madeAt!: string | null;
  @Field(() => DateTime, { description: 'When it came or went.' }) at!: string;
  @Field(() => EdiState, { description: 'How we took one that came; of one that went, see acknowledgement.' }) state!: EdiStateName;
  @Field(() => [String]) setTypes!: string[];
  @Field(() => [EdiFault], { description: 'Of the envelope.' }) faults!: EdiFault[];
  @Field(() => [EdiGroup]) groups!: EdiGroup[];
  @Field(() => [String], { description: 'Of one that came: the answers that were sent for it.' }) answersSent!: string[];
  @Field(() => InterchangeWaiting) waiting!: 'WAITING' | 'OVERDUE' | 'ANSWERED' | 'NOT_EXPECTED';
  @Field(() => DateTime, { nullable: true, description: 'Until when its answer is expected.' }) dueAt!: string | null;
  @Field(() => InterchangeAcknowledgement, { nullable: true }) acknowledgement!: InterchangeAcknowledgement | null;
}

export const InterchangeConnection = pageTypes('Interchange', () => Interchange);

@InputType()
export class InterchangeFilter {
  @Field(() => [String], { nullable: true, description: 'Ids of connections.' }) connection?: string[];
  @Field(() => EdiDirection, { nullable: true }) direction?: 'IN' | 'OUT';
  @Field(() => [EdiState], { nullable: true, description: 'Of those that went: as the partner took them.' }) state?: EdiStateName[];
  @Field(() => String, { nullable: true, description: 'A set that is in it: 214, IFTSTA:D:96A:UN.' }) setType?: string;
  @Field(() => String, { nullable: true, description: 'With or without leading zeros.' }) control?: string;
  @Field(() => Boolean, { nullable: true, description: 'Those whose answer is expected and has not come.' }) unanswered?: boolean;
}
