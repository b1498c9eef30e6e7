import type { Principal } from '../../../auth/principal.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { isPlausible, type ZonedInstant } from '../../../model/time.js';
import type { Transaction } from '../../engine.js';
import { holdFacility, holdFacilityRunHere, noFacility, type OwnFacility } from './facilities.js';

/** Who asks for something at a facility, and under which key. */
export interface YardAsker {
  by: Principal;
  idempotencyKey: string;
  correlationId: string;
}

/** So far a clock that is not ours may be ahead, ms. */
const aheadMs = 5 * 60_000;

/** Whether a principal acts for who runs the facility: by its company, or by its key. */
export function runsFacility({ companies, keys }: Principal, { code, company }: Pick<OwnFacility, 'code' | 'company'>): boolean {
  if (companies === 'none') return keys.includes(`facility:${code}@${company}`);
  return companies === '*' || companies.includes(company);
}

/**
 * The facility, held, for who runs it.
 * @throws GatehouseError NOT_FOUND, also where it is others'
 */
export async function holdOwnFacility(tx: Transaction, id: string, by: Principal, field = 'input.facilityId'): Promise<OwnFacility> {
  const facility = await holdFacility(tx, id, field);
  if (!runsFacility(by, facility)) throw noFacility(field);
  return facility;
}

/**
 * The facility of a visit or move, held, for who runs it.
 * @param field which names the record
 * @throws GatehouseError NOT_FOUND, worded as where there is no such record: nobody is told which records others have
 */
export async function holdFacilityOf(tx: Transaction, record: { facility_id: string | null } | undefined, by: Principal, field?: string): Promise<OwnFacility> {
  const facility = record?.facility_id == null ? null : await holdFacilityRunHere(tx, record.facility_id);
  if (facility === null || !runsFacility(by, facility)) throw new GatehouseError('NOT_FOUND', undefined, field === undefined ? {} : { field });
  return facility;
}

/**
 * When something happened there: as said, else now.
 * @throws GatehouseError BAD_INPUT where it is still to come
 */
export function timeThere(at: string | undefined, { plan }: Pick<OwnFacility, 'plan'>, field = 'input.at'): ZonedInstant {
  const ms = at === undefined ? Date.now() : Date.parse(at);
  if (!isPlausible(ms)) throw new GatehouseError('BAD_INPUT', 'This is no time.', { field });
  if (ms > Date.now() + aheadMs) throw new GatehouseError('BAD_INPUT', 'This time is still to come. Report what has happened.', { field });
  return { instant: instant(ms), zone: plan.zone };
}
