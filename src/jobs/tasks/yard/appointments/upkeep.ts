import { sql } from 'kysely';
import { system } from '../../../../events/audit.js';
import type { EventPayloads, NewEvent } from '../../../../events/event.js';
import { append } from '../../../../events/append.js';
import { instant } from '../../../../lib/clock.js';
import { uuidv7 } from '../../../../lib/ids.js';
import { ourConnection } from '../../../../model/our-connection.js';
import { recordId } from '../../../../model/record-ids.js';
import { after, useOf } from '../../../../model/yard/appointment.js';
import { occurrenceId, occurrences, specialDayReason, type StandingAppointment } from '../../../../model/yard/standing.js';
import { slotAt, type SlotNeed } from '../../../../model/yard/slots.js';
import type { FacilityPlan } from '../../../../model/yard/plan.js';
import { exceptionSubject, projectExceptions } from '../../../../projections/exceptions.js';
import type { Queryable, Transaction } from '../../../engine.js';
import type { TaskContext } from '../../context.js';
import { ownVersions, standingVersions } from '../../own/history.js';
import { holdFacility, type OwnFacility } from '../facilities.js';
import { bookedRecord } from './book.js';
import { nextState, stateDecided, type AppointmentState } from './decide.js';
import { usesOf } from './uses.js';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const noShowAction = 'appointment.no-show';
/** What one run sees to at one facility. */
const atOnce = 500;
/** What could not be made is tried again after so long, or as soon as the plan changes. */
const againMs = 60 * minuteMs;

type Tasks = Pick<TaskContext, 'database' | 'log'>;

/**
 * Every minute: who did not come, what nobody decided in time, and the next days of standing appointments. Each facility on its own, and
 * where one fails each of its appointments on its own: one that cannot be seen to stops no other.
 * @throws the first failure, once all were tried
 */
export async function keepAppointments({ database, log }: Tasks, nowMs = Date.now()): Promise<void> {
  const failures: unknown[] = [];
  const keep = async (facility: string, only?: string): Promise<boolean> => {
    try {
      await database.transaction((tx) => keepFacility(tx, facility, nowMs, only));
      return true;
    } catch (error) {
      log.error({ err: error, facility, only }, only === undefined ? 'appointments of a facility were not seen to together; each is tried alone' : 'an appointment was not seen to; it will be in a minute');
      if (only !== undefined) failures.push(error);
      return false;
    }
  };
  for (const { facility_id: id } of await database.kysely.selectFrom('facility_plan').select('facility_id').orderBy('facility_id').execute()) {
    const due = await allDue(database.kysely, id, nowMs);
    if (due.length > 0 && !(await keep(id))) for (const only of due) await keep(id, only);
  }
  if (failures.length > 0) throw failures[0];
}

/** Ids of appointments, and names of days of standing ones. */
async function allDue(db: Queryable, facilityId: string, nowMs: number): Promise<string[]> {
  const row = await db.selectFrom('facility_plan').select(['plan', 'changed_at']).where('facility_id', '=', facilityId).executeTakeFirst();
  if (row === undefined) return [];
  const plan = row.plan as unknown as FacilityPlan;
  return [...(await dueAppointments(db, facilityId, plan, nowMs)), ...(await missing(db, facilityId, plan, row.changed_at, nowMs)).map(dayOf)];
}

/** @param only one of `allDue`; all of them where it is absent */
async function keepFacility(tx: Transaction, id: string, nowMs: number, only?: string): Promise<void> {
  const facility = await holdFacility(tx, id);
  const correlationId = uuidv7();
  const { changed_at: changedAt } = await tx.selectFrom('facility_plan').select('changed_at').where('facility_id', '=', id).executeTakeFirstOrThrow();
  const isMeant = (name: string) => only === undefined || only === name;
  const over = await overStates(tx, facility, (await dueAppointments(tx, id, facility.plan, nowMs)).filter(isMeant).sort(), nowMs);
  const { states, skipped } = await madeOccurrences(tx, facility, (await missing(tx, id, facility.plan, changedAt, nowMs)).filter((each) => isMeant(dayOf(each))), nowMs);
  const raised = skippedEvents(facility, skipped, correlationId);
  await projectExceptions(tx, raised.map((event) => ({ ...event, position: 0, subject_version: null, fact_key: event.factKey, occurred_at: event.occurredAt, recorded_at: event.recordedAt, correlation_id: correlationId, causation_id: null })));
  if (over.length + states.length > 0) await stateDecided(tx, facility, [...over, ...states], { by: system, correlationId }, raised);
  else await append(tx, raised);
}

