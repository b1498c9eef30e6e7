import { sql, type Selectable } from 'kysely';
import { holdNames } from '../db/named-locks.js';
import type { Queryable, Transaction } from '../db/database.js';
import type { TrailerStayTable } from '../db/schema.js';
import { instant } from '../lib/clock.js';
import { sha256, uuidOfName } from '../lib/ids.js';
import type { DockDirection, EquipmentStep, VisitState, VisitType, YardMoveState } from '../model/yard/records.js';
import { contradictionsOf, neverCame, type BlockedDock, type Contradiction } from '../model/yard/contradictions.js';
import { foldTrailer, type SeenMove, type SeenVisit, type TrailerStay } from '../model/yard/trailers.js';
import { projectAccess } from './access.js';
import { insertRows } from './rows.js';

/** What a batch, or a command, changed of what stands in yards. */
export interface YardChanges {
  /** Stays that may have changed. */
  stays: string[];
  /** Contradictions that came or went. */
  contradictions: Array<{ kind: string; about: string }>;
}

interface VisitRow {
  id: string;
  source: string;
  company: string;
  facility_id: string;
  site: string;
  type: VisitType;
  state: VisitState;
  truck: string | null;
  trailer: string | null;
  trailer_key: string | null;
  trailer_out: string | null;
  trailer_out_key: string | null;
  left_without_trailer: boolean;
  direction: DockDirection | null;
  appointment_id: string | null;
  appointment: string | null;
  dock: string | null;
  arrived_at: string | null;
  checked_in_at: string | null;
  at_dock_at: string | null;
  from_dock_at: string | null;
  checked_out_at: string | null;
  handling_started_at: string | null;
  handling_ended_at: string | null;
  equipment: EquipmentStep[];
}

interface Found extends Contradiction {
  company: string;
  /** Of which trailer it was folded; null: it is of visits. */
  trailerKey: string | null;
}

/** The same yard for all who tell of it: its code at its company, else the one facility that one source knows. */
const site = sql<string>`coalesce(f.code || '@' || f.company, f.id::text)`;
const visitColumns = sql`v.id, v.connection as source, v.company, v.facility_id, ${site} as site, v.type, v.state, v.truck, v.trailer, v.trailer_key, v.trailer_out, v.trailer_out_key, v.left_without_trailer, v.direction, v.appointment_id, (select coalesce(a.confirmation, a.id::text) from appointment a where a.id = v.appointment_id) as appointment, coalesce(v.dock, (select a.dock from appointment a where a.id = v.appointment_id and v.at_dock_at is not null)) as dock,
  v.arrived_at, v.checked_in_at, v.at_dock_at, v.from_dock_at, v.checked_out_at, v.handling_started_at, v.handling_ended_at, v.equipment`;

const forgottenMs = 30 * 86_400_000;
/** So that many trailers at once need few locks. */
const lockBuckets = 256;

/** Most visits of one trailer, or at one dock beside another, that are looked at: the latest. */
const mostVisits = 500;

/**
 * Folds anew the trailers that these visits, moves and facilities tell of, or told of before, and finds what contradicts. The same for
 * every order and repetition: it reads what stands now, and nobody else folds the same trailer meanwhile.
 */
export async function projectYards(tx: Transaction, { visits: told, moves, facilities, renamed, appointments }: YardRecords & { renamed: readonly string[]; appointments: readonly string[] }): Promise<YardChanges> {
  const visits = [...new Set([...told, ...(await atTheirDocks(tx, appointments))])];
  if (visits.length + moves.length + facilities.length === 0) return { stays: [], contradictions: [] };
  const named = await trailersNamed(tx, { visits, moves, facilities: renamed });
  const open = await openAt(tx, facilities, renamed);
  const seen = [...new Set([...visits, ...open, ...(await metWith(tx, visits))])];
  const misfits = await foldAll(tx, named, seen);
  const contradictions = await writeContradictions(tx, [...new Set([...seen, ...moves])], named, [...(await contradictionsAbout(tx, seen)), ...misfits]);
  // Also those that a command folded in its own transaction: they are new to who follows.
  const stays = await sql<{ id: string }>`select id from trailer_stay where (company, trailer_key) in (select * from unnest(${named.map(({ company }) => company)}::text[], ${named.map(({ key }) => key)}::text[])) and (visits && ${[...visits]}::uuid[] or left_at is null)`.execute(tx);
  return { stays: stays.rows.map(({ id }) => id), contradictions };
}

