import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Principal } from '../../../auth/principal.js';
import type { Reader } from '../../../auth/reader.js';
import { visitTimeNames, type VisitTimes } from '../../../model/yard/clocks.js';
import { visitStart, type DetainedVisit, type DetentionKind, type DetentionRule } from '../../../model/yard/detention.js';
import type { DockDirection } from '../../../model/yard/records.js';
import { anyOf } from '../../shared/any-of.js';
import { ruleOfRow } from './rules.js';

/** A visit with all that decides what is charged for it, and whose word each part is. */
export interface VisitFacts extends DetainedVisit {
  id: string;
  beganMs: number | null;
  /** Who keeps the record of the visit, and its version. */
  connection: string;
  version: number;
  appointment: { connection: string; version: number } | null;
  /** The same truck at the same time, as other sources tell of it. */
  others: OtherTelling[];
}

export interface OtherTelling {
  connection: string;
  version: number;
  /** Its times are those that the driver is paid by. */
  isBefore: boolean;
  times: VisitTimes;
}

interface VisitRow {
  id: string;
  company: string;
  connection: string;
  version: number;
  state: string;
  carrier: string | null;
  direction: string | null;
  arrived_at: string | null;
  checked_in_at: string | null;
  at_dock_at: string | null;
  handling_started_at: string | null;
  handling_ended_at: string | null;
  from_dock_at: string | null;
  checked_out_at: string | null;
  code: string | null;
  zone: string | null;
  left_trailer: { leftAt: string | null } | null;
  others: Array<{ connection: string; version: number; isBefore: boolean; times: Array<string | null> }> | null;
  appointment: { startsMs: number; carrier: string | null; direction: string; connection: string; version: number } | null;
}

const overStates = ['CHECKED_OUT', 'CANCELLED', 'REJECTED'];
/** When a visit began, as `visitStart` has it. */
export const began = sql<string>`coalesce(visit.checked_in_at, visit.arrived_at, visit.at_dock_at, visit.handling_started_at, visit.handling_ended_at, visit.from_dock_at, visit.checked_out_at)`;
/** Who is paid: the carrier that came, else the one that was to come. */
export const paidCarrier = sql<string | null>`coalesce(visit.carrier, appointment_of_visit(visit.appointment_id) ->> 'carrier')`;

/** All that is read of visits for what is charged. */
export function selectVisits({ db }: Reader) {
  return db.selectFrom('visit').leftJoin('facility', (join) => join.onRef('facility.id', '=', 'visit.facility_id').on('facility.deleted', '=', false)).where('visit.deleted', '=', false).select([
    'visit.id', 'visit.company', 'visit.connection', 'visit.version', 'visit.state', 'visit.carrier', 'visit.direction', 'visit.arrived_at', 'visit.checked_in_at', 'visit.at_dock_at', 'visit.handling_started_at',
    'visit.handling_ended_at', 'visit.from_dock_at', 'visit.checked_out_at', 'facility.code', 'facility.zone',
    sql<VisitRow['left_trailer']>`case when leaves_trailer(visit) then trailer_left_by(visit.id) end`.as('left_trailer'), sql<VisitRow['others']>`visits_of_same_truck(visit.id)`.as('others'),
    sql<VisitRow['appointment']>`appointment_of_visit(visit.appointment_id)`.as('appointment'),
  ]);
}

export function visitFacts(row: VisitRow): VisitFacts {
  const ms = (time: string | null) => (time === null ? null : Date.parse(time));
  const { appointment } = row;
  const direction = [row.direction, appointment?.direction].find((each) => each === 'INBOUND' || each === 'OUTBOUND') ?? null;
  const times: VisitTimes = {
    arrivedMs: ms(row.arrived_at), checkedInMs: ms(row.checked_in_at), atDockMs: ms(row.at_dock_at), handlingStartedMs: ms(row.handling_started_at), handlingEndedMs: ms(row.handling_ended_at),
    leftDockMs: ms(row.from_dock_at), checkedOutMs: ms(row.checked_out_at),
  };
  return {
    id: row.id, company: row.company, connection: row.connection, version: row.version, times, beganMs: visitStart(times),
    isOver: overStates.includes(row.state), dropped: row.left_trailer === null ? null : { leftMs: ms(row.left_trailer.leftAt) }, facility: row.code, zone: row.zone, carrier: row.carrier ?? appointment?.carrier ?? null,
    direction: direction as DockDirection | null, appointmentMs: appointment === null ? null : Number(appointment.startsMs),
    appointment: appointment === null ? null : { connection: appointment.connection, version: Number(appointment.version) },
    others: (row.others ?? []).map((other) => ({ connection: other.connection, version: Number(other.version), isBefore: other.isBefore, times: Object.fromEntries(visitTimeNames.map((name, index) => [name, ms(other.times[index]!)])) as unknown as VisitTimes })),
  };
}

