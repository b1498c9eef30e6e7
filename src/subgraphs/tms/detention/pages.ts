import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import { decimalText, millionths } from '../../../lib/decimal.js';
import { GatehouseError } from '../../../lib/errors.js';
import { carrierCode } from '../../../model/references.js';
import { detentionKinds, detentionSides, type DetentionRule } from '../../../model/yard/detention.js';
import { uuidOfFilter } from '../../shared/lookup.js';
import { cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../../shared/pages.js';
import { chargesOf } from './charges.js';
import { ruleOfRow } from './rules.js';
import type { DetentionCharge, DetentionFilter, DetentionTotal } from './types.js';
import { began, chargedWhere, mayBeCharged, paidCarrier, selectVisits, visitFacts, type ChargedWhere, type VisitFacts } from './visits.js';

/** Visits that are read at once; many of them are charged nothing. */
const batch = 500;
/** Visits that may be charged and are read for one request, at most. */
const mostVisits = 50_000;
const mostDays = 366;
const dayMs = 86_400_000;

/** Charges of visits in the order in which these began; of those that amount to something. */
export async function chargePage(reader: Reader, first: number, after: string | null | undefined, filter: DetentionFilter): Promise<Page<DetentionCharge>> {
  const found: DetentionCharge[] = [];
  let behind: Behind | null = null;
  let number = -1;
  if (after != null) {
    const [at, visit, charge] = decodeCursor(after, [cursorPatterns.instant, cursorPatterns.uuid, cursorPatterns.index]);
    behind = { began: at!, visit: visit!, isInclusive: true };
    number = Number(charge);
  }
  for await (const charge of charges(reader, filter, behind)) {
    if (charge.place.visit === behind?.visit && Number(charge.place.number) <= number) continue;
    found.push(charge);
    if (found.length > first) break;
  }
  return pageOf(found, first, { after, cursor: ({ place }) => encodeCursor(place.began, place.visit, place.number), node: (charge) => charge });
}

/** Their sums, by kind, side and currency. @param most visits that are read */
export async function chargeTotals(reader: Reader, filter: DetentionFilter, most = mostVisits): Promise<DetentionTotal[]> {
  const totals = new Map<string, { sum: bigint; total: DetentionTotal }>();
  for await (const { kind, side, amount, isRunning } of charges(reader, filter, null, most)) {
    const key = `${detentionKinds.indexOf(kind)} ${detentionSides.indexOf(side)} ${amount!.currency}`;
    let of = totals.get(key);
    if (of === undefined) totals.set(key, (of = { sum: 0n, total: { kind, side, amount: { amount: '0', currency: amount!.currency }, charges: 0, running: 0 } }));
    of.sum += millionths(amount!.amount)!;
    of.total.charges++;
    if (isRunning) of.total.running++;
  }
  return [...totals].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, { sum, total }]) => ({ ...total, amount: { ...total.amount, amount: decimalText(sum) } }));
}

interface Behind {
  began: string;
  visit: string;
  /** With the visit itself: the place may lie between two of its charges. */
  isInclusive: boolean;
}

async function* charges(reader: Reader, filter: DetentionFilter, from: Behind | null, most = mostVisits): AsyncGenerator<DetentionCharge> {
  checkRange(filter);
  const rules = await rulesOf(reader, filter);
  const where = chargedWhere(rules);
  if (where.length === 0) return;
  const nowMs = Date.now();
  for (let [behind, read] = [from, 0]; ; ) {
    const visits: VisitFacts[] = (await visitsQuery(reader, filter, behind, where).execute()).map(visitFacts);
    read += visits.length;
    if (read > most) throw new GatehouseError('BAD_INPUT', `More than ${most} visits may be charged. Ask for fewer days, or for one facility, carrier or kind.`, { field: 'filter' });
    for (const visit of visits) for (const charge of chargesOf(visit, rules, nowMs, filter)) if (charge.amount !== null && charge.increments > 0) yield charge;
    const last = visits.at(-1);
    if (visits.length < batch || last === undefined) return;
    behind = { began: new Date(last.beganMs!).toISOString(), visit: last.id, isInclusive: false };
  }
}

/** Rules that may apply to visits of the filter; those without a rate, too: they go before others that have one. */
async function rulesOf({ db }: Reader, { to, carrier, kind, side }: DetentionFilter): Promise<DetentionRule[]> {
  let query = db.selectFrom('detention_rule').selectAll('detention_rule').where('valid_from', '<', to);
  if (kind != null) query = query.where('kind', '=', kind);
  if (side != null) query = query.where('side', '=', side);
  if (carrier != null) query = query.where((e) => e.or([e('carrier', 'is', null), e('carrier', '=', carrierCode(carrier))]));
  return (await query.execute()).map(ruleOfRow);
}

/** Visits of the filter that may be charged, from `behind` on; of outsiders those of their own trucks. */
export function visitsQuery(reader: Reader, { from, to, facilityId, carrier }: DetentionFilter, behind: Behind | null, where: readonly ChargedWhere[]) {
  let query = selectVisits(reader).where(began, '>=', from).where(began, '<', to).where((e) => e.or(where.map(mayBeCharged))).orderBy(began).orderBy('visit.id').limit(batch);
  const facility = uuidOfFilter('Facility', 'facilityId', facilityId);
  if (facility !== null) query = query.where('visit.facility_id', '=', facility);
  if (carrier != null) query = query.where(paidCarrier, '=', carrierCode(carrier));
  const { companies, keys } = reader.principal;
  if (companies === 'none') query = query.where(paidCarrier, '=', sql<string>`any(${keys.filter((key) => key.startsWith('carrier:')).map((key) => key.slice('carrier:'.length))}::text[])`);
  if (behind !== null) query = query.where(behind.isInclusive ? sql<boolean>`(${began}, visit.id) >= (${behind.began}::timestamptz, ${behind.visit}::uuid)` : sql<boolean>`(${began}, visit.id) > (${behind.began}::timestamptz, ${behind.visit}::uuid)`);
  return query;
}

function checkRange({ from, to }: DetentionFilter): void {
  if (Date.parse(to) - Date.parse(from) > mostDays * dayMs) throw new GatehouseError('BAD_INPUT', `At most ${mostDays} days are asked for at once.`, { field: 'filter.to' });
}
