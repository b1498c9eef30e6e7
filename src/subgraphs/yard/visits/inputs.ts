import { Field, ID, InputType } from 'type-graphql';
import type { DockDirection as DockDirectionName, FindingKind as FindingKindName, TrailerLoad as TrailerLoadName, VisitType as VisitTypeName } from '../../../model/yard/records.js';
import type { VisitReport } from '../../../model/yard/visit-desk.js';
import { DateTime } from '../../shared/scalars.js';
import { DockDirection, VisitType } from '../types.js';
import { FindingKind, TrailerLoad, VisitReportStep } from './types.js';

const key = 'Of the caller’s choosing: what is asked again under it is done once.';

@InputType()
export class VisitDriverInput {
  @Field(() => String, { nullable: true }) name?: string | null;
  @Field(() => String, { nullable: true }) phone?: string | null;
  @Field(() => String, { nullable: true, description: 'Of the driving licence, or of another paper that was shown.' }) licence?: string | null;
}

@InputType()
export class CheckInInput {
  @Field(() => ID) facilityId!: string;
  @Field(() => ID, { nullable: true, description: 'Of a visit that was announced.' }) visitId?: string | null;
  @Field(() => ID, { nullable: true, description: 'Left out: it is found by the references, else by carrier and time.' }) appointmentId?: string | null;
  @Field(() => VisitType, { nullable: true, description: 'Left out: as the appointment says.' }) type?: VisitTypeName | null;
  @Field(() => DockDirection, { nullable: true }) direction?: DockDirectionName | null;
  @Field(() => String, { nullable: true }) carrier?: string | null;
  @Field(() => String, { nullable: true }) truck?: string | null;
  @Field(() => String, { nullable: true, description: 'The trailer, container or swap body that it comes with.' }) trailer?: string | null;
  @Field(() => VisitDriverInput, { nullable: true }) driver?: VisitDriverInput | null;
  @Field(() => [String], { nullable: true, description: 'What the driver names, 50 at most: confirmation numbers, loads, deliveries, orders.' }) references?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Numbers of seals, 50 at most.' }) seals?: string[] | null;
  @Field(() => DateTime, { nullable: true, description: 'Left out: now.' }) at?: string | null;
  @Field(() => String, { nullable: true, description: 'Why it is turned away at the gate, where it is.' }) rejected?: string | null;
  @Field(() => String, { description: key }) idempotencyKey!: string;
}

@InputType()
export class ExpectVisitInput {
  @Field(() => ID) facilityId!: string;
  @Field(() => ID, { nullable: true }) appointmentId?: string | null;
  @Field(() => VisitType, { nullable: true }) type?: VisitTypeName | null;
  @Field(() => DockDirection, { nullable: true }) direction?: DockDirectionName | null;
  @Field(() => String, { nullable: true }) carrier?: string | null;
  @Field(() => String, { nullable: true }) truck?: string | null;
  @Field(() => String, { nullable: true }) trailer?: string | null;
  @Field(() => VisitDriverInput, { nullable: true }) driver?: VisitDriverInput | null;
  @Field(() => [String], { nullable: true, description: '50 at most.' }) references?: string[] | null;
  @Field(() => String, { description: key }) idempotencyKey!: string;
}

@InputType()
export class AssignDockInput {
  @Field(() => ID) visitId!: string;
  @Field(() => String, { nullable: true, description: 'Left out: chosen by the rules.' }) dock?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'Also one that an appointment has whose truck is not here.' }) evenIfBooked?: boolean | null;
  @Field(() => String, { description: key }) idempotencyKey!: string;
}

@InputType()
export class HandlingCountInput {
  @Field(() => String, { nullable: true, description: 'Name of the delivery or receipt.' }) reference?: string | null;
  @Field(() => String, { nullable: true, description: 'SKU, or id of a product.' }) product?: string | null;
  @Field(() => String, { nullable: true }) lot?: string | null;
  @Field(() => String, { description: 'PALLET, CASE, PIECE or the unit of Odoo.' }) unit!: string;
  @Field(() => String, { description: 'Decimal.' }) quantity!: string;
}

@InputType()
export class FindingInput {
  @Field(() => FindingKind) kind!: FindingKindName;
  @Field(() => String, { nullable: true, description: 'Name of the delivery or receipt.' }) reference?: string | null;
  @Field(() => String, { nullable: true, description: 'SKU, or id of a product.' }) product?: string | null;
  @Field(() => String, { nullable: true, description: 'Decimal.' }) quantity?: string | null;
  @Field(() => String, { nullable: true }) unit?: string | null;
  @Field(() => String, { nullable: true }) note?: string | null;
  @Field(() => [ID], { nullable: true, description: 'Photos of this visit, 20 at most, each sent before as a JPEG or PNG: POST /visits/<id>/photos answers its id.' }) photos?: string[] | null;
}

@InputType()
export class ReportVisitInput {
  @Field(() => ID) visitId!: string;
  @Field(() => VisitReportStep) step!: VisitReport['step'];
  @Field(() => DateTime, { nullable: true, description: 'Left out: now.' }) at?: string | null;
  @Field(() => String, { nullable: true, description: 'Of AT_DOCK; left out: the one that it was sent to.' }) dock?: string | null;
  @Field(() => String, { nullable: true, description: 'Of ATTACH: the one that it took up.' }) trailer?: string | null;
  @Field(() => String, { nullable: true, description: 'Of DETACH: the spot or dock where it was left.' }) place?: string | null;
  @Field(() => TrailerLoad, { nullable: true, description: 'Of DETACH and ATTACH.' }) load?: TrailerLoadName | null;
  @Field(() => String, { nullable: true, description: 'Of REJECT and CANCEL.' }) reason?: string | null;
  @Field(() => [HandlingCountInput], { nullable: true, description: 'Of COUNT, 100 at most; they are added to those before.' }) counts?: HandlingCountInput[] | null;
  @Field(() => FindingInput, { nullable: true, description: 'Of FINDING.' }) finding?: FindingInput | null;
  @Field(() => [String], { nullable: true, description: 'Of SEALS: found on arrival.' }) sealsIn?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Of SEALS: put on for the way.' }) sealsOut?: string[] | null;
  @Field(() => String, { description: key }) idempotencyKey!: string;
}

@InputType()
export class UndoVisitStepInput {
  @Field(() => ID) visitId!: string;
  @Field(() => String, { description: key }) idempotencyKey!: string;
}
