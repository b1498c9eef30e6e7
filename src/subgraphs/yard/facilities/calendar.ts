import DataLoader from 'dataloader';
import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { Reader } from '../../../auth/reader.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { globalId, uuidFromGlobalId } from '../../../lib/ids.js';
import { openBetween, type Span } from '../../../model/yard/hours.js';
import { clockHour, dayBounds, isDay } from '../../../model/yard/local-time.js';
import type { FacilityPlan } from '../../../model/yard/plan.js';
import type { AppointmentState, VisitState } from '../../../model/yard/records.js';
import { livingStates } from '../../../model/yard/appointment.js';
import { Taken, type Use } from '../../../model/yard/slots.js';
import { anyOf } from '../../shared/any-of.js';
import type { GraphContext } from '../../shared/context.js';
import { needs } from '../../shared/scopes.js';
import { isStaffAt } from '../appointments/resolvers.js';
import { appointmentColumns, appointmentOf, facilityOf, type FacilityRow } from '../rows.js';
import type { Appointment } from '../types.js';
import { CalendarEntry, CalendarLoad, CalendarVisit, DockCalendar, type CalendarDock, type CalendarHour } from './calendar-types.js';

const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** More appointments than a site has on a day. */
const most = 5000;

/** The facility with its plan, as one row. */
export function plannedFacilityQuery({ db }: Reader, id: string) {
  return db.selectFrom('facility_plan').innerJoin('facility', 'facility.id', 'facility_plan.facility_id')
    .select(['facility.id', 'facility.name', 'facility.code', 'facility.place', 'facility.zone', 'facility_plan.plan']).where('facility_plan.facility_id', '=', id).where('facility.deleted', '=', false);
}

/** Appointments that begin within a time, or reach into it. None is longer than a day. */
export function calendarQuery({ db }: Reader, facilityId: string, { fromMs, toMs }: Span) {
  return db.selectFrom('appointment').select([...appointmentColumns]).where('appointment.facility_id', '=', facilityId).where('appointment.starts_at', '>=', instant(fromMs - dayMs)).where('appointment.starts_at', '<', instant(toMs))
    .where('appointment.deleted', '=', false).where('appointment.state', '<>', 'CANCELLED').orderBy('appointment.starts_at').orderBy('appointment.id').limit(most);
}

