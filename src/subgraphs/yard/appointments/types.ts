import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { DockDirection as DockDirectionName, Handling as HandlingName, Temperature as TemperatureName } from '../../../model/yard/records.js';
import { enumOf } from '../../shared/enums.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { UserError } from '../../shared/user-errors.js';
import { Handling, Temperature } from '../facilities/types.js';
import { Appointment, DockDirection } from '../types.js';

export const AppointmentDecision = enumOf(['CONFIRM', 'REJECT'] as const);
registerEnumType(AppointmentDecision, { name: 'AppointmentDecision' });

@ObjectType('FreeSlot', { simpleResolvers: true, description: 'A time at a dock that can be had.' })
export class FreeSlot {
  @Field(() => DateTime) startsAt!: string;
  @Field(() => DateTime) endsAt!: string;
  @Field(() => String, { description: 'The dock that it would be at.' }) dock!: string;
}

@InputType({ description: 'What a truck needs of a dock.' })
export class SlotNeedInput {
  @Field(() => DockDirection) direction!: DockDirectionName;
  @Field(() => Handling, { nullable: true, description: 'LIVE unless given.' }) handling?: HandlingName | null;
  @Field(() => Temperature, { nullable: true, description: 'AMBIENT unless given.' }) temperature?: TemperatureName | null;
  @Field(() => Int, { nullable: true, description: 'Height of the vehicle, centimetres.' }) heightCm?: number | null;
  @Field(() => Int, { nullable: true }) pallets?: number | null;
}

@InputType()
export class ComingTruckInput extends SlotNeedInput {
  @Field(() => ID) facilityId!: string;
  @Field(() => String, { nullable: true, description: 'Name or code. A carrier names one of its own codes, and need not where it has one alone.' }) carrier?: string | null;
  @Field(() => [String], { nullable: true, description: 'Numbers of loads. What outsiders name, here and below, counts as far as they see it; the rest once somebody of the company confirms it.' }) loads?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Deliveries and receipts, as their papers name them.' }) deliveries?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Sales and purchase orders: their receipts or deliveries that are still to be handled, unless some of them are named by themselves.' }) orders?: string[] | null;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class BookAppointmentInput extends ComingTruckInput {
  @Field(() => DateTime) startsAt!: string;
  @Field(() => String, { nullable: true, description: 'The first dock that is fit and free unless given.' }) dock?: string | null;
}

@InputType()
export class TakeFirstComeInput extends ComingTruckInput {}

@InputType()
export class AppointmentInput {
  @Field(() => ID) appointmentId!: string;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class RescheduleAppointmentInput extends AppointmentInput {
  @Field(() => DateTime) startsAt!: string;
  @Field(() => String, { nullable: true, description: 'The first dock that is fit and free unless given.' }) dock?: string | null;
  @Field(() => String, { nullable: true }) reason?: string | null;
}

@InputType()
export class DecideAppointmentInput extends AppointmentInput {
  @Field(() => AppointmentDecision) decision!: 'CONFIRM' | 'REJECT';
  @Field(() => String, { nullable: true }) reason?: string | null;
}

@InputType()
export class CancelAppointmentInput extends AppointmentInput {
  @Field(() => String, { nullable: true }) reason?: string | null;
}

@InputType()
export class MarkNoShowInput extends AppointmentInput {}

@InputType()
export class UndoAppointmentInput extends AppointmentInput {}

@InputType()
export class ConfirmAppointmentNamesInput extends AppointmentInput {
  @Field(() => AppointmentDecision, { description: 'CONFIRM: the names count. REJECT: they are forgotten.' }) decision!: 'CONFIRM' | 'REJECT';
}

@ObjectType('AppointmentPayload', { simpleResolvers: true })
export class AppointmentPayload {
  @needs('yard:read')
  @Field(() => Appointment, { nullable: true })
  appointment!: Appointment | null;

  @Field(() => [FreeSlot], { description: 'Where the time cannot be had: free ones, the nearest first.' }) alternatives!: FreeSlot[];
  @Field(() => [UserError]) userErrors!: UserError[];
}

@ObjectType('AppointmentWish', { simpleResolvers: true, description: 'Another time that was asked for and is not decided yet. Until then the appointment stands as it is.' })
export class AppointmentWish {
  @Field(() => DateTime) startsAt!: string;
  @Field(() => DateTime) endsAt!: string;
  @Field(() => String, { nullable: true }) dock!: string | null;
}

@ObjectType('ClaimedNames', { simpleResolvers: true, description: 'What an outsider named: it counts for nothing until somebody of the company confirms it.' })
export class ClaimedNames {
  @Field(() => [String]) loads!: string[];
  @Field(() => [String]) deliveries!: string[];
  @Field(() => [String]) orders!: string[];
}
