import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { enumOf } from '../../shared/enums.js';
import { pageTypes } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { UserError } from '../../shared/user-errors.js';

export const RuleActionKind = enumOf(['EXCLUDE', 'ALLOW', 'ON_TIME', 'PREFER'] as const);
registerEnumType(RuleActionKind, { name: 'RuleActionKind', description: 'EXCLUDE leaves services out, ALLOW all others; ON_TIME leaves out carriers that are late too often on the lane; PREFER says by what the best of the rest is found.' });
export const RulePreference = enumOf(['CHEAPEST', 'FASTEST', 'ON_TIME'] as const);
registerEnumType(RulePreference, { name: 'RulePreference' });

@ObjectType('RuleConditions', { simpleResolvers: true, description: 'When a rule applies; what is null holds always.' })
@InputType('RuleConditionsInput')
export class RuleConditions {
  @Field(() => String, { nullable: true, description: 'Kilograms of all packages as decimal text.' }) minWeightKg?: string | null;
  @Field(() => String, { nullable: true }) maxWeightKg?: string | null;
  @Field(() => [String], { nullable: true, description: 'Destinations, ISO 3166 alpha-2.' }) countries?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'As the asker names customers.' }) customers?: string[] | null;
}

@ObjectType('RuleAction', { simpleResolvers: true })
@InputType('RuleActionInput')
export class RuleAction {
  @Field(() => RuleActionKind) kind!: keyof typeof RuleActionKind;
  @Field(() => [String], { nullable: true, description: 'Of EXCLUDE and ALLOW: FEDEX, or FEDEX/FEDEX_GROUND.' }) services?: string[] | null;
  @Field(() => Float, { nullable: true, description: 'Of ON_TIME: least share of deliveries by the promise, 0 to 1.' }) minShare?: number | null;
  @Field(() => Int, { nullable: true, description: 'Of ON_TIME: who delivered less often is not judged.' }) minCount?: number | null;
  @Field(() => RulePreference, { nullable: true, description: 'Of PREFER.' }) by?: keyof typeof RulePreference | null;
}

@ObjectType('BookingRule', { simpleResolvers: true, description: 'How a service is chosen. Rules apply in the order of their positions.' })
export class BookingRule {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: '* : every company.' }) company!: string;
  @Field(() => Int) position!: number;
  @Field(() => String, { description: 'Stands in the reasons.' }) name!: string;
  @Field(() => RuleConditions) conditions!: RuleConditions;
  @Field(() => RuleAction) action!: RuleAction;
  @Field(() => String) changedBy!: string;
  @Field(() => DateTime) changedAt!: string;
}

@ObjectType('CarrierCutOff', { simpleResolvers: true, description: 'Until when a carrier takes freight at a facility.' })
export class CarrierCutOff {
  @Field(() => ID) id!: string;
  @Field(() => String) company!: string;
  @Field(() => String, { description: 'Code of the facility, or name of the warehouse.' }) facility!: string;
  @Field(() => String) carrier!: string;
  @Field(() => String, { nullable: true, description: 'Null: every service.' }) service!: string | null;
  @Field(() => [Int], { description: '1 Monday to 7 Sunday.' }) weekdays!: number[];
  @Field(() => String, { description: '16:30, by the clock of zone.' }) at!: string;
  @Field(() => String) zone!: string;
}

@ObjectType('NextCutOff', { simpleResolvers: true })
export class NextCutOff {
  @Field(() => DateTime) at!: string;
  @Field(() => String) carrier!: string;
  @Field(() => String, { nullable: true }) service!: string | null;
  @Field(() => String) zone!: string;
}

export const BookingRuleConnection = pageTypes('BookingRule', () => BookingRule);
export const CarrierCutOffConnection = pageTypes('CarrierCutOff', () => CarrierCutOff);

@InputType()
export class SaveBookingRuleInput {
  @Field(() => ID, { nullable: true, description: 'Of the rule that is changed; without, it is a new one.' }) id?: string | null;
  @Field(() => String, { nullable: true, description: 'main unless given; * for every company.' }) company?: string | null;
  @Field(() => Int) position!: number;
  @Field(() => String) name!: string;
  @Field(() => RuleConditions, { nullable: true }) conditions?: RuleConditions | null;
  @Field(() => RuleAction) action!: RuleAction;
}

@InputType()
export class SaveCarrierCutOffInput {
  @Field(() => ID, { nullable: true }) id?: string | null;
  @Field(() => String, { nullable: true, description: 'main unless given.' }) company?: string | null;
  @Field(() => String) facility!: string;
  @Field(() => String) carrier!: string;
  @Field(() => String, { nullable: true }) service?: string | null;
  @Field(() => [Int]) weekdays!: number[];
  @Field(() => String) at!: string;
  @Field(() => String, { description: 'IANA zone.' }) zone!: string;
}

@ObjectType('SettingPayload', { simpleResolvers: true })
export class SettingPayload {
  @Field(() => ID, { nullable: true, description: 'Of what was saved or removed.' }) id!: string | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}
