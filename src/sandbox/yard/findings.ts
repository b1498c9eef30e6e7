import type { Random } from '../random.js';
import { minuteMs, type DrawnOrder, type DrawnVisit } from './types.js';

/** Seals of a live truck: what comes is sealed, and so is what goes. */
export function drawSeals(visit: DrawnVisit, random: Random): void {
  const seal = () => String(random.between(1_000_000, 9_999_999));
  if (visit.direction === 'INBOUND') visit.seals.in.push(seal());
  else visit.seals.out.push(seal());
}

/** What is counted at the dock, and what is found not to be as it should. */
export function drawFindings(visit: DrawnVisit, order: DrawnOrder, random: Random): void {
  const { startedMs, endedMs } = visit.atDock!;
  const at = () => startedMs + Math.floor(((endedMs - startedMs) * (0.3 + 0.6 * random.next())) / 1000) * 1000;
  const find = (finding: Omit<DrawnVisit['findings'][number], 'key' | 'atMs'>) => visit.findings.push({ key: `${visit.key}-${visit.findings.length + 1}`, atMs: at(), ...finding });
  const countedMs = endedMs - Math.min(2 * minuteMs, Math.floor((endedMs - startedMs) / 3));
  const odd = visit.direction === 'INBOUND' ? random.next() : 1;
  const damage = random.chance(0.08) ? { sku: random.pick(order.lines).sku, quantity: random.between(1, 3) } : null;
  for (const [index, { sku, quantity }] of order.lines.entries()) {
    const isOdd = index === 0 && odd < 0.14;
    const came = !isOdd ? quantity : odd < 0.09 ? quantity - random.between(1, Math.min(4, quantity - 1)) : quantity + random.between(1, 5);
    // What is damaged is not counted with what is in good order.
    visit.counts.push({ sku, quantity: Math.max(0, came - (damage?.sku === sku ? damage.quantity : 0)), atMs: countedMs });
    if (came < quantity) find({ kind: 'SHORT', sku, quantity: quantity - came, photos: 0, note: `${quantity - came} of ${sku} are missing.` });
    if (came > quantity) find({ kind: 'OVER', sku, quantity: came - quantity, photos: 0, note: `${came - quantity} of ${sku} are too many.` });
  }
  if (damage !== null) find({ kind: 'DAMAGED', ...damage, photos: random.between(1, 2), note: 'Crushed on one side.' });
  if (random.chance(0.02)) find({ kind: 'SEAL_BROKEN', photos: 1, note: 'The seal was open.' });
  if (random.chance(0.02)) find({ kind: 'WRONG_TRAILER', photos: 0, note: 'Another trailer was announced.' });
}