/** Visits that are not over where docks may be closed now that were open, or that is another yard now; one that nobody ended in a month is forgotten. */
async function openAt(tx: Transaction, facilities: readonly string[], renamed: readonly string[]): Promise<string[]> {
  if (facilities.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    select id from visit where facility_id = any(${[...facilities]}::uuid[]) and not deleted and checked_out_at is null and (at_dock_at is not null and from_dock_at is null or facility_id = any(${[...renamed]}::uuid[]))
      and coalesce(checked_in_at, arrived_at, at_dock_at, handling_started_at, handling_ended_at, from_dock_at, checked_out_at) > ${instant(Date.now() - forgottenMs)}::timestamptz`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Visits of which nothing but their appointment says at which dock they are. */
async function atTheirDocks(tx: Transaction, appointments: readonly string[]): Promise<string[]> {
  if (appointments.length === 0) return [];
  return (await tx.selectFrom('visit').select('id').where('appointment_id', '=', sql<string>`any(${[...appointments]}::uuid[])`).where('dock', 'is', null).where('at_dock_at', 'is not', null).execute()).map(({ id }) => id);
}

/** Visits of which one of these was told to be for the same appointment: they may be alone there now. */
async function metWith(tx: Transaction, visits: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select distinct unnest(between_ids) as id from yard_contradiction where kind = 'APPOINTMENT_MET_TWICE' and between_ids && ${[...visits]}::uuid[]`.execute(tx);
  return rows.map(({ id }) => id);
}

/** The stays alone, in the transaction of a command, so that who asks next finds them. What contradicts follows with the projector. */
export async function foldOwnTrailers(tx: Transaction, records: Pick<YardRecords, 'visits' | 'moves'>): Promise<void> {
  if (records.visits.length + records.moves.length === 0) return;
  await foldAll(tx, await trailersNamed(tx, { ...records, facilities: [] }), records.visits);
}

/** Records of a batch, by their ids. */
interface YardRecords {
  visits: readonly string[];
  moves: readonly string[];
  facilities: readonly string[];
}

interface NamedTrailer {
  company: string;
  key: string;
}

/** Trailers that these records tell of, or told of before. */
async function trailersNamed(tx: Transaction, { visits, moves, facilities }: YardRecords): Promise<NamedTrailer[]> {
  const { rows } = await sql<NamedTrailer>`
    select company, trailer_key as key from visit where id = any(${[...visits]}::uuid[]) and trailer_key is not null
    union select company, trailer_out_key from visit where id = any(${[...visits]}::uuid[]) and trailer_out_key is not null
    union select company, unnest(equipment_keys) from visit where id = any(${[...visits]}::uuid[])
    union select company, trailer_key from trailer_stay where visits && ${[...visits]}::uuid[]
    union select company, trailer_key from yard_contradiction where between_ids && ${[...visits, ...moves]}::uuid[] and trailer_key is not null
    union select company, trailer_key from yard_move where id = any(${[...moves]}::uuid[])
    union select company, trailer_key from visit where facility_id = any(${[...facilities]}::uuid[]) and trailer_key is not null
    union select company, trailer_out_key from visit where facility_id = any(${[...facilities]}::uuid[]) and trailer_out_key is not null
    union select company, trailer_key from trailer_stay where facility_id = any(${[...facilities]}::uuid[])`.execute(tx);
  return rows;
}

/** @returns what fits no stay */
async function foldAll(tx: Transaction, named: readonly NamedTrailer[], visits: readonly string[]): Promise<Found[]> {
  // Each trailer, and what is told of one yard, is worked out by one at a time.
  await holdNames(tx, [...new Set(named.map(({ company, key }) => `trailers:${parseInt(sha256(`${company}:${key}`).slice(0, 8), 16) % lockBuckets}`)), ...(await yardsOf(tx, visits))]);
  const misfits: Found[] = [];
  for (const { company, key } of named) misfits.push(...(await foldOne(tx, company, key)).map((each) => ({ ...each, company, trailerKey: key })));
  return misfits;
}

async function yardsOf(tx: Transaction, visits: readonly string[]): Promise<string[]> {
  if (visits.length === 0) return [];
  const { rows } = await sql<{ name: string }>`select distinct 'yard:' || ${site} as name from visit v join facility f on f.id = v.facility_id where v.id = any(${[...visits]}::uuid[])`.execute(tx);
  return rows.map(({ name }) => name);
}

/** All stays of a trailer of a company, in whichever of its yards. @returns what fits none of them */
async function foldOne(tx: Transaction, company: string, key: string): Promise<Contradiction[]> {
  const visits = await visitsWith(tx, sql`v.id in (
    select id from visit where company = ${company} and trailer_key = ${key} union select id from visit where company = ${company} and trailer_out_key = ${key}
    union select id from visit where equipment_keys @> array[${key}]::text[] and company = ${company})`);
  const { rows: moves } = await sql<{ id: string; source: string; site: string; trailer: string; state: YardMoveState; to: string; doneAt: string | null }>`
    select m.id, m.connection as source, ${site} as site, m.trailer, m.state, m.to_place as to, m.done_at as "doneAt" from yard_move m join facility f on f.id = m.facility_id
    where m.company = ${company} and m.trailer_key = ${key} and not m.deleted and m.state = 'DONE' order by m.done_at desc limit ${mostVisits}`.execute(tx);
  const sites = [...new Set([...visits.map((visit) => visit.site), ...moves.map((move) => move.site)])].sort();
  const ours = await ownFacilities(tx, sites);
  const wanted: StayRow[] = [];
  const contradictions: Contradiction[] = [];
  const before = await tx.selectFrom('trailer_stay').selectAll().where('company', '=', company).where('trailer_key', '=', key).execute();
  const kept = new Set<string>();
  for (const at of sites) {
    // What is further back than is looked at stands as it was folded then: the first stay that begins behind it is the first that is folded anew.
    const since = visits.length < mostVisits ? '' : settledAt(before.filter((stay) => stay.site === at), cameAt(visits.at(-1)!));
    for (const stay of before) if (stay.site === at && stay.arrived_at <= since) kept.add(stay.id);
    const here = visits.filter((visit) => visit.site === at && cameAt(visit) > since);
    const fold = foldTrailer(key, here.map(seenVisit), moves.filter((move) => move.site === at && (move.doneAt ?? '') > since) satisfies SeenMove[]);
    wanted.push(...fold.stays.map((stay) => stayRow(stay, company, at, key, ours.get(at) ?? here.find(({ id }) => id === stay.arrivedWith)!.facility_id)));
    contradictions.push(...neverCame(at, fold.neverCame));
  }
  if (visits.length >= mostVisits) for (const stay of before) if (!sites.includes(stay.site)) kept.add(stay.id);
  await writeStays(tx, before.filter(({ id }) => !kept.has(id)), wanted);
  return contradictions;
}

const cameAt = (visit: VisitRow) => visit.checked_in_at ?? visit.arrived_at ?? visit.at_dock_at ?? visit.checked_out_at ?? '';

/** The end of the stay that goes on at this time, else the time itself. */
function settledAt(stays: ReadonlyArray<{ arrived_at: string; left_at: string | null }>, at: string): string {
  return stays.find((stay) => stay.arrived_at <= at && stay.left_at !== null && stay.left_at > at)?.left_at ?? at;
}

/** Of these yards, those that are run here, with the ids of their facilities: others may know the same yard by ids of theirs. */
async function ownFacilities(db: Queryable, sites: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ site: string; id: string }>`select code || '@' || company as site, facility_id as id from facility_plan where code || '@' || company = any(${[...sites]}::text[])`.execute(db);
  return new Map(rows.map(({ site: name, id }) => [name, id]));
}

