import { compareText } from '../../lib/compare.js';
import type { Json } from '../../lib/json.js';
import type { AppointmentState, VisitState } from './records.js';

/** Which transfers are planned for the time of their appointment. */
export const scheduledTransfers = ['never', 'receipts', 'deliveries', 'both'] as const;
export type ScheduledTransfers = (typeof scheduledTransfers)[number];

/** An appointment of a transfer that was not cancelled. Instants are ISO in UTC. */
export interface TransferAppointment {
  id: string;
  startsAt: string;
  dock: string | null;
  state: string;
  direction: string;
  carrier: string | null;
}

/** A visit of a truck that brings a transfer, or fetches it. */
export interface TransferVisit {
  id: string;
  state: string;
  carrier: string | null;
  truck: string | null;
  trailer: string | null;
  dock: string | null;
  /** Number of its appointment. */
  appointment: string | null;
  checkedInAt: string | null;
  atDockAt: string | null;
  checkedOutAt: string | null;
}

/** Something that docks and yards say, as it is to stand on a transfer in Odoo. */
interface YardWanted {
  key: string;
  topic: 'appointment' | 'arrival';
  values: Record<string, Json>;
}

/** One that was only asked for, or that nobody came to, plans nothing. */
const planning: readonly AppointmentState[] = ['SCHEDULED', 'ARRIVED', 'IN_PROGRESS', 'COMPLETED'];
/** Of a truck that is expected, or was called off, nobody has to be told. */
const onSite: readonly VisitState[] = ['CHECKED_IN', 'AT_DOCK', 'CHECKED_OUT', 'REJECTED'];

/**
 * The appointment that is shown on a transfer, and the time for which the transfer is planned by it: of several the last, for
 * only then all of it is there. `schedule` absent: the plan in Odoo is none of our matters; null: no appointment plans it.
 */
export function appointmentWanted(appointments: readonly TransferAppointment[], direction: string, scheduled: ScheduledTransfers): YardWanted[] {
  const isPlanning = (each: TransferAppointment) => (planning as readonly string[]).includes(each.state);
  const shown = lastOf(appointments.filter(isPlanning)) ?? lastOf(appointments);
  if (shown === undefined) return [];
  const plans = lastOf(appointments.filter((each) => isPlanning(each) && moves(each.direction, direction)));
  const values = { at: shown.startsAt, dock: shown.dock, state: shown.state, ...(isScheduled(direction, scheduled) ? { schedule: plans?.startsAt ?? null } : {}) };
  return [{ key: 'appointment', topic: 'appointment', values }];
}

function lastOf(appointments: readonly TransferAppointment[]): TransferAppointment | undefined {
  return [...appointments].sort((a, b) => compareText(a.startsAt, b.startsAt) || compareText(a.id, b.id)).at(-1);
}

/** A delivery has an appointment at its customer's dock, too, which says nothing of when it leaves: only what is known to be ours counts. */
function moves(appointment: string, transfer: string): boolean {
  return transfer === 'INCOMING' ? appointment === 'INBOUND' || appointment === 'UNKNOWN' : transfer === 'OUTGOING' && appointment === 'OUTBOUND';
}

function isScheduled(direction: string, scheduled: ScheduledTransfers): boolean {
  return (direction === 'INCOMING' && (scheduled === 'receipts' || scheduled === 'both')) || (direction === 'OUTGOING' && (scheduled === 'deliveries' || scheduled === 'both'));
}

/** Trucks that came, and those that did not: each once, under its own name, whatever is said of it later. */
export function arrivalsWanted(appointments: readonly TransferAppointment[], visits: readonly TransferVisit[]): YardWanted[] {
  return [
    ...visits.filter((visit) => (onSite as readonly string[]).includes(visit.state)).map(({ id, state, carrier, truck, trailer, dock, appointment, checkedInAt, atDockAt, checkedOutAt }): YardWanted => ({
      key: `arrival:${id}`, topic: 'arrival', values: { uid: id, state, carrier, truck, trailer, dock, appointment, checked_in_at: checkedInAt, at_dock_at: atDockAt, left_at: checkedOutAt },
    })),
    ...appointments.filter(({ state }) => state === 'NO_SHOW').map(({ id, startsAt, carrier, dock }): YardWanted => ({
      key: `no_show:${id}`, topic: 'arrival', values: { uid: id, state: 'NO_SHOW', carrier, dock, expected_at: startsAt },
    })),
  ];
}
