import type { PersonalVault } from '../../../auth/personal-vault.js';
import { recordAudit } from '../../../events/audit.js';
import { answerOnce } from '../../../events/own-requests.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { Json } from '../../../lib/json.js';
import { ourConnection } from '../../../model/our-connection.js';
import { recordId } from '../../../model/record-ids.js';
import { normalizeReferenceValue } from '../../../model/references.js';
import { chooseDock, freeDocks, handlingOf, directionOf, minutesAtDock, sameDock, whyNot, type ChosenDock, type DockUse, type DockWish } from '../../../model/yard/choose-dock.js';
import type { Dock } from '../../../model/yard/plan.js';
import type { DockDirection, VisitRecord, VisitType } from '../../../model/yard/records.js';
import { trailersOfVisit } from '../../../model/yard/trailers.js';
import { takeVisitStep, type VisitDetails, type VisitStep } from '../../../model/yard/visit.js';
import type { Arrival, ArrivalAnswer, VisitReport } from '../../../model/yard/visit-desk.js';
import type { Database, Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { comparable } from '../own/asked.js';
import { ownVersions, standingVersions } from '../own/history.js';
import { stateOwn, type OwnState } from '../own/records.js';
import { holdFacilityOf, holdOwnFacility, timeThere, type YardAsker } from './at-facility.js';
import { dockUses } from './dock-uses.js';
import { keepDriver } from './drivers.js';
import type { OwnFacility } from './facilities.js';
import { lookAtGate, type Gate, type GateAppointment } from './gate.js';
import { movesOfLeaving } from './moves.js';
import { checkPhotos } from './photos.js';
import { settleYardMatters } from './yard-matters.js';
import { appointmentAfter } from './visit-appointment.js';
import { mattersOfVisit } from './visit-matters.js';

/** A visit that is kept here, held. */
interface HeldVisit {
  /** UUID and own id. */
  id: string;
  ownId: string;
  version: number;
  record: VisitRecord;
  facility: OwnFacility;
}

const subjectPrefix = `visit:${ourConnection}:`;

/** Trucks at facilities that are run here: whoever runs the facility says what they do, each step once. */
export class VisitDesk {
  readonly #database: Database;
  readonly #people: PersonalVault;

  constructor({ database, people }: Pick<TaskContext, 'database' | 'people'>) {
    this.#database = database;
    this.#people = people;
  }

  /** Announces a truck. @throws GatehouseError */
  expect(arrival: Arrival, asker: YardAsker): Promise<ArrivalAnswer> {
    return this.#arrive(arrival, asker, 'EXPECT');
  }

  /**
   * Checks a truck in, for the appointment that it comes for where one can be found, and turns it away at once where `rejected` says why.
   * @throws GatehouseError NOT_FOUND, BAD_INPUT, CONFLICT
   */
  checkIn(arrival: Arrival, asker: YardAsker, rejected?: string): Promise<ArrivalAnswer> {
    return this.#arrive(arrival, asker, 'CHECK_IN', rejected);
  }

  async #arrive(arrival: Arrival, asker: YardAsker, kind: 'EXPECT' | 'CHECK_IN', rejected?: string): Promise<ArrivalAnswer> {
    const { by, correlationId } = asker;
    return this.#once(asker, comparable(this.#people, { arrival, kind, rejected: rejected ?? null }), async (tx) => {
      const facility = await holdOwnFacility(tx, arrival.facility, by);
      const at = timeThere(kind === 'EXPECT' ? undefined : arrival.at, facility);
      const gate = await lookAtGate(tx, facility, { ...given({ appointment: arrival.appointment, carrier: arrival.carrier }), references: arrival.references, atMs: Date.parse(at.instant), ...given({ visit: arrival.visit }) }, by);
      const held = arrival.visit === undefined ? null : await holdVisit(tx, arrival.visit, facility);
      const ownId = held?.ownId ?? uuidv7();
      const details = await this.#details(tx, ownId, arrival, gate, held?.record ?? null);
      let record = accepted(takeVisitStep(held?.record ?? null, kind === 'EXPECT' ? { step: kind, facilityId: facility.ownId, details } : { step: kind, facilityId: facility.ownId, details, at }));
      if (rejected !== undefined) record = accepted(takeVisitStep(record, { step: 'REJECT', at, reason: rejected }));
      const action = rejected !== undefined ? 'turn-away' : kind === 'EXPECT' ? 'expect' : 'check-in';
      await this.#state(tx, { facility, ownId, version: (held?.version ?? 0) + 1, before: held?.record ?? null, record, action, unmatched: gate.match.unmatched }, by, correlationId);
      return { visit: recordId('visit', ourConnection, ownId), unmatched: gate.told } as unknown as Json;
    }) as unknown as Promise<ArrivalAnswer>;
  }

  async #details(tx: Transaction, ownId: string, arrival: Arrival, { appointment, references }: Gate, before: VisitRecord | null): Promise<VisitDetails> {
    const { type = 'UNKNOWN', direction, carrier, truck, trailer, driver } = arrival;
    const appointmentId = appointment === null ? before?.appointmentId : ownIdOf(appointment);
    const named = [...new Set([...(before?.loads ?? []), ...arrival.references])];
    const fromAppointment = appointment === null || appointment.direction === 'UNKNOWN' ? undefined : (appointment.direction as DockDirection);
    return {
      type: type === 'UNKNOWN' && (before === null || before.type === 'UNKNOWN') ? typeOf(appointment) : type,
      ...given({ appointmentId, direction: direction ?? fromAppointment ?? before?.direction, carrier: carrier ?? before?.carrier ?? appointment?.carrier ?? undefined, truck, trailer }),
      ...(driver === undefined ? {} : { personalDataId: await keepDriver(tx, this.#people, ownId, driver) }),
      ...(named.length === 0 ? {} : { loads: named }), ...(references.length === 0 ? {} : { references }), sealsIn: arrival.seals,
    };
  }

  /**
   * Gives a visit a dock: the one that is named, else the one that the rules choose.
   * @param evenIfBooked also one that an appointment has whose truck is not here
   * @throws GatehouseError NOT_FOUND; SLOT_TAKEN where it, or every one, is taken; CONFLICT where the visit needs none
   */
  async assignDock({ visit, dock, evenIfBooked = false }: { visit: string; dock?: string; evenIfBooked?: boolean }, asker: YardAsker): Promise<{ visit: string }> {
    return this.#onVisit(visit, asker, { dock: dock ?? null, evenIfBooked, step: 'ASSIGN_DOCK' }, async (tx, held) => {
      const chosen = await chooseFor(tx, held, dock, evenIfBooked);
      return { step: { step: 'ASSIGN_DOCK', ...chosen }, action: 'assign-dock' };
    });
  }

  /**
   * What happened to a truck. It is taken as it is reported, also where it contradicts what was said before.
   * @throws GatehouseError NOT_FOUND, BAD_INPUT; CONFLICT where it cannot be of this visit
   */
  async report(report: VisitReport, asker: YardAsker): Promise<{ visit: string }> {
    return this.#onVisit(report.visit, asker, report as unknown as Json, async (tx, held) => {
      await checkPhotos(tx, report.visit, report.findings?.flatMap(({ photos }) => photos) ?? []);
      return { step: stepOf(report, held), action: report.step.toLowerCase().replaceAll('_', '-') };
    });
  }

  /**
   * Takes the latest step of a visit back: it is exactly as it was before it. A check-in that is taken back calls the visit off.
   * @throws GatehouseError NOT_FOUND; CONFLICT where nothing is left to take back; SLOT_TAKEN where it would have a dock again that somebody else has by now
   */
  async undo(visit: string, asker: YardAsker): Promise<{ visit: string }> {
    return this.#once(asker, { visit, step: 'UNDO' }, async (tx) => {
      const held = await holdVisitAnywhere(tx, visit, asker);
      const standing = standingVersions(await ownVersions<'visit.reported'>(tx, 'visit', held.ownId));
      const [last, before] = [standing.at(-1), standing.at(-2)];
      if (last === undefined) throw new GatehouseError('CONFLICT', 'No step of it is left to take back.', { field: 'input.visitId' });
      const record: VisitRecord = before?.payload ?? { type: last.payload.type, state: 'CANCELLED', facilityId: held.facility.ownId, reason: 'It was taken back.' };
      await keepReserved(tx, held, record);
      await this.#state(tx, { facility: held.facility, ownId: held.ownId, version: held.version + 1, before: held.record, record, action: 'undo', undoes: last.version }, asker.by, asker.correlationId);
      return { visit };
    }) as unknown as Promise<{ visit: string }>;
  }

  #onVisit(visit: string, asker: YardAsker, asked: Json, decide: (tx: Transaction, held: HeldVisit) => Promise<{ step: VisitStep; action: string }>): Promise<{ visit: string }> {
    return this.#once(asker, { visit, asked }, async (tx) => {
      const held = await holdVisitAnywhere(tx, visit, asker);
      const { step, action } = await decide(tx, held);
      const record = accepted(takeVisitStep(held.record, step));
      await this.#state(tx, { facility: held.facility, ownId: held.ownId, version: held.version + 1, before: held.record, record, action }, asker.by, asker.correlationId);
      return { visit };
    }) as unknown as Promise<{ visit: string }>;
  }

  async #once(asker: YardAsker, asked: Json, work: (tx: Transaction) => Promise<Json>): Promise<Json> {
    const { answer } = await this.#database.transaction((tx) => answerOnce(tx, { requestedBy: asker.by.subject, idempotencyKey: asker.idempotencyKey }, asked, () => work(tx)));
    return answer;
  }

  async #state(tx: Transaction, change: VisitChange, by: YardAsker['by'], correlationId: string): Promise<void> {
    const { facility, ownId, version, before, record, action, undoes, unmatched = [] } = change;
    // One that the visit was for, and is for no more, is as if it had never come.
    const concerned = [...new Set([record.appointmentId, before?.appointmentId].filter((id) => id !== undefined))].sort();
    const appointments: OwnState[] = [];
    for (const id of concerned) {
      const changed = await appointmentAfter(tx, facility, id, { ownId, record: id === (record.appointmentId ?? before?.appointmentId) ? record : null }, action, by.subject);
      if (changed !== null) appointments.push(changed);
    }
    const visit: OwnState<'visit.reported'> = { type: 'visit.reported', kind: 'visit', id: ownId, company: facility.company, version, payload: record, step: { action: `visit.${action}`, by: by.subject, ...(undoes === undefined ? {} : { undoes }) } };
    const leaving = record.state === 'CHECKED_OUT' && before?.state !== 'CHECKED_OUT' ? leavingWith(record) : null;
    const moves = leaving === null ? [] : await movesOfLeaving(tx, facility, leaving, by);
    const further = await settleYardMatters(tx, mattersOfVisit({ subject: `${subjectPrefix}${ownId}`, company: facility.company, facility: facility.plan.name }, before, record, unmatched));
    await recordAudit(tx, [{ actor: by, action: `visit.${action}`, target: { kind: 'visit', id: recordId('visit', ourConnection, ownId) }, correlationId, payload: { version, state: record.state, dock: record.dock ?? null } }]);
    await stateOwn(tx, [...appointments, visit, ...moves], correlationId, further);
  }
}

