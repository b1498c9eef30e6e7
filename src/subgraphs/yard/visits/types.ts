import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { findingKinds, trailerLoads, type FindingKind as FindingKindName, type TrailerLoad as TrailerLoadName } from '../../../model/yard/records.js';
import { visitSteps } from '../../../model/yard/visit.js';
import { enumOf } from '../../shared/enums.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { UserError } from '../../shared/user-errors.js';
import { Visit } from '../types.js';

export const FindingKind = enumOf(findingKinds);
registerEnumType(FindingKind, { name: 'FindingKind', description: 'What is not as it should be.' });
export const TrailerLoad = enumOf(trailerLoads);
registerEnumType(TrailerLoad, { name: 'TrailerLoad', description: 'What is in a trailer.' });
const equipmentActions = ['DETACHED', 'ATTACHED'] as const;
export const EquipmentAction = enumOf(equipmentActions);
registerEnumType(EquipmentAction, { name: 'EquipmentAction', description: 'A trailer was left behind, or taken up; a swap is one of each.' });
export const VisitReportStep = enumOf(visitSteps);
registerEnumType(VisitReportStep, { name: 'VisitReportStep', description: 'What happened to a truck. START and END are of loading or unloading.' });
const candidateKinds = ['APPOINTMENT', 'LOAD', 'SHIPMENT'] as const;
export const GateCandidateKind = enumOf(candidateKinds);
registerEnumType(GateCandidateKind, { name: 'GateCandidateKind', description: 'What a name that was said at the gate may mean.' });

@ObjectType('Seals', { simpleResolvers: true, description: 'Numbers of seals.' })
export class Seals {
  @Field(() => [String], { description: 'On arrival.' }) in!: string[];
  @Field(() => [String], { description: 'On leaving.' }) out!: string[];
}

@ObjectType('HandlingCount', { simpleResolvers: true, description: 'What was counted while loading or unloading. Odoo’s quantities are not changed by it.' })
export class HandlingCount {
  @Field(() => String, { nullable: true, description: 'Name of the delivery or receipt.' }) reference!: string | null;
  @Field(() => String, { nullable: true, description: 'SKU, or id of a product.' }) product!: string | null;
  @Field(() => String, { nullable: true }) lot!: string | null;
  @Field(() => String, { description: 'PALLET, CASE, PIECE or the unit of Odoo.' }) unit!: string;
  @Field(() => String, { description: 'Decimal.' }) quantity!: string;
  @Field(() => DateTime) at!: string;
}

@ObjectType('Finding', { simpleResolvers: true, description: 'Something that is not as it should be, for people to decide on.' })
export class Finding {
  @Field(() => ID) id!: string;
  @Field(() => FindingKind) kind!: FindingKindName;
  @Field(() => String, { nullable: true, description: 'Name of the delivery or receipt.' }) reference!: string | null;
  @Field(() => String, { nullable: true, description: 'SKU, or id of a product.' }) product!: string | null;
  @Field(() => String, { nullable: true, description: 'Decimal.' }) quantity!: string | null;
  @Field(() => String, { nullable: true }) unit!: string | null;
  @Field(() => String, { nullable: true }) note!: string | null;
  @Field(() => [ID], { description: 'Documents of kind PHOTO: GET /documents/<id>.' }) photos!: string[];
  @Field(() => DateTime) at!: string;
}

@ObjectType('EquipmentStep', { simpleResolvers: true, description: 'A trailer was left in the yard, or taken up there.' })
export class EquipmentStep {
  @Field(() => EquipmentAction) action!: (typeof equipmentActions)[number];
  @Field(() => String) trailer!: string;
  @Field(() => DateTime) at!: string;
  @Field(() => String, { nullable: true, description: 'Name of the spot or dock.' }) place!: string | null;
  @Field(() => TrailerLoad) load!: TrailerLoadName;
}

@ObjectType('VisitDriver', { simpleResolvers: true, description: 'Who drives. Kept sealed; that it was read is recorded.' })
export class VisitDriver {
  @Field(() => String, { nullable: true }) name!: string | null;
  @Field(() => String, { nullable: true }) phone!: string | null;
  @Field(() => String, { nullable: true, description: 'Of the driving licence, or of another paper that was shown.' }) licence!: string | null;
}

@ObjectType('GateCandidate', { simpleResolvers: true, description: 'Something that a name given at the gate may mean.' })
export class GateCandidate {
  @Field(() => GateCandidateKind) kind!: (typeof candidateKinds)[number];
  @Field(() => ID, { description: 'Of the appointment, load or shipment.' }) id!: string;
  @Field(() => String) name!: string;
  @Field(() => [String]) reasons!: string[];
}

@ObjectType('UnmatchedReference', { simpleResolvers: true, description: 'A name given at the gate that nothing here has.' })
export class UnmatchedReference {
  @Field(() => String) given!: string;
  @Field(() => [GateCandidate], { description: 'The likeliest first, five at most.' }) candidates!: GateCandidate[];
}

@ObjectType('VisitPayload', { simpleResolvers: true })
export class VisitPayload {
  @needs('yard:read')
  @Field(() => Visit, { nullable: true, description: 'As it is now.' }) visit!: Visit | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}

@ObjectType('CheckInPayload', { simpleResolvers: true })
export class CheckInPayload {
  @needs('yard:read')
  @Field(() => Visit, { nullable: true, description: 'As it is now.' }) visit!: Visit | null;
  @Field(() => [UnmatchedReference], { description: 'Names that nothing here has. The truck is checked in all the same, and people see an exception.' }) unmatched!: UnmatchedReference[];
  @Field(() => [UserError]) userErrors!: UserError[];
}
