import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidFromGlobalId } from '../../../lib/ids.js';
import { normalizeReferenceValue } from '../../../model/references.js';
import { blockedWhy, sameDock } from '../../../model/yard/choose-dock.js';
import type { FacilityPlan } from '../../../model/yard/plan.js';
import { anyOf } from '../../shared/any-of.js';
import { cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../../shared/pages.js';
import { appointmentColumns, appointmentOf, facilityOf, visitOf } from '../rows.js';
import type { Visit } from '../types.js';
import { trailerStayOf, yardMoveOf } from './rows.js';
import type { BoardDock, FacilityBoard, TrailerFilter, TrailerStay, YardMove, YardMoveFilter } from './types.js';

/** Most trucks and trailers that a board shows. */
const mostOnBoard = 500;
const openMoves = ['REQUESTED', 'ASSIGNED', 'STARTED'];

/** A hundred years. */
const mostMinutes = 52_560_000;

/** By which a yard is the same for all who tell of it; null where the id names no facility that the principal sees. */
async function siteOf({ db }: Reader, facilityId: string) {
  const uuid = uuidFromGlobalId('Facility', facilityId);
  const row = uuid === null ? undefined : await db.selectFrom('facility').selectAll('facility').where('facility.id', '=', uuid).where('deleted', '=', false).executeTakeFirst();
  return row === undefined ? null : { row, site: row.code === null ? row.id : `${row.code}@${row.company}` };
}

/** Those that came first first; null where the principal sees no such facility. @throws GatehouseError BAD_INPUT where `after` is no cursor of it */
export async function trailerPage(reader: Reader, facilityId: string, first: number, after: string | null | undefined, filter: TrailerFilter): Promise<Page<TrailerStay> | null> {
  const at = await siteOf(reader, facilityId);
  if (at === null) return null;
  let query = reader.db.selectFrom('trailer_stay').selectAll('trailer_stay').where('site', '=', at.site).orderBy('arrived_at').orderBy('trailer_stay.id').limit(first + 1);
  if (filter.alsoLeft !== true) query = query.where('left_at', 'is', null);
  if (filter.load != null) query = query.where('load', 'in', filter.load.length > 0 ? filter.load : ['']);
  if (filter.ready != null) query = query.where('ready', '=', filter.ready);
  if (filter.trailer != null) query = query.where('trailer_key', '=', normalizeReferenceValue(filter.trailer));
  if (filter.olderThanMinutes != null && (filter.olderThanMinutes < 0 || filter.olderThanMinutes > mostMinutes)) throw new GatehouseError('BAD_INPUT', `A trailer is there for 0 to ${mostMinutes} minutes.`, { field: 'filter.olderThanMinutes' });
  if (filter.olderThanMinutes != null) query = query.where('arrived_at', '<=', instant(Date.now() - filter.olderThanMinutes * 60_000));
  if (after != null) {
    const [at, id] = decodeCursor(after, [cursorPatterns.instant, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(trailer_stay.arrived_at, trailer_stay.id) > (${at}::timestamptz, ${id}::uuid)`);
  }
  return pageOf(await query.execute(), first, { after, cursor: (row) => encodeCursor(row.arrived_at, row.id), node: trailerStayOf });
}

/** In the order in which they were asked for. @throws GatehouseError BAD_INPUT */
export async function movePage(reader: Reader, facilityId: string, first: number, after: string | null | undefined, filter: YardMoveFilter): Promise<Page<YardMove> | null> {
  const at = await siteOf(reader, facilityId);
  if (at === null) return null;
  let query = reader.db.selectFrom('yard_move').selectAll('yard_move').where('facility_id', '=', at.row.id).where('deleted', '=', false).orderBy('requested_at').orderBy('yard_move.id').limit(first + 1);
  if (filter.state != null) query = query.where('state', 'in', filter.state.length > 0 ? filter.state : ['']);
  if (after != null) {
    const [at, id] = decodeCursor(after, [cursorPatterns.instant, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(yard_move.requested_at, yard_move.id) > (${at}::timestamptz, ${id}::uuid)`);
  }
  return pageOf(await query.execute(), first, { after, cursor: (move) => encodeCursor(move.requested_at, move.id), node: yardMoveOf });
}

/** Six statements, however much goes on. @param first most moves and next appointments */
export async function facilityBoard(reader: Reader, facilityId: string, first: number): Promise<FacilityBoard | null> {
  const { db } = reader;
  const at = await siteOf(reader, facilityId);
  if (at === null) return null;
  const { row: facility, site } = at;
  const sameYard = db.selectFrom('facility').select('facility.id').where('company', '=', facility.company).where((w) => (facility.code === null ? w('facility.id', '=', facility.id) : w('code', '=', facility.code)));
  const now = instant(Date.now());
  const [plan, visits, stays, moves, next] = await Promise.all([
    db.selectFrom('facility_plan').select('plan').where('facility_id', '=', facility.id).executeTakeFirst(),
    db.selectFrom('visit').selectAll('visit').where('facility_id', 'in', sameYard).where('deleted', '=', false).where('state', 'in', ['CHECKED_IN', 'AT_DOCK']).where('checked_out_at', 'is', null).orderBy('checked_in_at').orderBy('visit.id').limit(mostOnBoard).execute(),
    db.selectFrom('trailer_stay').selectAll('trailer_stay').where('site', '=', site).where('left_at', 'is', null).orderBy('arrived_at').orderBy('trailer_stay.id').limit(mostOnBoard).execute(),
    db.selectFrom('yard_move').selectAll('yard_move').where('facility_id', '=', facility.id).where('deleted', '=', false).where('state', 'in', openMoves).orderBy('requested_at').orderBy('yard_move.id').limit(first).execute(),
    db.selectFrom('appointment').select(appointmentColumns).where('facility_id', 'in', sameYard).where('deleted', '=', false).where('state', 'in', ['REQUESTED', 'SCHEDULED']).where('starts_at', '>=', instant(Date.parse(now) - 86_400_000)).orderBy('starts_at').orderBy('appointment.id').limit(first).execute(),
  ]);
  const [trucks, trailers] = [visits.map(visitOf), stays.map(trailerStayOf)];
  const docks = docksOf(plan === undefined ? null : (plan.plan as unknown as FacilityPlan), trucks, trailers, now);
  return {
    facility: facilityOf(facility), docks, moves: moves.map(yardMoveOf), next: next.map(appointmentOf),
    waiting: trucks.filter((visit) => visit.state !== 'AT_DOCK'), trailers: trailers.filter((stay) => !docks.some((dock) => dock.trailers.includes(stay))),
  };
}

/** Those of the plan, and others where something is said to be. */
function docksOf(plan: FacilityPlan | null, visits: readonly Visit[], trailers: readonly TrailerStay[], now: string): BoardDock[] {
  const here = visits.filter((visit) => visit.dock !== null && visit.fromDockAt === null);
  const planned = plan?.docks ?? [];
  const others = [...new Set(here.filter((visit) => !planned.some(({ name }) => sameDock(name, visit.dock!))).map((visit) => visit.dock!))].sort();
  return [...planned.map((dock) => ({ name: dock.name, blocked: blockedWhy(dock, now) })), ...others.map((name) => ({ name, blocked: null }))].map(({ name, blocked }) => ({
    name, blocked, visits: here.filter((visit) => sameDock(visit.dock!, name)), trailers: trailers.filter(({ place }) => place !== null && sameDock(place, name)),
  }));
}

/** One statement each, whatever the number of ids. */
export function trailerLoaders({ db }: Reader) {
  return {
    stay: new DataLoader<string, TrailerStay | null>(async (ids) => {
      const rows = await db.selectFrom('trailer_stay').selectAll('trailer_stay').where('trailer_stay.id', '=', anyOf(ids)).execute();
      const byId = new Map(rows.map((row) => [row.id, trailerStayOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    move: new DataLoader<string, YardMove | null>(async (ids) => {
      const rows = await db.selectFrom('yard_move').selectAll('yard_move').where('yard_move.id', '=', anyOf(ids)).where('deleted', '=', false).execute();
      const byId = new Map(rows.map((row) => [row.id, yardMoveOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
  };
}
