import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { DockDirection as DockDirectionName } from '../../../model/yard/records.js';
import { DateTime } from '../../shared/scalars.js';
import { UserError } from '../../shared/user-errors.js';
import { DockDirection } from '../types.js';

@InputType()
export class OutsideFieldInput {
  @Field(() => String, { description: 'Its name there.' }) name!: string;
  @Field(() => String) value!: string;
}

@InputType()
export class RequestOutsideAppointmentInput {
  @Field(() => String, { description: 'Connection with the system that gives out the times.' }) connection!: string;
  @Field(() => ID, { nullable: true, description: 'A facility of that system that is known here.' }) facilityId?: string | null;
  @Field(() => String, { nullable: true, description: 'Where it is not: that system’s own id or code of the facility.' }) facility?: string | null;
  @Field(() => ID, { nullable: true, description: 'The load that comes; its name goes before references.' }) loadId?: string | null;
  @Field(() => Int, { nullable: true, description: 'Number of the stop of that load, from 1.' }) stop?: number | null;
  @Field(() => [String], { nullable: true, description: 'Numbers under which the facility knows what comes: order, delivery, bill of lading.' }) references?: string[] | null;
  @Field(() => DateTime) startsAt!: string;
  @Field(() => DateTime, { nullable: true }) endsAt?: string | null;
  @Field(() => String, { nullable: true, description: 'That system’s own id of the dock.' }) dock?: string | null;
  @Field(() => String, { nullable: true, description: 'That system’s own id of the kind of load.' }) loadType?: string | null;
  @Field(() => DockDirection, { nullable: true }) direction?: DockDirectionName | null;
  @Field(() => Boolean, { nullable: true, description: 'The truck leaves its trailer; false: it waits.' }) drop?: boolean | null;
  @Field(() => [OutsideFieldInput], { nullable: true, description: 'Fields that the facility asks for besides.' }) fields?: OutsideFieldInput[] | null;
  @Field(() => String, { nullable: true, description: 'For the people there.' }) note?: string | null;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class MoveOutsideAppointmentInput {
  @Field(() => ID) appointmentId!: string;
  @Field(() => DateTime) startsAt!: string;
  @Field(() => DateTime, { nullable: true }) endsAt?: string | null;
  @Field(() => String, { nullable: true, description: 'That system’s own id of the dock.' }) dock?: string | null;
  @Field(() => String, { nullable: true }) reason?: string | null;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class CancelOutsideAppointmentInput {
  @Field(() => ID) appointmentId!: string;
  @Field(() => String, { nullable: true }) reason?: string | null;
  @Field(() => String) idempotencyKey!: string;
}

@ObjectType('OutsideAppointmentPayload', { simpleResolvers: true, description: 'What was asked for is durable; what becomes of it tells command(id). A time that is refused there becomes an exception.' })
export class OutsideAppointmentPayload {
  @Field(() => ID, { nullable: true }) commandId!: string | null;
  @Field(() => Boolean, { description: 'True where the same key had asked for the same before.' }) duplicate!: boolean;
  @Field(() => [UserError]) userErrors!: UserError[];
}