/** The loads that numbers of appointments name, of several the one with the lowest id. */
function calendarLoads({ db }: Reader) {
  return new DataLoader<string, CalendarLoad | null>(async (ids) => {
    const rows = await db.selectFrom('appointment_number as booked').innerJoin('load', (join) => join.onRef('load.name_key', '=', 'booked.number').onRef('load.company', '=', 'booked.company'))
      .select(['booked.appointment_id as appointment_id', 'load.id as id', 'load.reference as reference', 'load.state as state']).where('booked.appointment_id', '=', anyOf(ids)).where('load.deleted', '=', false).orderBy('load.id', 'desc').execute();
    const found = new Map(rows.map((row) => [row.appointment_id, { id: globalId('Load', row.id), reference: row.reference, state: row.state }]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

/** The trucks that came for appointments, of several the one that came last. */
function calendarVisits({ db }: Reader) {
  return new DataLoader<string, CalendarVisit | null>(async (ids) => {
    const rows = await db.selectFrom('visit').select(['visit.id', 'visit.appointment_id', 'visit.state', 'visit.truck', 'visit.trailer', 'visit.dock', 'visit.checked_in_at', 'visit.at_dock_at', 'visit.checked_out_at'])
      .where('visit.appointment_id', '=', anyOf(ids)).where('visit.deleted', '=', false).orderBy('visit.checked_in_at').orderBy('visit.id').execute();
    const found = new Map(rows.map((row): [string, CalendarVisit] => [row.appointment_id!, {
      id: globalId('Visit', row.id), state: row.state as VisitState, truck: row.truck, trailer: row.trailer, dock: row.dock, checkedInAt: row.checked_in_at, atDockAt: row.at_dock_at, checkedOutAt: row.checked_out_at,
    }]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

@Resolver(() => CalendarEntry)
export class DockCalendarResolver {
  @needs('yard:read')
  @Query(() => DockCalendar, { nullable: true, description: 'The docks of a facility that is run here on one of its days: hours, appointments as far as visible, what is free.' })
  async dockCalendar(@Ctx() { reader, principal }: GraphContext, @Arg('facilityId', () => ID) facilityId: string, @Arg('on', () => String, { description: 'The local day, 2026-11-30.' }) on: string): Promise<DockCalendar | null> {
    if (!isDay(on)) throw new GatehouseError('BAD_INPUT', 'This is no day. One is 2026-11-30.', { field: 'on' });
    const id = uuidFromGlobalId('Facility', facilityId);
    const row = id === null ? undefined : await plannedFacilityQuery(reader, id).executeTakeFirst();
    if (row === undefined) return null;
    const plan = row.plan as unknown as FacilityPlan;
    const day = dayBounds(plan.zone, on);
    const rows = await calendarQuery(reader, row.id, day).execute();
    const appointments = rows.map((each) => appointmentOf(each)).filter((each) => Date.parse(each.startsAt) >= day.fromMs || Date.parse(each.endsAt ?? each.startsAt) > day.fromMs);
    const open = openBetween(plan, day.fromMs, day.toMs).map((span) => ({ fromMs: Math.max(span.fromMs, day.fromMs), toMs: Math.min(span.toMs, day.toMs) })).filter((span) => span.fromMs < span.toMs);
    const known = new Set(plan.docks.map(({ name }) => name));
    return {
      facility: facilityOf(row as unknown as FacilityRow), on, zone: plan.zone, from: instant(day.fromMs), to: instant(day.toMs), open: open.map(({ fromMs, toMs }) => ({ from: instant(fromMs), to: instant(toMs) })),
      docks: docksOf(plan, appointments, day), elsewhere: appointments.filter((each) => each.dock === null || !known.has(each.dock)).map((appointment) => ({ appointment })),
      hours: isStaffAt(principal, row.id) ? hoursOf(plan, appointments, open) : null,
    };
  }

  @needs('loads:read')
  @FieldResolver(() => CalendarLoad, { nullable: true, description: 'The load that one of its numbers names.' })
  load(@Root() { appointment }: CalendarEntry, @Ctx() context: GraphContext): Promise<CalendarLoad | null> {
    return context.loaders.get(calendarLoads, context.reader).load(appointment.uuid);
  }

  @FieldResolver(() => CalendarVisit, { nullable: true })
  visit(@Root() { appointment }: CalendarEntry, @Ctx() context: GraphContext): Promise<CalendarVisit | null> {
    return context.loaders.get(calendarVisits, context.reader).load(appointment.uuid);
  }
}

function docksOf(plan: FacilityPlan, appointments: readonly Appointment[], { fromMs, toMs }: Span): CalendarDock[] {
  return plan.docks.map(({ name, directions, handlings, temperatures, maxHeightCm, firstComeFirstServed, blocked }) => ({
    name, directions, handlings, temperatures, maxHeightCm: maxHeightCm ?? null, firstComeFirstServed: firstComeFirstServed === true,
    blocked: (blocked ?? []).filter((each) => Date.parse(each.from) < toMs && Date.parse(each.to) > fromMs), entries: appointments.filter((each) => each.dock === name).map((appointment) => ({ appointment })),
  }));
}

/** Hours of the clock in which it is open, with what is free in each. */
function hoursOf(plan: FacilityPlan, appointments: readonly Appointment[], open: readonly Span[]): CalendarHour[] {
  const uses = appointments.flatMap((each) => useOf(each) ?? []);
  const taken = new Taken(plan, uses);
  const given = plan.docks.filter((dock) => dock.firstComeFirstServed !== true);
  const starts = new Set(open.flatMap(({ fromMs, toMs }) => {
    const hours: number[] = [];
    for (let ms = clockHour(plan.zone, fromMs); ms < toMs; ms += hourMs) hours.push(ms);
    return hours;
  }));
  return [...starts].sort((a, b) => a - b).map((fromMs) => {
    const hour = { fromMs, toMs: fromMs + hourMs };
    return {
      startsAt: instant(fromMs), booked: uses.filter((use) => use.fromMs >= fromMs && use.fromMs < hour.toMs).length, freeDocks: given.filter((dock) => taken.isFree(dock.name, hour)).length,
      capacities: taken.capacities(fromMs).map(({ rule, left }) => ({ direction: rule.direction ?? null, handling: rule.handling ?? null, temperature: rule.temperature ?? null, perHour: rule.perHour, left })),
    };
  });
}

function useOf({ state, dock, startsAt, endsAt, direction, handling, temperature }: Appointment): Use | null {
  const holds = livingStates.includes(state as AppointmentState);
  if (!holds && state !== 'COMPLETED') return null;
  const fromMs = Date.parse(startsAt);
  return { dock: holds ? dock : null, fromMs, toMs: endsAt === null ? fromMs + hourMs : Date.parse(endsAt), direction, ...(handling === null ? {} : { handling }), ...(temperature === null ? {} : { temperature }) };
}
