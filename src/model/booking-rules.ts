import type { Rate } from './commands.js';

/**
 * How a service is chosen, as data: rules of a company are applied in the order of their position, and
 * each leaves out rates, or decides by what the best of the rest is found.
 */
export interface BookingRule {
  /** For people; stands in the reasons. */
  name: string;
  /** When it applies; absent conditions hold always. */
  conditions: RuleConditions;
  action: RuleAction;
}

export interface RuleConditions {
  /** Kilograms of all packages together, decimal text; both ends belong to it. */
  minWeightKg?: string;
  maxWeightKg?: string;
  /** ISO 3166 alpha-2 of the destination. */
  countries?: string[];
  /** Ids of commercial entities as global ids or UUIDs of parties, or names as the asker gives them. */
  customers?: string[];
}

export type RuleAction =
  /** Leaves these carriers or services out: `FEDEX` or `FEDEX/FEDEX_GROUND`. */
  | { kind: 'EXCLUDE'; services: string[] }
  /** Leaves all others out. */
  | { kind: 'ALLOW'; services: string[] }
  /** Leaves out carriers that were on time less often than this on this lane; who delivered less than `minCount` there is not judged. */
  | { kind: 'ON_TIME'; minShare: number; minCount: number }
  /** By what the best of the rest is found; the last one that applies decides. CHEAPEST unless said otherwise. */
  | { kind: 'PREFER'; by: 'CHEAPEST' | 'FASTEST' | 'ON_TIME' };

/** What a carrier did on a lane lately, by our own history. */
export interface OnTimeRecord {
  carrier: string;
  /** Deliveries that had a promise, and how many of these came by it. */
  delivered: number;
  onTime: number;
}

/** All that a choice follows from. */
export interface ChoiceBasis {
  rules: BookingRule[];
  onTime: OnTimeRecord[];
}

export interface ChoiceRequest {
  weightKg: string;
  country: string;
  customer?: string;
  promisedAt?: string;
}

export interface Choice {
  /** Null where no rate is left. */
  rate: Rate | null;
  /** One line each, for people, in the order in which it was decided. */
  reasons: string[];
}

/**
 * Rates that the rules leave, the best first: what keeps the promise before what does not. Pure; the same for every
 * order of the rates. Without a rule the cheapest one that keeps the promise is the best, and where none keeps it, the
 * earliest.
 */
export function rankRates(rates: readonly Rate[], request: ChoiceRequest, { rules, onTime }: ChoiceBasis): { rates: Rate[]; reasons: string[] } {
  const reasons: string[] = [];
  let left = inOneCurrency(rates, reasons);
  let by: 'CHEAPEST' | 'FASTEST' | 'ON_TIME' = 'CHEAPEST';
  for (const rule of rules) {
    if (!applies(rule.conditions, request)) continue;
    if (rule.action.kind === 'PREFER') {
      by = rule.action.by;
      reasons.push(`Rule “${rule.name}”: ${wordsOfOrder[by]}.`);
      continue;
    }
    const kept = left.filter((rate) => passes(rate, rule.action, onTime));
    if (kept.length < left.length) reasons.push(`Rule “${rule.name}” left out ${namesOf(left.filter((rate) => !kept.includes(rate)))}.`);
    left = kept;
  }
  if (left.length === 0) return { rates: [], reasons: [...reasons, rates.length === 0 ? 'No carrier offers this.' : 'The rules leave no rate.'] };
  const { kept, late } = byPromise(left, request.promisedAt, reasons);
  const sorted = (some: readonly Rate[], order: Order) => [...some].sort((x, y) => order(x, y, onTime) || orders.CHEAPEST(x, y, onTime) || compare(nameOf(x), nameOf(y)) || compare(x.connection, y.connection));
  const ranked = [...sorted(kept, orders[by]), ...sorted(late, orders.FASTEST)];
  const of = kept.length > 0 ? kept.length : late.length;
  reasons.push(`${nameOf(ranked[0]!)} for ${ranked[0]!.price.amount} ${ranked[0]!.price.currency} is ${wordsOfOrder[kept.length > 0 ? by : 'FASTEST']}${of === 1 ? ', and the only one left' : ` of ${of}`}.`);
  return { rates: ranked, reasons };
}

