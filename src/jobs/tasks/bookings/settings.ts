import { recordAudit, type Actor } from '../../../events/audit.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { Json } from '../../../lib/json.js';
import type { BookingRule } from '../../../model/booking-rules.js';
import { markPlaceForWriteBack } from '../../../projections/write-back.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';

/** A rule as it is saved; without id a new one. Company `*`: of every company. */
export interface SavedRule extends BookingRule {
  id?: string;
  company: string;
  position: number;
}

/** Until when a carrier takes freight at a place; without service: of every service. */
export interface SavedCutOff {
  id?: string;
  company: string;
  facility: string;
  carrier: string;
  service?: string;
  weekdays: number[];
  at: string;
  zone: string;
}

type Companies = '*' | 'none' | readonly string[];

/** @returns its id @throws GatehouseError NOT_FOUND */
export async function saveRule({ database }: Pick<TaskContext, 'database'>, { id: known, name, company, position, conditions, action }: SavedRule, by: Actor, companies: Companies): Promise<string> {
  const id = known ?? uuidv7();
  await database.transaction(async (tx) => {
    await checkCompany(tx, 'booking_rule', known, company, companies);
    await recordAudit(tx, [{ actor: by, action: 'booking-rule.saved', target: { kind: 'booking-rule', id }, payload: { company, name, position, conditions: conditions as unknown as Json, action: action as unknown as Json } }]);
    const row = { company, position, name, conditions: JSON.stringify(conditions), action: JSON.stringify(action), changed_by: by.subject, changed_at: instant(Date.now()) };
    await tx.insertInto('booking_rule').values({ id, ...row }).onConflict((c) => c.column('id').doUpdateSet(row)).execute();
  });
  return id;
}

/** @returns its id @throws GatehouseError NOT_FOUND; CONFLICT where there is one for the same days already */
export async function saveCutOff({ database }: Pick<TaskContext, 'database'>, { id: known, ...of }: SavedCutOff, by: Actor, companies: Companies): Promise<string> {
  const id = known ?? uuidv7();
  const { service, ...rest } = of;
  await database.transaction(async (tx) => {
    await checkCompany(tx, 'carrier_cut_off', known, of.company, companies);
    // First: whoever else saves one waits for it, and is seen by what follows.
    await recordAudit(tx, [{ actor: by, action: 'cut-off.saved', target: { kind: 'cut-off', id }, payload: { ...rest, ...(service === undefined ? {} : { service }) } }]);
    const rows = await tx.selectFrom('carrier_cut_off').select('weekdays').where('company', '=', of.company).where('facility', '=', of.facility).where('carrier', '=', of.carrier).where('service', 'is not distinct from', service ?? null).where('id', '<>', id).execute();
    if (rows.some((row) => row.weekdays.some((day) => of.weekdays.includes(day)))) throw new GatehouseError('CONFLICT', 'There is a cut-off for one of these days already.', { field: 'input.weekdays' });
    const row = { ...rest, service: service ?? null, changed_by: by.subject, changed_at: instant(Date.now()) };
    const before = await tx.selectFrom('carrier_cut_off').select(['company', 'facility']).where('id', '=', id).executeTakeFirst();
    await tx.insertInto('carrier_cut_off').values({ id, ...row }).onConflict((c) => c.column('id').doUpdateSet(row)).execute();
    for (const place of before === undefined || (before.company === of.company && before.facility === of.facility) ? [of] : [before, of]) await markPlaceForWriteBack(tx, place);
  });
  return id;
}

/** @throws GatehouseError NOT_FOUND */
export async function removeSetting({ database }: Pick<TaskContext, 'database'>, table: 'booking_rule' | 'carrier_cut_off', id: string, by: Actor, companies: Companies): Promise<void> {
  await database.transaction(async (tx) => {
    await checkCompany(tx, table, id, null, companies);
    await recordAudit(tx, [{ actor: by, action: table === 'booking_rule' ? 'booking-rule.removed' : 'cut-off.removed', target: { kind: table === 'booking_rule' ? 'booking-rule' : 'cut-off', id } }]);
    const place = table === 'carrier_cut_off' ? await tx.selectFrom(table).select(['company', 'facility']).where('id', '=', id).executeTakeFirst() : undefined;
    await tx.deleteFrom(table).where('id', '=', id).execute();
    if (place !== undefined) await markPlaceForWriteBack(tx, place);
  });
}

/** What is of every company is changed by who sees all of them. */
async function checkCompany(tx: Transaction, table: 'booking_rule' | 'carrier_cut_off', id: string | undefined, company: string | null, companies: Companies): Promise<void> {
  const may = (of: string) => companies === '*' || (companies !== 'none' && companies.includes(of));
  if (company !== null && !may(company)) throw new GatehouseError('NOT_FOUND', 'There is no such company, or this token may not see it.', { field: 'input.company' });
  if (id === undefined) return;
  const row = await tx.selectFrom(table).select('company').where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined || !may(row.company)) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.id' });
}
