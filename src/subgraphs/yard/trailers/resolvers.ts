import { Arg, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { fieldsRead, type ResolveInfo } from '../../../lib/fields-read.js';
import type { GraphContext } from '../../shared/context.js';
import { checkFirst, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { userErrorsOf } from '../../shared/user-errors.js';
import { yardLoaders } from '../loaders.js';
import { Facility, Visit } from '../types.js';
import { askerOf } from '../visits/mutations.js';
import { named, uuidOfInput } from '../visits/read-input.js';
import { facilityBoard, movePage, trailerLoaders, trailerPage } from './queries.js';
import { FacilityBoard, ReportYardMoveInput, RequestYardMoveInput, TrailerFilter, TrailerStay, TrailerStayConnection, UndoYardMoveStepInput, YardMove, YardMoveConnection, YardMoveFilter, YardMovePayload } from './types.js';

@Resolver(() => TrailerStay)
export class TrailerStayResolver {
  @needs('yard:read')
  @Query(() => TrailerStayConnection, { nullable: true, description: 'Trailers in a yard, the longest there first.' })
  trailersInYard(
    @Ctx() { reader }: GraphContext,
    @Arg('facilityId', () => ID) facilityId: string,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => TrailerFilter, { nullable: true }) filter?: TrailerFilter,
  ): Promise<Page<TrailerStay> | null> {
    return trailerPage(reader, facilityId, checkFirst(first), after, filter ?? {});
  }

  @needs('yard:read')
  @Query(() => FacilityBoard, { nullable: true, description: 'What goes on at a facility now. yardEvents tells of its changes.' })
  facilityBoard(@Ctx() { reader }: GraphContext, @Arg('facilityId', () => ID) facilityId: string, @Arg('first', () => Int, { description: 'Most moves, and most next appointments.' }) first: number): Promise<FacilityBoard | null> {
    return facilityBoard(reader, facilityId, checkFirst(first));
  }

  @FieldResolver(() => Facility, { nullable: true })
  facility(@Root() { facilityId }: TrailerStay, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Facility | null> {
    return context.loaders.get(yardLoaders, context.reader).facility.load(facilityId, fieldsRead(info, 'Facility'));
  }

  @FieldResolver(() => Visit, { nullable: true, description: 'The truck that brought it.' })
  arrivedWith(@Root() { arrivedWithId }: TrailerStay, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Visit | null> {
    return context.loaders.get(yardLoaders, context.reader).visit.load(arrivedWithId, fieldsRead(info, 'Visit'));
  }

  @FieldResolver(() => Visit, { nullable: true, description: 'The truck that took it.' })
  leftWith(@Root() { leftWithId }: TrailerStay, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Visit | null> | null {
    return leftWithId === null ? null : context.loaders.get(yardLoaders, context.reader).visit.load(leftWithId, fieldsRead(info, 'Visit'));
  }
}

@Resolver(() => YardMove)
export class YardMoveResolver {
  @needs('yard:read')
  @Query(() => YardMoveConnection, { nullable: true, description: 'Moves of trailers within a yard, in the order in which they were asked for.' })
  yardMoves(
    @Ctx() { reader }: GraphContext,
    @Arg('facilityId', () => ID) facilityId: string,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => YardMoveFilter, { nullable: true }) filter?: YardMoveFilter,
  ): Promise<Page<YardMove> | null> {
    return movePage(reader, facilityId, checkFirst(first), after, filter ?? {});
  }

  @FieldResolver(() => Facility, { nullable: true })
  facility(@Root() { facilityId }: YardMove, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Facility | null> {
    return context.loaders.get(yardLoaders, context.reader).facility.load(facilityId, fieldsRead(info, 'Facility'));
  }

  @needs('yard:write')
  @Mutation(() => YardMovePayload, { nullable: true, description: 'Asks for a trailer to be brought somewhere in a yard that is run here. Trailer and place are kept for it: SLOT_TAKEN names what is free.' })
  requestYardMove(@Ctx() context: GraphContext, @Arg('input', () => RequestYardMoveInput) input: RequestYardMoveInput): Promise<YardMovePayload> {
    return changing(context, () => context.commands.moves.request({ facility: uuidOfInput('Facility', 'facilityId', input.facilityId), trailer: '', to: '', ...named('trailer', input.trailer), ...named('to', input.to), ...named('reason', input.reason, 2000) }, askerOf(context, input)));
  }

  @needs('yard:write')
  @Mutation(() => YardMovePayload, { nullable: true, description: 'Gives a move to somebody, calls it off, or tells that it began or is done.' })
  reportYardMove(@Ctx() context: GraphContext, @Arg('input', () => ReportYardMoveInput) input: ReportYardMoveInput): Promise<YardMovePayload> {
    const { step, at } = input;
    return changing(context, () => context.commands.moves.report({ move: uuidOfInput('YardMove', 'moveId', input.moveId), step, ...(at == null ? {} : { at }), ...named('assignee', input.assignee), ...named('to', input.to), ...named('reason', input.reason, 2000) }, askerOf(context, input)));
  }

  @needs('yard:write')
  @Mutation(() => YardMovePayload, { nullable: true, description: 'Takes the latest step of a move back.' })
  undoYardMoveStep(@Ctx() context: GraphContext, @Arg('input', () => UndoYardMoveStepInput) input: UndoYardMoveStepInput): Promise<YardMovePayload> {
    return changing(context, () => context.commands.moves.undo(uuidOfInput('YardMove', 'moveId', input.moveId), askerOf(context, input)));
  }
}

async function changing(context: GraphContext, change: () => Promise<{ move: string }>): Promise<YardMovePayload> {
  try {
    const { move } = await change();
    context.loaders.forget();
    return { move: await context.loaders.get(trailerLoaders, context.reader).move.load(move), userErrors: [] };
  } catch (error) {
    return { move: null, userErrors: userErrorsOf(error) };
  }
}
