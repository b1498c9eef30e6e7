import { sql } from 'kysely';
import { Arg, Ctx, Field, Float, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { Reader } from '../../../auth/reader.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidFromGlobalId } from '../../../lib/ids.js';
import type { GraphContext } from '../../shared/context.js';
import { checkFirst } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';

@ObjectType('CarrierAdherence', { simpleResolvers: true, description: 'How the trucks of a carrier keep to their appointments. One that was moved counts by the time that it has last.' })
export class CarrierAdherence {
  @Field(() => String, { nullable: true, description: 'Null: no carrier is known.' }) carrier!: string | null;
  @Field(() => Int, { description: 'Appointments whose trucks came, and those that nobody came to.' }) appointments!: number;
  @Field(() => Int) onTime!: number;
  @Field(() => Int) early!: number;
  @Field(() => Int) late!: number;
  @Field(() => Int) noShow!: number;
  @Field(() => Float, { description: 'onTime of appointments, 0 to 1.' }) onTimeShare!: number;
  @Field(() => Float) noShowShare!: number;
}

interface Row {
  carrier: string | null;
  on_time: number;
  early: number;
  late: number;
  no_show: number;
}

const dayMs = 86_400_000;
const longestDays = 366;
const mostMinutes = 24 * 60;

/** Who came counts by when the truck was first seen there, at the fence or at the gate. */
export function adherenceQuery({ db }: Reader, facilityId: string, from: string, to: string, toleranceMinutes: number, first: number) {
  const each = db.selectFrom('appointment')
    .leftJoin('visit', (join) => join.onRef('visit.appointment_id', '=', 'appointment.id').on('visit.deleted', '=', false))
    .select(['appointment.carrier as carrier', 'appointment.starts_at as starts_at', 'appointment.state as state', sql<string | null>`min(least(visit.arrived_at, visit.checked_in_at))`.as('came_at')])
    .where('appointment.facility_id', '=', facilityId).where('appointment.starts_at', '>=', from).where('appointment.starts_at', '<', to).where('appointment.deleted', '=', false).where('appointment.state', 'not in', ['CANCELLED', 'REQUESTED'])
    .groupBy(['appointment.id', 'appointment.carrier', 'appointment.starts_at', 'appointment.state']);
  const tolerance = sql`make_interval(mins => ${toleranceMinutes}::integer)`;
  const count = (condition: ReturnType<typeof sql<boolean>>) => sql<number>`count(*) filter (where ${condition})::integer`;
  return db.selectFrom(each.as('met')).select('met.carrier')
    .select([
      count(sql`met.came_at between met.starts_at - ${tolerance} and met.starts_at + ${tolerance}`).as('on_time'), count(sql`met.came_at < met.starts_at - ${tolerance}`).as('early'),
      count(sql`met.came_at > met.starts_at + ${tolerance}`).as('late'), count(sql`met.came_at is null and met.state = 'NO_SHOW'`).as('no_show'),
    ])
    .groupBy('met.carrier').orderBy(sql`count(*)`, 'desc').orderBy('met.carrier').limit(first).$castTo<Row>();
}

@Resolver()
export class AdherenceResolver {
  @needs('yard:read')
  @Query(() => [CarrierAdherence], { nullable: true, description: 'On time, early, late and not at all, by carrier, of the appointments of a facility that begin between two instants; those with most appointments first. At most 366 days.' })
  async appointmentAdherence(
    @Ctx() { reader }: GraphContext,
    @Arg('facilityId', () => ID) facilityId: string,
    @Arg('from', () => DateTime) from: string,
    @Arg('to', () => DateTime) to: string,
    @Arg('first', () => Int) first: number,
    @Arg('toleranceMinutes', () => Int, { nullable: true, description: 'Around the start that counts as on time; 15 unless given.' }) toleranceMinutes?: number | null,
  ): Promise<CarrierAdherence[] | null> {
    const tolerance = toleranceMinutes ?? 15;
    checkFirst(first);
    if (tolerance < 0 || tolerance > mostMinutes) throw new GatehouseError('BAD_INPUT', `A tolerance is 0 to ${mostMinutes} minutes.`, { field: 'toleranceMinutes' });
    if (Date.parse(to) <= Date.parse(from) || Date.parse(to) - Date.parse(from) > longestDays * dayMs) throw new GatehouseError('BAD_INPUT', `to is after from, by at most ${longestDays} days.`, { field: 'to' });
    const id = uuidFromGlobalId('Facility', facilityId);
    if (id === null) return null;
    return (await adherenceQuery(reader, id, from, to, tolerance, first).execute()).map((row) => {
      const appointments = row.on_time + row.early + row.late + row.no_show;
      const share = (part: number) => (appointments === 0 ? 0 : part / appointments);
      return { carrier: row.carrier, appointments, onTime: row.on_time, early: row.early, late: row.late, noShow: row.no_show, onTimeShare: share(row.on_time), noShowShare: share(row.no_show) };
    });
  }
}
