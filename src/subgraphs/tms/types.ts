import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { loadStates, stopKinds, type LoadState as LoadStateName, type StopKind as StopKindName } from '../../model/transport/records.js';
import { enumOf } from '../shared/enums.js';
import { pageTypes } from '../shared/pages.js';
import { Place } from '../shared/place.js';
import { needs } from '../shared/scopes.js';
import { DateTime } from '../shared/scalars.js';

export const LoadState = enumOf(loadStates);
registerEnumType(LoadState, { name: 'LoadState', description: 'Where a load stands. The source’s own word is rawState.' });
export const StopKind = enumOf(stopKinds);
registerEnumType(StopKind, { name: 'StopKind', description: 'PICKUP where something is loaded, DELIVERY where something is only unloaded.' });

@Directive('@key(fields: "id")')
@ObjectType('Load', { simpleResolvers: true, description: 'A trip of a transport management system: one truck that visits stops in their order.' })
export class Load {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: 'The name that people use for it.' }) reference!: string;
  @Field(() => LoadState) state!: LoadStateName;
  @Field(() => String) rawState!: string;
  @Field(() => String, { nullable: true, description: 'Code of the carrier that drives it.' }) carrier!: string | null;
  @Field(() => String, { nullable: true }) truck!: string | null;
  @Field(() => String, { nullable: true }) trailer!: string | null;
  @Field(() => String, { nullable: true, description: 'The equipment that is wanted.' }) equipment!: string | null;
  @Field(() => String, { nullable: true, description: 'Kilograms as decimal text.' }) weightKg!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When its truck is, or was, at the first stop, as far as is known.' }) startsAt!: string | null;
  @Field(() => DateTime, { description: 'As of when the source stated it.' }) updatedAt!: string;
  uuid!: string;
  /** For tenders, which know a load by its number. */
  nameKey!: string;
  company!: string;
  splitFromUuid!: string | null;
  mergedIntoUuid!: string | null;
}

@ObjectType('TenderAnswer', { simpleResolvers: true })
export class TenderAnswer {
  @Field(() => String, { description: 'ACCEPTED, DECLINED, or CANCELLED by the carrier afterwards.' }) state!: string;
  @Field(() => String, { nullable: true }) carrier!: string | null;
  @Field(() => String, { nullable: true }) reason!: string | null;
  @Field(() => DateTime) answeredAt!: string;
}

@ObjectType('Tender', { simpleResolvers: true, description: 'The offer of a load to a carrier, and what was answered.' })
export class Tender {
  @Field(() => String, { nullable: true, description: 'TENDERED or CANCELLED; null where the offer went by another way.' }) state!: string | null;
  @Field(() => String, { nullable: true, description: 'Code of the carrier that was asked.' }) carrier!: string | null;
  @Field(() => DateTime, { nullable: true }) tenderedAt!: string | null;
  @Field(() => TenderAnswer, { nullable: true, description: 'The latest.' }) answer!: TenderAnswer | null;
}

/** A facility as this subgraph knows it: by the code that a stop names. */
@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Facility', { simpleResolvers: true })
export class Facility {
  @Field(() => ID) id!: string;
  @Directive('@external')
  @Field(() => String) name!: string;
}

@Directive('@key(fields: "loadId sequence")')
@ObjectType('Stop', { simpleResolvers: true, description: 'One place that a load visits.' })
export class Stop {
  @Field(() => ID) loadId!: string;
  @Field(() => Int, { description: 'Place in the order of the stops, from 1.' }) sequence!: number;

  // It may hold the name of the load, which is not for everybody whose freight stops there.
  @needs('loads:write')
  @Field(() => String, { nullable: true, description: 'The planner’s own id of it, which stays when the order changes. For whoever plans.' })
  planId!: string | null;

  @Field(() => StopKind) kind!: StopKindName;
  @Field(() => Place, { nullable: true }) place!: Place | null;
  @Field(() => DateTime, { nullable: true, description: 'From when the truck may come, as agreed.' }) windowFrom!: string | null;
  @Field(() => DateTime, { nullable: true }) windowTo!: string | null;
  @Field(() => DateTime, { nullable: true }) plannedArrivalAt!: string | null;
  @Field(() => DateTime, { nullable: true }) plannedDepartureAt!: string | null;
  @Field(() => DateTime, { nullable: true }) estimatedArrivalAt!: string | null;
  @Field(() => DateTime, { nullable: true }) estimatedDepartureAt!: string | null;
  @Field(() => DateTime, { nullable: true }) arrivedAt!: string | null;
  @Field(() => DateTime, { nullable: true }) departedAt!: string | null;
  loadUuid!: string;
  facilityCode!: string | null;
  company!: string;
}

/** What this subgraph adds to the shipments of the carrier subgraph. */
@Directive('@key(fields: "id")')
@ObjectType('Shipment', { simpleResolvers: true })
export class Shipment {
  @Field(() => ID) id!: string;
  @Directive('@external')
  @Field(() => DateTime, { nullable: true }) promisedAt?: string | null;
  @Directive('@external')
  @Field(() => DateTime, { nullable: true }) estimatedAt?: string | null;
  @Directive('@external')
  @Field(() => DateTime, { nullable: true }) deliveredAt?: string | null;
}

/** What the detention clock needs of the yard's appointments. */
@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Appointment', { simpleResolvers: true })
export class Appointment {
  @Field(() => ID) id!: string;
  @Directive('@external')
  @Field(() => DateTime) startsAt!: string;
}

@ObjectType('Detention', { simpleResolvers: true, description: 'How long a truck was kept beyond the time that is free of charge, by the rule for what is paid to carriers.' })
export class Detention {
  @Field(() => DateTime, { description: 'When the clock starts: as the rule says, or with the appointment where the truck came early.' }) startsAt!: string;
  @Field(() => DateTime, { description: 'Until when waiting is free.' }) freeUntil!: string;
  @Field(() => Int, { description: 'Minutes beyond it, so far or in the end.' }) minutes!: number;
  @Field(() => Boolean, { description: 'True until what the rule says has stopped it.' }) isRunning!: boolean;
  @Field(() => Boolean, { description: 'True where the truck came so late that by the rule nothing is paid.' }) isForfeited!: boolean;
}

/** What this subgraph adds to the visits of the yard: waiting is a matter between shipper and carrier. */
@Directive('@key(fields: "id")')
@ObjectType('Visit', { simpleResolvers: true })
export class Visit {
  @Field(() => ID) id!: string;
  @Directive('@external')
  @Field(() => DateTime, { nullable: true }) checkedInAt?: string | null;
  @Directive('@external')
  @Field(() => DateTime, { nullable: true }) checkedOutAt?: string | null;
  @Directive('@external')
  @Field(() => Appointment, { nullable: true }) appointment?: Appointment | null;
}

export const LoadConnection = pageTypes('Load', () => Load);
export const StopConnection = pageTypes('Stop', () => Stop);
export const ShipmentConnection = pageTypes('Shipment', () => Shipment);

@InputType()
export class LoadFilter {
  @Field(() => [LoadState], { nullable: true }) state?: LoadStateName[];
  @Field(() => String, { nullable: true, description: 'Code of the carrier.' }) carrier?: string;
}
