import { GatehouseError } from '../../../../lib/errors.js';
import type { Json } from '../../../../lib/json.js';
import { after, beforeLatest, holdOf, needOf, useOf, type AppointmentStep } from '../../../../model/yard/appointment.js';
import type { DoneAppointment } from '../../../../model/yard/desk.js';
import type { AppointmentRecord, SlotWish } from '../../../../model/yard/records.js';
import { slotAt, Taken, type FreeSlot } from '../../../../model/yard/slots.js';
import { SlotTaken } from '../../../../model/yard/slot-taken.js';
import type { Transaction } from '../../../engine.js';
import { checkBooks, checkGivenOut, checkLead, type YardAsker } from './asking.js';
import { decideOnce, facilityOfAppointment, holdAppointment, nextState, type AppointmentState, type HeldAppointment, type Tasks } from './decide.js';
import { checkLoadsFree, confirmedNames } from './names.js';
import { slotFor, usesOf } from './uses.js';

const longestReason = 500;

/** A decision on one appointment: which step is taken, by a work that holds it. */
async function change(tasks: Tasks, id: string, asker: YardAsker, asked: { [name: string]: Json }, work: (tx: Transaction, held: HeldAppointment) => Promise<AppointmentState>): Promise<DoneAppointment> {
  const facilityId = await facilityOfAppointment(tasks, id);
  return decideOnce(tasks, facilityId, asker, { ...asked, id }, async (tx, facility) => work(tx, await holdAppointment(tx, facility, id, asker)));
}

/** The version after a step of this name. */
function stepped(held: HeldAppointment, step: AppointmentStep, { by }: Pick<YardAsker, 'by'>): AppointmentState {
  return nextState(held, after(held.record, step), { action: `appointment.${step.action}`, by: by.subject });
}

function requireStaff({ acting }: HeldAppointment): void {
  if (acting !== 'STAFF') throw new GatehouseError('FORBIDDEN', 'Whoever runs the facility decides this.', { field: 'input.appointmentId' });
}

/** @throws GatehouseError BAD_INPUT */
function checkedReason(reason: string | undefined): { reason?: string } {
  if (reason === undefined || reason.trim() === '') return {};
  if (reason.length > longestReason || reason.includes('\0') || !reason.isWellFormed()) throw new GatehouseError('BAD_INPUT', `A reason is a text of at most ${longestReason} characters.`, { field: 'input.reason' });
  return { reason: reason.trim() };
}

/** Moves it. Where carriers only ask, the old time of what is confirmed stands until somebody decides on the new one. */
export function rescheduleAppointment(tasks: Tasks, { id, startsAt, dock, reason }: { id: string; startsAt: string; dock?: string; reason?: string }, asker: YardAsker): Promise<DoneAppointment> {
  return change(tasks, id, asker, { mutation: 'rescheduleAppointment', startsAt, dock: dock ?? null, reason: reason ?? null }, async (tx, held) => {
    const { facility, acting, record } = held;
    checkBooks(facility.plan.booking, acting);
    checkLead(facility.plan.booking, acting, record.startsAt.instant);
    if (acting === 'CARRIER' && record.state === 'NO_SHOW') throw new GatehouseError('CONFLICT', 'Nobody came to this appointment. Book another one.', { field: 'input.appointmentId' });
    const need = needOf(record);
    checkGivenOut(facility, acting, Date.parse(startsAt), need);
    const slot = await slotFor(tx, facility, acting, Date.parse(startsAt), need, { but: id, ...(dock === undefined ? {} : { dock }) });
    const isWish = acting === 'CARRIER' && facility.plan.booking.outsiders === 'REQUEST' && record.state !== 'REQUESTED';
    if (record.state === 'NO_SHOW') await checkLoadsFree(tx, asker.by, facility, record.direction, record.loads, id);
    return stepped(held, isWish ? { action: 'wish', to: wishFor(held, slot) } : { action: 'reschedule', to: wishFor(held, slot), ...checkedReason(reason) }, asker);
  });
}

function wishFor({ facility }: Pick<HeldAppointment, 'facility'>, slot: FreeSlot): SlotWish {
  const { zone } = facility.plan;
  return { startsAt: { instant: slot.startsAt, zone }, endsAt: { instant: slot.endsAt, zone }, dock: slot.dock };
}

/** Decides on what was asked for: the appointment, or another time of one that stands. A refused time leaves the old one standing. */
export function decideOnAppointment(tasks: Tasks, { id, decision, reason }: { id: string; decision: 'CONFIRM' | 'REJECT'; reason?: string }, asker: YardAsker): Promise<DoneAppointment> {
  return change(tasks, id, asker, { mutation: 'decideAppointment', decision, reason: reason ?? null }, async (tx, held) => {
    requireStaff(held);
    const { record } = held;
    if (record.wish === undefined) return stepped(held, decision === 'CONFIRM' ? { action: 'confirm' } : { action: 'reject', ...checkedReason(reason) }, asker);
    if (decision === 'REJECT') return stepped(held, { action: 'reject-wish', ...checkedReason(reason) }, asker);
    const wish = wishFor(held, await wishedSlot(tx, held, record.wish));
    return stepped({ ...held, record: { ...record, wish } }, { action: 'accept-wish' }, asker);
  });
}