/** The trailer with which a truck leaves. */
function leavingWith({ type, trailer, trailerOut, equipment = [] }: VisitRecord): string | null {
  return trailersOfVisit({ type, trailer: trailer ?? null, ...(trailerOut === undefined ? {} : { trailerOut }), equipment }).left;
}

/** What becomes of a visit that is kept here. */
interface VisitChange {
  facility: OwnFacility;
  ownId: string;
  version: number;
  /** Null: there was none. */
  before: VisitRecord | null;
  record: VisitRecord;
  action: string;
  undoes?: number;
  unmatched?: Gate['match']['unmatched'];
}

/** Which fields have a value. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function ownIdOf({ subject }: GateAppointment): string {
  return subject.slice(`appointment:${ourConnection}:`.length);
}

/** What a truck with this appointment comes for. */
function typeOf(appointment: GateAppointment | null): VisitType {
  if (appointment?.handling === 'DROP') return appointment.direction === 'OUTBOUND' ? 'PICK_UP' : 'DROP';
  if (appointment?.handling !== 'LIVE') return 'UNKNOWN';
  return appointment.direction === 'INBOUND' ? 'LIVE_UNLOAD' : appointment.direction === 'OUTBOUND' ? 'LIVE_LOAD' : 'LIVE';
}

function accepted(result: ReturnType<typeof takeVisitStep>): VisitRecord {
  if ('refused' in result) throw new GatehouseError('CONFLICT', result.refused, { field: 'input' });
  return result;
}

