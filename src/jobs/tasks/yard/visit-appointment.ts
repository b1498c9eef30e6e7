import { ourConnection } from '../../../model/our-connection.js';
import { recordId } from '../../../model/record-ids.js';
import { holdOf } from '../../../model/yard/appointment.js';
import type { AppointmentRecord, AppointmentState, VisitRecord } from '../../../model/yard/records.js';
import { Taken } from '../../../model/yard/slots.js';
import type { Transaction } from '../../engine.js';
import { ownVersions, standingVersions } from '../own/history.js';
import type { OwnState } from '../own/records.js';
import { usesOf } from './appointments/uses.js';
import type { OwnFacility } from './facilities.js';

/** Steps of appointments that follow from visits begin so. */
const prefix = 'visit.';
/** Appointments that a truck which comes may be for. */
const movable: readonly AppointmentState[] = ['REQUESTED', 'SCHEDULED', 'NO_SHOW'];
/** States that only a truck brings about. What people do meanwhile (confirm names) leaves them. */
const broughtByTruck: readonly AppointmentState[] = ['ARRIVED', 'IN_PROGRESS', 'COMPLETED'];

/** Where a visit brings its appointment; null: it says nothing of it. */
export function appointmentStateOf({ state, checkedInAt, handlingStartedAt, handlingEndedAt, checkedOutAt }: VisitRecord): AppointmentState | null {
  if (state === 'REJECTED' || state === 'CANCELLED') return null;
  if (handlingEndedAt !== undefined || checkedOutAt !== undefined) return 'COMPLETED';
  if (handlingStartedAt !== undefined) return 'IN_PROGRESS';
  return checkedInAt === undefined && state === 'EXPECTED' ? null : 'ARRIVED';
}

/**
 * The appointment as a visit for it leaves it: arrived, in progress, completed, and where the visit says nothing of it any more, as it
 * was before the truck came. Null: it stays as it is.
 * @param facility where the visit is, held
 * @param id its own id
 */
export async function appointmentAfter(tx: Transaction, facility: OwnFacility, id: string, visit: VisitRecord, action: string, by: string): Promise<OwnState<'appointment.reported'> | null> {
  const subject = `appointment:${ourConnection}:${id}`;
  const row = await tx.selectFrom('appointment').select(['company', 'version', 'deleted']).where('subject', '=', subject).forUpdate().executeTakeFirst();
  if (row === undefined || row.deleted) return null;
  const standing = standingVersions(await ownVersions<'appointment.reported'>(tx, 'appointment', id));
  const current = standing.at(-1);
  const before = standing.findLast(({ payload, step }) => !step.action.startsWith(prefix) && !broughtByTruck.includes(payload.state));
  if (current === undefined || before === undefined || !movable.includes(before.payload.state)) return null;
  const state = appointmentStateOf(visit) ?? before.payload.state;
  if (state === current.payload.state) return null;
  const rawState = state === before.payload.state ? before.payload.rawState : state;
  const payload = await keepingItsDock(tx, facility, id, current.payload, appointmentStateOf(visit) === null ? asBefore(current.payload, before.payload) : { ...current.payload, state, rawState });
  return { type: 'appointment.reported', kind: 'appointment', id, company: row.company, version: row.version + 1, payload, step: { action: `${prefix}${action}`, by } };
}

/** As before the truck came, but for what was said of its names meanwhile. */
function asBefore({ loads, references, claimed }: AppointmentRecord, { claimed: _, ...before }: AppointmentRecord): AppointmentRecord {
  return { ...before, loads, references, ...(claimed === undefined ? {} : { claimed }) };
}

/** One that has its dock again, after it had none (nobody came, it was done): without it where the dock was given away meanwhile. */
async function keepingItsDock(tx: Transaction, facility: OwnFacility, id: string, before: AppointmentRecord, record: AppointmentRecord): Promise<AppointmentRecord> {
  const hold = holdOf(record);
  if (hold === null || holdOf(before) !== null) return record;
  const taken = new Taken({ ...facility.plan, docks: [] }, await usesOf(tx, facility.id, hold.fromMs, hold.toMs, recordId('appointment', ourConnection, id)));
  if (taken.isFree(hold.dock, hold)) return record;
  const { dock: _, ...rest } = record;
  return rest;
}
