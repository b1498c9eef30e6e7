import { GatehouseError } from '../../../../lib/errors.js';
import { globalId } from '../../../../lib/ids.js';
import type { Json } from '../../../../lib/json.js';
import { offsetMs } from '../../../../model/yard/local-time.js';
import type { SlotWish } from '../../../../model/yard/records.js';
import { SlotTaken } from '../../../../model/yard/slot-taken.js';
import type { FreeSlot, SlotNeed } from '../../../../model/yard/slots.js';
import { slotId } from './slot-ids.js';

/** What is answered with 200: that the standard's status says the rest is its way. */
export interface SscAnswer {
  body: { status: 'SUCCESS' | 'PENDING' | 'FAILURE'; [member: string]: Json };
  /** Seconds after which it is worth asking again. */
  retryAfter?: number;
}

/** An appointment as it is shown to whoever may see it. */
export interface ShownAppointment {
  id: string;
  facility_id: string | null;
  state: string;
  raw_state: string;
  confirmation: string | null;
  dock: string | null;
  starts_at: string;
  ends_at: string | null;
  handling: string | null;
  reason: string | null;
  wish: SlotWish | null;
}

/** Where it is: as callers name it, and its address. */
export interface SscLocation {
  uuid: string;
  id: string;
  zone: string;
  place: { city?: string; region?: string; postalCode?: string; country?: string } | null;
}

const titles = 'https://docs.freightapis.org/problemDetails/';
/** Seconds. */
const askAgain = 60;

/** PENDING also where another time was asked for and is not decided: until then the one that is shown stands. */
export function statusOf({ state, raw_state: raw, wish }: Pick<ShownAppointment, 'state' | 'raw_state' | 'wish'>): string {
  if (wish !== null) return 'PENDING';
  if (state === 'REQUESTED') return 'PENDING';
  if (state === 'CANCELLED') return raw === 'REJECTED' || raw === 'LAPSED' ? 'REJECTED' : 'CANCELED';
  return state === 'NO_SHOW' ? 'CANCELED' : 'CONFIRMED';
}

/** The time on the clocks of the place, with their offset. */
export function localTime(zone: string, instant: string): string {
  const ms = Date.parse(instant);
  const offset = offsetMs(zone, ms);
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const sign = `${offset < 0 ? '-' : '+'}${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return new Date(ms + offset).toISOString().replace('Z', sign);
}

function windowOf(zone: string, startsAt: string, endsAt: string | null): Json {
  const minutes = endsAt === null ? 60 : Math.max(1, Math.round((Date.parse(endsAt) - Date.parse(startsAt)) / 60_000));
  return { startDateTime: localTime(zone, startsAt), duration: `PT${minutes}M` };
}

function appointmentOf(one: ShownAppointment, { zone }: SscLocation): Json {
  return {
    id: globalId('Appointment', one.id), arrivalWindow: windowOf(zone, one.starts_at, one.ends_at), ...(one.dock === null ? {} : { dockDoor: { id: one.dock, name: one.dock } }), ...(one.handling === null ? {} : { loadingType: one.handling }),
  };
}

export function locationOf({ id, place }: SscLocation): { [member: string]: Json } {
  const { city, region, postalCode, country } = place ?? {};
  const address = { ...(region === undefined ? {} : { region }), ...(city === undefined ? {} : { locality: city }), ...(country === undefined ? {} : { country }), ...(postalCode === undefined ? {} : { postalCode }) };
  return { locationId: id, ...(Object.keys(address).length === 0 ? {} : { locationAddress: address }) };
}

/** How an appointment stands. */
export function shown(one: ShownAppointment, location: SscLocation): SscAnswer {
  const status = statusOf(one);
  return {
    body: {
      status: 'SUCCESS', appointment: appointmentOf(one, location), appointmentStatus: status, ...(one.confirmation === null ? {} : { appointmentConfirmationNumber: one.confirmation }), ...(one.reason === null ? {} : { mostRecentComment: one.reason }), ...locationOf(location),
    },
    ...(status === 'PENDING' ? { retryAfter: askAgain } : {}),
  };
}

/** What became of a request to take or move a time: PENDING until people have decided. */
export function changed(one: ShownAppointment, location: SscLocation): SscAnswer {
  if (statusOf(one) === 'PENDING') return { body: { status: 'PENDING' }, retryAfter: askAgain };
  const { body } = shown(one, location);
  const { mostRecentComment: _, ...rest } = body;
  return { body: { ...rest, status: 'SUCCESS', appointmentConfirmationNumber: one.confirmation ?? '' } };
}

export function freeTimes(slots: ReadonlyArray<{ slot: FreeSlot; need: SlotNeed }>, location: SscLocation, isDeferred: boolean): SscAnswer {
  return { body: { status: 'SUCCESS', appointments: slots.map((each) => freeTime(each, location, isDeferred)), ...locationOf(location) } };
}

function freeTime({ slot, need }: { slot: FreeSlot; need: SlotNeed }, { uuid, zone }: SscLocation, isDeferred: boolean): Json {
  return {
    id: slotId({ facility: uuid, startsAt: slot.startsAt, dock: slot.dock, need }), appointmentType: isDeferred ? 'DEFERRED' : 'AUTOMATIC', arrivalWindow: windowOf(zone, slot.startsAt, slot.endsAt),
    dockDoor: { id: slot.dock, name: slot.dock }, loadingType: need.handling,
  };
}

export function failed(problem: 'entityNotFound' | 'capabilityNotSupportedError' | 'invalidArgumentError' | 'appointmentError', detail: string, more: { [member: string]: Json } = {}): SscAnswer {
  return { body: { status: 'FAILURE', problemDetails: [{ title: `${titles}${problem}`, detail, ...more }] } };
}

/** A refusal in the words of the standard. Faults of ours, and of the protocol, are thrown on. */
export function refusal(error: unknown, location: SscLocation | null): SscAnswer {
  if (!(error instanceof GatehouseError)) throw error;
  const { code, message, field } = error;
  const argument = (field ?? '').replace(/^input\./, '');
  if (error instanceof SlotTaken) {
    const { need } = error.wanted;
    const alternatives = location === null ? [] : error.alternatives.map((slot) => freeTime({ slot, need }, location, false));
    const times = location === null ? [] : error.alternatives.map((slot) => localTime(location.zone, slot.startsAt));
    return failed('appointmentError', `${message}${times.length === 0 ? '' : ` Free are ${times.join(', ')}.`}`, { alternatives });
  }
  if (code === 'NOT_FOUND') return failed('entityNotFound', message);
  if (code === 'FORBIDDEN') return failed('capabilityNotSupportedError', message);
  if (code === 'CONFLICT') return failed('appointmentError', message);
  if (code === 'BAD_INPUT') return failed('invalidArgumentError', message, { arguments: argument === '' ? [] : [{ key: argument, detail: message }] });
  throw error;
}
