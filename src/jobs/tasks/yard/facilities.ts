import type { Principal } from '../../../auth/principal.js';
import { recordAudit } from '../../../events/audit.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { ourConnection } from '../../../model/our-connection.js';
import { recordId } from '../../../model/record-ids.js';
import { normalizeReferenceValue } from '../../../model/references.js';
import type { FacilityPlan } from '../../../model/yard/plan.js';
import type { Place } from '../../../model/facts.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { stateOwn } from '../own/records.js';

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
 * Makes a facility one that is run here, or changes how it works.
 * @returns its UUID
 * @throws GatehouseError NOT_FOUND where the principal may not change what is of this company
 */
export async function saveFacilityPlan(tasks: Pick<TaskContext, 'database'>, { code, company, place, plan }: { code: string; company: string; place?: Place; plan: FacilityPlan }, by: Principal, correlationId: string): Promise<string> {
  if (by.companies === 'none' || (by.companies !== '*' && !by.companies.includes(company))) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.company' });
  const ownId = ownFacilityId(code, company);
  const id = recordId('facility', ourConnection, ownId);
  await tasks.database.transaction(async (tx) => {
    const values = { company, code: normalizeReferenceValue(code), plan: JSON.stringify(plan), changed_by: by.subject, changed_at: instant(Date.now()) };
    await tx.insertInto('facility_plan').values({ facility_id: id, ...values }).onConflict((c) => c.column('facility_id').doUpdateSet(values)).execute();
    const before = await tx.selectFrom('facility').select('version').where('id', '=', id).forUpdate().executeTakeFirst();
    await recordAudit(tx, [{ actor: by, action: 'facility.saved', target: { kind: 'facility', id }, correlationId, payload: { plan: JSON.stringify(plan) } }]);
    await stateOwn(tx, [{
      type: 'facility.reported', kind: 'facility', id: ownId, company, version: (before?.version ?? 0) + 1, payload: { name: plan.name, code, zone: plan.zone, ...(place === undefined ? {} : { place }) },
      step: { action: 'facility.save', by: by.subject },
    }], correlationId);
  });
  return id;
}

/**
 * The facility, held until `tx` ends: nobody else gives out its docks meanwhile. Hold it before anything else of it.
 * @throws GatehouseError NOT_FOUND where it is not run here
 */
export async function holdFacility(tx: Transaction, id: string, field = 'input.facilityId'): Promise<OwnFacility> {
  const row = await tx.selectFrom('facility_plan').select(['facility_id', 'company', 'code', 'plan']).where('facility_id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined) throw new GatehouseError('NOT_FOUND', 'There is no such facility, or its docks are not given out here.', { field });
  return { id, ownId: `${row.code}@${row.company}`, company: row.company, code: row.code, plan: row.plan as unknown as FacilityPlan };
}
