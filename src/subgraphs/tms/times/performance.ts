import { sql, type RawBuilder } from 'kysely';
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
  return { against: filter.against ?? 'FIRST', stops, judged, early, late, onTime: judged - early - late, onTimeShare: judged === 0 ? null : (judged - early - late) / judged, left, dwellMedian: number(row.dwell_median), dwellP90: number(row.dwell_p90) };
}

/** A stop is judged by its window or, where it has none, by when the truck was planned to come: as first agreed, unless it is asked for as it is now. */
export function performanceQuery({ db }: Reader, { from, to, facilityId, region, fromFacilityId, fromRegion, carrier, toleranceMinutes = 0, against }: StopPerformanceFilter) {
  const tolerance = sql`make_interval(mins => ${toleranceMinutes}::integer)`;
  const [windowFrom, windowTo, planned] = (against === 'CURRENT' ? ['stop.window_from', 'stop.window_to', 'stop.planned_arrival'] : ['stop.first_window_from', 'stop.first_window_to', 'stop.first_planned_arrival']).map((column) => sql.ref(column)) as [RawBuilder<unknown>, RawBuilder<unknown>, RawBuilder<unknown>];
  const [opens, closes] = [sql`case when ${windowFrom} is null and ${windowTo} is null then ${planned} else ${windowFrom} end`, sql`case when ${windowFrom} is null and ${windowTo} is null then ${planned} else coalesce(${windowTo}, ${windowFrom}) end`];
  const dwell = sql`case when stop.actual_departure >= stop.actual_arrival then date_part('epoch', stop.actual_departure - stop.actual_arrival) / 60 end`;
  let query = db.selectFrom('stop').where('stop.actual_arrival', '>=', from).where('stop.actual_arrival', '<', to).where('stop.cancelled', '=', false).select([
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
  if (region != null) query = query.where(sql<boolean>`stop_region(stop.facility_code, stop.place) = ${regionOf(region)}`);
  if (fromRegion != null) {
    query = query.where((e) => e.exists(db.selectFrom('stop as before').select('before.load_id').where(sql<boolean>`before.load_id = stop.load_id and before.sequence < stop.sequence and stop_region(before.facility_code, before.place) = ${regionOf(fromRegion)}`)));
  }
  if (carrier != null) query = query.where((e) => e.exists(db.selectFrom('load').select('load.id').where(sql<boolean>`load.id = stop.load_id`).where('load.carrier', '=', carrierCode(carrier))));
  return query;
}

/** As lanes have it: of stops at no facility, the country and the first two characters of the postal code. @throws GatehouseError BAD_INPUT */
function regionOf(text: string): string {
  const [, country, postal] = /^\s*([a-z]{2})[\s-]*([a-z0-9]{1,2})\s*$/i.exec(text) ?? [];
  if (country === undefined || postal === undefined) throw new GatehouseError('BAD_INPUT', 'A region is a country and the first two characters of a postal code: DE 28.', { field: 'filter.region' });
  return `region ${country.toUpperCase()} ${postal.toUpperCase()}`;
}
