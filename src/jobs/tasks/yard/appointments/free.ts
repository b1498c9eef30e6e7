import { GatehouseError } from '../../../../lib/errors.js';
import type { Principal } from '../../../../auth/principal.js';
import type { FreeSlotsWish } from '../../../../model/yard/desk.js';
import type { FacilityPlan } from '../../../../model/yard/plan.js';
import { freeSlots, type FreeSlot } from '../../../../model/yard/slots.js';
import type { OwnFacility } from '../facilities.js';
import { actingAt, checkBooks, givenOut } from './asking.js';
import { checkNeed } from './book.js';
import type { Tasks } from './decide.js';
import { usesOf } from './uses.js';

const dayMs = 86_400_000;
const longestDays = 62;

/**
 * Times that may be booked now by whoever asks, in order.
 * @throws GatehouseError NOT_FOUND, FORBIDDEN, BAD_INPUT
 */
export async function findFreeSlots({ database }: Tasks, { facilityId, from, to, need, limit }: FreeSlotsWish, by: Principal): Promise<FreeSlot[]> {
  checkNeed(need);
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  if (!(fromMs < toMs)) throw new GatehouseError('BAD_INPUT', 'to is after from.', { field: 'to' });
  if (toMs - fromMs > longestDays * dayMs) throw new GatehouseError('BAD_INPUT', `Ask for at most ${longestDays} days at once.`, { field: 'to' });
  const row = await database.kysely.selectFrom('facility_plan').select(['company', 'code', 'plan']).where('facility_id', '=', facilityId).executeTakeFirst();
  if (row === undefined) throw new GatehouseError('NOT_FOUND', 'There is no such facility, or its docks are not given out here.', { field: 'facilityId' });
  const facility: OwnFacility = { id: facilityId, ownId: `${row.code}@${row.company}`, company: row.company, code: row.code, plan: row.plan as unknown as FacilityPlan };
  const acting = await actingAt(database.kysely, by, facility, 'facilityId');
  checkBooks(facility.plan.booking, acting);
  const given = givenOut(facility.plan.booking, acting, Date.now());
  const within = { fromMs: Math.max(fromMs, given.fromMs, Date.now()), toMs: Math.min(toMs, given.toMs) };
  return within.fromMs >= within.toMs ? [] : freeSlots(facility.plan, within, need, await usesOf(database.kysely, facilityId, within.fromMs, within.toMs + dayMs), limit);
}