/** What may come to charges: the kinds, companies and facilities (null: all) that are charged anything by a rule, and the fewest free minutes or days there. */
export interface ChargedWhere {
  kind: DetentionKind;
  company: string;
  facility: string | null;
  free: number;
}

/** Most of them that are asked for one by one. */
const mostPlaces = 40;

/** Where these rules charge anything. Of many places of a company its whole is taken: more visits are read, and none is left out. */
export function chargedWhere(rules: readonly DetentionRule[]): ChargedWhere[] {
  const rated = rules.filter(({ terms }) => terms.rate !== undefined);
  const placesOf = (each: (rule: DetentionRule) => string | null) => [...Map.groupBy(rated, (rule) => JSON.stringify([rule.kind, rule.company, each(rule)])).values()].map((same): ChargedWhere => {
    const { kind, company } = same[0]!;
    return { kind, company, facility: each(same[0]!), free: Math.min(...same.map(({ terms }) => terms.free)) };
  });
  const places = placesOf(({ facility }) => facility);
  return places.length > mostPlaces ? placesOf(() => null) : places;
}

const times = sql`visit.arrived_at, visit.checked_in_at, visit.at_dock_at, visit.handling_started_at, visit.handling_ended_at, visit.from_dock_at, visit.checked_out_at`;

/** Whether a visit may be charged something there: a driver who was not on site for longer than is free is not, nor is who left no trailer. */
export function mayBeCharged({ kind, company, facility, free }: ChargedWhere) {
  const what = kind === 'TRAILER' ? sql`leaves_trailer(visit)`
    : sql`((visit.checked_out_at is null and visit.state <> all(${[...overStates]}::text[])) or greatest(${times}) - least(${times}) > ${free}::integer * interval '1 minute')`;
  return sql<boolean>`(visit.company = ${company} and ${facility === null ? sql`true` : sql`facility.code = ${facility}`} and ${what})`;
}

/** Visits with what decides their detention, and the rules that could apply to them. */
export function visitFactLoaders(reader: Reader) {
  return {
    visit: new DataLoader<string, VisitFacts | null>(async (ids) => {
      const rows = await selectVisits(reader).where('visit.id', '=', anyOf(ids)).execute();
      const byId = new Map(rows.map((row) => [row.id, visitFacts(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    /** By visit, so that those of a level are asked for together. */
    rules: new DataLoader<VisitFacts, readonly DetentionRule[]>(async (visits) => {
      const rules = await rulesFor(reader, visits);
      return visits.map(() => rules);
    }, { cache: false }),
  };
}

/** Rules that name nothing but what one of the visits has. */
export async function rulesFor({ db }: Reader, visits: readonly VisitFacts[]): Promise<DetentionRule[]> {
  if (visits.length === 0) return [];
  const distinct = (values: ReadonlyArray<string | null>) => [...new Set(values.filter((value) => value !== null))];
  const [companies, facilities, carriers] = [distinct(visits.map((visit) => visit.company)), distinct(visits.map((visit) => visit.facility)), distinct(visits.map((visit) => visit.carrier))];
  const rows = await db.selectFrom('detention_rule').selectAll('detention_rule').where('company', '=', sql<string>`any(${companies}::text[])`)
    .where((e) => e.or([e('facility', 'is', null), e('facility', '=', sql<string>`any(${facilities}::text[])`)])).where((e) => e.or([e('carrier', 'is', null), e('carrier', '=', sql<string>`any(${carriers}::text[])`)])).execute();
  return rows.map(ruleOfRow);
}

/** What a carrier is paid is told to it alone, besides insiders; how long a truck waits is told to who runs the facility, too. */
export function isOwnTruck({ companies, keys }: Principal, { carrier }: VisitFacts): boolean {
  return companies !== 'none' || (carrier !== null && keys.includes(`carrier:${carrier}`));
}

export function isAtOwnFacility({ keys }: Principal, { facility, company }: VisitFacts): boolean {
  return facility !== null && keys.includes(`facility:${facility}@${company}`);
}