type StayRow = ReturnType<typeof stayRow>;

function stayRow(stay: TrailerStay, company: string, at: string, key: string, facility: string) {
  return {
    id: uuidOfName(`stay:${company}:${at}:${key}:${stay.arrivedWith}`), company, site: at, facility_id: facility, trailer: stay.trailer, trailer_key: key,
    arrived_at: stay.arrivedAt, arrived_with: stay.arrivedWith, left_at: stay.leftAt, left_with: stay.leftWith, place: stay.place, load: stay.load, ready: stay.ready, visits: stay.visits,
  };
}

type KnownStay = Selectable<TrailerStayTable>;

/** @param before those that may be replaced */
async function writeStays(tx: Transaction, before: readonly KnownStay[], wanted: readonly StayRow[]): Promise<void> {
  const text = (row: StayRow | (typeof before)[number]) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
  const known = new Map(before.map((row) => [row.id, text(row)]));
  const changed = wanted.filter((row) => known.get(row.id) !== text(row));
  const gone = before.filter((row) => !wanted.some(({ id }) => id === row.id)).map(({ id }) => id);
  const replaced = [...gone, ...changed.map(({ id }) => id)];
  if (replaced.length > 0) await tx.deleteFrom('trailer_stay').where('id', '=', sql<string>`any(${replaced}::uuid[])`).execute();
  await insertRows(tx, 'trailer_stay', changed);
  // By what its yard is called. A carrier sees its own visits, and no trailer that stands there.
  const keys = (row: StayRow) => (row.site.includes('@') ? [`facility:${row.site}`] : []);
  await projectAccess(tx, [...wanted.map((row) => ({ kind: 'trailer_stay' as const, recordId: row.id, keys: keys(row) })), ...gone.map((id) => ({ kind: 'trailer_stay' as const, recordId: id, keys: [] }))]);
}

