import { billOf, type BillLine } from './bill.js';
import { everyPage } from './board.js';
import { Differences } from './differences.js';
import { site, type Stage } from './stage.js';

interface ShownCharge {
  visit: { id: string; truck: string } | null;
  kind: 'DRIVER' | 'TRAILER';
  side: string;
  carrier: string;
  amount: { amount: string; currency: string };
}

const document = `query ($after: String, $filter: DetentionFilter!) { page: detentionCharges(first: 50, after: $after, filter: $filter) {
  nodes { kind side carrier amount { amount currency } visit { id truck } } pageInfo { hasNextPage endCursor } } }`;

export async function readCharges({ graph, day }: Stage, token: string): Promise<ShownCharge[]> {
  const filter = { from: new Date(day.startMs - 8 * 86_400_000).toISOString(), to: new Date(day.endMs + 3_600_000).toISOString(), side: 'PAYABLE' };
  return everyPage<ShownCharge>(graph, token, document, { filter });
}

export interface ComparedBill {
  differences: Differences;
  /** What is shown less what was worked out here, cents: the sum of all lines, and of the absolute difference of each. */
  sumCents: number;
  apartCents: number;
  shownCents: number;
  lines: number;
  charged: number;
}

const toCents = (amount: string) => Math.round(Number(amount) * 100);

/** The bill that the product shows, against the one that is worked out here from the times as they were drawn. */
export async function compareBill(stage: Stage): Promise<ComparedBill> {
  const { day } = stage;
  const beforeMs = Date.now();
  const shown = await readCharges(stage, stage.tokens.office);
  // What still waits is charged until it is asked: the answer is one of before and after.
  const [earlier, later] = [billOf(day, beforeMs, site.zone), billOf(day, Date.now(), site.zone)];
  const differences = new Differences();
  const trucks = new Map([...day.visits.map(({ key, truck }) => [truck, key] as const), ...day.contradictions.map(({ key, truck }) => [truck, key] as const)]);
  const keyOf = ({ visit, kind }: Pick<BillLine, 'visit' | 'kind'>) => `${visit} ${kind}`;
  const shownBy = Map.groupBy(shown, (charge) => keyOf({ visit: trucks.get(charge.visit?.truck ?? '') ?? `unknown ${charge.visit?.id}`, kind: charge.kind }));
  const lines = new Map(later.map((line) => [keyOf(line), line]));
  const earlierOf = new Map(earlier.map((line) => [keyOf(line), line.cents]));
  let [sumCents, apartCents, shownCents, charged] = [0, 0, 0, 0];
  for (const key of new Set([...lines.keys(), ...shownBy.keys()])) {
    const charges = shownBy.get(key) ?? [];
    const line = lines.get(key);
    if (charges.length > 1) differences.say(`${key} is charged ${charges.length} times`);
    const is = charges.reduce((sum, { amount }) => sum + toCents(amount.amount), 0);
    const expected = line === undefined ? 0 : is === earlierOf.get(key) ? is : line.cents;
    sumCents += expected;
    shownCents += is;
    apartCents += Math.abs(is - expected);
    if (expected > 0) charged++;
    if (is !== expected) differences.say(`${key}: ${is / 100} is charged and should be ${expected / 100}`);
    if (charges.some(({ carrier, amount }) => (line !== undefined && carrier !== line.carrier) || amount.currency !== 'EUR')) differences.say(`${key} is charged to another carrier or in another currency`);
  }
  return { differences, sumCents, apartCents, shownCents, lines: lines.size, charged };
}
