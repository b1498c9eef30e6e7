import { hash } from 'node:crypto';
import { instant } from '../../../../lib/clock.js';
import { GatehouseError } from '../../../../lib/errors.js';
import { uuidv7 } from '../../../../lib/ids.js';
import { durationMinutes, firstComeSlot, type FreeSlot, type SlotNeed } from '../../../../model/yard/slots.js';
import { SlotTaken } from '../../../../model/yard/slot-taken.js';
import type { AppointmentWish, ComingTruck, DoneAppointment } from '../../../../model/yard/desk.js';
import type { AppointmentRecord } from '../../../../model/yard/records.js';
import type { Transaction } from '../../../engine.js';
import { dockUses } from '../dock-uses.js';
import type { OwnFacility } from '../facilities.js';
import { actingAt, carrierOf, checkBooks, checkGivenOut, type Acting, type YardAsker } from './asking.js';
import { decideOnce, type AppointmentState, type Tasks } from './decide.js';
import { checkLoadsFree, judgedNames } from './names.js';
import { slotFor, usesOf } from './uses.js';

const dayMs = 86_400_000;
const limits = { heightCm: 2000, pallets: 10_000 } as const;
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** A number that people can say on the telephone. */
function confirmationOf(ownId: string): string {
  return [...hash('sha256', ownId, 'buffer').subarray(0, 9)].map((byte) => alphabet[byte % alphabet.length]).join('').replace(/^(.{3})(.{3})/, '$1-$2-');
}

/** @throws GatehouseError BAD_INPUT */
export function checkNeed({ heightCm, pallets }: SlotNeed): void {
  if (heightCm !== undefined && !(Number.isInteger(heightCm) && heightCm >= 1 && heightCm <= limits.heightCm)) throw new GatehouseError('BAD_INPUT', `A height is 1 to ${limits.heightCm} cm.`, { field: 'input.heightCm' });
  if (pallets !== undefined && !(Number.isInteger(pallets) && pallets >= 0 && pallets <= limits.pallets)) throw new GatehouseError('BAD_INPUT', `Pallets are 0 to ${limits.pallets}.`, { field: 'input.pallets' });
}

/** The record of a truck that is to come at this time. */
export function bookedRecord(facility: OwnFacility, ownId: string, slot: FreeSlot, { need }: Pick<ComingTruck, 'need'>, stated: Pick<AppointmentRecord, 'loads' | 'references' | 'claimed' | 'state'> & { carrier?: string }): AppointmentRecord {
  const { zone } = facility.plan;
  return {
    facilityId: facility.ownId, dock: slot.dock, direction: need.direction, rawState: stated.state, confirmation: confirmationOf(ownId), startsAt: { instant: slot.startsAt, zone }, endsAt: { instant: slot.endsAt, zone },
    handling: need.handling, temperature: need.temperature, ...(need.heightCm === undefined ? {} : { heightCm: need.heightCm }), ...(need.pallets === undefined ? {} : { pallets: need.pallets }), ...stated,
  };
}

/**
 * Books a time, or asks for it where carriers only ask. What an outsider names counts only as far as it sees it.
 * @throws GatehouseError NOT_FOUND, FORBIDDEN, BAD_INPUT, CONFLICT; SlotTaken with alternatives
 */
export function bookAppointment(tasks: Tasks, wish: AppointmentWish, asker: YardAsker): Promise<DoneAppointment> {
  return decideOnce(tasks, wish.facilityId, asker, { mutation: 'bookAppointment', ...asJson(wish) }, async (tx, facility) => {
    const acting = await actingAt(tx, asker.by, facility);
    checkBooks(facility.plan.booking, acting);
    checkNeed(wish.need);
    const fromMs = Date.parse(wish.startsAt);
    checkGivenOut(facility, acting, fromMs, wish.need);
    const truck = await truckOf(tx, facility, acting, wish, asker);
    const slot = await slotFor(tx, facility, acting, fromMs, wish.need, wish.dock === undefined ? {} : { dock: wish.dock });
    const isAsked = acting === 'CARRIER' && facility.plan.booking.outsiders === 'REQUEST';
    return booked(facility, slot, wish, { ...truck, state: isAsked ? 'REQUESTED' : 'SCHEDULED' }, { action: isAsked ? 'appointment.request' : 'appointment.book', by: asker.by.subject });
  });
}