/** What these visits contradict: by themselves, and with those at the same dock or with the same trailer. */
async function contradictionsAbout(tx: Transaction, ids: readonly string[]): Promise<Found[]> {
  if (ids.length === 0) return [];
  const own = await visitsWith(tx, sql`v.id = any(${[...ids]}::uuid[])`);
  const found: Found[] = [];
  for (const visit of own) {
    const beside = await visitsWith(tx, sql`v.id <> ${visit.id} and v.id in (
      select o.id from facility f join visit o on o.facility_id = f.id where ${site} = ${visit.site} and f.company = ${visit.company} and upper(regexp_replace(coalesce(o.dock, (select a.dock from appointment a where a.id = o.appointment_id)), '\\s', '', 'g')) = upper(regexp_replace(${visit.dock}::text, '\\s', '', 'g'))
        and o.at_dock_at > ${visit.at_dock_at}::timestamptz - interval '30 days' and o.at_dock_at < coalesce(${visit.from_dock_at}::timestamptz, ${visit.checked_out_at}::timestamptz, 'infinity')
      union select id from visit where company = ${visit.company} and trailer_key = ${visit.trailer_key}::text
      union select id from visit where facility_id = ${visit.facility_id} and name_key(truck) = name_key(${visit.truck}::text) and truck is not null and not deleted
      union select id from visit where appointment_id = ${visit.appointment_id}::uuid)`);
    const blocked = await blockedDocks(tx, visit.site);
    for (const each of contradictionsOf([seenVisit(visit), ...beside.map(seenVisit)], blocked)) if (each.between.includes(visit.id)) found.push({ ...each, company: visit.company, trailerKey: null });
  }
  return found;
}

async function blockedDocks(db: Queryable, at: string): Promise<BlockedDock[]> {
  const { rows } = await sql<{ docks: Array<{ name: string; blocked?: Array<{ from: string; to: string; reason?: string }> }> }>`select plan->'docks' as docks from facility_plan where code || '@' || company = ${at}`.execute(db);
  return rows.flatMap(({ docks }) => docks.flatMap(({ name, blocked = [] }) => blocked.map((block) => ({ site: at, dock: name, ...block }))));
}

/** Makes the contradictions of these records and trailers exactly the given ones. @returns those that came, went, or read otherwise */
async function writeContradictions(tx: Transaction, ids: readonly string[], trailers: ReadonlyArray<{ company: string; key: string }>, found: readonly Found[]): Promise<YardChanges['contradictions']> {
  const rows = new Map(found.map(({ kind, about, between, company, trailerKey, title, detail }) => {
    const id = uuidOfName(`contradiction:${kind}:${about}`);
    return [id, { id, company, kind, about, between_ids: between, trailer_key: trailerKey, title, detail }];
  }));
  const { rows: before } = await sql<{ id: string; kind: string; about: string; detail: string; title: string }>`
    select id, kind, about, title, detail from yard_contradiction y where (y.between_ids && ${[...ids]}::uuid[] and y.trailer_key is null)
      or ((y.company, y.trailer_key) in (select * from unnest(${trailers.map(({ company }) => company)}::text[], ${trailers.map(({ key }) => key)}::text[])))`.execute(tx);
  const isSame = (row: (typeof before)[number]) => rows.get(row.id)?.detail === row.detail && rows.get(row.id)?.title === row.title;
  const gone = before.filter((row) => !isSame(row));
  if (gone.length > 0) await tx.deleteFrom('yard_contradiction').where('id', '=', sql<string>`any(${gone.map(({ id }) => id)}::uuid[])`).execute();
  const fresh = [...rows.values()].filter((row) => !before.some((each) => each.id === row.id && isSame(each)));
  await insertRows(tx, 'yard_contradiction', fresh);
  return [...new Map([...gone, ...fresh].map(({ id, kind, about }) => [id, { kind, about }])).values()];
}

async function visitsWith(db: Queryable, condition: ReturnType<typeof sql>): Promise<VisitRow[]> {
  const { rows } = await sql<VisitRow>`
    select ${visitColumns} from visit v join facility f on f.id = v.facility_id where not v.deleted and ${condition}
    order by coalesce(v.checked_in_at, v.arrived_at, v.at_dock_at, v.checked_out_at) desc nulls last, v.id limit ${mostVisits}`.execute(db);
  return rows;
}

function seenVisit(row: VisitRow): SeenVisit {
  return {
    id: row.id, source: row.source, site: row.site, type: row.type, state: row.state, truck: row.truck, trailer: row.trailer, ...(row.left_without_trailer ? { trailerOut: null } : row.trailer_out === null ? {} : { trailerOut: row.trailer_out }),
    ...(row.direction === null ? {} : { direction: row.direction }), ...(row.appointment_id === null ? {} : { appointment: { id: row.appointment_id, name: row.appointment ?? row.appointment_id } }), dock: row.dock, arrivedAt: row.arrived_at, checkedInAt: row.checked_in_at, atDockAt: row.at_dock_at, fromDockAt: row.from_dock_at, checkedOutAt: row.checked_out_at,
    handlingStartedAt: row.handling_started_at, handlingEndedAt: row.handling_ended_at, equipment: row.equipment,
  };
}
