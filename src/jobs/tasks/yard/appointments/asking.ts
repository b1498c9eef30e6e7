import { readerFor } from '../../../../auth/reader.js';
import type { Principal } from '../../../../auth/principal.js';
import { GatehouseError } from '../../../../lib/errors.js';
import { carrierCode, unknownCarrier } from '../../../../model/references.js';
import type { BookingRules } from '../../../../model/yard/plan.js';
import type { SlotNeed } from '../../../../model/yard/slots.js';
import { SlotTaken } from '../../../../model/yard/slot-taken.js';
import type { Queryable } from '../../../engine.js';
import { runsFacility, type YardAsker } from '../at-facility.js';
import type { OwnFacility } from '../facilities.js';

export type { YardAsker };

/** STAFF runs the facility; a CARRIER comes there. */
export type Acting = 'STAFF' | 'CARRIER';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Codes of the carriers that a token names. */
export function ownCarriers({ keys }: Pick<Principal, 'keys'>): string[] {
  return keys.filter((key) => key.startsWith('carrier:')).map((key) => key.slice('carrier:'.length));
}

/**
 * As what a principal acts at a facility.
 * @throws GatehouseError NOT_FOUND where it may not see it
 */
export async function actingAt(db: Queryable, by: Principal, facility: Pick<OwnFacility, 'id' | 'code' | 'company'>, field = 'input.facilityId'): Promise<Acting> {
  if (runsFacility(by, facility)) return 'STAFF';
  const isSeen = ownCarriers(by).length > 0 && (await readerFor(db, by).db.selectFrom('facility').select('facility.id').where('facility.id', '=', facility.id).executeTakeFirst()) !== undefined;
  if (!isSeen) throw new GatehouseError('NOT_FOUND', 'There is no such facility, or its docks are not given out here.', { field });
  return 'CARRIER';
}

/**
 * The carrier that comes, for whoever asks: carriers come themselves.
 * @throws GatehouseError BAD_INPUT where it is another carrier's, or not said which of several
 */
export function carrierOf(by: Principal, acting: Acting, wanted: string | undefined): string | undefined {
  if (wanted !== undefined && carrierCode(wanted) === unknownCarrier) throw new GatehouseError('BAD_INPUT', 'This names no carrier. A name has letters or figures; leave it out where nobody knows.', { field: 'input.carrier' });
  if (acting === 'STAFF') return wanted === undefined ? undefined : carrierCode(wanted);
  const own = ownCarriers(by);
  const code = wanted === undefined ? (own.length === 1 ? own[0]! : undefined) : carrierCode(wanted);
  if (code === undefined) throw new GatehouseError('BAD_INPUT', `Say which carrier comes: one of ${own.join(', ')}.`, { field: 'input.carrier' });
  if (!own.includes(code)) throw new GatehouseError('BAD_INPUT', `This token books for ${own.join(', ')}.`, { field: 'input.carrier' });
  return code;
}

/** Between which instants times are given out to whoever asks, ms. */
export function givenOut({ leadMinutes, horizonDays }: BookingRules, acting: Acting, nowMs: number): { fromMs: number; toMs: number } {
  return acting === 'STAFF' ? { fromMs: nowMs - dayMs, toMs: nowMs + 366 * dayMs } : { fromMs: nowMs + leadMinutes * minuteMs, toMs: nowMs + horizonDays * dayMs };
}

/**
 * Rules for carriers that book, move and cancel.
 * @throws GatehouseError FORBIDDEN where they do not book there
 */
export function checkBooks({ outsiders }: BookingRules, acting: Acting): void {
  if (acting === 'CARRIER' && outsiders === 'NEVER') throw new GatehouseError('FORBIDDEN', 'Carriers do not book here by themselves. Ask the facility.', { field: 'input.facilityId' });
}

/** @throws SlotTaken where times are not given out so soon or so far ahead */
export function checkGivenOut(facility: OwnFacility, acting: Acting, fromMs: number, need: SlotNeed): void {
  const within = givenOut(facility.plan.booking, acting, Date.now());
  const wanted = { facilityId: facility.id, fromMs, need, isOutsider: acting === 'CARRIER' };
  if (fromMs < within.fromMs) throw new SlotTaken(acting === 'STAFF' ? 'This time is past.' : 'This time is past, or too soon to be given out.', 'input.startsAt', wanted);
  if (fromMs >= within.toMs) throw new SlotTaken('Times so far ahead are not given out yet.', 'input.startsAt', wanted);
}

/** @throws GatehouseError CONFLICT where a carrier comes too late to change what begins soon */
export function checkLead({ leadMinutes }: BookingRules, acting: Acting, startsAt: string): void {
  if (acting === 'CARRIER' && Date.parse(startsAt) < Date.now() + leadMinutes * minuteMs) throw new GatehouseError('CONFLICT', 'It begins too soon to be changed by carriers. Ask the facility.', { field: 'input.appointmentId' });
}
