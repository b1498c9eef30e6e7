import { Arg, Ctx, Directive, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { instant } from '../../../lib/clock.js';
import { uuidFromGlobalId } from '../../../lib/ids.js';
import { visitClocks, type Clock } from '../../../model/yard/clocks.js';
import { defaultTerms, detentionOf, ruleFor } from '../../../model/yard/detention.js';
import type { GraphContext } from '../../shared/context.js';
import { checkFirst, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { Detention, Visit } from '../types.js';
import { chargesOf } from './charges.js';
import { chargePage, chargeTotals } from './pages.js';
import { DetentionCharge, DetentionChargeConnection, DetentionFilter, DetentionTotal, VisitClock, VisitClocks } from './types.js';
import { isAtOwnFacility, isOwnTruck, visitFactLoaders, type VisitFacts } from './visits.js';

const loaders = (context: GraphContext) => context.loaders.get(visitFactLoaders, context.reader);

async function factsOf(visit: Visit, context: GraphContext): Promise<VisitFacts | null> {
  const uuid = uuidFromGlobalId('Visit', String(visit.id));
  return uuid === null ? null : loaders(context).visit.load(uuid);
}

@Resolver(() => Visit)
export class VisitDetentionResolver {
  @needs('yard:read')
  @Directive('@requires(fields: "checkedInAt checkedOutAt appointment { startsAt }")')
  @FieldResolver(() => Detention, { nullable: true, description: 'Null before it starts, and for who may not see whose truck it is. Where there is no rule, two hours from check-in are free, and it stops with check-out.' })
  async detention(@Root() visit: Visit, @Ctx() context: GraphContext): Promise<Detention | null> {
    const facts = await factsOf(visit, context) ?? factsOfReference(visit);
    if (facts.company !== '' && !isOwnTruck(context.principal, facts) && !isAtOwnFacility(context.principal, facts)) return null;
    const rules = facts.company === '' ? [] : await loaders(context).rules.load(facts);
    const figures = detentionOf(facts, 'DRIVER', ruleFor(rules, facts, 'DRIVER', 'PAYABLE')?.terms ?? defaultTerms, Date.now());
    if (figures === null) return null;
    return { startsAt: instant(figures.startMs), freeUntil: instant(figures.freeUntilMs), minutes: figures.beyond, isRunning: figures.stopMs === null, isForfeited: figures.isForfeited };
  }

  @needs('yard:read')
  @FieldResolver(() => VisitClocks, { nullable: true, description: 'How long each part of the visit takes, or took.' })
  async clocks(@Root() visit: Visit, @Ctx() context: GraphContext): Promise<VisitClocks | null> {
    const facts = await factsOf(visit, context);
    if (facts === null) return null;
    const clocks = visitClocks(facts, Date.now());
    return { gate: shownClock(clocks.gate), waiting: shownClock(clocks.waiting), dock: shownClock(clocks.dock), handling: shownClock(clocks.handling), turn: shownClock(clocks.turn), trailer: shownClock(clocks.trailer) };
  }

  @needs('detention:read')
  @FieldResolver(() => [DetentionCharge], { nullable: true, description: 'What the rules charge for it, also where that is nothing: of each kind and side that a rule applies to. To carriers that of their own trucks.' })
  async detentionCharges(@Root() visit: Visit, @Ctx() context: GraphContext): Promise<DetentionCharge[]> {
    const facts = await factsOf(visit, context);
    return facts === null || !isOwnTruck(context.principal, facts) ? [] : chargesOf(facts, await loaders(context).rules.load(facts), Date.now());
  }
}

@Resolver()
export class DetentionChargeResolver {
  @needs('detention:read')
  @Query(() => DetentionChargeConnection, { nullable: true, description: 'What is charged for waiting, in the order in which the visits began; to carriers that of their own trucks.' })
  detentionCharges(
    @Ctx() { reader }: GraphContext,
    @Arg('filter', () => DetentionFilter) filter: DetentionFilter,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
  ): Promise<Page<DetentionCharge>> {
    return chargePage(reader, checkFirst(first), after, filter);
  }

  @needs('detention:read')
  @Query(() => [DetentionTotal], { nullable: true, description: 'The sums of detentionCharges, by kind, side and currency. At most 50,000 visits that may be charged are looked at; beyond that, it says what to narrow.' })
  detentionTotals(@Ctx() { reader }: GraphContext, @Arg('filter', () => DetentionFilter) filter: DetentionFilter): Promise<DetentionTotal[]> {
    return chargeTotals(reader, filter);
  }
}

/** A visit that is not known here, as whoever names it tells of it. */
function factsOfReference({ id, checkedInAt, checkedOutAt, appointment }: Visit): VisitFacts {
  const ms = (time: string | null | undefined) => (time == null ? null : Date.parse(time));
  return {
    id, company: '', connection: '', version: 0, facility: null, carrier: null, direction: null, zone: null, isOver: false, dropped: null, beganMs: ms(checkedInAt), appointmentMs: ms(appointment?.startsAt), appointment: null, others: [],
    times: { arrivedMs: null, checkedInMs: ms(checkedInAt), atDockMs: null, handlingStartedMs: null, handlingEndedMs: null, leftDockMs: null, checkedOutMs: ms(checkedOutAt) },
  };
}

function shownClock(clock: Clock | null): VisitClock | null {
  return clock === null ? null : { startsAt: instant(clock.startMs), endsAt: clock.endMs === null ? null : instant(clock.endMs), minutes: clock.minutes };
}
