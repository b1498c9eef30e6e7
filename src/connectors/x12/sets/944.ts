import { decimalText, millionths } from '../../../lib/decimal.js';
import type { ConfirmedLine, ConfirmedPackage } from '../../../model/warehouse.js';
import { addConfirmation } from '../../kit/edi/confirmation.js';
import { firstLines, maxLines, quantityOf, sumOf } from '../../kit/edi/quantities.js';
import { clip, filled } from '../../kit/text.js';
import type { Segment } from '../segments.js';
import type { SetReader } from './set.js';
import { cutAt, referencesOf, timeOf, warehouseOf } from './warehouse-common.js';
import { itemOf, markOf } from './warehouse-items.js';

/** Element 412, W1303: the condition in which goods came, of those that are not taken into stock as they are. 02 is short, 03 over: the quantities say that by themselves. */
const damagedConditions: ReadonlySet<string> = new Set(['01', '04', '05', '06', '07', '10']);
/** Element 514, W1701: a part of the receipt, of which more follows. */
const partial: ReadonlySet<string> = new Set(['P', 'I']);

/** 944, warehouse stock transfer receipt advice: what of an announced receipt came, and in which condition. */
export const set944: SetReader = {
  type: '944',
  functionalId: 'RE',
  read(set, context) {
    const w17 = set.segments.find((segment) => segment.tag === 'W17')?.elements ?? [];
    const { header, loops } = cutAt(set.segments, 'W07');
    const lines: ConfirmedLine[] = [];
    const packages = new Map<string, ConfirmedPackage>();
    let holder = markedIn(header);
    for (const loop of firstLines(loops, context)) {
      const line = readLine(loop, lines.length + 1, holder);
      if (holder !== undefined) packages.set(holder, { id: holder, sscc: holder });
      if (line === null) context.anomalies.push({ kind: 'FIELD_INVALID', message: `${context.name}: a W07 names no product or no quantity. The line was left out.`, severity: 'HIGH' });
      else lines.push(line);
      // What is marked behind a line holds the next ones.
      if (loop.some(({ tag }) => tag === 'LX')) holder = markedIn(loop);
    }
    const number = filled(w17[3]);
    addConfirmation({
      direction: 'INBOUND', order: filled(w17[4]) ?? referencesOf(header, ['DO', 'PO'])[0], number: number === undefined ? undefined : clip(number, 60), confirmedAt: timeOf(header, 'G62', ['09', '50'], context, w17[2]),
      isFinal: loops.length <= maxLines && !partial.has((w17[1] ?? '').trim().toUpperCase()), carrier: undefined, lines, packages: [...packages.values()], facility: warehouseOf(header, context),
    }, '944', context);
  },
};

/** SSCC of the pallet that begins with the last LX: from release 4020 on LX and MAN stand around the W07 of a pallet. */
function markedIn(segments: readonly Segment[]): string | undefined {
  const begins = segments.findLastIndex(({ tag }) => tag === 'LX');
  return begins === -1 ? undefined : segments.slice(begins).filter(({ tag }) => tag === 'MAN').map((segment) => markOf(segment).sscc).find((sscc) => sscc !== undefined);
}

/** W0701 counts all that came: what of it was damaged is said by the W13 below and is not in the line's quantity. */
function readLine(loop: readonly Segment[], number: number, holder: string | undefined): ConfirmedLine | null {
  const w07 = loop[0]!.elements;
  const item = itemOf([[w07[4], w07[5]], [w07[6], w07[7]]], w07[3]);
  const received = quantityOf(w07[1]);
  if (item === null || received === undefined || received.startsWith('-')) return null;
  const exceptions = loop.filter((segment) => segment.tag === 'W13');
  const damaged = sumOf(exceptions.filter(({ elements }) => damagedConditions.has((elements[3] ?? '').trim())).flatMap(({ elements }) => quantityOf(elements[1]) ?? []));
  const good = (millionths(received) ?? 0n) - (millionths(damaged) ?? 0n);
  const [unit, lot] = [filled(w07[2]), filled(w07[8]) ?? referencesOf(loop, ['LT'])[0]];
  const reason = exceptions.map(({ elements }) => filled(elements[3])).filter((code) => code !== undefined).join(' ');
  return {
    id: String(number), ...item, quantity: decimalText(good < 0n ? 0n : good), ...(damaged === '0' ? {} : { damaged }), ...(unit === undefined ? {} : { unit: clip(unit, 20) }), ...(lot === undefined ? {} : { lot: clip(lot, 80) }),
    ...(holder === undefined ? {} : { package: holder }), ...(reason === '' ? {} : { rawReason: clip(reason, 60) }),
  };
}
