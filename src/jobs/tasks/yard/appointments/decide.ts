import { recordAudit, type Actor } from '../../../../events/audit.js';
import type { NewEvent } from '../../../../events/event.js';
import { answerOnce } from '../../../../events/own-requests.js';
import { GatehouseError } from '../../../../lib/errors.js';
import type { Json } from '../../../../lib/json.js';
import { ourConnection } from '../../../../model/our-connection.js';
import { freeSlots, type FreeSlot } from '../../../../model/yard/slots.js';
import { SlotTaken, type WantedSlot } from '../../../../model/yard/slot-taken.js';
import type { AppointmentVersion } from '../../../../model/yard/appointment.js';
import type { DoneAppointment } from '../../../../model/yard/desk.js';
import type { FacilityPlan } from '../../../../model/yard/plan.js';
import { recordId } from '../../../../model/record-ids.js';
import type { Transaction } from '../../../engine.js';
import type { TaskContext } from '../../context.js';
import { ownVersions, standingVersions } from '../../own/history.js';
import { stateOwn, type OwnState } from '../../own/records.js';
import { holdFacility, type OwnFacility } from '../facilities.js';
import { actingAt, givenOut, ownCarriers, type Acting, type YardAsker } from './asking.js';
import { endUnfit } from './unfit.js';
import { usesOf } from './uses.js';

export type AppointmentState = OwnState<'appointment.reported'>;
export type Tasks = Pick<TaskContext, 'database'>;

/** An appointment that is kept here, held with its facility. */
export interface HeldAppointment {
  /** UUID. */
  id: string;
  ownId: string;
  facility: OwnFacility;
  acting: Acting;
  /** All versions whose steps stand, the oldest first. */
  standing: AppointmentVersion[];
  version: number;
  record: AppointmentVersion['payload'];
}

const dayMs = 86_400_000;
const mostAlternatives = 5;

/**
 * Decides on one appointment of a facility, once for each key: holds the facility, does the work, records and states what came of it.
 * @throws SlotTaken with alternatives
 */
export async function decideOnce(tasks: Tasks, facilityId: string, asker: YardAsker, asked: Json, work: (tx: Transaction, facility: OwnFacility) => Promise<AppointmentState>): Promise<DoneAppointment> {
  try {
    return await tasks.database.transaction(async (tx) => {
      const facility = await holdFacility(tx, facilityId);
      let state: AppointmentState | undefined;
      const { answer, duplicate } = await answerOnce(tx, { requestedBy: asker.by.subject, idempotencyKey: asker.idempotencyKey }, asked, async () => {
        state = await work(tx, facility);
        return { appointmentId: recordId('appointment', ourConnection, state.id) };
      });
      if (state !== undefined) await stateDecided(tx, facility, [state], asker);
      return { appointmentId: answer.appointmentId, duplicate };
    });
  } catch (error) {
    if (!(error instanceof SlotTaken)) throw error;
    throw new SlotTaken(error.message, error.field!, error.wanted, await alternatives(tasks, error.wanted));
  }
}

/** Records and states what was decided, as the last statements. */
export async function stateDecided(tx: Transaction, facility: OwnFacility, states: readonly AppointmentState[], { by, correlationId }: { by: Actor; correlationId: string }, further: readonly NewEvent[] = []): Promise<void> {
  const ended = await endUnfit(tx, facility, states, correlationId);
  await recordAudit(tx, states.map((state) => ({
    actor: by, action: state.step.action, target: { kind: 'appointment', id: recordId('appointment', ourConnection, state.id) }, correlationId,
    payload: { facility: facility.ownId, version: state.version, state: state.payload.state, startsAt: state.payload.startsAt.instant, dock: state.payload.dock ?? null, ...(state.step.undoes === undefined ? {} : { undoes: state.step.undoes }) },
  })));
  await stateOwn(tx, states, correlationId, [...ended, ...further]);
}

/** At which facility an appointment is that is kept here. @throws GatehouseError NOT_FOUND */
export async function facilityOfAppointment(tasks: Tasks, id: string): Promise<string> {
  const row = await tasks.database.kysely.selectFrom('appointment').select('facility_id').where('id', '=', id).where('connection', '=', ourConnection).where('deleted', '=', false).executeTakeFirst();
  if (row?.facility_id == null) throw notFound();
  return row.facility_id;
}

/**
 * The appointment, held. A carrier acts on its own alone.
 * @throws GatehouseError NOT_FOUND
 */
export async function holdAppointment(tx: Transaction, facility: OwnFacility, id: string, asker: Pick<YardAsker, 'by'>): Promise<HeldAppointment> {
  const row = await tx.selectFrom('appointment').select(['subject', 'version', 'carrier', 'facility_id', 'deleted', 'connection']).where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined || row.deleted || row.facility_id !== facility.id || row.connection !== ourConnection) throw notFound();
  let acting: Acting;
  try {
    acting = await actingAt(tx, asker.by, facility);
  } catch {
    throw notFound();
  }
  if (acting === 'CARRIER' && (row.carrier === null || !ownCarriers(asker.by).includes(row.carrier))) throw notFound();
  const ownId = row.subject.slice(`appointment:${ourConnection}:`.length);
  const standing = standingVersions(await ownVersions<'appointment.reported'>(tx, 'appointment', ownId));
  return { id, ownId, facility, acting, standing, version: row.version, record: standing.at(-1)!.payload };
}

/** The next version of an appointment. */
export function nextState({ ownId, facility, version }: Pick<HeldAppointment, 'ownId' | 'facility' | 'version'>, payload: AppointmentState['payload'], step: AppointmentState['step']): AppointmentState {
  return { type: 'appointment.reported', kind: 'appointment', id: ownId, company: facility.company, version: version + 1, payload, step };
}

function notFound(): GatehouseError {
  return new GatehouseError('NOT_FOUND', 'There is no such appointment here, or this token may not see it.', { field: 'input.appointmentId' });
}

/** Free times around the one that was wanted, the nearest first. */
async function alternatives({ database }: Tasks, { facilityId, fromMs, need, isOutsider }: WantedSlot): Promise<FreeSlot[]> {
  const row = await database.kysely.selectFrom('facility_plan').select('plan').where('facility_id', '=', facilityId).executeTakeFirst();
  if (row === undefined) return [];
  const plan = row.plan as unknown as FacilityPlan;
  const nowMs = Date.now();
  const given = givenOut(plan.booking, isOutsider ? 'CARRIER' : 'STAFF', nowMs);
  const earliest = Math.max(given.fromMs, nowMs);
  const middle = Math.min(Math.max(fromMs, earliest), given.toMs);
  for (const days of [1, 14]) {
    const within = { fromMs: Math.max(earliest, middle - days * dayMs), toMs: Math.min(given.toMs, middle + days * dayMs) };
    const found = freeSlots(plan, within, need, await usesOf(database.kysely, facilityId, within.fromMs, within.toMs + dayMs), 2000);
    if (found.length === 0) continue;
    const away = (slot: FreeSlot) => Math.abs(Date.parse(slot.startsAt) - fromMs);
    return found.sort((a, b) => away(a) - away(b)).slice(0, mostAlternatives);
  }
  return [];
}
