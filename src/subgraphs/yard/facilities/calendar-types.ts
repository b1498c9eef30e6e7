import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { DockDirection as DockDirectionName, Handling as HandlingName, Temperature as TemperatureName, VisitState as VisitStateName } from '../../../model/yard/records.js';
import { DateTime } from '../../shared/scalars.js';
import { Appointment, DockDirection, Facility, VisitState } from '../types.js';
import { BlockedTime, Handling, Temperature } from './types.js';

@ObjectType('OpenTime', { simpleResolvers: true })
export class OpenTime {
  @Field(() => DateTime) from!: string;
  @Field(() => DateTime) to!: string;
}

@ObjectType('CalendarLoad', { simpleResolvers: true })
export class CalendarLoad {
  @Field(() => ID, { description: 'Of a Load.' }) id!: string;
  @Field(() => String) reference!: string;
  @Field(() => String) state!: string;
}

@ObjectType('CalendarVisit', { simpleResolvers: true, description: 'The truck that came for it.' })
export class CalendarVisit {
  @Field(() => ID, { description: 'Of a Visit.' }) id!: string;
  @Field(() => VisitState) state!: VisitStateName;
  @Field(() => String, { nullable: true }) truck!: string | null;
  @Field(() => String, { nullable: true }) trailer!: string | null;
  @Field(() => String, { nullable: true, description: 'Where it was sent to, or is.' }) dock!: string | null;
  @Field(() => DateTime, { nullable: true }) checkedInAt!: string | null;
  @Field(() => DateTime, { nullable: true }) atDockAt!: string | null;
  @Field(() => DateTime, { nullable: true }) checkedOutAt!: string | null;
}

@ObjectType('CalendarEntry', { simpleResolvers: true })
export class CalendarEntry {
  @Field(() => Appointment) appointment!: Appointment;
}

@ObjectType('CalendarDock', { simpleResolvers: true })
export class CalendarDock {
  @Field(() => String) name!: string;
  @Field(() => [DockDirection]) directions!: DockDirectionName[];
  @Field(() => [Handling]) handlings!: HandlingName[];
  @Field(() => [Temperature]) temperatures!: TemperatureName[];
  @Field(() => Int, { nullable: true }) maxHeightCm!: number | null;
  @Field(() => Boolean) firstComeFirstServed!: boolean;
  @Field(() => [BlockedTime], { description: 'Out of use, on this day.' }) blocked!: BlockedTime[];
  @Field(() => [CalendarEntry], { description: 'In time order.' }) entries!: CalendarEntry[];
}

@ObjectType('HourCapacity', { simpleResolvers: true, description: 'A rule of how many may begin within an hour.' })
export class HourCapacity {
  @Field(() => DockDirection, { nullable: true }) direction!: DockDirectionName | null;
  @Field(() => Handling, { nullable: true }) handling!: HandlingName | null;
  @Field(() => Temperature, { nullable: true }) temperature!: TemperatureName | null;
  @Field(() => Int) perHour!: number;
  @Field(() => Int, { description: 'How many more.' }) left!: number;
}

@ObjectType('CalendarHour', { simpleResolvers: true, description: 'An hour of the clock in which it is open.' })
export class CalendarHour {
  @Field(() => DateTime) startsAt!: string;
  @Field(() => Int, { description: 'Appointments that begin in it.' }) booked!: number;
  @Field(() => Int, { description: 'Docks that are given out and free for the whole of it.' }) freeDocks!: number;
  @Field(() => [HourCapacity]) capacities!: HourCapacity[];
}

@ObjectType('DockCalendar', { simpleResolvers: true, description: 'The docks of a facility on one of its days.' })
export class DockCalendar {
  @Field(() => Facility) facility!: Facility;
  @Field(() => String, { description: 'The local day, 2026-11-30.' }) on!: string;
  @Field(() => String, { description: 'IANA zone.' }) zone!: string;
  @Field(() => DateTime) from!: string;
  @Field(() => DateTime) to!: string;
  @Field(() => [OpenTime]) open!: OpenTime[];
  @Field(() => [CalendarDock]) docks!: CalendarDock[];
  @Field(() => [CalendarEntry], { description: 'At docks that the plan does not have any more, or at none.' }) elsewhere!: CalendarEntry[];
  @Field(() => [CalendarHour], { nullable: true, description: 'What is free, for whoever runs the facility; others ask for freeSlots.' }) hours!: CalendarHour[] | null;
}
