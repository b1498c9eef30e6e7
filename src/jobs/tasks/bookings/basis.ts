import { sql } from 'kysely';
import type { BookingRule, ChoiceBasis, OnTimeRecord, RuleAction, RuleConditions } from '../../../model/booking-rules.js';
import { instant } from '../../../lib/clock.js';
import type { Queryable } from '../../engine.js';

/** How far back the record of carriers goes. */
const historyMs = 90 * 86_400_000;

/** By what a company chooses services to this country, as it stands now. */
export async function choiceBasis(db: Queryable, company: string, country: string): Promise<ChoiceBasis> {
  const rules = await rulesOf(db, company);
  // Months of deliveries are read only where a rule judges by them.
  const judges = rules.some(({ action }) => action.kind === 'ON_TIME' || (action.kind === 'PREFER' && action.by === 'ON_TIME'));
  return { rules, onTime: judges ? await onTimeRecords(db, company, country) : [] };
}

async function rulesOf(db: Queryable, company: string): Promise<BookingRule[]> {
  const rows = await db.selectFrom('booking_rule').select(['name', 'conditions', 'action']).where('company', 'in', ['*', company]).orderBy('position').orderBy('id').execute();
  return rows.map((row) => ({ name: row.name, conditions: row.conditions as unknown as RuleConditions, action: row.action as unknown as RuleAction }));
}

/** How often each carrier came by the promise, of what it delivered to this country lately. */
async function onTimeRecords(db: Queryable, company: string, country: string): Promise<OnTimeRecord[]> {
  const found = await sql<OnTimeRecord>`
    select carrier, count(*)::integer as delivered, (count(*) filter (where delivered_at <= promised_at))::integer as "onTime"
    from shipment where delivered_at > ${instant(Date.now() - historyMs)}::timestamptz and promised_at is not null and carrier is not null and company = ${company} and destination->>'country' = ${country}
    group by carrier order by carrier
  `.execute(db);
  return found.rows;
}