/** The time that was wished for: at its dock, else at another that is fit. */
async function wishedSlot(tx: Transaction, { id, facility, record }: HeldAppointment, wish: SlotWish): Promise<FreeSlot> {
  const [fromMs, need] = [Date.parse(wish.startsAt.instant), needOf(record)];
  const found = slotAt(facility.plan, fromMs, need, await usesOf(tx, facility.id, fromMs, fromMs, id), wish.dock);
  return 'refusal' in found ? slotFor(tx, facility, 'STAFF', fromMs, need, { but: id }) : found;
}

export function cancelAppointment(tasks: Tasks, { id, reason }: { id: string; reason?: string }, asker: YardAsker): Promise<DoneAppointment> {
  return change(tasks, id, asker, { mutation: 'cancelAppointment', reason: reason ?? null }, async (_tx, held) => {
    checkBooks(held.facility.plan.booking, held.acting);
    checkLead(held.facility.plan.booking, held.acting, held.record.startsAt.instant);
    return stepped(held, { action: 'cancel', ...checkedReason(reason) }, asker);
  });
}

export function markNoShow(tasks: Tasks, { id }: { id: string }, asker: YardAsker): Promise<DoneAppointment> {
  return change(tasks, id, asker, { mutation: 'markNoShow' }, async (_tx, held) => {
    requireStaff(held);
    return stepped(held, { action: 'no-show', nowMs: Date.now() }, asker);
  });
}

/** What outsiders claimed counts from now on, or is forgotten. Only for the company: it opens what is named to who runs the facility. */
export function confirmAppointmentNames(tasks: Tasks, { id, decision }: { id: string; decision: 'CONFIRM' | 'REJECT' }, asker: YardAsker): Promise<DoneAppointment> {
  return change(tasks, id, asker, { mutation: 'confirmAppointmentNames', decision }, async (tx, held) => {
    if (asker.by.companies === 'none') throw new GatehouseError('FORBIDDEN', 'Somebody of the company confirms what outsiders name.', { field: 'input.appointmentId' });
    const { record } = held;
    if (record.claimed === undefined) throw new GatehouseError('CONFLICT', 'Nothing is claimed for this appointment that is not confirmed.', { field: 'input.appointmentId' });
    if (decision === 'REJECT') return stepped(held, { action: 'name', loads: record.loads, references: record.references }, asker);
    const loads = [...new Set([...record.loads, ...record.claimed.loads])];
    await checkLoadsFree(tx, asker.by, held.facility, record.direction, loads, id);
    return stepped(held, { action: 'name', loads, references: confirmedNames(record, record.claimed.references) }, asker);
  });
}

/**
 * Takes the latest step back: the appointment is exactly as before it. Carriers take back their own steps alone.
 * @throws SlotTaken where its time was given away meanwhile
 */
export function undoAppointment(tasks: Tasks, { id }: { id: string }, asker: YardAsker): Promise<DoneAppointment> {
  return change(tasks, id, asker, { mutation: 'undoAppointment' }, async (tx, held) => {
    const { facility, acting } = held;
    const { undone, record } = beforeLatest(held.standing);
    if (acting === 'CARRIER' && undone.step.by !== asker.by.subject) throw new GatehouseError('CONFLICT', 'Its latest step was taken by somebody else, and carriers take back their own alone. Move or cancel it, or ask the facility.', { field: 'input.appointmentId' });
    checkBooks(facility.plan.booking, acting);
    checkLead(facility.plan.booking, acting, held.record.startsAt.instant);
    checkLead(facility.plan.booking, acting, record.startsAt.instant);
    await checkStillFree(tx, held, record);
    if (holdOf(held.record) === null) await checkLoadsFree(tx, asker.by, facility, record.direction, holdOf(record) === null ? [] : record.loads, held.id);
    return nextState(held, record, { action: 'appointment.undo', by: asker.by.subject, undoes: undone.version });
  });
}

async function checkStillFree(tx: Transaction, held: HeldAppointment, record: AppointmentRecord): Promise<void> {
  const [was, is] = [useOf(record), useOf(held.record)];
  if (was === null || (was.dock === is?.dock && was.fromMs === is.fromMs && was.toMs === is.toMs)) return;
  const { facility } = held;
  const taken = new Taken({ ...facility.plan, docks: [] }, await usesOf(tx, facility.id, was.fromMs, was.toMs, held.id));
  if ((was.dock === null || taken.isFree(was.dock, was)) && taken.hasCapacity(was.fromMs, was)) return;
  throw new SlotTaken('Its time was given away meanwhile.', 'input.appointmentId', { facilityId: facility.id, fromMs: was.fromMs, need: needOf(record), isOutsider: held.acting === 'CARRIER' });
}