/** The best rate by the rules. */
export function chooseRate(rates: readonly Rate[], request: ChoiceRequest, basis: ChoiceBasis): Choice {
  const ranked = rankRates(rates, request, basis);
  return { rate: ranked.rates[0] ?? null, reasons: ranked.reasons };
}

/** `FEDEX/FEDEX_GROUND`: how a service is named in rules and reasons. */
export function nameOf(rate: Pick<Rate, 'carrier' | 'service'>): string {
  return `${rate.carrier}/${rate.service}`;
}

export function applies({ minWeightKg, maxWeightKg, countries, customers }: RuleConditions, { weightKg, country, customer }: ChoiceRequest): boolean {
  const weight = Number(weightKg);
  if (minWeightKg !== undefined && weight < Number(minWeightKg)) return false;
  if (maxWeightKg !== undefined && weight > Number(maxWeightKg)) return false;
  if (countries !== undefined && !countries.includes(country)) return false;
  return customers === undefined || (customer !== undefined && customers.includes(customer));
}

const wordsOfOrder = { CHEAPEST: 'the cheapest', FASTEST: 'the earliest', ON_TIME: 'that of the most punctual carrier' } as const;

type Order = (a: Rate, b: Rate, onTime: readonly OnTimeRecord[]) => number;

const orders: Readonly<Record<'CHEAPEST' | 'FASTEST' | 'ON_TIME', Order>> = {
  CHEAPEST: (a, b) => Number(a.price.amount) - Number(b.price.amount),
  FASTEST: (a, b) => compare(a.deliveryAt ?? '9999', b.deliveryAt ?? '9999') || (a.days ?? 999) - (b.days ?? 999),
  ON_TIME: (a, b, onTime) => (shareOf(b, onTime) ?? -1) - (shareOf(a, onTime) ?? -1),
};

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function passes(rate: Rate, action: RuleAction, onTime: readonly OnTimeRecord[]): boolean {
  const isNamed = (services: readonly string[]) => services.includes(rate.carrier) || services.includes(nameOf(rate));
  switch (action.kind) {
    case 'EXCLUDE':
      return !isNamed(action.services);
    case 'ALLOW':
      return isNamed(action.services);
    case 'ON_TIME': {
      const record = onTime.find((each) => each.carrier === rate.carrier);
      return record === undefined || record.delivered < action.minCount || record.onTime / record.delivered >= action.minShare;
    }
    case 'PREFER':
      return true;
  }
}

function shareOf(rate: Rate, onTime: readonly OnTimeRecord[]): number | undefined {
  const record = onTime.find((each) => each.carrier === rate.carrier);
  return record === undefined || record.delivered === 0 ? undefined : record.onTime / record.delivered;
}

/** Amounts of different currencies cannot be compared: the one that most rates have stays. */
function inOneCurrency(rates: readonly Rate[], reasons: string[]): Rate[] {
  const counts = new Map<string, number>();
  for (const { price } of rates) counts.set(price.currency, (counts.get(price.currency) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1] || compare(a[0], b[0]));
  const left = rates.filter((rate) => rate.price.currency === most?.[0]);
  if (left.length < rates.length) reasons.push(`${rates.length - left.length} of ${rates.length} rates are in another currency than ${most![0]} and were not compared.`);
  return left;
}

/** Those that come by the promise, and those that do not, or do not say when. */
function byPromise(rates: readonly Rate[], promisedAt: string | undefined, reasons: string[]): { kept: readonly Rate[]; late: readonly Rate[] } {
  if (promisedAt === undefined) return { kept: rates, late: [] };
  const kept = rates.filter((rate) => rate.deliveryAt !== undefined && rate.deliveryAt <= promisedAt);
  const late = rates.filter((rate) => !kept.includes(rate));
  if (kept.length === 0) reasons.push(`Nothing comes by what was promised (${promisedAt}).`);
  else if (late.length > 0) reasons.push(`${namesOf(late)} would come later than promised (${promisedAt}), or do not say when.`);
  return { kept, late };
}

function namesOf(rates: readonly Rate[]): string {
  return [...new Set(rates.map(nameOf))].sort().join(', ');
}
