import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { Reader } from '../../../auth/reader.js';
import { globalId, uuidFromGlobalId } from '../../../lib/ids.js';
import type { DockDirection as DockDirectionName, Handling as HandlingName, Temperature as TemperatureName } from '../../../model/yard/records.js';
import type { SlotNeed } from '../../../model/yard/slots.js';
import { anyOf } from '../../shared/any-of.js';
import type { GraphContext } from '../../shared/context.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, pageTypes, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { UserError, userErrorsOf } from '../../shared/user-errors.js';
import { Handling, Temperature } from '../facilities/types.js';
import { DockDirection } from '../types.js';
import { dockOf, needOf, storable, uuidIn } from './mutations.js';
import { SlotNeedInput } from './types.js';

@ObjectType('SkippedDay', { simpleResolvers: true, description: 'A day on which no appointment was made, and why.' })
export class SkippedDay {
  @Field(() => String) on!: string;
  @Field(() => String) reason!: string;
}

@ObjectType('StandingAppointment', { simpleResolvers: true, description: 'A time at a dock that comes again every week. Its appointments are made as the days come near.' })
export class StandingAppointment {
  @Field(() => ID) id!: string;
  @Field(() => Int, { description: '1 Monday to 7 Sunday.' }) weekday!: number;
  @Field(() => String, { description: 'By the clock of the facility, 06:30.' }) time!: string;
  @Field(() => String, { nullable: true }) carrier!: string | null;
  @Field(() => String, { nullable: true, description: 'Null: the first that is fit and free, each time.' }) dock!: string | null;
  @Field(() => DockDirection) direction!: DockDirectionName;
  @Field(() => Handling) handling!: HandlingName;
  @Field(() => Temperature) temperature!: TemperatureName;
  @Field(() => String, { description: 'First day.' }) from!: string;
  @Field(() => String, { nullable: true, description: 'Last day.' }) until!: string | null;
  @Field(() => [SkippedDay], { description: 'The latest hundred.' }) skipped!: SkippedDay[];
}
export const StandingAppointmentConnection = pageTypes('StandingAppointment', () => StandingAppointment);

@InputType()
export class SaveStandingAppointmentInput extends SlotNeedInput {
  @Field(() => ID) facilityId!: string;
  @Field(() => Int) weekday!: number;
  @Field(() => String) time!: string;
  @Field(() => String, { nullable: true }) carrier?: string | null;
  @Field(() => String, { nullable: true }) dock?: string | null;
  @Field(() => String, { description: 'First day, 2026-12-01.' }) from!: string;
  @Field(() => String, { nullable: true }) until?: string | null;
  @Field(() => String) idempotencyKey!: string;
}

@InputType()
export class EndStandingAppointmentInput {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: 'The last day of it. Appointments of later days that were made already stand until somebody cancels them.' }) lastOn!: string;
  @Field(() => String) idempotencyKey!: string;
}

@ObjectType('StandingAppointmentPayload', { simpleResolvers: true })
export class StandingAppointmentPayload {
  @needs('yard:read')
  @Field(() => StandingAppointment, { nullable: true })
  standingAppointment!: StandingAppointment | null;

  @Field(() => [UserError]) userErrors!: UserError[];
}

const mostSkipped = 100;

async function standingOf({ db }: Reader, where: { id: string } | { facilityId: string; after: string | null; limit: number }): Promise<StandingAppointment[]> {
  let query = db.selectFrom('standing_appointment').selectAll('standing_appointment').orderBy('standing_appointment.id');
  if ('id' in where) query = query.where('standing_appointment.id', '=', where.id);
  else {
    query = query.where('standing_appointment.facility_id', '=', where.facilityId).limit(where.limit);
    if (where.after !== null) query = query.where('standing_appointment.id', '>', where.after);
  }
  const rows = await query.execute();
  const skips = rows.length === 0 ? [] : await db.selectFrom('standing_skip').select(['standing_skip.standing_id', 'standing_skip.on_day', 'standing_skip.reason']).where('standing_skip.standing_id', '=', anyOf(rows.map(({ id }) => id))).orderBy('standing_skip.on_day', 'desc').execute();
  return rows.map((row) => {
    const { direction, handling, temperature } = row.need as unknown as SlotNeed;
    return {
      id: globalId('StandingAppointment', row.id), weekday: row.weekday, time: row.local_time, carrier: row.carrier, dock: row.dock, direction, handling, temperature, from: row.from_on, until: row.until_on,
      skipped: skips.filter((each) => each.standing_id === row.id).slice(0, mostSkipped).map((each) => ({ on: each.on_day, reason: each.reason })),
    };
  });
}

@Resolver()
export class StandingAppointmentResolver {
  @needs('yard:read')
  @Query(() => StandingAppointmentConnection, { nullable: true })
  async standingAppointments(@Ctx() { reader }: GraphContext, @Arg('facilityId', () => ID) facilityId: string, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string | null): Promise<Page<StandingAppointment> | null> {
    const [uuid, limit] = [uuidFromGlobalId('Facility', facilityId), checkFirst(first) + 1];
    if (uuid === null) return null;
    const rows = await standingOf(reader, { facilityId: uuid, after: after == null ? null : decodeCursor(after, [cursorPatterns.uuid])[0]!, limit });
    return pageOf(rows, first, { after, cursor: ({ id }) => encodeCursor(uuidFromGlobalId('StandingAppointment', id)!), node: (row) => row });
  }

  @needs('yard:write')
  @Mutation(() => StandingAppointmentPayload, { nullable: true, description: 'Keeps a time that comes again every week. Days on which the facility is closed are left out, and said.' })
  saveStandingAppointment(@Ctx() context: GraphContext, @Arg('input', () => SaveStandingAppointmentInput) input: SaveStandingAppointmentInput): Promise<StandingAppointmentPayload> {
    return answered(context, () => {
      const { weekday, from, until, carrier, dock } = input;
      const wish = {
        weekday, time: storable(input.time, 'input.time'), from: storable(from, 'input.from'), need: needOf(input), ...(until == null ? {} : { until: storable(until, 'input.until') }),
        ...(carrier == null ? {} : { carrier: storable(carrier, 'input.carrier') }), ...dockOf(dock),
      };
      return context.commands.appointments.saveStanding(wish, uuidIn('Facility', input.facilityId, 'input.facilityId'), askerOf(context, input));
    });
  }

  @needs('yard:write')
  @Mutation(() => StandingAppointmentPayload, { nullable: true })
  endStandingAppointment(@Ctx() context: GraphContext, @Arg('input', () => EndStandingAppointmentInput) input: EndStandingAppointmentInput): Promise<StandingAppointmentPayload> {
    return answered(context, async () => {
      const id = uuidIn('StandingAppointment', input.id, 'input.id');
      await context.commands.appointments.endStanding({ id, lastOn: input.lastOn }, askerOf(context, input));
      return id;
    });
  }
}

async function answered(context: GraphContext, work: () => Promise<string>): Promise<StandingAppointmentPayload> {
  try {
    const id = await work();
    context.loaders.forget();
    return { standingAppointment: (await standingOf(context.reader, { id }))[0] ?? null, userErrors: [] };
  } catch (error) {
    return { standingAppointment: null, userErrors: userErrorsOf(error) };
  }
}

function askerOf({ principal: by, correlationId }: GraphContext, { idempotencyKey }: { idempotencyKey: string }) {
  return { by, idempotencyKey, correlationId };
}
