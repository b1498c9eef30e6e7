import type { Principal } from '../../../auth/principal.js';
import { recordAudit } from '../../../events/audit.js';
import { answerOnce } from '../../../events/own-requests.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { ourConnection } from '../../../model/our-connection.js';
import { recordId } from '../../../model/record-ids.js';
import { normalizeReferenceValue } from '../../../model/references.js';
import { checkPlan } from '../../../model/yard/check-plan.js';
import { InvalidPlan, type SavedFacility, type WantedFacility } from '../../../model/yard/desk.js';
import type { FacilityPlan } from '../../../model/yard/plan.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { stateOwn } from '../own/records.js';
import { settlePlan } from './appointments/unfit.js';

/** A facility that is run here, as whoever gives out its docks holds it. */
export interface OwnFacility {
  /** UUID of the record. */
  id: string;
  /** Its own id at `ourConnection`: `<code>@<company>`. */
  ownId: string;
  company: string;
  code: string;
  plan: FacilityPlan;
}

/** `<code>@<company>`: two companies may both call one of theirs WH. */
export function ownFacilityId(code: string, company: string): string {
  return `${normalizeReferenceValue(code)}@${company}`;
}

/**
 * Makes a facility one that is run here, or changes how it works. It never takes an appointment away: those that do not fit any more
 * are named, and raised as exceptions.
 * @returns its UUID
 * @throws GatehouseError NOT_FOUND where the principal may not change what is of this company; InvalidPlan
 */
export async function saveFacilityPlan(tasks: Pick<TaskContext, 'database'>, wanted: WantedFacility, by: Principal, correlationId: string): Promise<string> {
  return (await tasks.database.transaction((tx) => saveFacility(tx, wanted, by, correlationId))).id;
}

/** The same under an idempotency key, and says what does not fit. */
export async function saveFacilityOnce(tasks: Pick<TaskContext, 'database'>, wanted: WantedFacility, { by, idempotencyKey, correlationId }: { by: Principal; idempotencyKey: string; correlationId: string }): Promise<SavedFacility> {
  return tasks.database.transaction(async (tx) => {
    const { plan, place, ...named } = wanted;
    const asked = { mutation: 'saveFacilityPlan', ...named, plan: JSON.stringify(plan), place: place === undefined ? null : JSON.stringify(place) };
    const { answer } = await answerOnce(tx, { requestedBy: by.subject, idempotencyKey }, asked, async () => {
      const { id, unfit } = await saveFacility(tx, wanted, by, correlationId);
      return { id, unfit: unfit.map((each) => ({ ...each })) };
    });
    return answer;
  });
}

async function saveFacility(tx: Transaction, { code, company, place, plan }: WantedFacility, by: Principal, correlationId: string): Promise<SavedFacility> {
  if (by.companies === 'none' || (by.companies !== '*' && !by.companies.includes(company))) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.company' });
  if (!/^[^\s@]{1,40}$/.test(normalizeReferenceValue(code))) throw new GatehouseError('BAD_INPUT', 'A code has 1 to 40 characters, none of them @.', { field: 'input.code' });
  const faults = checkPlan(plan);
  if (faults.length > 0) throw new InvalidPlan(faults);
  const ownId = ownFacilityId(code, company);
  const id = recordId('facility', ourConnection, ownId);
  const values = { company, code: normalizeReferenceValue(code), plan: JSON.stringify(plan), changed_by: by.subject, changed_at: instant(Date.now()) };
  await tx.insertInto('facility_plan').values({ facility_id: id, ...values }).onConflict((c) => c.column('facility_id').doUpdateSet(values)).execute();
  const before = await tx.selectFrom('facility').select('version').where('id', '=', id).forUpdate().executeTakeFirst();
  const { unfit, events } = await settlePlan(tx, { id, ownId, company, code: values.code, plan }, correlationId);
  await recordAudit(tx, [{ actor: by, action: 'facility.saved', target: { kind: 'facility', id }, correlationId, payload: { plan: JSON.stringify(plan) } }]);
  await stateOwn(tx, [{
    type: 'facility.reported', kind: 'facility', id: ownId, company, version: (before?.version ?? 0) + 1,
    payload: { name: plan.name, code, zone: plan.zone, ...(place === undefined ? {} : { place }), ...(plan.booking.outsiders === 'NEVER' ? {} : { carriersBook: true }) },
    step: { action: 'facility.save', by: by.subject },
  }], correlationId, events);
  return { id, unfit };
}

/**
 * The facility, held until `tx` ends: nobody else gives out its docks meanwhile. Hold it before anything else of it.
 * @throws GatehouseError NOT_FOUND where it is not run here
 */
export async function holdFacility(tx: Transaction, id: string, field = 'input.facilityId'): Promise<OwnFacility> {
  const facility = await holdFacilityRunHere(tx, id);
  if (facility === null) throw noFacility(field);
  return facility;
}

/** The same; null: it is not run here. */
export async function holdFacilityRunHere(tx: Transaction, id: string): Promise<OwnFacility | null> {
  const row = await tx.selectFrom('facility_plan').select(['facility_id', 'company', 'code', 'plan']).where('facility_id', '=', id).forUpdate().executeTakeFirst();
  return row === undefined ? null : { id, ownId: `${row.code}@${row.company}`, company: row.company, code: row.code, plan: row.plan as unknown as FacilityPlan };
}

export function noFacility(field: string): GatehouseError {
  return new GatehouseError('NOT_FOUND', 'There is no such facility, or its docks are not given out here.', { field });
}
