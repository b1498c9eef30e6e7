import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import { GatehouseError } from '../../../lib/errors.js';
import { carrierCode } from '../../../model/references.js';
import { uuidOfFilter } from '../../shared/lookup.js';
import type { StopPerformance, StopPerformanceFilter } from './types.js';

const mostDays = 366;
const dayMs = 86_400_000;

/** Figures over the stops of the filter that the reader sees, in one statement. */
export async function performanceOf(reader: Reader, filter: StopPerformanceFilter): Promise<StopPerformance> {
  const { from, to, toleranceMinutes = 0 } = filter;
  if (Date.parse(to) - Date.parse(from) > mostDays * dayMs) throw new GatehouseError('BAD_INPUT', `At most ${mostDays} days are asked for at once.`, { field: 'filter.to' });
  if (toleranceMinutes < 0 || toleranceMinutes > 1_440) throw new GatehouseError('BAD_INPUT', 'A tolerance is 0 to 1440 minutes.', { field: 'filter.toleranceMinutes' });
  const row = await performanceQuery(reader, filter).executeTakeFirstOrThrow();
  const number = (value: unknown) => (value === null ? null : Number(value));
  const [stops, early, late, judged, left] = [row.stops, row.early, row.late, row.judged, row.left_again].map(Number) as [number, number, number, number, number];
  return { stops, judged, early, late, onTime: judged - early - late, onTimeShare: judged === 0 ? null : (judged - early - late) / judged, left, dwellMedian: number(row.dwell_median), dwellP90: number(row.dwell_p90) };
}

/** A stop is judged by its window or, where it has none, by when the truck was planned to come. */
export function performanceQuery({ db }: Reader, { from, to, facilityId, fromFacilityId, carrier, toleranceMinutes = 0 }: StopPerformanceFilter) {
  const tolerance = sql`make_interval(mins => ${toleranceMinutes}::integer)`;
  const [opens, closes] = [sql`case when stop.window_from is null and stop.window_to is null then stop.planned_arrival else stop.window_from end`, sql`case when stop.window_from is null and stop.window_to is null then stop.planned_arrival else coalesce(stop.window_to, stop.window_from) end`];
  const dwell = sql`case when stop.actual_departure >= stop.actual_arrival then date_part('epoch', stop.actual_departure - stop.actual_arrival) / 60 end`;
  let query = db.selectFrom('stop').where('stop.actual_arrival', '>=', from).where('stop.actual_arrival', '<', to).select([
    sql<number>`count(*)`.as('stops'), sql<number>`count(*) filter (where ${closes} is not null)`.as('judged'),
    sql<number>`count(*) filter (where ${closes} is not null and stop.actual_arrival < ${opens} - ${tolerance})`.as('early'), sql<number>`count(*) filter (where stop.actual_arrival > ${closes} + ${tolerance})`.as('late'),
    sql<number>`count(${dwell})`.as('left_again'), sql<number | null>`percentile_cont(0.5) within group (order by ${dwell})`.as('dwell_median'), sql<number | null>`percentile_cont(0.9) within group (order by ${dwell})`.as('dwell_p90'),
  ]);
  const [facility, origin] = [uuidOfFilter('Facility', 'facilityId', facilityId), uuidOfFilter('Facility', 'fromFacilityId', fromFacilityId)];
  const codeOf = (id: string) => db.selectFrom('facility').select(['facility.code', 'facility.company']).where('facility.id', '=', id).where('facility.deleted', '=', false);
  if (facility !== null) query = query.where((e) => e.exists(codeOf(facility).where(sql<boolean>`facility.code = stop.facility_code and facility.company = stop.company`)));
  if (origin !== null) {
    query = query.where((e) => e.exists(db.selectFrom('stop as before').innerJoin(codeOf(origin).as('origin'), (join) => join.onRef('origin.code', '=', 'before.facility_code').onRef('origin.company', '=', 'before.company'))
      .select('before.load_id').where(sql<boolean>`before.load_id = stop.load_id and before.sequence < stop.sequence`)));
  }
  if (carrier != null) query = query.where((e) => e.exists(db.selectFrom('load').select('load.id').where(sql<boolean>`load.id = stop.load_id`).where('load.carrier', '=', carrierCode(carrier))));
  return query;
}
