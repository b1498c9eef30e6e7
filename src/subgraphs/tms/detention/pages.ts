import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import { decimalText, millionths } from '../../../lib/decimal.js';
import { GatehouseError } from '../../../lib/errors.js';
import { carrierCode } from '../../../model/references.js';
import { detentionKinds, detentionSides } from '../../../model/yard/detention.js';
import { uuidOfFilter } from '../../shared/lookup.js';
import { cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../../shared/pages.js';
import { chargesOf } from './charges.js';
import type { DetentionCharge, DetentionFilter, DetentionTotal } from './types.js';
import { began, paidCarrier, rulesFor, selectVisits, visitFacts, type VisitFacts } from './visits.js';

/** Visits that are read at once; most of them are charged nothing. */
const batch = 500;
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

/** Their sums, by kind, side and currency. */
export async function chargeTotals(reader: Reader, filter: DetentionFilter): Promise<DetentionTotal[]> {
  const totals = new Map<string, { sum: bigint; total: DetentionTotal }>();
  for await (const { kind, side, amount, isRunning } of charges(reader, filter, null)) {
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

async function* charges(reader: Reader, filter: DetentionFilter, from: Behind | null): AsyncGenerator<DetentionCharge> {
  checkRange(filter);
  const nowMs = Date.now();
  for (let behind = from; ; ) {
    const visits: VisitFacts[] = (await visitsQuery(reader, filter, behind).execute()).map(visitFacts);
    const rules = await rulesFor(reader, visits);
    for (const visit of visits) for (const charge of chargesOf(visit, rules, nowMs, filter)) if (charge.amount !== null && charge.increments > 0) yield charge;
    const last = visits.at(-1);
    if (visits.length < batch || last === undefined) return;
    behind = { began: new Date(last.beganMs!).toISOString(), visit: last.id, isInclusive: false };
  }
}

/** Visits of the filter, from `behind` on; of outsiders those of their own trucks. */
export function visitsQuery(reader: Reader, { from, to, facilityId, carrier }: DetentionFilter, behind: Behind | null) {
  let query = selectVisits(reader).where(began, '>=', from).where(began, '<', to).orderBy(began).orderBy('visit.id').limit(batch);
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
