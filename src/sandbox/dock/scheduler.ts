import type { Numbers } from '../numbers.js';
import type { Timers } from '../timers.js';
import type { WebhookSender } from '../webhooks.js';

export interface SchedulerOptions {
  sender: WebhookSender;
  /** Sent with every webhook, as the header that was registered for it. */
  secret: string;
  numbers: Numbers;
  timers: Timers;
}

/** What a client says when it books. */
export interface Booking {
  startMs: number;
  endMs: number;
  refNumbers: string[];
  carrier: string;
}

type Status = 'Requested' | 'Scheduled' | 'Arrived' | 'InProgress' | 'Completed' | 'NoShow';
type VisitEvent = 'Arrived' | 'Docked' | 'Departed';

export interface Appointment extends Booking {
  id: string;
  confirmation: number;
  door: number;
  status: Status;
  timeline: Partial<Record<Status, number>>;
  createdMs: number;
  changedMs: number;
}

interface Visit {
  id: string;
  appointmentId: string;
  licensePlate: string;
  carrier: string;
  events: Array<{ id: string; type: VisitEvent; atMs: number }>;
  createdMs: number;
  changedMs: number;
}

export interface CheckIn {
  appointmentId: string;
  licensePlate: string;
  /** In the past for what happened before the sandbox began. */
  atMs: number;
}

export const warehouse = { id: '5f0c6d8e-7b1a-4c55-9e0d-3a7b6c5d4e01', name: 'Harbor Supply Memphis', facilityNumber: 'MEM1' } as const;
const doors = 4;
const maxKept = 500;
/** Milliseconds at pace 1. */
const approvalMs = 700;
const dockingMs = 900;
const noShowAfterMs = 9_000;
/** From the gate to a door, for what happened before the sandbox began. */
const earlierDockingMs = 8 * 60_000;

/** A dock scheduler: appointments and the trucks that come for them. Every change is told by webhook, as the whole entity. */
export class Scheduler {
  readonly #appointments = new Map<string, Appointment>();
  readonly #visits = new Map<string, Visit>();
  #booked = 0;

  constructor(private readonly options: SchedulerOptions) {}

