import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sql } from 'kysely';
import { principalOf } from '../../../src/auth/principal.js';
import { GatehouseError } from '../../../src/lib/errors.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { saveFacilityPlan } from '../../../src/jobs/tasks/yard/facilities.js';
import { MoveDesk } from '../../../src/jobs/tasks/yard/moves.js';
import { VisitDesk } from '../../../src/jobs/tasks/yard/visits.js';
import type { VisitReport } from '../../../src/model/yard/visit-desk.js';
import { ourConnection } from '../../../src/model/our-connection.js';
import { sameDock } from '../../../src/model/yard/choose-dock.js';
import { contradictionsOf, neverCame } from '../../../src/model/yard/contradictions.js';
import { foldTrailer, type SeenMove, type SeenVisit } from '../../../src/model/yard/trailers.js';
import { openPipeline, type Pipeline } from '../../projections/pipeline.js';
import { describeOnEachDatabase } from '../../support/databases.js';
import { dockAppointment, dockVisit, dockWarehouse } from '../../support/transport.js';
import { facilityPlan } from '../../support/yard/facility-plan.js';

const operator = principalOf({ subject: 'dock-office', role: 'operator', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 86_400_000, demonstration: false });
const asker = () => ({ by: operator, idempotencyKey: uuidv7(), correlationId: uuidv7() });
const start = Date.now() - 40 * 3_600_000;

/** What the test itself knows of a run. */
interface Known {
  /** UUIDs of visits that were checked in here, in that order. */
  visits: string[];
  /** Of each, its rows as they were before the steps that stand. */
  before: Map<string, string[]>;
  moves: string[];
  /** A minute later with every step. */
  minute: number;
}

interface Yard {
  pipeline: Pipeline;
  desk: VisitDesk;
  moveDesk: MoveDesk;
  facility: string;
  code: string;
  name: string;
}

type Step = fc.AsyncCommand<Known, Yard>;

/** What refuses is one of the errors that are meant for the caller. */
async function refusable(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof GatehouseError && ['CONFLICT', 'SLOT_TAKEN', 'NOT_FOUND'].includes(error.code)) return false;
    throw error;
  }
}

const rowOf = async ({ pipeline }: Yard, id: string) => {
  const { version: _, updated_at: __, ...row } = await pipeline.services.database.kysely.selectFrom('visit').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  return JSON.stringify(row);
};

async function stepped(known: Known, yard: Yard, id: string, work: () => Promise<unknown>): Promise<boolean> {
  const before = await rowOf(yard, id);
  const done = await refusable(work);
  const after = await rowOf(yard, id);
  if (done) known.before.get(id)!.push(before);
  else expect(after).toBe(before);
  checkPossible(JSON.parse(after) as Record<string, unknown>);
  return done;
}

/** What no row may say, whatever was done. */
function checkPossible(row: Record<string, unknown>): void {
  if (row['state'] === 'AT_DOCK') expect([row['dock'], row['at_dock_at'], row['from_dock_at'], row['checked_out_at']].map((value) => value !== null)).toEqual([true, true, false, false]);
  if (row['state'] === 'CHECKED_OUT') expect(row['checked_out_at']).not.toBeNull();
  if (row['handling_ended_at'] !== null) expect(row['handling_started_at']).not.toBeNull();
  if (row['left_without_trailer'] === true) expect(row['trailer_out']).toBeNull();
}

const at = (known: Known) => new Date(start + ++known.minute * 60_000).toISOString();
const pick = <T>(values: readonly T[], index: number) => values[index % values.length]!;