/** The visit of this facility, held. @throws GatehouseError NOT_FOUND */
async function holdVisit(tx: Transaction, id: string, facility: OwnFacility): Promise<HeldVisit> {
  const row = await tx.selectFrom('visit').select(['subject', 'version', 'facility_id']).where('id', '=', id).where('deleted', '=', false).forUpdate().executeTakeFirst();
  if (row === undefined || row.facility_id !== facility.id || !row.subject.startsWith(subjectPrefix)) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.visitId' });
  const ownId = row.subject.slice(subjectPrefix.length);
  const versions = await ownVersions<'visit.reported'>(tx, 'visit', ownId);
  return { id, ownId, version: row.version, record: versions.at(-1)!.payload, facility };
}

/** The same, where the facility is that of the visit. @throws GatehouseError NOT_FOUND where it is others', or kept elsewhere */
async function holdVisitAnywhere(tx: Transaction, id: string, { by }: YardAsker): Promise<HeldVisit> {
  const row = await tx.selectFrom('visit').select(['facility_id', 'subject']).where('id', '=', id).where('connection', '=', ourConnection).executeTakeFirst();
  const facility = await holdFacilityOf(tx, row, by, 'input.visitId');
  // Before the visit, as everybody who holds both: also those that it was for before, to which a step back may lead.
  const versions = await ownVersions<'visit.reported'>(tx, 'visit', row!.subject.slice(subjectPrefix.length));
  const appointments = [...new Set(versions.map(({ payload }) => payload.appointmentId).filter((each) => each !== undefined))].map((each) => recordId('appointment', ourConnection, each));
  if (appointments.length > 0) await tx.selectFrom('appointment').select('id').where('id', 'in', appointments).orderBy('id').forUpdate().execute();
  return holdVisit(tx, id, facility);
}

