import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { globalId } from '../../../lib/ids.js';
import type { RankedCandidate } from '../../../model/yard/match-references.js';
import type { GraphContext } from '../../shared/context.js';
import { needs } from '../../shared/scopes.js';
import { userErrorsOf } from '../../shared/user-errors.js';
import type { ArrivalAnswer } from '../../../model/yard/visit-desk.js';
import type { YardAsker } from '../../shared/visit-desk.js';
import { yardLoaders } from '../loaders.js';
import type { Visit } from '../types.js';
import { AssignDockInput, CheckInInput, ExpectVisitInput, ReportVisitInput, UndoVisitStepInput } from './inputs.js';
import { named, toArrival, toReport, uuidOfInput } from './read-input.js';
import { CheckInPayload, VisitPayload, type GateCandidate } from './types.js';

@Resolver()
export class VisitMutations {
  @needs('yard:write')
  @Mutation(() => CheckInPayload, { nullable: true, description: 'Checks a truck in at a facility that is run here, for the appointment that it comes for where one is found, early, late or without one; or turns it away.' })
  checkIn(@Ctx() context: GraphContext, @Arg('input', () => CheckInInput) input: CheckInInput): Promise<CheckInPayload> {
    return arriving(context, () => context.commands.visits.checkIn(toArrival(input), askerOf(context, input), named('rejected', input.rejected, 2000).rejected));
  }

  @needs('yard:write')
  @Mutation(() => CheckInPayload, { nullable: true, description: 'Announces a truck to a facility that is run here.' })
  expectVisit(@Ctx() context: GraphContext, @Arg('input', () => ExpectVisitInput) input: ExpectVisitInput): Promise<CheckInPayload> {
    return arriving(context, () => context.commands.visits.expect(toArrival(input), askerOf(context, input)));
  }

  @needs('yard:write')
  @Mutation(() => VisitPayload, { nullable: true, description: 'Gives a truck a dock: the one that is named, or one that the rules choose, with their reasons. A dock that somebody has is refused with SLOT_TAKEN, which names what is free.' })
  assignDock(@Ctx() context: GraphContext, @Arg('input', () => AssignDockInput) input: AssignDockInput): Promise<VisitPayload> {
    return changing(context, () => context.commands.visits.assignDock({ visit: uuidOfInput('Visit', 'visitId', input.visitId), ...named('dock', input.dock), evenIfBooked: input.evenIfBooked === true }, askerOf(context, input)));
  }

  @needs('yard:write')
  @Mutation(() => VisitPayload, { nullable: true, description: 'Tells what happened to a truck. It is taken as it is told, also where it contradicts something else, which people then see as an exception.' })
  reportVisit(@Ctx() context: GraphContext, @Arg('input', () => ReportVisitInput) input: ReportVisitInput): Promise<VisitPayload> {
    return changing(context, () => context.commands.visits.report(toReport(input), askerOf(context, input)));
  }

  @needs('yard:write')
  @Mutation(() => VisitPayload, { nullable: true, description: 'Takes the latest step of a visit back: it, its appointment and what shipments were told are as before.' })
  undoVisitStep(@Ctx() context: GraphContext, @Arg('input', () => UndoVisitStepInput) input: UndoVisitStepInput): Promise<VisitPayload> {
    return changing(context, () => context.commands.visits.undo(uuidOfInput('Visit', 'visitId', input.visitId), askerOf(context, input)));
  }
}

export function askerOf({ principal, correlationId }: GraphContext, { idempotencyKey }: { idempotencyKey: string }): YardAsker {
  return { by: principal, idempotencyKey, correlationId };
}

async function changing(context: GraphContext, change: () => Promise<{ visit: string }>): Promise<VisitPayload> {
  try {
    const { visit } = await change();
    return { visit: await read(context, visit), userErrors: [] };
  } catch (error) {
    return { visit: null, userErrors: userErrorsOf(error) };
  }
}

async function arriving(context: GraphContext, arrive: () => Promise<ArrivalAnswer>): Promise<CheckInPayload> {
  try {
    const { visit, unmatched } = await arrive();
    return { visit: await read(context, visit), unmatched: unmatched.map(({ given, candidates }) => ({ given, candidates: candidates.map(candidateOf) })), userErrors: [] };
  } catch (error) {
    return { visit: null, unmatched: [], userErrors: userErrorsOf(error) };
  }
}

const typeNames = { APPOINTMENT: 'Appointment', LOAD: 'Load', SHIPMENT: 'Shipment' } as const;

function candidateOf({ kind, id, name, reasons }: RankedCandidate): GateCandidate {
  return { kind, id: globalId(typeNames[kind], id), name, reasons };
}

function read(context: GraphContext, visit: string): Promise<Visit | null> {
  context.loaders.forget();
  return context.loaders.get(yardLoaders, context.reader).visit.load(visit);
}
