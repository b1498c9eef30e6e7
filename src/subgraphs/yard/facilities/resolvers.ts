import DataLoader from 'dataloader';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { Reader } from '../../../auth/reader.js';
import { InvalidPlan } from '../../../model/yard/desk.js';
import { globalId } from '../../../lib/ids.js';
import type { FacilityPlan } from '../../../model/yard/plan.js';
import { anyOf } from '../../shared/any-of.js';
import type { GraphContext } from '../../shared/context.js';
import { withoutNulls } from '../../shared/nulls.js';
import { uuidOf } from '../../shared/lookup.js';
import { needs } from '../../shared/scopes.js';
import { userErrorsOf, type UserError } from '../../shared/user-errors.js';
import { yardLoaders } from '../loaders.js';
import { Facility } from '../types.js';
import { FacilityPlanPayload, FacilityPlanShown, SaveFacilityPlanInput } from './types.js';

export function planLoader({ db }: Reader) {
  return new DataLoader<string, FacilityPlan | null>(async (ids) => {
    const rows = await db.selectFrom('facility_plan').select(['facility_plan.facility_id', 'facility_plan.plan']).where('facility_plan.facility_id', '=', anyOf(ids)).execute();
    const byFacility = new Map(rows.map((row) => [row.facility_id, row.plan as unknown as FacilityPlan]));
    return ids.map((id) => byFacility.get(id) ?? null);
  });
}

@Resolver(() => Facility)
export class FacilityPlanResolver {
  @needs('yard:read')
  @FieldResolver(() => FacilityPlanShown, { nullable: true, description: 'How it works; null where its docks are not given out here.' })
  plan(@Root() facility: Facility, @Ctx() context: GraphContext): Promise<FacilityPlan | null> {
    return context.loaders.get(planLoader, context.reader).load(uuidOf('Facility', facility.id));
  }

  @needs('yard:write')
  @Mutation(() => FacilityPlanPayload, { nullable: true, description: 'Makes a facility one whose docks are given out here, or changes how it works. Appointments stay as they are: those that do not fit any more are named.' })
  async saveFacilityPlan(@Ctx() context: GraphContext, @Arg('input', () => SaveFacilityPlanInput) { code, company, place, plan, idempotencyKey }: SaveFacilityPlanInput): Promise<FacilityPlanPayload> {
    try {
      const { principal: by, correlationId } = context;
      const wanted = withoutNulls({ code, company: company ?? 'main', place, plan: { ...plan, booking: { ...plan.booking } } });
      const kept = { ...wanted, plan: { ...wanted.plan, booking: { ...wanted.plan.booking, noShowMinutes: plan.booking.noShowMinutes ?? null } } } as unknown as Parameters<typeof context.commands.appointments.saveFacility>[0];
      const { id, unfit } = await context.commands.appointments.saveFacility(kept, { by, idempotencyKey, correlationId });
      context.loaders.forget();
      const facility = await context.loaders.get(yardLoaders, context.reader).facility.load(id);
      return { facility, unfit: unfit.map((each) => ({ appointmentId: globalId('Appointment', each.appointmentId), reason: each.reason })), userErrors: [] };
    } catch (error) {
      return { facility: null, unfit: [], userErrors: faultsOf(error) };
    }
  }
}

function faultsOf(error: unknown): UserError[] {
  return error instanceof InvalidPlan ? error.faults.map(({ field, message }) => ({ field: `input.${field}`, message, code: 'BAD_INPUT' })) : userErrorsOf(error);
}
