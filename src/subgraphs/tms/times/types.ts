import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { stopClassifiers, stopMoments, stopTimeSources, type StopClassifier as Classifier, type StopMoment as Moment, type StopTimeSource as Source } from '../../../model/transport/stop-times.js';
import { enumOf } from '../../shared/enums.js';
import { DateTime } from '../../shared/scalars.js';

export const StopMoment = enumOf(stopMoments);
registerEnumType(StopMoment, { name: 'StopMoment' });
export const StopTimeClassifier = enumOf(stopClassifiers);
registerEnumType(StopTimeClassifier, { name: 'StopTimeClassifier' });
export const StopTimeSource = enumOf(stopTimeSources);
registerEnumType(StopTimeSource, { name: 'StopTimeSource', description: 'YARD: the gate of the facility. TELEMATICS: who follows the truck. TMS: the record of the load. CARRIER: its milestones.' });
export const EtaSource = enumOf([...stopTimeSources, 'HISTORY'] as const);
registerEnumType(EtaSource, { name: 'EtaSource', description: 'HISTORY: worked out of how long trucks took on this lane.' });

@ObjectType('StopTime', { simpleResolvers: true, description: 'What one source says of when the truck comes to a stop or leaves it.' })
export class StopTime {
  @Field(() => StopMoment) moment!: Moment;
  @Field(() => StopTimeClassifier) classifier!: Classifier;
  @Field(() => StopTimeSource) source!: Source;
  @Field(() => String) connection!: string;
  @Field(() => DateTime) at!: string;
  @Field(() => DateTime) statedAt!: string;
  @Field(() => Boolean, { description: 'True of the one that is taken.' }) isChosen!: boolean;
}

@ObjectType('StopEta', { simpleResolvers: true, description: 'When the truck is expected. The earliest and latest are the tenth and ninetieth of a hundred by history.' })
export class StopEta {
  @Field(() => DateTime) at!: string;
  @Field(() => DateTime, { nullable: true, description: 'Of HISTORY alone.' }) earliest!: string | null;
  @Field(() => DateTime, { nullable: true }) latest!: string | null;
  @Field(() => EtaSource) source!: keyof typeof EtaSource;
  @Field(() => Int, { nullable: true, description: 'Of HISTORY: how many trips it stands on.' }) samples!: number | null;
}

export const StopAgreement = enumOf(['FIRST', 'CURRENT'] as const);
registerEnumType(StopAgreement, { name: 'StopAgreement', description: 'FIRST: the window or planned time that was first agreed of a stop. CURRENT: as it is now, after all changes.' });

@InputType()
export class StopPerformanceFilter {
  @Field(() => DateTime, { description: 'Of stops to which the truck came at this time or later.' }) from!: string;
  @Field(() => DateTime, { description: 'Before this time; at most 366 days later.' }) to!: string;
  @Field(() => ID, { nullable: true }) facilityId?: string;
  @Field(() => String, { nullable: true, description: 'Of stops at no facility: country and first two characters of the postal code, like DE 28.' }) region?: string;
  @Field(() => String, { nullable: true, description: 'Code of the carrier.' }) carrier?: string;
  @Field(() => ID, { nullable: true, description: 'Of loads that have a stop at this facility before.' }) fromFacilityId?: string;
  @Field(() => String, { nullable: true, description: 'The same of a region, like DE 28.' }) fromRegion?: string;
  @Field(() => StopAgreement, { nullable: true, description: 'By what stops are judged; FIRST unless given.' }) against?: keyof typeof StopAgreement;
  @Field(() => Int, { nullable: true, description: 'Minutes around the window that count as on time, 0 to 1440; 0 where none is said.' }) toleranceMinutes?: number;
}

@ObjectType('StopPerformance', { simpleResolvers: true, description: 'How punctual trucks are, and how long they stay, of the stops that the asker sees. Stops of loads that were cancelled do not count.' })
export class StopPerformance {
  @Field(() => StopAgreement, { description: 'By what they were judged.' }) against!: keyof typeof StopAgreement;
  @Field(() => Int, { description: 'Stops to which the truck came.' }) stops!: number;
  @Field(() => Int, { description: 'Of them, those with a window or a planned time, by which the next three are counted.' }) judged!: number;
  @Field(() => Int) early!: number;
  @Field(() => Int) onTime!: number;
  @Field(() => Int) late!: number;
  @Field(() => Float, { nullable: true, description: 'Of those judged, 0 to 1. Null where there is none.' }) onTimeShare!: number | null;
  @Field(() => Int, { description: 'Stops that the truck has left again, of which the dwell times are.' }) left!: number;
  @Field(() => Float, { nullable: true, description: 'Minutes.' }) dwellMedian!: number | null;
  @Field(() => Float, { nullable: true, description: 'Minutes; nine of ten stay no longer.' }) dwellP90!: number | null;
}
