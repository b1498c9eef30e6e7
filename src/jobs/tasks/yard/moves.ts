import { recordAudit } from '../../../events/audit.js';
import { answerOnce } from '../../../events/own-requests.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { Json } from '../../../lib/json.js';
import { ourConnection } from '../../../model/our-connection.js';
import { recordId } from '../../../model/record-ids.js';
import { normalizeReferenceValue } from '../../../model/references.js';
import { blockedWhy, sameDock } from '../../../model/yard/choose-dock.js';
import { takeMoveStep, type MoveStep, type moveSteps } from '../../../model/yard/moves.js';
import type { YardMoveRecord } from '../../../model/yard/records.js';
import type { Database, Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { ownVersions, standingVersions } from '../own/history.js';
import { stateOwn, type OwnState } from '../own/records.js';
import { holdFacilityOf, holdOwnFacility, timeThere, type YardAsker } from './at-facility.js';
import { dockUses, placesTaken } from './dock-uses.js';
import type { OwnFacility } from './facilities.js';

/** A trailer that is to be brought somewhere. */
export interface MoveWish {
  /** UUID. */
  facility: string;
  trailer: string;
  /** Name of a spot or dock. */
  to: string;
  reason?: string;
}

/** What is done about a move, or reported of it. */
export interface MoveReport {
  /** UUID. */
  move: string;
  step: (typeof moveSteps)[number];
  at?: string;
  assignee?: string;
  /** Of DONE: where it really came to. */
  to?: string;
  reason?: string;
}

interface HeldMove {
  ownId: string;
  version: number;
  record: YardMoveRecord;
  facility: OwnFacility;
}

const subjectPrefix = `yard_move:${ourConnection}:`;
const openStates = ['REQUESTED', 'ASSIGNED', 'STARTED'];

/** Moves of trailers within yards that are run here. */
export class MoveDesk {
  readonly #database: Database;

  constructor({ database }: Pick<TaskContext, 'database'>) {
    this.#database = database;
  }

  /**
   * Asks for a trailer to be moved. Trailer and place are kept for the move until it ends.
   * @throws GatehouseError NOT_FOUND where the trailer is not in the yard; CONFLICT where it is to be moved already; SLOT_TAKEN where somebody has the place
   */
  request(wish: MoveWish, asker: YardAsker): Promise<{ move: string }> {
    return this.#once(asker, { wish: wish as unknown as Json }, async (tx) => {
      const facility = await holdOwnFacility(tx, wish.facility, asker.by);
      const key = normalizeReferenceValue(wish.trailer);
      const stay = await standingTrailer(tx, facility, key);
      if (stay === undefined) throw new GatehouseError('NOT_FOUND', `Nothing says that ${wish.trailer.slice(0, 60)} is here.`, { field: 'input.trailer' });
      await checkUnmoved(tx, facility, stay, null, 'input.trailer');
      const to = await freePlace(tx, facility, wish.to, key);
      const visit = await tx.selectFrom('visit').select('subject').where('id', '=', stay.arrived_with).where('connection', '=', ourConnection).executeTakeFirst();
      const record: YardMoveRecord = {
        facilityId: facility.ownId, trailer: stay.trailer, state: 'REQUESTED', ...(stay.place === null ? {} : { from: stay.place }), to, ...(visit === undefined ? {} : { visitId: visit.subject.slice(`visit:${ourConnection}:`.length) }),
        ...(wish.reason === undefined ? {} : { reason: wish.reason }), requestedAt: timeThere(undefined, facility),
      };
      const ownId = uuidv7();
      await this.#state(tx, { ownId, version: 0, record, facility }, record, 'request', asker);
      return { move: recordId('yard_move', ourConnection, ownId) };
    });
  }

  /** Gives it to somebody, calls it off, or reports of it. @throws GatehouseError NOT_FOUND, BAD_INPUT; CONFLICT where it cannot be of this move */
  report(report: MoveReport, asker: YardAsker): Promise<{ move: string }> {
    return this.#once(asker, { report: report as unknown as Json }, async (tx) => {
      const held = await holdMove(tx, report.move, asker);
      const record = takeMoveStep(held.record, stepOf(report, held.facility));
      if ('refused' in record) throw new GatehouseError('CONFLICT', record.refused, { field: 'input' });
      await this.#state(tx, held, record, report.step.toLowerCase(), asker);
      return { move: report.move };
    });
  }

  /** Takes the latest step back; a request that is taken back is called off. @throws GatehouseError NOT_FOUND, CONFLICT, SLOT_TAKEN */
  undo(move: string, asker: YardAsker): Promise<{ move: string }> {
    return this.#once(asker, { move, step: 'UNDO' }, async (tx) => {
      const held = await holdMove(tx, move, asker);
      const standing = standingVersions(await ownVersions<'yard_move.reported'>(tx, 'yard_move', held.ownId));
      const [last, before] = [standing.at(-1), standing.at(-2)];
      if (last === undefined) throw new GatehouseError('CONFLICT', 'No step of it is left to take back.', { field: 'input.moveId' });
      const record: YardMoveRecord = before?.payload ?? { ...last.payload, state: 'CANCELLED', reason: 'It was taken back.' };
      // What had ended gave its place away, and the trailer may have another move, or be gone.
      if (openStates.includes(record.state) && !openStates.includes(held.record.state)) {
        const stay = await standingTrailer(tx, held.facility, normalizeReferenceValue(record.trailer));
        // That it was done is taken back also when the trailer has left since: it was wrong.
        if (stay === undefined && held.record.state === 'CANCELLED') throw new GatehouseError('CONFLICT', `${record.trailer} is not here any more. Ask for another move when it comes again.`, { field: 'input.moveId' });
        if (stay !== undefined) await checkUnmoved(tx, held.facility, stay, move, 'input.moveId');
        await freePlace(tx, held.facility, record.to, normalizeReferenceValue(record.trailer));
      }
      await this.#state(tx, held, record, 'undo', asker, last.version);
      return { move };
    });
  }

  async #once(asker: YardAsker, asked: Json, work: (tx: Transaction) => Promise<{ move: string }>): Promise<{ move: string }> {
    const { answer } = await this.#database.transaction((tx) => answerOnce(tx, { requestedBy: asker.by.subject, idempotencyKey: asker.idempotencyKey }, asked, () => work(tx)));
    return answer;
  }

  async #state(tx: Transaction, { ownId, version, facility }: HeldMove, record: YardMoveRecord, action: string, { by, correlationId }: YardAsker, undoes?: number): Promise<void> {
    await recordAudit(tx, [{ actor: by, action: `yard_move.${action}`, target: { kind: 'yard_move', id: recordId('yard_move', ourConnection, ownId) }, correlationId, payload: { version: version + 1, state: record.state, trailer: record.trailer, to: record.to } }]);
    await stateOwn(tx, [{ type: 'yard_move.reported', kind: 'yard_move', id: ownId, company: facility.company, version: version + 1, payload: record, step: { action: `yard_move.${action}`, by: by.subject, ...(undoes === undefined ? {} : { undoes }) } }], correlationId);
  }
}