  /** Tells of the warehouse once, as when it is set up. */
  open(): void {
    const nowMs = Date.now();
    this.#tell('Warehouse', 'Create', {
      ...warehouse, createDateTime: iso(nowMs), lastChangedDateTime: iso(nowMs), isActive: true, street: '4100 Outland Rd', city: 'Memphis', state: 'TN', zip: '38118', country: 'US', timezone: 'America/Chicago',
      contactName: 'Dock Office', phone: '+19015550100',
    });
  }

  /** Books a slot; it is approved a little later. */
  book(booking: Booking, isEarlier = false): Appointment {
    const { numbers, timers } = this.options;
    const nowMs = isEarlier ? booking.startMs - 3_600_000 : Date.now();
    const appointment: Appointment = {
      ...booking, id: numbers.nextUuid(), confirmation: 100_000 + (booking.startMs % 899_999), door: (this.#booked++ % doors) + 1, status: 'Requested', timeline: { Requested: nowMs }, createdMs: nowMs, changedMs: nowMs,
    };
    keep(this.#appointments, appointment);
    if (isEarlier) return appointment;
    this.#tellAppointment(appointment, 'Create');
    timers.after(approvalMs, () => this.#move(appointment, 'Scheduled'));
    timers.after(noShowAfterMs, () => {
      if (appointment.status === 'Scheduled') this.#move(appointment, 'NoShow');
    });
    return appointment;
  }

  appointment(id: string): Appointment | undefined {
    return this.#appointments.get(id);
  }

  /** A truck stands at the gate; it is led to a door a little later. Null where no such appointment is open. */
  checkIn({ appointmentId, licensePlate, atMs }: CheckIn, isEarlier = false): string | null {
    const { numbers, timers } = this.options;
    const appointment = this.#appointments.get(appointmentId);
    if (appointment === undefined || appointment.status === 'NoShow') return null;
    const visit: Visit = { id: numbers.nextUuid(), appointmentId, licensePlate, carrier: appointment.carrier, events: [], createdMs: atMs, changedMs: atMs };
    keep(this.#visits, visit);
    this.#happen(visit, 'Arrived', atMs);
    this.#move(appointment, 'Arrived', atMs, !isEarlier);
    const dock = (dockedMs: number) => {
      this.#happen(visit, 'Docked', dockedMs, !isEarlier);
      this.#move(appointment, 'InProgress', dockedMs, !isEarlier);
    };
    if (isEarlier) dock(atMs + earlierDockingMs);
    else timers.after(dockingMs, () => dock(Date.now()));
    return visit.id;
  }

  /** The truck leaves. False where no such truck is on site. */
  depart(visitId: string, atMs: number): boolean {
    const visit = this.#visits.get(visitId);
    const appointment = visit === undefined ? undefined : this.#appointments.get(visit.appointmentId);
    if (visit === undefined || appointment === undefined) return false;
    this.#move(appointment, 'Completed', atMs);
    this.#happen(visit, 'Departed', atMs);
    return true;
  }

  #move(appointment: Appointment, status: Status, atMs = Date.now(), isTold = true): void {
    appointment.status = status;
    appointment.timeline[status] = atMs;
    appointment.changedMs = Math.max(appointment.changedMs + 1, atMs);
    if (isTold) this.#tellAppointment(appointment, 'Update');
  }

  #happen(visit: Visit, type: VisitEvent, atMs: number, isTold = true): void {
    visit.events.push({ id: this.options.numbers.nextUuid(), type, atMs });
    visit.changedMs = Math.max(visit.changedMs + 1, atMs);
    if (isTold) this.#tell('AssetVisit', visit.events.length === 1 ? 'Create' : 'Update', visitObject(visit));
  }

  #tellAppointment(appointment: Appointment, operation: 'Create' | 'Update'): void {
    this.#tell('Appointment', operation, appointmentObject(appointment));
  }

  #tell(entity: string, operation: 'Create' | 'Update', data: object): void {
    const body = Buffer.from(JSON.stringify({ entity, operation, data }), 'utf8');
    this.options.sender.send(body, () => ({ authorization: `Bearer ${this.options.secret}` }));
  }
}

/** An Appointment in Opendock's wire format, with its relations. */
export function appointmentObject(of: Appointment): Record<string, unknown> {
  return {
    id: of.id, createDateTime: iso(of.createdMs), lastChangedDateTime: iso(of.changedMs), isActive: true, tags: [], type: 'Standard', status: of.status,
    statusTimeline: Object.fromEntries(Object.entries(of.timeline).map(([status, ms]) => [status, iso(ms)])), start: iso(of.startMs), end: iso(of.endMs), eta: null,
    refNumber: of.refNumbers[0] ?? null, refNumbers: of.refNumbers, customFields: [], notes: '', confirmationNumber: String(of.confirmation), muteNotifications: false, isCheckedInByCarrier: false,
    dockId: `dock-${of.door}`, dock: { id: `dock-${of.door}`, name: `Door ${of.door}`, doorNumber: String(of.door), warehouseId: warehouse.id },
    loadTypeId: 'outbound-live', loadType: { id: 'outbound-live', direction: 'Outbound', operation: 'Live', equipmentType: 'Dry Van', transportationMode: 'FTL' },
    userId: 'sandbox-user', user: { id: 'sandbox-user', firstName: 'Dispatch', company: { id: 'sandbox-company', name: of.carrier } },
  };
}

function visitObject(of: Visit): Record<string, unknown> {
  return {
    id: of.id, createDateTime: iso(of.createdMs), lastChangedDateTime: iso(of.changedMs), warehouseId: warehouse.id, appointmentId: of.appointmentId, phone: '+19015550123', isPlanned: true, companyHint: of.carrier,
    driverNotes: null, visitType: 'LiveLoad', checkInAcknowledged: true, licensePlate: of.licensePlate,
    assetVisitEvents: of.events.map(({ id, type, atMs }) => ({ id, eventType: type, createDateTime: iso(atMs), assetVisitId: of.id })),
  };
}

function keep<T extends { id: string }>(map: Map<string, T>, item: T): void {
  map.set(item.id, item);
  if (map.size > maxKept) map.delete(map.keys().next().value!);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
