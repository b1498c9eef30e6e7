import { Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { UserError } from '../../shared/user-errors.js';
import { Load } from '../types.js';

@InputType()
export class StopPlaceInput {
  @Field(() => String, { nullable: true }) name?: string;
  @Field(() => String, { nullable: true }) city?: string;
  @Field(() => String, { nullable: true }) region?: string;
  @Field(() => String, { nullable: true }) postalCode?: string;
  @Field(() => String, { nullable: true, description: 'ISO 3166 alpha-2.' }) country?: string;
  @Field(() => Float, { nullable: true }) latitude?: number;
  @Field(() => Float, { nullable: true }) longitude?: number;
}

@InputType({ description: 'A stop of a load. Its place in the list is its place in the order.' })
export class LoadStopInput {
  @Field(() => ID, { nullable: true, description: 'planId of a stop that the load has already.' }) id?: string | null;
  @Field(() => String, { nullable: true, description: 'Code of a facility.' }) facilityCode?: string | null;
  @Field(() => StopPlaceInput, { nullable: true }) place?: StopPlaceInput | null;
  @Field(() => DateTime, { nullable: true, description: 'From when the truck may come, as agreed.' }) windowFrom?: string | null;
  @Field(() => DateTime, { nullable: true }) windowTo?: string | null;
  @Field(() => DateTime, { nullable: true }) plannedArrivalAt?: string | null;
  @Field(() => DateTime, { nullable: true }) plannedDepartureAt?: string | null;
  @Field(() => [ID], { defaultValue: [], description: 'Shipments that are loaded there.' }) load!: string[];
  @Field(() => [ID], { defaultValue: [], description: 'Shipments that are unloaded there; they were loaded at a stop before.' }) unload!: string[];
}

@InputType()
export class CreateLoadInput {
  @Field(() => String, { nullable: true, description: 'Where this token sees several companies; main unless given.' }) company?: string | null;
  @Field(() => String, { nullable: true, description: 'The number under which others know the load, 1 to 30 characters; drawn unless given.' }) reference?: string | null;
  @Field(() => [LoadStopInput]) stops!: LoadStopInput[];
  @Field(() => String, { nullable: true, description: 'The equipment that is wanted.' }) equipment?: string | null;
  @Field(() => String, { nullable: true, description: 'Kilograms as decimal text.' }) weightKg?: string | null;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class AddedShipmentInput {
  @Field(() => ID) shipmentId!: string;
  @Field(() => ID, { description: 'planId of the stop where it is loaded.' }) loadAt!: string;
  @Field(() => ID, { description: 'planId of the stop where it is unloaded.' }) unloadAt!: string;
}

@InputType({ description: 'What is absent stays as it is.' })
export class ChangeLoadInput {
  @Field(() => ID) loadId!: string;
  @Field(() => [LoadStopInput], { nullable: true, description: 'All stops, in their new order.' }) stops?: LoadStopInput[] | null;
  @Field(() => [AddedShipmentInput], { nullable: true }) addShipments?: AddedShipmentInput[] | null;
  @Field(() => [ID], { nullable: true }) removeShipments?: string[] | null;
  @Field(() => String, { nullable: true, description: 'Null takes it away.' }) equipment?: string | null;
  @Field(() => String, { nullable: true, description: 'Null takes it away.' }) weightKg?: string | null;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class SplitLoadInput {
  @Field(() => ID) loadId!: string;
  @Field(() => [ID], { description: 'Shipments that go to a load of their own, with the stops where they are handled.' }) shipments!: string[];
  @Field(() => String, { nullable: true, description: 'Number of the new load; drawn unless given.' }) reference?: string | null;
  @Field(() => String, { nullable: true, description: 'Weight of the new load.' }) weightKg?: string | null;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class MergeLoadsInput {
  @Field(() => ID, { description: 'The load that is left.' }) loadId!: string;
  @Field(() => [ID], { description: 'Loads that end in it.' }) loadIds!: string[];
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class CancelLoadInput {
  @Field(() => ID) loadId!: string;
  @Field(() => String, { nullable: true }) reason?: string | null;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class UndoLoadInput {
  @Field(() => ID) loadId!: string;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class DriverInput {
  @Field(() => String) name!: string;
  @Field(() => String, { nullable: true }) phone?: string | null;
}

@InputType({ description: 'What is absent stays as it is; null takes it away.' })
export class AssignLoadInput {
  @Field(() => ID) loadId!: string;
  @Field(() => String, { nullable: true, description: 'Code of the carrier.' }) carrier?: string | null;
  @Field(() => String, { nullable: true }) truck?: string | null;
  @Field(() => String, { nullable: true }) trailer?: string | null;
  @Field(() => DriverInput, { nullable: true }) driver?: DriverInput | null;
  @Field(() => String, { nullable: true, description: 'Why a truck or trailer is meant although another load has it at the same time.' }) force?: string | null;
  @Field(() => String) idempotencyKey!: string;
}

@InputType({ description: 'What is absent stays as it is; null takes it away.' })
export class NameLoadEquipmentInput {
  @Field(() => ID, { description: 'A load that this carrier has.' }) loadId!: string;
  @Field(() => String, { nullable: true }) truck?: string | null;
  @Field(() => String, { nullable: true }) trailer?: string | null;
  @Field(() => DriverInput, { nullable: true }) driver?: DriverInput | null;
  @Field(() => String) idempotencyKey!: string;
}

@ObjectType('LoadPayload', { simpleResolvers: true })
export class LoadPayload {
  @needs('loads:read')
  @Field(() => Load, { nullable: true }) load!: Load | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}

@ObjectType('SplitLoadPayload', { simpleResolvers: true })
export class SplitLoadPayload {
  @needs('loads:read')
  @Field(() => Load, { nullable: true }) load!: Load | null;
  @needs('loads:read')
  @Field(() => Load, { nullable: true, description: 'The new load.' }) part!: Load | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}

@ObjectType('Driver', { simpleResolvers: true })
export class Driver {
  @Field(() => String, { nullable: true }) name!: string | null;
  @Field(() => String, { nullable: true }) phone!: string | null;
}

@ObjectType('AssignmentStep', { simpleResolvers: true })
export class AssignmentStep {
  @Field(() => DateTime) at!: string;
  @Field(() => String, { description: 'Subject of the token, or gatehouse.' }) by!: string;
  @Field(() => String, { nullable: true }) carrier!: string | null;
  @Field(() => String, { nullable: true }) truck!: string | null;
  @Field(() => String, { nullable: true }) trailer!: string | null;
  @Field(() => Boolean, { description: 'Whether a driver was named with it.' }) driver!: boolean;
  @Field(() => String, { nullable: true }) reason!: string | null;
}

@ObjectType('LoadAssignment', { simpleResolvers: true, description: 'Who drives a load, as it was decided here. A TMS may say something else of its own load.' })
export class LoadAssignment {
  @Field(() => String, { nullable: true, description: 'Code of the carrier.' }) carrier!: string | null;
  @Field(() => String, { nullable: true }) truck!: string | null;
  @Field(() => String, { nullable: true }) trailer!: string | null;
  @Field(() => DateTime) updatedAt!: string;
  loadUuid!: string;
  steps!: AssignmentStep[];
  person!: { personalDataId: string | null; sealed: string | null };
}