/** The moves that end because their trailer leaves, called off. @param trailer its name */
export async function movesOfLeaving(tx: Transaction, { id, company }: OwnFacility, trailer: string, by: YardAsker['by']): Promise<Array<OwnState<'yard_move.reported'>>> {
  const rows = await tx.selectFrom('yard_move').select(['subject', 'version']).where('company', '=', company).where('facility_id', '=', id).where('trailer_key', '=', normalizeReferenceValue(trailer)).where('connection', '=', ourConnection)
    .where('state', 'in', openStates).where('deleted', '=', false).orderBy('id').forUpdate().execute();
  const ended: Array<OwnState<'yard_move.reported'>> = [];
  for (const { subject, version } of rows) {
    const ownId = subject.slice(subjectPrefix.length);
    const { payload } = (await ownVersions<'yard_move.reported'>(tx, 'yard_move', ownId)).at(-1)!;
    ended.push({ type: 'yard_move.reported', kind: 'yard_move', id: ownId, company, version: version + 1, payload: { ...payload, state: 'CANCELLED', reason: 'The trailer left.' }, step: { action: 'yard_move.cancel', by: by.subject } });
  }
  return ended;
}

/** The trailer as it stands in the yard. @param key its name as names are compared */
function standingTrailer(tx: Transaction, { code, company }: OwnFacility, key: string) {
  return tx.selectFrom('trailer_stay').select(['place', 'arrived_with', 'trailer', 'trailer_key']).where('site', '=', `${code}@${company}`).where('trailer_key', '=', key).where('left_at', 'is', null).executeTakeFirst();
}

