import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import {
  appointmentStates, dockDirections, visitStates, visitTypes,
  type Handling, type SlotWish, type Temperature, type AppointmentState as AppointmentStateName, type DockDirection as DockDirectionName, type EquipmentStep, type Finding, type HandlingCount, type VisitState as VisitStateName, type VisitType as VisitTypeName,
} from '../../model/yard/records.js';
import type { Reference } from '../../model/references.js';
import { enumOf } from '../shared/enums.js';
import { pageTypes } from '../shared/pages.js';
import { Place } from '../shared/place.js';
import { DateTime } from '../shared/scalars.js';

export const AppointmentState = enumOf(appointmentStates);
registerEnumType(AppointmentState, { name: 'AppointmentState', description: 'Where an appointment stands. The source’s own word is rawState.' });
export const DockDirection = enumOf(dockDirections);
registerEnumType(DockDirection, { name: 'DockDirection', description: 'INBOUND: goods come to the facility.' });
export const VisitState = enumOf(visitStates);
registerEnumType(VisitState, { name: 'VisitState', description: 'Where the truck stands.' });
export const VisitType = enumOf(visitTypes);
registerEnumType(VisitType, { name: 'VisitType', description: 'What the truck comes for. LIVE: it waits while it is loaded or unloaded.' });

@Directive('@key(fields: "id")')
@ObjectType('Facility', { simpleResolvers: true, description: 'A place with docks.' })
export class Facility {
  @Field(() => ID) id!: string;
  @Field(() => String) name!: string;
  @Field(() => String, { nullable: true, description: 'Code by which other systems know it.' }) code!: string | null;
  @Field(() => Place, { nullable: true }) place!: Place | null;
  @Field(() => String, { nullable: true, description: 'IANA zone of its clocks.' }) zone!: string | null;
}

/** What this subgraph adds to the loads of the transport management system. */
@Directive('@key(fields: "id")')
@ObjectType('Load', { simpleResolvers: true })
export class Load {
  @Field(() => ID) id!: string;
}

/** A stop as this subgraph names it to the transport management system. */
@Directive('@key(fields: "loadId sequence", resolvable: false)')
@ObjectType('Stop', { simpleResolvers: true })
export class Stop {
  @Field(() => ID) loadId!: string;
  @Field(() => Int) sequence!: number;
}

/** What this subgraph adds to the shipments of the carrier subgraph. */
@Directive('@key(fields: "id")')
@ObjectType('Shipment', { simpleResolvers: true })
export class Shipment {
  @Field(() => ID) id!: string;
}

@Directive('@key(fields: "id")')
@ObjectType('Appointment', { simpleResolvers: true, description: 'A time at a dock.' })
export class Appointment {
  @Field(() => ID) id!: string;
  @Field(() => String, { nullable: true, description: 'The number that people quote.' }) confirmation!: string | null;
  @Field(() => AppointmentState) state!: AppointmentStateName;
  @Field(() => String) rawState!: string;
  @Field(() => DockDirection) direction!: DockDirectionName;
  @Field(() => String, { nullable: true }) dock!: string | null;
  @Field(() => DateTime) startsAt!: string;
  @Field(() => DateTime, { nullable: true }) endsAt!: string | null;
  @Field(() => String, { nullable: true, description: 'Code of the carrier that comes.' }) carrier!: string | null;
  @Field(() => DateTime, { description: 'As of when the source stated it.' }) updatedAt!: string;
  @Field(() => Int, { nullable: true, description: 'Height of the vehicle, centimetres.' }) heightCm!: number | null;
  @Field(() => Int, { nullable: true }) pallets!: number | null;
  @Field(() => String, { nullable: true, description: 'Why it was refused, moved, cancelled or not met.' }) reason!: string | null;
  uuid!: string;
  facilityId!: string | null;
  claimed!: { loads: string[]; references: Reference[] } | null;
  handling!: Handling | null;
  temperature!: Temperature | null;
  wish!: SlotWish | null;
  standing!: { id: string; on: string } | null;
}

@Directive('@key(fields: "id")')
@ObjectType('Visit', { simpleResolvers: true, description: 'A truck on site.' })
export class Visit {
  @Field(() => ID) id!: string;
  @Field(() => VisitState) state!: VisitStateName;
  @Field(() => String, { nullable: true }) rawState!: string | null;
  @Field(() => VisitType) type!: VisitTypeName;
  @Field(() => String, { nullable: true, description: 'Code of the carrier.' }) carrier!: string | null;
  @Field(() => String, { nullable: true }) truck!: string | null;
  @Field(() => String, { nullable: true, description: 'The one that it came with.' }) trailer!: string | null;
  @Field(() => String, { nullable: true, description: 'The one that it has now, or left with, where that is another.' }) trailerOut!: string | null;
  @Field(() => Boolean, { description: 'True once it has left its trailer and taken up none.' }) withoutTrailer!: boolean;
  @Field(() => DockDirection, { nullable: true, description: 'INBOUND: goods come to the facility.' }) direction!: DockDirectionName | null;
  @Field(() => String, { nullable: true, description: 'The dock that it was sent to, or is or was at.' }) dock!: string | null;
  @Field(() => [String], { description: 'Why this dock, in words for people.' }) dockReasons!: string[];
  @Field(() => [String], { description: 'What the driver named at the gate, in the form in which names are compared.' }) named!: string[];
  @Field(() => String, { nullable: true, description: 'Why it was turned away or called off.' }) reason!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When a fence around the facility saw it come.' }) arrivedAt!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When loading or unloading began.' }) handlingStartedAt!: string | null;
  @Field(() => DateTime, { nullable: true }) handlingEndedAt!: string | null;
  @Field(() => DateTime, { nullable: true }) checkedInAt!: string | null;
  @Field(() => DateTime, { nullable: true }) atDockAt!: string | null;
  @Field(() => DateTime, { nullable: true }) fromDockAt!: string | null;
  @Field(() => DateTime, { nullable: true }) checkedOutAt!: string | null;
  @Field(() => DateTime, { description: 'As of when the source stated it.' }) updatedAt!: string;
  uuid!: string;
  facilityId!: string | null;
  appointmentId!: string | null;
  sealNumbers!: { in: string[]; out: string[] } | null;
  countRecords!: HandlingCount[] | null;
  findingRecords!: Finding[] | null;
  equipmentRecords!: EquipmentStep[] | null;
  personalDataId!: string | null;
  sealedDriver!: string | null;
}

export const AppointmentConnection = pageTypes('Appointment', () => Appointment);
export const VisitConnection = pageTypes('Visit', () => Visit);
export const ShipmentConnection = pageTypes('Shipment', () => Shipment);

@InputType()
export class AppointmentFilter {
  @Field(() => ID, { nullable: true }) facilityId?: string;
  @Field(() => [AppointmentState], { nullable: true }) state?: AppointmentStateName[];
  @Field(() => DockDirection, { nullable: true }) direction?: DockDirectionName;
  @Field(() => DateTime, { nullable: true, description: 'That start at this time or later.' }) from?: string;
  @Field(() => DateTime, { nullable: true, description: 'That start before this time.' }) to?: string;
}

@InputType()
export class VisitFilter {
  @Field(() => ID, { nullable: true }) facilityId?: string;
  @Field(() => [VisitState], { nullable: true }) state?: VisitStateName[];
}
