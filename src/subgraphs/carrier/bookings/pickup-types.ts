import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { addressVerdicts, type AddressVerdict as Verdict } from '../../../model/addresses.js';
import { enumOf } from '../../shared/enums.js';
import { Money } from '../../shared/money.js';
import { pageTypes } from '../../shared/pages.js';
import { Place } from '../../shared/place.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { UserError } from '../../shared/user-errors.js';
import { FreightAddressInput } from './inputs.js';

export const PickupState = enumOf(['UNKNOWN', 'SCHEDULED', 'CANCELLED', 'FAILED'] as const);
registerEnumType(PickupState, { name: 'PickupState', description: 'FAILED: the carrier called it off. The connection’s own word is rawState.' });

@Directive('@key(fields: "id")')
@ObjectType('Pickup', { simpleResolvers: true, description: 'That a carrier comes and fetches.' })
export class Pickup {
  @Field(() => ID) id!: string;
  @Field(() => ID, { nullable: true, description: 'The command that caused it.' }) commandId!: string | null;
  @Field(() => String) connection!: string;
  @Field(() => PickupState) state!: keyof typeof PickupState;
  @Field(() => String) rawState!: string;
  @Field(() => String) carrier!: string;
  @Field(() => String, { nullable: true, description: 'The carrier’s number of it, for who calls there.' }) confirmation!: string | null;
  @Field(() => DateTime, { description: 'Comes from then on; as the carrier confirmed it, else as it was asked for.' }) readyAt!: string;
  @Field(() => DateTime, { description: 'Comes until then.' }) closesAt!: string;
  @Field(() => String, { description: 'IANA zone of the place.' }) zone!: string;
  @Field(() => Place) place!: Place;
  @Field(() => [String]) trackingNumbers!: string[];
  @Field(() => Int) packages!: number;
  @Field(() => String, { description: 'Kilograms as decimal text.' }) weightKg!: string;
  @needs('freight:read')
  @Field(() => Money, { nullable: true, description: 'What the carrier takes for coming, where it says so.' }) price!: Money | null;
  @Field(() => DateTime, { description: 'As of when it was stated.' }) updatedAt!: string;
  uuid!: string;
}

export const PickupConnection = pageTypes('Pickup', () => Pickup);

@InputType()
export class PickupFilter {
  @Field(() => [PickupState], { nullable: true }) state?: Array<keyof typeof PickupState> | null;
  @Field(() => String, { nullable: true }) connection?: string | null;
  @Field(() => String, { nullable: true }) carrier?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'Comes then or later.' }) from?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'Comes before then.' }) to?: string | null;
}

@InputType()
export class PickupPackagesInput {
  @Field(() => Int) count!: number;
  @Field(() => String, { description: 'Of all together: kilograms as decimal text.' }) weightKg!: string;
}

@InputType()
export class SchedulePickupInput {
  @Field(() => String, { description: 'The same key of the same subject asks for the same thing, however often it is sent.' }) idempotencyKey!: string;
  @Field(() => [ID], { nullable: true, description: 'Bookings of one carrier that are fetched, at most 1,000. Without, the carrier takes whatever stands there; then connection or company, carrier, from and packages say what.' }) bookingIds?: string[] | null;
  @Field(() => String, { description: 'Day, 2026-11-23.' }) on!: string;
  @Field(() => String, { description: 'Ready from, by the clock there: 15:00.' }) readyAt!: string;
  @Field(() => String, { description: 'There until: 18:00.' }) closesAt!: string;
  @Field(() => String, { nullable: true, description: 'IANA zone of the place. Unless given, that of the connection.' }) zone?: string | null;
  @Field(() => FreightAddressInput, { nullable: true, description: 'Where. Unless given, where the bookings go out.' }) from?: FreightAddressInput | null;
  @Field(() => PickupPackagesInput, { nullable: true, description: 'Unless given, those of the bookings.' }) packages?: PickupPackagesInput | null;
  @Field(() => String, { nullable: true, description: 'Carrier, as its connection names it.' }) carrier?: string | null;
  @Field(() => String, { nullable: true, description: 'The carrier’s own code of the service, where no bookings are named.' }) service?: string | null;
  @Field(() => String, { nullable: true, description: 'For the driver: which door, which bell.' }) instructions?: string | null;
  @Field(() => String, { nullable: true, description: 'Connection that asks; that of the bookings, else the first that can.' }) connection?: string | null;
  @Field(() => String, { nullable: true, description: 'Whose it is, where no bookings are named.' }) company?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'Although somebody comes for them already.' }) again?: boolean | null;
}

@InputType()
export class CancelPickupInput {
  @Field(() => String) idempotencyKey!: string;
  @Field(() => ID, { nullable: true }) pickupId?: string | null;
  @Field(() => ID, { nullable: true, description: 'Of the command that schedules, where there is no pickup yet.' }) commandId?: string | null;
}

export const AddressVerdict = enumOf(addressVerdicts);
registerEnumType(AddressVerdict, { name: 'AddressVerdict', description: 'VALID: it is delivered to as it is written. CORRECTED: to what address says. AMBIGUOUS: one of candidates may be meant, or a part is missing. UNDELIVERABLE: there is no such place. UNKNOWN: the carrier cannot tell, or did not answer.' });

@needs('personal:read')
@ObjectType('PostalAddress', { simpleResolvers: true })
export class PostalAddress {
  @Field(() => String) street!: string;
  @Field(() => String, { nullable: true }) street2?: string;
  @Field(() => String) city!: string;
  @Field(() => String, { nullable: true }) region?: string;
  @Field(() => String, { nullable: true }) postalCode?: string;
  @Field(() => String, { description: 'ISO 3166 alpha-2.' }) country!: string;
}

@ObjectType('AddressCheck', { simpleResolvers: true, description: 'What a carrier says of an address.' })
export class AddressCheck {
  @Field(() => String, { description: 'Connection that was asked.' }) connection!: string;
  @Field(() => AddressVerdict) verdict!: Verdict;
  @Field(() => PostalAddress, { nullable: true, description: 'As the carrier writes it; null where it does not say.' }) address!: PostalAddress | null;
  @Field(() => [PostalAddress], { nullable: true, description: 'What may be meant, where that is not one.' }) candidates!: PostalAddress[] | null;
  @Field(() => Boolean, { nullable: true, description: 'Whether people live there, where the carrier says so.' }) isResidential!: boolean | null;
  @needs('personal:read')
  @Field(() => [String], { nullable: true, description: 'In the carrier’s words.' }) messages!: string[] | null;
}

@InputType()
export class CheckAddressInput {
  @Field(() => FreightAddressInput) address!: FreightAddressInput;
  @Field(() => String, { nullable: true, description: 'Connection that is asked; the first that can, unless given.' }) connection?: string | null;
  @Field(() => String, { nullable: true, description: 'Who asks. Unless given: the only company that the token sees, or main.' }) company?: string | null;
}

@ObjectType('AddressCheckPayload', { simpleResolvers: true })
export class AddressCheckPayload {
  @Field(() => AddressCheck, { nullable: true }) check!: AddressCheck | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}
