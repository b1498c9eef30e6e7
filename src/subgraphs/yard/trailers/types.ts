import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { moveSteps } from '../../../model/yard/moves.js';
import { yardMoveStates, type TrailerLoad as TrailerLoadName, type YardMoveState as YardMoveStateName } from '../../../model/yard/records.js';
import { enumOf } from '../../shared/enums.js';
import { pageTypes } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { UserError } from '../../shared/user-errors.js';
import { Appointment, Facility, Visit } from '../types.js';
import { TrailerLoad } from '../visits/types.js';

export const YardMoveState = enumOf(yardMoveStates);
registerEnumType(YardMoveState, { name: 'YardMoveState', description: 'Where a move of a trailer stands.' });
export const YardMoveStep = enumOf(moveSteps);
registerEnumType(YardMoveStep, { name: 'YardMoveStep', description: 'What is done about a move, or reported of it.' });

@Directive('@key(fields: "id")')
@ObjectType('TrailerStay', { simpleResolvers: true, description: 'A trailer in a yard, from its coming to its leaving, as all sources together tell of it.' })
export class TrailerStay {
  @Field(() => ID) id!: string;
  @Field(() => String) trailer!: string;
  @Field(() => DateTime) arrivedAt!: string;
  @Field(() => DateTime, { nullable: true, description: 'Null: it is there.' }) leftAt!: string | null;
  @Field(() => Int, { description: 'Whole minutes since it came, until it left.' }) ageMinutes!: number;
  @Field(() => String, { nullable: true, description: 'The spot or dock where it stands, as last known; null: somewhere.' }) place!: string | null;
  @Field(() => TrailerLoad) load!: TrailerLoadName;
  @Field(() => Boolean, { description: 'It was loaded or unloaded here, and may go.' }) ready!: boolean;
  uuid!: string;
  facilityId!: string;
  arrivedWithId!: string;
  leftWithId!: string | null;
}

@Directive('@key(fields: "id")')
@ObjectType('YardMove', { simpleResolvers: true, description: 'A trailer is to be brought from one place in the yard to another.' })
export class YardMove {
  @Field(() => ID) id!: string;
  @Field(() => String) trailer!: string;
  @Field(() => YardMoveState) state!: YardMoveStateName;
  @Field(() => String, { nullable: true, description: 'Null: wherever it stands.' }) from!: string | null;
  @Field(() => String) to!: string;
  @Field(() => String, { nullable: true, description: 'Who is to do it, as the yard calls them.' }) assignee!: string | null;
  @Field(() => String, { nullable: true }) reason!: string | null;
  @Field(() => DateTime) requestedAt!: string;
  @Field(() => DateTime, { nullable: true }) assignedAt!: string | null;
  @Field(() => DateTime, { nullable: true }) startedAt!: string | null;
  @Field(() => DateTime, { nullable: true }) doneAt!: string | null;
  @Field(() => DateTime, { description: 'As of when the source stated it.' }) updatedAt!: string;
  uuid!: string;
  facilityId!: string;
}

export const TrailerStayConnection = pageTypes('TrailerStay', () => TrailerStay);
export const YardMoveConnection = pageTypes('YardMove', () => YardMove);

@InputType()
export class TrailerFilter {
  @Field(() => [TrailerLoad], { nullable: true }) load?: TrailerLoadName[] | null;
  @Field(() => Boolean, { nullable: true }) ready?: boolean | null;
  @Field(() => String, { nullable: true }) trailer?: string | null;
  @Field(() => Int, { nullable: true, description: 'There for so many minutes at least.' }) olderThanMinutes?: number | null;
  @Field(() => Boolean, { nullable: true, description: 'Also those that have left; else those alone that are there.' }) alsoLeft?: boolean | null;
}

@InputType()
export class YardMoveFilter {
  @Field(() => [YardMoveState], { nullable: true }) state?: YardMoveStateName[] | null;
}

@ObjectType('BoardDock', { simpleResolvers: true, description: 'A dock, and who has it now.' })
export class BoardDock {
  @Field(() => String) name!: string;
  @Field(() => String, { nullable: true, description: 'Why it is out of use now.' }) blocked!: string | null;
  @Field(() => [Visit], { description: 'Trucks that are there or were sent there; several where reports contradict.' }) visits!: Visit[];
  @Field(() => [TrailerStay], { description: 'Trailers that stand there.' }) trailers!: TrailerStay[];
}

@ObjectType('FacilityBoard', { simpleResolvers: true, description: 'What goes on at a facility now.' })
export class FacilityBoard {
  @Field(() => Facility) facility!: Facility;
  @Field(() => [BoardDock], { description: 'In the order of the plan, then those that are reported beside it.' }) docks!: BoardDock[];
  @Field(() => [Visit], { description: 'Trucks that have come and are at no dock, who came first first.' }) waiting!: Visit[];
  @Field(() => [TrailerStay], { description: 'Trailers in the yard that are at no dock, the longest there first.' }) trailers!: TrailerStay[];
  @Field(() => [YardMove], { description: 'Moves that are to be done, the oldest first.' }) moves!: YardMove[];
  @Field(() => [Appointment], { description: 'The next ones whose truck has not come, in time order.' }) next!: Appointment[];
}

const key = 'Of the caller’s choosing: what is asked again under it is done once.';

@InputType()
export class RequestYardMoveInput {
  @Field(() => ID) facilityId!: string;
  @Field(() => String) trailer!: string;
  @Field(() => String, { description: 'Name of a spot or dock.' }) to!: string;
  @Field(() => String, { nullable: true }) reason?: string | null;
  @Field(() => String, { description: key }) idempotencyKey!: string;
}

@InputType()
export class ReportYardMoveInput {
  @Field(() => ID) moveId!: string;
  @Field(() => YardMoveStep) step!: (typeof moveSteps)[number];
  @Field(() => DateTime, { nullable: true, description: 'Left out: now.' }) at?: string | null;
  @Field(() => String, { nullable: true, description: 'Of ASSIGN: a shunter truck or a team, no names of people.' }) assignee?: string | null;
  @Field(() => String, { nullable: true, description: 'Of DONE, where it came to another place.' }) to?: string | null;
  @Field(() => String, { nullable: true, description: 'Of CANCEL.' }) reason?: string | null;
  @Field(() => String, { description: key }) idempotencyKey!: string;
}

@InputType()
export class UndoYardMoveStepInput {
  @Field(() => ID) moveId!: string;
  @Field(() => String, { description: key }) idempotencyKey!: string;
}

@ObjectType('YardMovePayload', { simpleResolvers: true })
export class YardMovePayload {
  @needs('yard:read')
  @Field(() => YardMove, { nullable: true, description: 'As it is now.' })
  move!: YardMove | null;

  @Field(() => [UserError]) userErrors!: UserError[];
}
