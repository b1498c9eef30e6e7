import { ourConnection } from '../../../model/our-connection.js';
import { recordId } from '../../../model/record-ids.js';
import { broughtByTruck, furthestOf, holdOf, stateBroughtBy } from '../../../model/yard/appointment.js';
import type { AppointmentRecord, AppointmentState, VisitRecord, VisitState } from '../../../model/yard/records.js';
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

/**
 * The appointment as the trucks that came for it leave it: arrived, in progress, completed, as the one of them that is furthest, and where
 * none says anything of it any more, as it was before they came. Null: it stays as it is.
 * @param facility where the visit is, held
 * @param id its own id
 * @param visit the one that changes, as it is about to be; null: it is for another appointment, or for none
 */
export async function appointmentAfter(tx: Transaction, facility: OwnFacility, id: string, visit: { ownId: string; record: VisitRecord | null }, action: string, by: string): Promise<OwnState<'appointment.reported'> | null> {
  const subject = `appointment:${ourConnection}:${id}`;
  const row = await tx.selectFrom('appointment').select(['company', 'version', 'deleted']).where('subject', '=', subject).forUpdate().executeTakeFirst();
  if (row === undefined || row.deleted) return null;
  const standing = standingVersions(await ownVersions<'appointment.reported'>(tx, 'appointment', id));
  const current = standing.at(-1);
  const before = standing.findLast(({ payload, step }) => !step.action.startsWith(prefix) && !broughtByTruck.includes(payload.state));
  if (current === undefined || before === undefined || !movable.includes(before.payload.state)) return null;
  const brought = furthestOf([visit.record === null ? null : stateBroughtBy(visit.record), ...(await broughtByOthers(tx, id, visit.ownId))]);
  const state = brought ?? before.payload.state;
  if (state === current.payload.state) return null;
  const payload = await keepingItsDock(tx, facility, id, current.payload, brought === null ? asBefore(current.payload, before.payload) : { ...current.payload, state, rawState: state });
  return { type: 'appointment.reported', kind: 'appointment', id, company: row.company, version: row.version + 1, payload, step: { action: `${prefix}${action}`, by } };
}

/** Where the other trucks for it brought it. Whoever holds the facility finds them as they are. */
async function broughtByOthers(tx: Transaction, id: string, but: string): Promise<Array<AppointmentState | null>> {
  const rows = await tx.selectFrom('visit').select(['state', 'checked_in_at', 'handling_started_at', 'handling_ended_at', 'checked_out_at'])
    .where('appointment_id', '=', recordId('appointment', ourConnection, id)).where('id', '<>', recordId('visit', ourConnection, but)).where('deleted', '=', false).execute();
  return rows.map((row) => stateBroughtBy({
    state: row.state as VisitState, checkedInAt: row.checked_in_at ?? undefined, handlingStartedAt: row.handling_started_at ?? undefined, handlingEndedAt: row.handling_ended_at ?? undefined, checkedOutAt: row.checked_out_at ?? undefined,
  }));
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