async function chooseFor(tx: Transaction, { id, record, facility }: HeldVisit, named: string | undefined, evenIfBooked: boolean): Promise<ChosenDock> {
  const wish = await wishOf(tx, record);
  const uses = await usesBeside(tx, { id, record, facility }, minutesAtDock(facility.plan, wish));
  const now = new Date().toISOString();
  if (named === undefined) {
    const chosen = chooseDock(facility.plan, wish, uses, now);
    if (chosen.dock === null) throw new GatehouseError('SLOT_TAKEN', `No dock can be had. ${chosen.reasons.join(' ')}${chosen.free.length === 0 ? '' : ` Free all the same: ${chosen.free.join(', ')}.`}`, { field: 'input.dock' });
    return chosen;
  }
  const dock = dockNamed(facility, named);
  const taken = uses.filter((use) => sameDock(use.dock, dock.name) && !(evenIfBooked && use.isBookedOnly === true));
  // Who names a dock answers for what it can do, not for who has it.
  const against = whyNot(dock, {} as DockWish, taken, now);
  if (against !== 'nothing is against it') throw new GatehouseError('SLOT_TAKEN', `${dock.name} cannot be had: ${against}. ${freeText(freeDocks(facility.plan, uses, now).map(({ name }) => name))}`, { field: 'input.dock' });
  const lacking = whyNot(dock, wish, [], now);
  return { dock: dock.name, reasons: [`${dock.name} was named by a person.`, ...(lacking === 'nothing is against it' ? [] : [`By the rules ${lacking}.`])] };
}

/** The dock of the plan. @throws GatehouseError BAD_INPUT with those that there are */
function dockNamed({ plan }: OwnFacility, named: string): Dock {
  const dock = plan.docks.find((each) => sameDock(each.name, named));
  if (dock === undefined) throw new GatehouseError('BAD_INPUT', `There is no dock ${named.slice(0, 60)} here. There are ${plan.docks.map(({ name }) => name).join(', ')}.`, { field: 'input.dock' });
  return dock;
}

/** The dock that a visit is to have, and is not at: it is kept for it alone. */
function reservedDock({ state, dock, atDockAt }: VisitRecord): string | null {
  return dock !== undefined && atDockAt === undefined && (state === 'CHECKED_IN' || state === 'EXPECTED') ? dock : null;
}

