import type { WebhookSender } from '../webhooks.js';
import type { DayStep } from './steps.js';
import type { Contradiction, DrawnAppointment, DrawnVisit, ToldTwice } from './types.js';

export interface OtherSystemOptions {
  sender: WebhookSender;
  /** Sent with every message, as the header that was registered for it. */
  secret: string;
  site: { code: string; name: string; zone: string };
}

type OtherStep = Extract<DayStep, { of: 'other' | 'contradiction' | 'told-twice' }>;

/** A truck that the other system knows, with its appointment or without. */
interface OtherTruck {
  key: string;
  appointment: { startMs: number; endMs: number; dock: string; numbers: string[] } | null;
  direction: string;
  carrier: string;
  truck: string;
  cameMs: number;
  dockedMs: number | null;
  leftMs: number;
}

const warehouseId = '7f1c6d8e-7b1a-4c55-9e0d-3a7b6c5d4e02';
const minuteMs = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();
const reached = ['OTHER_BOOKED', 'OTHER_CAME', 'OTHER_DOCKED', 'OTHER_LEFT'] as const;
const statuses = ['Scheduled', 'Arrived', 'InProgress', 'Completed'] as const;

/** A dock scheduler beside the product, which gives out times at the same docks: it tells of every change as Opendock does, with the whole entity. */
export class OtherSystem {
  readonly #doors = new Map<string, number>();

  constructor(private readonly options: OtherSystemOptions) {}

  /** Tells of the site once. */
  open(atMs: number): void {
    const { code, name, zone } = this.options.site;
    this.#tell('Warehouse', 'Create', { id: warehouseId, createDateTime: iso(atMs), lastChangedDateTime: iso(atMs), isActive: true, name, facilityNumber: code, street: '1 Harbour Road', city: 'Hamburg', zip: '20457', country: 'DE', timezone: zone });
  }

  play(step: OtherStep): void {
    const truck = step.of === 'other' ? ofAppointment(step.appointment, step.visit) : step.of === 'contradiction' ? ofContradiction(step.contradiction) : ofToldTwice(step.told);
    const stage = reached.indexOf(step.kind);
    const created = step.kind === 'OTHER_BOOKED' ? 'Create' : 'Update';
    if (truck.appointment !== null) this.#tell('Appointment', created, this.#appointment(truck, truck.appointment, stage, step.atMs));
    if (stage > 0) this.#tell('AssetVisit', step.kind === 'OTHER_CAME' ? 'Create' : 'Update', visitOf(truck, stage, step.atMs));
  }

  #appointment({ key, direction, carrier }: OtherTruck, { dock, numbers, startMs, endMs }: NonNullable<OtherTruck['appointment']>, stage: number, atMs: number): Record<string, unknown> {
    if (!this.#doors.has(dock)) this.#doors.set(dock, this.#doors.size + 1);
    return {
      id: `a-${key}`, createDateTime: iso(startMs), lastChangedDateTime: iso(atMs), isActive: true, type: 'Standard', status: statuses[stage], start: iso(startMs), end: iso(endMs), refNumber: numbers[0] ?? null, refNumbers: numbers,
      confirmationNumber: `OD-${key}`, dockId: `dock-${dock}`, dock: { id: `dock-${dock}`, name: dock, doorNumber: String(this.#doors.get(dock)), warehouseId },
      loadType: { id: `${direction}-live`, direction: direction === 'INBOUND' ? 'Inbound' : 'Outbound', operation: 'Live' }, user: { id: 'dispatch', firstName: 'Dispatch', company: { id: carrier, name: carrier } },
    };
  }

  #tell(entity: string, operation: 'Create' | 'Update', data: object): void {
    const body = Buffer.from(JSON.stringify({ entity, operation, data }), 'utf8');
    this.options.sender.send(body, () => ({ authorization: `Bearer ${this.options.secret}` }));
  }
}

function ofAppointment({ key, slot, order, direction, carrier }: DrawnAppointment, visit: DrawnVisit | null): OtherTruck {
  return { key, appointment: { ...slot, numbers: [order.name] }, direction, carrier, truck: visit?.truck ?? key, cameMs: visit?.checkedInMs ?? slot.startMs, dockedMs: visit?.atDock?.atMs ?? null, leftMs: visit?.checkedOutMs ?? slot.endMs };
}

function ofContradiction({ key, dock, carrier, truck, checkedInMs, atDockMs, checkedOutMs }: Contradiction): OtherTruck {
  return { key, appointment: { startMs: checkedInMs, endMs: checkedOutMs + 10 * minuteMs, dock, numbers: [] }, direction: 'INBOUND', carrier, truck, cameMs: checkedInMs, dockedMs: atDockMs, leftMs: checkedOutMs };
}

function ofToldTwice({ checkedInMs, atDockMs, checkedOutMs, ...told }: ToldTwice): OtherTruck {
  return { ...told, appointment: null, cameMs: checkedInMs, dockedMs: atDockMs, leftMs: checkedOutMs };
}

function visitOf({ key, carrier, truck, appointment, direction, cameMs, dockedMs, leftMs }: OtherTruck, stage: number, atMs: number): Record<string, unknown> {
  const events = [{ eventType: 'Arrived', ms: cameMs }, ...(stage > 1 && dockedMs !== null ? [{ eventType: 'Docked', ms: dockedMs }] : []), ...(stage > 2 ? [{ eventType: 'Departed', ms: leftMs }] : [])];
  return {
    id: `v-${key}`, createDateTime: iso(cameMs), lastChangedDateTime: iso(atMs), isActive: true, warehouseId, ...(appointment === null ? {} : { appointmentId: `a-${key}` }), visitType: direction === 'INBOUND' ? 'LiveUnload' : 'LiveLoad', companyHint: carrier, licensePlate: truck,
    assetVisitEvents: events.map(({ eventType, ms }) => ({ id: `e-${key}-${eventType}`, eventType, createDateTime: iso(ms), assetVisitId: `v-${key}` })),
  };
}
