import { sql } from 'kysely';
import type { Queryable } from '../db/database.js';
import { ourConnection } from '../model/our-connection.js';
import { isUnderWayOrDone, progressOf, type LoadProgress, type StopVisit } from '../model/transport/progress.js';
import type { LoadState } from '../model/transport/records.js';

interface ProgressRow {
  id: string;
  state: LoadState;
  stops: StopVisit[];
  delivered: boolean;
}

const reached = sql`
  select l.id, l.state, coalesce((select json_agg(json_build_object('id', coalesce(s.source_id, s.sequence::text), 'arrivedAt', s.actual_arrival, 'leftAt', s.actual_departure) order by s.sequence) from stop s where s.load_id = l.id), '[]'::json) as stops,
    coalesce((select bool_and(x.delivered_at is not null) from load_shipment c join shipment x on x.id = c.shipment_id where c.load_id = l.id), false) as delivered
  from load l where l.connection = ${sql.lit(ourConnection)} and not l.deleted`;

/** How far loads that are planned here have come, by the times that are chosen of their stops. Hold the loads before you decide on it. */
export async function progressOfLoads(db: Queryable, ids: readonly string[], nowMs: number): Promise<Map<string, LoadProgress>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<ProgressRow>`${reached} and l.id = any(${[...ids]}::uuid[])`.execute(db);
  return new Map(rows.map(({ id, stops, delivered }) => [id, progressOf(stops, delivered, nowMs)]));
}

/**
 * Loads that are planned here and say of themselves something else than the times of their stops do.
 * @param ids of which loads; all that are not done unless given
 */
export async function loadsOutOfStep(db: Queryable, nowMs: number, ids?: readonly string[]): Promise<string[]> {
  if (ids?.length === 0) return [];
  const which = ids === undefined
    ? sql`l.state <> 'COMPLETED' and exists (select from stop s where s.load_id = l.id and (s.actual_arrival is not null or s.actual_departure is not null))`
    : sql`l.id = any(${[...ids]}::uuid[])`;
  const { rows } = await sql<ProgressRow>`${reached} and l.state <> 'CANCELLED' and ${which} order by l.id`.execute(db);
  return rows.filter(({ state, stops, delivered }) => (progressOf(stops, delivered, nowMs).state ?? 'DRAFT') !== (isUnderWayOrDone(state) ? state : 'DRAFT')).map(({ id }) => id);
}