/** Appointments whose time passed without anybody coming or deciding. A no-show that somebody took back is not said again. */
async function dueAppointments(db: Queryable, facilityId: string, plan: FacilityPlan, nowMs: number): Promise<string[]> {
  const late = plan.booking.noShowMinutes === null ? null : instant(nowMs - plan.booking.noShowMinutes * minuteMs);
  const { rows } = await sql<{ id: string }>`
    select a.id from appointment a
    where a.facility_id = ${facilityId} and a.connection = 'gatehouse' and a.state in ('REQUESTED', 'SCHEDULED') and not a.deleted
      and (a.state = 'REQUESTED' and a.starts_at < ${instant(nowMs)}::timestamptz or a.starts_at < ${late}::timestamptz)
      and not exists (select from visit v where v.appointment_id = a.id and not v.deleted and v.checked_in_at is not null)
      and not exists (select from event e where e.subject = a.subject and e.payload -> 'step' ->> 'action' = ${noShowAction} and (e.payload -> 'data' -> 'startsAt' ->> 'instant')::timestamptz = a.starts_at)
    order by a.starts_at limit ${atOnce}`.execute(db);
  return rows.map(({ id }) => id);
}

async function overStates(tx: Transaction, facility: OwnFacility, ids: readonly string[], nowMs: number): Promise<AppointmentState[]> {
  if (ids.length === 0) return [];
  const rows = await tx.selectFrom('appointment').select(['subject', 'version', 'state']).where('id', 'in', ids).orderBy('id').forUpdate().execute();
  const states: AppointmentState[] = [];
  for (const { subject, version, state } of rows) {
    if (state !== 'REQUESTED' && state !== 'SCHEDULED') continue; // the truck came while this waited
    const ownId = subject.slice(`appointment:${ourConnection}:`.length);
    const { payload } = standingVersions(await ownVersions<'appointment.reported'>(tx, 'appointment', ownId)).at(-1)!;
    const isAsked = state === 'REQUESTED';
    states.push(nextState({ ownId, facility, version }, after(payload, isAsked ? { action: 'lapse' } : { action: 'no-show', nowMs }), { action: isAsked ? 'appointment.lapse' : noShowAction, by: system.subject }));
  }
  return states;
}

interface Missing {
  standing: StandingAppointment;
  on: string;
  startMs: number | null;
}

const dayOf = ({ standing, on }: Missing) => `${standing.id} ${on}`;

/** Days of standing appointments within the horizon that have no appointment yet, and were not tried in vain a moment ago. */
async function missing(db: Queryable, facilityId: string, plan: FacilityPlan, changedAt: string, nowMs: number): Promise<Missing[]> {
  const rows = await db.selectFrom('standing_appointment').selectAll().where('facility_id', '=', facilityId).where('ended', '=', false).orderBy('id').execute();
  const wanted = rows.flatMap((row) => {
    const standing: StandingAppointment = {
      id: row.id, weekday: row.weekday, time: row.local_time, need: row.need as unknown as SlotNeed, from: row.from_on, ...(row.carrier === null ? {} : { carrier: row.carrier }), ...(row.dock === null ? {} : { dock: row.dock }),
      ...(row.until_on === null ? {} : { until: row.until_on }),
    };
    return occurrences(plan, standing, nowMs).map(({ on, startMs }): Missing => ({ standing, on, startMs }));
  });
  if (wanted.length === 0) return [];
  const idOf = ({ standing, on }: Missing) => recordId('appointment', ourConnection, occurrenceId(standing.id, on));
  const made = new Set((await db.selectFrom('appointment').select('id').where('id', '=', sql<string>`any(${wanted.map(idOf)}::uuid[])`).execute()).map(({ id }) => id));
  const tried = await db.selectFrom('standing_skip').select(['standing_id', 'on_day']).where('standing_id', '=', sql<string>`any(${rows.map(({ id }) => id)}::uuid[])`).where('tried_at', '>', instant(nowMs - againMs)).where('tried_at', '>', changedAt).execute();
  const skipped = new Set(tried.map((row) => `${row.standing_id} ${row.on_day}`));
  return wanted.filter((each) => !made.has(idOf(each)) && !skipped.has(dayOf(each))).slice(0, atOnce);
}