/**
 * A place for a truck that is there without an appointment, in the order of coming: at once at a dock that is kept for such, else at
 * the next time that is free. The caller holds the facility, and states the version.
 * @throws GatehouseError CONFLICT; SlotTaken where nothing is free within a day
 */
export async function takeFirstComeFirstServed(tx: Transaction, facility: OwnFacility, truck: ComingTruck, asker: Pick<YardAsker, 'by'>, nowMs: number = Date.now()): Promise<AppointmentState> {
  checkNeed(truck.need);
  const fromMs = Math.ceil(nowMs / 60_000) * 60_000;
  const stated = await truckOf(tx, facility, 'STAFF', truck, asker);
  const plan = await withoutDocksInUse(tx, facility, fromMs, truck.need);
  const slot = firstComeSlot(plan, fromMs, truck.need, await usesOf(tx, facility.id, fromMs, fromMs + 2 * dayMs), fromMs + dayMs);
  if (slot === null) throw new SlotTaken('No dock that is fit for this is free within a day.', 'input.facilityId', { facilityId: facility.id, fromMs, need: truck.need, isOutsider: false });
  return booked(facility, slot, truck, { ...stated, state: 'SCHEDULED' }, { action: 'appointment.first-come', by: asker.by.subject });
}

/** The plan without the docks at which trucks or trailers stand now, or to which they were sent: appointments know nothing of those. For as long as a truck has its dock. */
async function withoutDocksInUse(tx: Transaction, facility: OwnFacility, fromMs: number, need: ComingTruck['need']): Promise<OwnFacility['plan']> {
  const minutes = durationMinutes(facility.plan, need);
  const uses = (await dockUses(tx, facility, 0, { visit: null, appointment: null, truck: null, trailer: null })).filter(({ isBookedOnly }) => isBookedOnly !== true);
  const blocked = { from: instant(fromMs), to: instant(fromMs + minutes * 60_000), reason: 'in use' };
  return { ...facility.plan, docks: facility.plan.docks.map((dock) => (uses.some((use) => use.dock === dock.name) ? { ...dock, blocked: [...(dock.blocked ?? []), blocked] } : dock)) };
}

/** The same, on its own. */
export function bookFirstCome(tasks: Tasks, { facilityId, ...truck }: ComingTruck & { facilityId: string }, asker: YardAsker): Promise<DoneAppointment> {
  return decideOnce(tasks, facilityId, asker, { mutation: 'takeFirstComeFirstServed', facilityId, ...asJson(truck) }, async (tx, facility) => {
    if ((await actingAt(tx, asker.by, facility)) === 'CARRIER') throw new GatehouseError('FORBIDDEN', 'Whoever runs the facility gives places to those who come.', { field: 'input.facilityId' });
    return takeFirstComeFirstServed(tx, facility, truck, asker);
  });
}

async function truckOf(tx: Transaction, facility: OwnFacility, acting: Acting, { need, carrier: wanted, names }: ComingTruck, { by }: Pick<YardAsker, 'by'>) {
  const carrier = carrierOf(by, acting, wanted);
  const judged = await judgedNames(tx, by, facility.company, names);
  await checkLoadsFree(tx, by, facility, need.direction, judged.loads);
  return { ...judged, ...(carrier === undefined ? {} : { carrier }) };
}

function booked(facility: OwnFacility, slot: FreeSlot, truck: ComingTruck, stated: Parameters<typeof bookedRecord>[4], step: AppointmentState['step']): AppointmentState {
  const ownId = uuidv7();
  return { type: 'appointment.reported', kind: 'appointment', id: ownId, company: facility.company, version: 1, payload: bookedRecord(facility, ownId, slot, truck, stated), step };
}

function asJson(wish: ComingTruck & Partial<Pick<AppointmentWish, 'facilityId' | 'startsAt' | 'dock'>>) {
  const { need, names, ...rest } = wish;
  return { ...rest, need: { ...need }, names: { loads: [...names.loads], deliveries: [...names.deliveries], orders: [...names.orders] } };
}
