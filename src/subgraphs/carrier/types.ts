import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { classifiers, shipmentStatuses, type Classifier as ClassifierName, type ShipmentStatus as ShipmentStatusName } from '../../model/milestones.js';
import { enumOf } from '../shared/enums.js';
import { pageTypes } from '../shared/pages.js';
import { Place } from '../shared/place.js';
import { Release } from '../shared/release.js';
import { DateTime } from '../shared/scalars.js';
import { needs } from '../shared/scopes.js';

export const ShipmentStatus = enumOf(shipmentStatuses);
registerEnumType(ShipmentStatus, { name: 'ShipmentStatus', description: 'Where a shipment stands, one word for all carriers. The carrier’s own word is rawStatus.' });
export const Classifier = enumOf(classifiers);
registerEnumType(Classifier, { name: 'Classifier', description: 'REQUESTED, PLANNED, ESTIMATED, or ACTUAL: it happened.' });

@ObjectType('MilestoneSource', { simpleResolvers: true, description: 'Who reported it, in their own words.' })
export class MilestoneSource {
  @Field(() => String) connection!: string;
  @Field(() => ID, { nullable: true, description: 'The raw message it came in.' }) rawId!: string | null;
  @Field(() => String, { nullable: true }) rawCode!: string | null;
  @Field(() => String, { nullable: true }) rawReason!: string | null;
  /** Carriers write into it who signed, and where a parcel was left. */
  text!: string | null;
}

@ObjectType('MilestoneEvent', { simpleResolvers: true, description: 'One thing that happened, is planned or is expected on the way.' })
export class MilestoneEvent {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: 'Canonical code; INFO where the source’s code is unknown.' }) code!: string;
  @Field(() => Classifier) classifier!: ClassifierName;
  @Field(() => DateTime) occurredAt!: string;
  @Field(() => String, { description: 'Zone or offset in which the source stated the time.' }) zone!: string;
  @Field(() => Boolean, { description: 'True where the source named no zone and the facility’s was taken.' }) zoneAssumed!: boolean;
  @Field(() => DateTime) recordedAt!: string;
  @Field(() => MilestoneSource) source!: MilestoneSource;
  @Field(() => String, { nullable: true }) exceptionClass!: string | null;
  @Field(() => Place, { nullable: true }) location!: Place | null;
  @Field(() => Int, { nullable: true }) stop!: number | null;
  @Field(() => String, { nullable: true, description: 'Tracking number of the package it speaks of; null: the whole shipment.' }) package!: string | null;
  @Field(() => ID, { nullable: true, description: 'Set on a retraction: the event that no longer holds.' }) retracts!: string | null;
  shipmentId!: string;
}

@ObjectType('Package', { simpleResolvers: true })
export class Package {
  @Field(() => String) trackingNumber!: string;
  @Field(() => ShipmentStatus) status!: ShipmentStatusName;
}

@Directive('@key(fields: "id")')
@ObjectType('Shipment', { simpleResolvers: true, description: 'Goods that move together from one origin to one destination.' })
export class Shipment {
  @Field(() => ID) id!: string;
  @Field(() => String, { nullable: true, description: 'Odoo’s name of the delivery; before that is known, the name by which it was first reported.' }) reference!: string | null;
  @Field(() => ShipmentStatus) status!: ShipmentStatusName;
  @Field(() => String, { nullable: true, description: 'The last source’s own word.' }) rawStatus!: string | null;
  @Field(() => Boolean, { description: 'True while no delivery of Odoo carries one of its names.' }) provisional!: boolean;
  @Field(() => String, { nullable: true }) carrier!: string | null;
  @Field(() => String, { nullable: true, description: 'OUTGOING or INCOMING.' }) direction!: string | null;
  @Field(() => [String]) trackingNumbers!: string[];
  @Field(() => [Package]) packages!: Package[];
  @Field(() => DateTime, { nullable: true, description: 'The promise first made to the customer; re-planning does not move it.' }) promisedAt!: string | null;
  @Field(() => DateTime, { nullable: true }) plannedAt!: string | null;
  @Field(() => DateTime, { nullable: true }) estimatedAt!: string | null;
  @Field(() => DateTime, { nullable: true }) deliveredAt!: string | null;
  @Field(() => String, { nullable: true, description: 'Ends that exclude each other, where two reports contradict.' }) conflict!: string | null;
  // It says why: also that a customer's credit was refused.
  @needs('exceptions:read')
  @Field(() => Release, { nullable: true, description: 'Null where Odoo does not check it, and once the delivery is done.' }) release!: Release | null;
  @Field(() => Place, { nullable: true }) origin!: Place | null;
  @Field(() => Place, { nullable: true }) destination!: Place | null;
  @Field(() => DateTime) createdAt!: string;
  @Field(() => DateTime) updatedAt!: string;
  uuid!: string;
  lastMilestoneId!: string | null;
}

export const ShipmentConnection = pageTypes('Shipment', () => Shipment);
export const MilestoneEventConnection = pageTypes('MilestoneEvent', () => MilestoneEvent);

@InputType()
export class ShipmentFilter {
  @Field(() => [ShipmentStatus], { nullable: true }) status?: ShipmentStatusName[];
  @Field(() => String, { nullable: true }) carrier?: string;
  @Field(() => Boolean, { nullable: true }) provisional?: boolean;
  @Field(() => String, { nullable: true, description: 'Part of the reference, of a tracking number or other name, or of the order; capitals or not. Three characters or more are found through an index.' }) search?: string;
}

@InputType()
export class MilestoneFilter {
  @Field(() => ID, { nullable: true }) shipmentId?: string;
  @Field(() => [String], { nullable: true }) codes?: string[];
  @Field(() => [Classifier], { nullable: true }) classifiers?: ClassifierName[];
}
