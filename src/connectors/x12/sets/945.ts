import { carrierCode } from '../../../model/references.js';
import type { ConfirmedLine, ConfirmedPackage } from '../../../model/warehouse.js';
import { addConfirmation } from '../../kit/edi/confirmation.js';
import { firstLines, maxLines, quantityOf } from '../../kit/edi/quantities.js';
import { clip, filled } from '../../kit/text.js';
import type { Segment } from '../segments.js';
import type { SetReader } from './set.js';
import { cutAt, referencesOf, timeOf, warehouseOf } from './warehouse-common.js';
import { itemOf, markOf } from './warehouse-items.js';

/** Element 368, W1201, of those that say that more of the line follows: back ordered, partial with the rest on its way, split. */
const moreFollows: ReadonlySet<string> = new Set(['BO', 'BP', 'BK', 'SS', 'PS']);
/** Of those that are no reason of anything: complete. */
const complete: ReadonlySet<string> = new Set(['CC', 'CL', 'CM', 'SH', 'AC', '']);

/** 945, warehouse shipping advice: what of an order was shipped, in which cartons and pallets. */
export const set945: SetReader = {
  type: '945',
  functionalId: 'SW',
  read(set, context) {
    const w06 = set.segments.find((segment) => segment.tag === 'W06')?.elements ?? [];
    const { header, loops } = cutAt(set.segments, 'LX');
    const w27 = set.segments.find((segment) => segment.tag === 'W27')?.elements ?? [];
    const scac = filled(w27[2]);
    const packages: ConfirmedPackage[] = [];
    const lines: ConfirmedLine[] = [];
    // Of what is not read nobody knows.
    let more = loops.length > maxLines;
    for (const loop of firstLines(loops, context)) {
      const read = readLoop(loop, packages.length, lines.length);
      packages.push(...read.packages);
      lines.push(...read.lines);
      more ||= read.more;
      for (const why of read.invalid) context.anomalies.push({ kind: 'FIELD_INVALID', message: `${context.name}: ${why}. The line was left out.`, severity: 'HIGH' });
    }
    // A number of the whole shipment names its first package where none has one of its own.
    const [tracking] = referencesOf(header, ['2I', '2V']);
    if (tracking !== undefined && packages.every((each) => each.trackingNumber === undefined)) {
      if (packages[0] === undefined) packages.push({ id: '1', trackingNumber: tracking });
      else packages[0].trackingNumber = tracking;
    }
    addConfirmation({
      direction: 'OUTBOUND', order: filled(w06[2]), number: filled(w06[4]) === undefined ? undefined : clip(filled(w06[4])!, 60), confirmedAt: timeOf(set.segments, 'G62', ['11', '07'], context, w06[3]), isFinal: !more,
      carrier: scac === undefined ? undefined : carrierCode(scac), lines, packages, facility: warehouseOf(header, context),
    }, '945', context);
  },
};

/** One LX: the packages that its MAN segments mark, and the items in them. */
function readLoop(loop: readonly Segment[], packagesBefore: number, linesBefore: number): { packages: ConfirmedPackage[]; lines: ConfirmedLine[]; more: boolean; invalid: string[] } {
  const marks = loop.filter((segment) => segment.tag === 'MAN').map(markOf);
  const ofPackage = marks.reduce<Omit<ConfirmedPackage, 'id'>>((all, mark) => ({ ...all, ...mark }), {});
  const hasPackage = ofPackage.sscc !== undefined || ofPackage.trackingNumber !== undefined;
  const id = ofPackage.sscc ?? String(packagesBefore + 1);
  const { loops: items } = cutAt(loop, 'W12');
  const lines: ConfirmedLine[] = [];
  const invalid: string[] = [];
  let more = false;
  for (const item of items) {
    const w12 = item[0]!.elements;
    const product = itemOf([[w12[7], w12[8]], [w12[17], w12[18]]], w12[6]);
    const shipped = quantityOf(w12[3]) ?? (filled(w12[3]) === undefined ? '0' : undefined);
    if (product === null || shipped === undefined || shipped.startsWith('-')) {
      invalid.push(product === null ? 'a W12 names no product' : `W1203 ${clip(w12[3] ?? '', 30)} is no quantity`);
      continue;
    }
    const code = (w12[1] ?? '').trim().toUpperCase();
    more ||= moreFollows.has(code);
    const [ordered, unit] = [quantityOf(w12[2]), filled(w12[5])];
    const lot = filled(w12[9]) ?? referencesOf(item, ['LT'])[0];
    const serials = referencesOf(item, ['SE', 'SN']);
    lines.push({
      id: String(linesBefore + lines.length + 1), ...product, quantity: shipped, ...(ordered === undefined || ordered.startsWith('-') ? {} : { ordered }), ...(unit === undefined ? {} : { unit: clip(unit, 20) }), ...(lot === undefined ? {} : { lot: clip(lot, 80) }),
      ...(serials.length === 0 ? {} : { serials }), ...(hasPackage ? { package: id } : {}), ...(complete.has(code) ? {} : { rawReason: clip(code, 10) }),
    });
  }
  return { packages: hasPackage ? [{ id, ...ofPackage }] : [], lines, more, invalid };
}
