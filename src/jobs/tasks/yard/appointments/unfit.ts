import type { EventPayloads, NewEvent } from '../../../../events/event.js';
import { instant } from '../../../../lib/clock.js';
import { uuidv7 } from '../../../../lib/ids.js';
import { ourConnection } from '../../../../model/our-connection.js';
import type { AppointmentRecord, DockDirection, Handling, Temperature } from '../../../../model/yard/records.js';
import { holdOf, needOf } from '../../../../model/yard/appointment.js';
import { isOpen, fits, Taken } from '../../../../model/yard/slots.js';
import { openBetween } from '../../../../model/yard/hours.js';
import type { FacilityPlan } from '../../../../model/yard/plan.js';
import { ourselves, takeStep } from '../../../../projections/change-exception.js';
import { exceptionSubject, projectExceptions } from '../../../../projections/exceptions.js';
import { recordSubject } from '../../../../projections/records.js';
import type { Transaction } from '../../../engine.js';
import type { OwnFacility } from '../facilities.js';
import type { AppointmentState } from './decide.js';

export const unfitKind = 'APPOINTMENT_UNFIT';

/** Why an appointment does not fit what the facility gives out; null where it does, or holds nothing. */
export function unfitReason(plan: FacilityPlan, record: AppointmentRecord): string | null {
  const hold = holdOf(record);
  if (hold === null) return null;
  const dock = plan.docks.find((each) => each.name === hold.dock);
  if (dock === undefined) return `There is no dock ${hold.dock} any more.`;
  if (!fits(dock, needOf(record))) return `Dock ${hold.dock} is not fit for it any more.`;
  if (!new Taken({ ...plan, capacities: [] }, []).isFree(hold.dock, hold)) return `Dock ${hold.dock} is out of use then.`;
  return isOpen(openBetween(plan, hold.fromMs, hold.toMs), hold) ? null : 'The facility is not open then.';
}

/**
 * What a plan that is about to be kept means for the appointments that are still to come: those that do not fit it are raised, and what
 * was raised of those that fit again is ended. The caller holds the facility, and appends the events.
 */
export async function settlePlan(tx: Transaction, facility: OwnFacility, correlationId: string): Promise<{ unfit: Array<{ appointmentId: string; reason: string }>; events: NewEvent[] }> {
  const rows = await tx.selectFrom('appointment').selectAll().where('facility_id', '=', facility.id).where('connection', '=', ourConnection).where('state', 'in', ['REQUESTED', 'SCHEDULED']).where('starts_at', '>=', instant(Date.now())).where('deleted', '=', false).orderBy('starts_at').execute();
  const judged = rows.map((row) => {
    const record = recordOf(row, facility);
    return { appointmentId: row.id, ownId: row.subject.slice(`appointment:${ourConnection}:`.length), record, reason: unfitReason(facility.plan, record) };
  });
  const unfit = judged.filter((each): each is typeof each & { reason: string } => each.reason !== null);
  const ended = await endUnfit(tx, facility, judged.filter(({ reason }) => reason === null).map(({ ownId, record }) => ({ id: ownId, payload: record })), correlationId);
  const raised = await raiseUnfit(tx, facility, unfit, correlationId);
  return { unfit: unfit.map(({ appointmentId, reason }) => ({ appointmentId, reason })), events: [...ended, ...raised] };
}

interface AppointmentRow {
  direction: string; state: string; raw_state: string; starts_at: string; ends_at: string | null; dock: string | null; confirmation: string | null; carrier: string | null;
  handling: string | null; temperature: string | null; height_cm: number | null;
}

/** What of an appointment decides whether it fits. */
function recordOf(row: AppointmentRow, { plan }: OwnFacility): AppointmentRecord {
  return {
    direction: row.direction as DockDirection, state: row.state as AppointmentRecord['state'], rawState: row.raw_state, startsAt: { instant: row.starts_at, zone: plan.zone }, loads: [], references: [],
    ...(row.ends_at === null ? {} : { endsAt: { instant: row.ends_at, zone: plan.zone } }), ...(row.dock === null ? {} : { dock: row.dock }), ...(row.confirmation === null ? {} : { confirmation: row.confirmation }),
    ...(row.carrier === null ? {} : { carrier: row.carrier }), ...(row.handling === null ? {} : { handling: row.handling as Handling }), ...(row.temperature === null ? {} : { temperature: row.temperature as Temperature }),
    ...(row.height_cm === null ? {} : { heightCm: row.height_cm }),
  };
}

/** An exception for each appointment that does not fit any more, whose row is made at once. The caller appends the events. */
export async function raiseUnfit(tx: Transaction, facility: OwnFacility, unfit: ReadonlyArray<{ ownId: string; record: AppointmentRecord; reason: string }>, correlationId: string): Promise<NewEvent[]> {
  const now = instant(Date.now());
  const known = new Set((await openMatters(tx, unfit.map(({ ownId }) => ownId))).map((row) => row.source_subject));
  const events = unfit.filter(({ ownId }) => !known.has(subjectOf(ownId))).map(({ ownId, record, reason }): NewEvent => {
    const payload: EventPayloads['exception.raised'] = {
      class: 'DATA', severity: 'HIGH', kind: unfitKind, title: `Appointment ${record.confirmation ?? ''} does not fit the plan of ${facility.code}`, sourceSubject: subjectOf(ownId),
      detail: `${reason} It is at ${record.startsAt.instant}${record.carrier === undefined ? '' : `, by ${record.carrier}`}. Move or cancel it: the appointment stands until then.`,
    };
    return { id: uuidv7(), version: 1, type: 'exception.raised', subject: exceptionSubject(unfitKind, uuidv7()), company: facility.company, connection: null, factKey: 'raised', occurredAt: now, recordedAt: now, correlationId, causationId: null, payload };
  });
  await projectExceptions(tx, events.map((event) => ({ ...event, position: 0, subject_version: null, fact_key: event.factKey, occurred_at: now, recorded_at: now, correlation_id: correlationId, causation_id: null })));
  return events;
}

/** Ends what was raised about appointments that fit now, or hold nothing any more. The caller appends the events. */
export async function endUnfit(tx: Transaction, facility: Pick<OwnFacility, 'plan'>, states: ReadonlyArray<Pick<AppointmentState, 'id' | 'payload'>>, correlationId: string): Promise<NewEvent[]> {
  const fit = states.filter((state) => unfitReason(facility.plan, state.payload) === null).map(({ id }) => id);
  const events: NewEvent[] = [];
  for (const row of await openMatters(tx, fit)) events.push(await takeStep(tx, row, { action: 'resolve', resolution: 'It fits, or is over.' }, ourselves, correlationId));
  return events;
}

function openMatters(tx: Transaction, ownIds: readonly string[]) {
  const subjects = ownIds.map(subjectOf);
  return tx.selectFrom('exception').select(['subject', 'version', 'company', 'source_subject']).where('source_subject', 'in', subjects.length > 0 ? subjects : ['']).where('kind', '=', unfitKind).where('state', '<>', 'RESOLVED').orderBy('subject').forUpdate().execute();
}

function subjectOf(ownId: string): string {
  return recordSubject('appointment', ourConnection, ownId);
}