class CheckIn implements Step {
  readonly #truck: number;
  readonly #trailer: number | null;
  constructor(truck: number, trailer: number | null) {
    this.#truck = truck;
    this.#trailer = trailer;
  }
  check = () => true;
  async run(known: Known, yard: Yard): Promise<void> {
    const { visit } = await yard.desk.checkIn({ facility: yard.facility, truck: `${yard.name}K${this.#truck}`, ...(this.#trailer === null ? {} : { trailer: `${yard.name}T${this.#trailer}` }), type: 'LIVE_UNLOAD', references: [], seals: [], at: at(known) }, asker());
    known.visits.push(visit);
    known.before.set(visit, []);
  }
  toString = () => `check in K${this.#truck} with ${this.#trailer === null ? 'none' : `T${this.#trailer}`}`;
}

class Assign implements Step {
  readonly #visit: number;
  readonly #dock: number | null;
  constructor(visit: number, dock: number | null) {
    this.#visit = visit;
    this.#dock = dock;
  }
  check = ({ visits }: Readonly<Known>) => visits.length > 0;
  async run(known: Known, yard: Yard): Promise<void> {
    const id = pick(known.visits, this.#visit);
    const kysely = yard.pipeline.services.database.kysely;
    const has = await kysely.selectFrom('visit').select(['id', 'dock']).where('facility_id', '=', yard.facility).where('dock', 'is not', null).where('from_dock_at', 'is', null).where('state', 'in', ['CHECKED_IN', 'AT_DOCK']).where('id', '<>', id).execute();
    const moving = await kysely.selectFrom('yard_move').select(['to_place', 'trailer_key']).where('facility_id', '=', yard.facility).where('state', 'in', ['REQUESTED', 'ASSIGNED', 'STARTED']).execute();
    const done = await stepped(known, yard, id, () => yard.desk.assignDock({ visit: id, ...(this.#dock === null ? {} : { dock: `D${this.#dock}` }) }, asker()));
    if (!done) return;
    const { dock, trailer_key: own } = JSON.parse(await rowOf(yard, id)) as { dock: string; trailer_key: string | null };
    expect([...has.map((row) => row.dock!), ...moving.filter((row) => row.trailer_key !== own).map((row) => row.to_place)].filter((taken) => sameDock(taken, dock)), `${dock} was free`).toEqual([]);
  }
  toString = () => `assign ${this.#dock === null ? 'a dock' : `D${this.#dock}`} to visit ${this.#visit}`;
}

class Report implements Step {
  readonly #visit: number;
  readonly #report: Omit<VisitReport, 'visit' | 'at'>;
  constructor(visit: number, report: Omit<VisitReport, 'visit' | 'at'>) {
    this.#visit = visit;
    this.#report = report;
  }
  check = ({ visits }: Readonly<Known>) => visits.length > 0;
  async run(known: Known, yard: Yard): Promise<void> {
    const id = pick(known.visits, this.#visit);
    const { trailer } = this.#report;
    await stepped(known, yard, id, () => yard.desk.report({ visit: id, ...this.#report, ...(trailer === undefined ? {} : { trailer: `${yard.name}${trailer}` }), at: at(known) }, asker()));
  }
  toString = () => `report ${JSON.stringify(this.#report)} of visit ${this.#visit}`;
}

class Undo implements Step {
  readonly #visit: number;
  constructor(visit: number) {
    this.#visit = visit;
  }
  check = ({ visits }: Readonly<Known>) => visits.length > 0;
  async run(known: Known, yard: Yard): Promise<void> {
    const id = pick(known.visits, this.#visit);
    const [before, wanted] = [await rowOf(yard, id), known.before.get(id)!.at(-1)];
    if (wanted === undefined) return;
    // A dock that it would be sent to again may be another's by now.
    const done = await refusable(() => yard.desk.undo(id, asker()));
    expect(await rowOf(yard, id)).toBe(done ? wanted : before);
    if (done) known.before.get(id)!.pop();
    const reserved = await yard.pipeline.services.database.kysely.selectFrom('visit').select('dock').where('facility_id', '=', yard.facility).where('dock', 'is not', null).where('at_dock_at', 'is', null).where('state', 'in', ['EXPECTED', 'CHECKED_IN']).execute();
    expect(new Set(reserved.map(({ dock }) => dock)).size, 'docks that are kept').toBe(reserved.length);
  }
  toString = () => `undo of visit ${this.#visit}`;
}

class Move implements Step {
  readonly #trailer: number;
  readonly #to: string;
  readonly #ends: boolean;
  constructor(trailer: number, to: string, ends: boolean) {
    this.#trailer = trailer;
    this.#to = to;
    this.#ends = ends;
  }
  check = () => true;
  async run(known: Known, yard: Yard): Promise<void> {
    const kysely = yard.pipeline.services.database.kysely;
    if (this.#ends && known.moves.length > 0) {
      await refusable(() => yard.moveDesk.report({ move: pick(known.moves, this.#trailer), step: 'DONE', at: at(known) }, asker()));
      return;
    }
    if (await refusable(async () => known.moves.push((await yard.moveDesk.request({ facility: yard.facility, trailer: `${yard.name}t ${this.#trailer}`, to: this.#to }, asker())).move))) {
      const open = await kysely.selectFrom('yard_move').select(['trailer_key', 'to_place']).where('facility_id', '=', yard.facility).where('state', 'in', ['REQUESTED', 'ASSIGNED', 'STARTED']).execute();
      for (const column of ['trailer_key', 'to_place'] as const) expect(new Set(open.map((row) => row[column])).size, `${column} of open moves`).toBe(open.length);
    }
  }
  toString = () => (this.#ends ? 'end a move' : `move T${this.#trailer} to ${this.#to}`);
}

/** The other source tells of a truck, late, early or again. */
class Told implements Step {
  readonly #visit: number;
  readonly #version: number;
  readonly #of: { truck: number; trailer: number; dock: number; came: number; docked: number | null; left: number | null };
  constructor(visit: number, version: number, of: { truck: number; trailer: number; dock: number; came: number; docked: number | null; left: number | null }) {
    this.#visit = visit;
    this.#version = version;
    this.#of = of;
  }
  check = () => true;
  async run(_known: Known, yard: Yard): Promise<void> {
    const { truck, trailer, dock, came, docked, left } = this.#of;
    const time = (minute: number) => new Date(start + minute * 60_000).toISOString();
    const [stated, id, warehouse] = [`2026-03-01T0${this.#version}:00:00Z`, `${yard.name}v${this.#visit}`, `${yard.name}w`];
    const events = { Arrived: time(came), ...(docked === null ? {} : { Docked: time(docked) }), ...(left === null ? {} : { Departed: time(left) }) };
    const messages = [
      dockAppointment(`${id}a`, { at: stated, start: time(came), numbers: [], warehouse, dock: `D${dock}` }),
      dockVisit(id, { at: stated, appointment: `${id}a`, warehouse, events, plate: `${yard.name}K${truck}`, trailer: `${yard.name}T${trailer}` }),
    ];
    const fresh = await yard.pipeline.receive(messages.map((message) => ({ connection: 'dock' as const, body: JSON.stringify(message) })));
    await yard.pipeline.decode('dock', fresh.get('dock') ?? []);
    if (came % 2 === 0) await yard.pipeline.project();
  }
  toString = () => `told of v${this.#visit} in version ${this.#version}: ${JSON.stringify(this.#of)}`;
}

const index = fc.nat(5);
const minute = fc.integer({ min: 0, max: 40 });
const steps: Array<fc.Arbitrary<Step>> = [
  fc.tuple(index, fc.option(fc.nat(2))).map(([truck, trailer]) => new CheckIn(truck, trailer)),
  fc.tuple(index, fc.option(fc.integer({ min: 1, max: 3 }))).map(([visit, dock]) => new Assign(visit, dock)),
  fc.tuple(index, fc.oneof(
    fc.constantFrom<Omit<VisitReport, 'visit' | 'at'>>({ step: 'AT_DOCK' }, { step: 'AT_DOCK', dock: 'D1' }, { step: 'START' }, { step: 'END' }, { step: 'LEAVE_DOCK' }, { step: 'CHECK_OUT' }, { step: 'DETACH', place: 'P1' }, { step: 'DETACH' }),
    fc.nat(2).map((trailer) => ({ step: 'ATTACH' as const, trailer: `T${trailer}` })),
  )).map(([visit, report]) => new Report(visit, report)),
  index.map((visit) => new Undo(visit)),
  fc.tuple(fc.nat(2), fc.constantFrom('P1', 'P2', 'D1', 'D2'), fc.boolean()).map(([trailer, to, ends]) => new Move(trailer, to, ends)),
  fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 4 }), fc.record({ truck: index, trailer: fc.nat(2), dock: fc.integer({ min: 1, max: 2 }), came: minute, docked: fc.option(minute), left: fc.option(minute) })).map(([visit, version, of]) => new Told(visit, version, of)),
];
const commands = fc.commands<Known, Yard>(steps, { maxCommands: 60, size: 'max' }) as fc.Arbitrary<Iterable<Step>>;

describeOnEachDatabase('yards of which two sources tell', (kind) => {
  let pipeline: Pipeline;
  let run = 0;
  const found = { stays: 0, contradictions: new Map<string, number>() };
  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  afterAll(() => pipeline?.remove());

  /** What follows from the rows, worked out by the pure folds over everything at once. */
  async function checkFolds({ code, name }: Yard): Promise<void> {
    const db = pipeline.services.database.kysely;
    const site = `${code}@main`;
    const rows = await db.selectFrom('visit').innerJoin('facility', 'facility.id', 'visit.facility_id').leftJoin('appointment', 'appointment.id', 'visit.appointment_id').selectAll('visit').select('appointment.dock as booked').where('facility.code', '=', code).execute();
    const visits = rows.map((row): SeenVisit => ({
      id: row.id, source: row.connection, site, type: row.type as SeenVisit['type'], state: row.state as SeenVisit['state'], truck: row.truck, trailer: row.trailer, ...(row.left_without_trailer ? { trailerOut: null } : row.trailer_out === null ? {} : { trailerOut: row.trailer_out }),
      ...(row.direction === null ? {} : { direction: row.direction as 'INBOUND' }), dock: row.dock ?? (row.at_dock_at === null ? null : row.booked), arrivedAt: row.arrived_at, checkedInAt: row.checked_in_at, atDockAt: row.at_dock_at, fromDockAt: row.from_dock_at, checkedOutAt: row.checked_out_at,
      handlingStartedAt: row.handling_started_at, handlingEndedAt: row.handling_ended_at, equipment: row.equipment as unknown as SeenVisit['equipment'],
    }));
    const moved = await db.selectFrom('yard_move').innerJoin('facility', 'facility.id', 'yard_move.facility_id').selectAll('yard_move').where('facility.code', '=', code).execute();
    const moves = moved.map((row): SeenMove => ({ id: row.id, source: row.connection, site, trailer: row.trailer, state: row.state as SeenMove['state'], to: row.to_place, doneAt: row.done_at }));
    const keys = [...new Set([...rows.flatMap((row) => [row.trailer_key, row.trailer_out_key, ...row.equipment_keys]), ...moved.map((row) => row.trailer_key)].filter((key) => key !== null))];
    const folds = keys.map((key) => ({ key, fold: foldTrailer(key, visits, moves) }));
    const stays = await db.selectFrom('trailer_stay').selectAll().where('site', '=', site).execute();
    const text = (values: unknown[]) => values.map((value) => JSON.stringify(value)).sort();
    expect(text(stays.map((row) => [row.trailer_key, row.arrived_at, row.arrived_with, row.left_at, row.left_with, row.place, row.load, row.ready, row.visits])))
      .toEqual(text(folds.flatMap(({ key, fold }) => fold.stays.map((stay) => [key, stay.arrivedAt, stay.arrivedWith, stay.leftAt, stay.leftWith, stay.place, stay.load, stay.ready, stay.visits]))));
    const wanted = [...contradictionsOf(visits, []), ...folds.flatMap(({ fold }) => neverCame(site, fold.neverCame))];
    const raised = await sql<{ kind: string; title: string; detail: string }>`select kind, title, detail from exception where kind in ('DOCK_TAKEN_TWICE', 'OUT_BEFORE_IN', 'TRAILER_IN_TWO_PLACES', 'TRAILER_NEVER_CAME', 'TRUCK_ON_SITE_TWICE') and state <> 'RESOLVED' and (title || detail) like ${`%${name}%`}`.execute(db);
    const named = (of: Array<{ kind: string; title: string; detail: string }>) => of.filter(({ title, detail }) => `${title}${detail}`.includes(name)).map(({ kind: what, title, detail }) => `${what} ${title} ${detail}`).sort();
    expect(named(raised.rows)).toEqual(named(wanted));
    found.stays += stays.length;
    for (const { kind: what } of wanted) found.contradictions.set(what, (found.contradictions.get(what) ?? 0) + 1);
  }

  it('give nothing away twice, keep what contradicts and raise it, say nothing impossible, and undo exactly', async () => {
    await fc.assert(fc.asyncProperty(commands, async (drawn) => {
      const name = `Z${kind === 'embedded' ? 'E' : 'P'}${++run}X`;
      const code = `${name}C`;
      const fresh = await pipeline.receive([{ connection: 'dock', body: JSON.stringify(dockWarehouse(`${name}w`, { at: '2026-03-01T00:00:00Z', code, name: code })) }]);
      await pipeline.decode('dock', fresh.get('dock') ?? []);
      const facility = await saveFacilityPlan(pipeline.tasks, { code, company: 'main', plan: facilityPlan({ name: code }) }, operator, uuidv7());
      await pipeline.project();
      const yard: Yard = { pipeline, desk: new VisitDesk(pipeline.tasks), moveDesk: new MoveDesk(pipeline.tasks), facility, code, name };
      await fc.asyncModelRun(() => ({ model: { visits: [], before: new Map(), moves: [], minute: 0 } as Known, real: yard }), drawn);
      await pipeline.settle();
      await checkFolds(yard);
    }), { numRuns: 25, endOnFailure: true });
    expect(found.stays).toBeGreaterThan(10);
    expect([...found.contradictions.keys()]).toEqual(expect.arrayContaining(['OUT_BEFORE_IN', 'TRAILER_NEVER_CAME']));
    expect(await pipeline.services.database.kysely.selectFrom('visit').select('id').where('connection', '=', ourConnection).execute()).not.toEqual([]);
  }, 240_000);
});