interface Skipped extends Missing {
  reason: string;
  isSpecialDay: boolean;
}

/** Makes what can be made, and says what cannot. */
async function madeOccurrences(tx: Transaction, facility: OwnFacility, wanted: readonly Missing[], nowMs: number): Promise<{ states: AppointmentState[]; skipped: Skipped[] }> {
  const states: AppointmentState[] = [];
  const skipped: Skipped[] = [];
  const starts = wanted.flatMap(({ startMs }) => startMs ?? []);
  const uses = starts.length === 0 ? [] : await usesOf(tx, facility.id, Math.min(...starts), Math.max(...starts) + dayMs);
  for (const each of wanted) {
    const { standing, on, startMs } = each;
    const special = specialDayReason(facility.plan, on, standing.time);
    const found = special !== null ? { refusal: special } : startMs === null ? { refusal: 'The clocks leap over this time.' } : slotAt(facility.plan, startMs, standing.need, uses, standing.dock);
    if ('refusal' in found) {
      skipped.push({ ...each, reason: found.refusal, isSpecialDay: special !== null });
      continue;
    }
    const ownId = occurrenceId(standing.id, on);
    const payload = { ...bookedRecord(facility, ownId, found, standing, { loads: [], references: [], state: 'SCHEDULED', ...(standing.carrier === undefined ? {} : { carrier: standing.carrier }) }), standing: { id: standing.id, on } };
    states.push({ type: 'appointment.reported', kind: 'appointment', id: ownId, company: facility.company, version: 1, payload, step: { action: 'appointment.standing', by: system.subject } });
    uses.push(useOf(payload)!);
  }
  await noteSkipped(tx, facility, skipped, nowMs);
  for (const { payload } of states) await tx.deleteFrom('standing_skip').where('standing_id', '=', payload.standing!.id).where('on_day', '=', payload.standing!.on).execute();
  return { states, skipped };
}

async function noteSkipped(tx: Transaction, facility: OwnFacility, skipped: readonly Skipped[], nowMs: number): Promise<void> {
  if (skipped.length === 0) return;
  const rows = skipped.map(({ standing, on, reason }) => ({ standing_id: standing.id, on_day: on, company: facility.company, reason, tried_at: instant(nowMs) }));
  await tx.insertInto('standing_skip').values(rows).onConflict((c) => c.columns(['standing_id', 'on_day']).doUpdateSet((e) => ({ reason: e.ref('excluded.reason'), tried_at: e.ref('excluded.tried_at') }))).execute();
}

/** Holidays are no matter; that another has the time is one, once for each day. */
function skippedEvents(facility: OwnFacility, skipped: readonly Skipped[], correlationId: string): NewEvent[] {
  const now = instant(Date.now());
  return skipped.filter(({ isSpecialDay }) => !isSpecialDay).map(({ standing, on, reason }): NewEvent => {
    const payload: EventPayloads['exception.raised'] = {
      class: 'DATA', severity: 'MEDIUM', kind: 'STANDING_APPOINTMENT', title: `A standing appointment at ${facility.code} could not be made for ${on}`,
      detail: `${reason} It is for ${standing.time}${standing.carrier === undefined ? '' : `, by ${standing.carrier}`}. It is tried again every hour; book another time where one is needed.`,
    };
    return { id: uuidv7(), version: 1, type: 'exception.raised', subject: exceptionSubject('STANDING_APPOINTMENT', `${standing.id} ${on}`), company: facility.company, connection: null, factKey: 'raised', occurredAt: now, recordedAt: now, correlationId, causationId: null, payload };
  });
}