/** @throws GatehouseError CONFLICT where it has another one */
async function checkUnmoved(tx: Transaction, { id, company }: OwnFacility, stay: { trailer: string; trailer_key: string }, but: string | null, field: string): Promise<void> {
  const open = await tx.selectFrom('yard_move').select('to_place').where('company', '=', company).where('facility_id', '=', id).where('trailer_key', '=', stay.trailer_key).where('state', 'in', openStates).where('deleted', '=', false)
    .where('id', 'is distinct from', but).executeTakeFirst();
  if (open !== undefined) throw new GatehouseError('CONFLICT', `${stay.trailer} is to be moved to ${open.to_place} already. Call that off first.`, { field });
}

/** The move, held. @throws GatehouseError NOT_FOUND where it is others' */
async function holdMove(tx: Transaction, id: string, { by }: YardAsker): Promise<HeldMove> {
  const at = await tx.selectFrom('yard_move').select('facility_id').where('id', '=', id).where('connection', '=', ourConnection).executeTakeFirst();
  const facility = await holdFacilityOf(tx, at, by, 'input.moveId');
  const row = await tx.selectFrom('yard_move').select(['subject', 'version']).where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
  const ownId = row.subject.slice(subjectPrefix.length);
  return { ownId, version: row.version, facility, record: (await ownVersions<'yard_move.reported'>(tx, 'yard_move', ownId)).at(-1)!.payload };
}

/** The place by its name in the plan. @param trailer key of the one that is to come there @throws GatehouseError BAD_INPUT, SLOT_TAKEN */
async function freePlace(tx: Transaction, facility: OwnFacility, wanted: string, trailer: string): Promise<string> {
  const { docks, spots } = facility.plan;
  const dock = docks.find(({ name }) => sameDock(name, wanted));
  const name = dock?.name ?? spots.find((spot) => sameDock(spot, wanted));
  if (name === undefined) throw new GatehouseError('BAD_INPUT', `There is no spot or dock ${wanted.slice(0, 60)} here.`, { field: 'input.to' });
  const standing = await placesTaken(tx, facility, trailer);
  const uses = dock === undefined ? standing : [...standing, ...(await dockUses(tx, facility, 0, { visit: null, appointment: null, truck: null, trailer }))];
  const blocked = dock === undefined ? null : blockedWhy(dock, new Date().toISOString());
  const use = uses.find((each) => sameDock(each.dock, name));
  if (blocked !== null || use !== undefined) {
    const free = [...docks.map((each) => each.name), ...spots].filter((place) => !uses.some((each) => sameDock(each.dock, place)));
    throw new GatehouseError('SLOT_TAKEN', `${name} cannot be had: ${blocked ?? `${use!.by} has it`}. ${free.length === 0 ? 'Nothing is free.' : `Free: ${free.slice(0, 30).join(', ')}.`}`, { field: 'input.to' });
  }
  return name;
}

/** @throws GatehouseError BAD_INPUT where the report lacks something */
function stepOf({ step, at, assignee, to, reason }: MoveReport, facility: OwnFacility): MoveStep {
  const lacking = (field: string, message: string) => new GatehouseError('BAD_INPUT', message, { field: `input.${field}` });
  switch (step) {
    case 'ASSIGN':
      if (assignee === undefined) throw lacking('assignee', 'Say to whom.');
      return { step, at: timeThere(at, facility), assignee };
    case 'CANCEL':
      if (reason === undefined) throw lacking('reason', 'Say why.');
      return { step, reason };
    case 'START':
      return { step, at: timeThere(at, facility) };
    case 'DONE':
      return { step, at: timeThere(at, facility), ...(to === undefined ? {} : { to }) };
  }
}