/** @throws GatehouseError SLOT_TAKEN where a step back would give it a dock that is given to somebody else */
async function keepReserved(tx: Transaction, { id, record: now, facility }: HeldVisit, before: VisitRecord): Promise<void> {
  const dock = reservedDock(before);
  if (dock === null || dock === reservedDock(now)) return;
  const uses = await usesBeside(tx, { id, record: before, facility }, 0);
  const use = uses.find((each) => sameDock(each.dock, dock));
  if (use !== undefined) throw new GatehouseError('SLOT_TAKEN', `It would have ${dock} again, which ${use.by} has by now. Give it another dock instead.`, { field: 'input.visitId' });
}

function usesBeside(tx: Transaction, { id, record, facility }: Pick<HeldVisit, 'id' | 'record' | 'facility'>, minutes: number): Promise<DockUse[]> {
  const appointment = record.appointmentId === undefined ? null : recordId('appointment', ourConnection, record.appointmentId);
  return dockUses(tx, facility, minutes, { visit: id, appointment, truck: record.truck ?? null, trailer: record.trailer === undefined ? null : normalizeReferenceValue(record.trailer) });
}

const freeText = (free: readonly string[]) => (free.length === 0 ? 'No dock is free.' : `Free: ${free.join(', ')}.`);

async function wishOf(tx: Transaction, record: VisitRecord): Promise<DockWish> {
  const row = record.appointmentId === undefined ? undefined : await tx.selectFrom('appointment').select(['dock', 'direction', 'handling', 'temperature', 'height_cm', 'pallets']).where('id', '=', recordId('appointment', ourConnection, record.appointmentId)).executeTakeFirst();
  const direction = directionOf(record);
  return {
    hasAppointment: row !== undefined,
    ...given({ direction: direction === 'UNKNOWN' ? (row?.direction as DockDirection | undefined) : direction, handling: handlingOf(record.type) ?? (row?.handling as DockWish['handling'] | null) ?? undefined }),
    ...given({ temperature: (row?.temperature as DockWish['temperature'] | null) ?? undefined, heightCm: row?.height_cm ?? undefined, pallets: row?.pallets ?? undefined, booked: row?.dock ?? undefined }),
  };
}

/** @throws GatehouseError BAD_INPUT where the report lacks something */
function stepOf(report: VisitReport, { facility }: HeldVisit): VisitStep {
  const at = timeThere(report.at, facility);
  const lacking = (field: string, message: string) => new GatehouseError('BAD_INPUT', message, { field: `input.${field}` });
  switch (report.step) {
    case 'REJECT':
    case 'CANCEL':
      if (report.reason === undefined) throw lacking('reason', 'Say why.');
      return report.step === 'REJECT' ? { step: 'REJECT', at, reason: report.reason } : { step: 'CANCEL', reason: report.reason };
    case 'AT_DOCK':
      return { step: 'AT_DOCK', at, ...(report.dock === undefined ? {} : { dock: dockNamed(facility, report.dock).name }) };
    case 'COUNT':
      if ((report.counts ?? []).length === 0) throw lacking('counts', 'Say what was counted.');
      return { step: 'COUNT', counts: report.counts!.map((count) => ({ ...count, at })) };
    case 'SEALS':
      if ((report.sealsIn ?? []).length + (report.sealsOut ?? []).length === 0) throw lacking('sealsIn', 'Say which seals.');
      return { step: 'SEALS', sealsIn: report.sealsIn ?? [], sealsOut: report.sealsOut ?? [] };
    case 'FINDING':
      if (report.findings?.length !== 1) throw lacking('finding', 'Say what was found: one at a time, so that each can be taken back.');
      return { step: 'FINDING', finding: { ...report.findings[0]!, id: uuidv7(), at } };
    case 'DETACH':
      return { step: 'DETACH', at, ...given({ place: report.place, load: report.load }) };
    case 'ATTACH':
      if (report.trailer === undefined) throw lacking('trailer', 'Say which trailer.');
      return { step: 'ATTACH', at, trailer: report.trailer, ...given({ load: report.load }) };
    default:
      return { step: report.step, at };
  }
}
