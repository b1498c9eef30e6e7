import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { handlings, temperatures, type DockDirection as DockDirectionName, type Handling as HandlingName, type Temperature as TemperatureName } from '../../../model/yard/records.js';
import { enumOf } from '../../shared/enums.js';
import { DateTime } from '../../shared/scalars.js';
import { UserError } from '../../shared/user-errors.js';
import { DockDirection, Facility } from '../types.js';

export const Handling = enumOf(handlings);
registerEnumType(Handling, { name: 'Handling', description: 'LIVE: the truck waits while it is loaded or unloaded. DROP: it leaves its trailer.' });
export const Temperature = enumOf(temperatures);
registerEnumType(Temperature, { name: 'DockTemperature', description: 'What the goods need of the dock.' });
const outsiderRules = ['BOOK', 'REQUEST', 'NEVER'] as const;
export const OutsiderBooking = enumOf(outsiderRules);
registerEnumType(OutsiderBooking, { name: 'OutsiderBooking', description: 'Carriers book at once, or ask and people decide, or do neither.' });

@ObjectType('FacilityHours', { simpleResolvers: true })
@InputType('FacilityHoursInput')
export class FacilityHours {
  @Field(() => Int, { description: '1 Monday to 7 Sunday.' }) weekday!: number;
  @Field(() => String, { description: 'By the clock of the facility, 06:00.' }) from!: string;
  @Field(() => String, { description: '24:00 ends the day.' }) to!: string;
}

@ObjectType('DayHours', { simpleResolvers: true })
@InputType('DayHoursInput')
export class DayHours {
  @Field(() => String) from!: string;
  @Field(() => String) to!: string;
}

@ObjectType('SpecialDay', { simpleResolvers: true, description: 'A day that differs from the week: closed where it has no hours.' })
@InputType('SpecialDayInput')
export class SpecialDay {
  @Field(() => String, { description: '2026-12-25' }) on!: string;
  @Field(() => [DayHours]) hours!: DayHours[];
  @Field(() => String, { nullable: true }) reason?: string | null;
}

@ObjectType('BlockedTime', { simpleResolvers: true })
@InputType('BlockedTimeInput')
export class BlockedTime {
  @Field(() => DateTime) from!: string;
  @Field(() => DateTime) to!: string;
  @Field(() => String, { nullable: true }) reason?: string | null;
}

@ObjectType('Dock', { simpleResolvers: true })
@InputType('DockInput')
export class DockOfPlan {
  @Field(() => String) name!: string;
  @Field(() => [DockDirection]) directions!: DockDirectionName[];
  @Field(() => [Handling]) handlings!: HandlingName[];
  @Field(() => [Temperature]) temperatures!: TemperatureName[];
  @Field(() => Int, { nullable: true, description: 'Highest vehicle that fits, centimetres.' }) maxHeightCm?: number | null;
  @Field(() => Boolean, { nullable: true, description: 'Kept for trucks without an appointment, in the order in which they come.' }) firstComeFirstServed?: boolean | null;
  @Field(() => [BlockedTime], { nullable: true, description: 'Out of use.' }) blocked?: BlockedTime[] | null;
}

@ObjectType('DurationRule', { simpleResolvers: true, description: 'How long a truck has its dock; the first rule that fits.' })
@InputType('DurationRuleInput')
export class DurationRuleOfPlan {
  @Field(() => DockDirection, { nullable: true }) direction?: DockDirectionName | null;
  @Field(() => Handling, { nullable: true }) handling?: HandlingName | null;
  @Field(() => Int, { nullable: true }) fromPallets?: number | null;
  @Field(() => Int) minutes!: number;
}

@ObjectType('CapacityRule', { simpleResolvers: true, description: 'How many may begin within an hour of the clock; all rules that fit apply.' })
@InputType('CapacityRuleInput')
export class CapacityRuleOfPlan {
  @Field(() => DockDirection, { nullable: true }) direction?: DockDirectionName | null;
  @Field(() => Handling, { nullable: true }) handling?: HandlingName | null;
  @Field(() => Temperature, { nullable: true }) temperature?: TemperatureName | null;
  @Field(() => Int) perHour!: number;
}

@ObjectType('BookingRules', { simpleResolvers: true })
@InputType('BookingRulesInput')
export class BookingRulesOfPlan {
  @Field(() => OutsiderBooking) outsiders!: (typeof outsiderRules)[number];
  @Field(() => Int, { description: 'Minutes before its start from which on carriers may neither book, move nor cancel.' }) leadMinutes!: number;
  @Field(() => Int, { description: 'Days ahead for which carriers are given times, and standing appointments are made. Whoever runs the facility books up to 366 days ahead.' }) horizonDays!: number;
  @Field(() => Int, { nullable: true, description: 'Minutes after its start at which who has not come is taken as a no-show; null: people say so.' }) noShowMinutes?: number | null;
}

@ObjectType('FacilityPlan', { simpleResolvers: true, description: 'How a facility that is run here works. Local times are of its clock.' })
@InputType('FacilityPlanInput')
export class FacilityPlanShown {
  @Field(() => String) name!: string;
  @Field(() => String, { description: 'IANA zone.' }) zone!: string;
  @Field(() => [FacilityHours]) hours!: FacilityHours[];
  @Field(() => [SpecialDay]) days!: SpecialDay[];
  @Field(() => [DockOfPlan]) docks!: DockOfPlan[];
  @Field(() => [String], { description: 'Names of places where trailers stand.' }) spots!: string[];
  @Field(() => [DurationRuleOfPlan]) durations!: DurationRuleOfPlan[];
  @Field(() => Int, { description: 'Times begin at multiples of so many minutes from midnight.' }) gridMinutes!: number;
  @Field(() => [CapacityRuleOfPlan]) capacities!: CapacityRuleOfPlan[];
  @Field(() => BookingRulesOfPlan) booking!: BookingRulesOfPlan;
}

@InputType()
export class FacilityPlaceInput {
  @Field(() => String, { nullable: true }) name?: string | null;
  @Field(() => String, { nullable: true }) city?: string | null;
  @Field(() => String, { nullable: true }) region?: string | null;
  @Field(() => String, { nullable: true }) postalCode?: string | null;
  @Field(() => String, { nullable: true, description: 'ISO 3166 alpha-2.' }) country?: string | null;
}

@InputType()
export class SaveFacilityPlanInput {
  @Field(() => String, { description: 'Its code, as stops of loads and warehouses name it: WH.' }) code!: string;
  @Field(() => String, { nullable: true, description: 'main unless given.' }) company?: string | null;
  @Field(() => FacilityPlaceInput, { nullable: true }) place?: FacilityPlaceInput | null;
  @Field(() => FacilityPlanShown) plan!: FacilityPlanShown;
  @Field(() => String) idempotencyKey!: string;
}

@ObjectType('UnfitAppointment', { simpleResolvers: true, description: 'It stands, though it does not fit the plan any more.' })
export class UnfitAppointment {
  @Field(() => ID) appointmentId!: string;
  @Field(() => String) reason!: string;
}

@ObjectType('FacilityPlanPayload', { simpleResolvers: true })
export class FacilityPlanPayload {
  @Field(() => Facility, { nullable: true }) facility!: Facility | null;
  @Field(() => [UnfitAppointment], { description: 'Also raised as exceptions.' }) unfit!: UnfitAppointment[];
  @Field(() => [UserError]) userErrors!: UserError[];
}
