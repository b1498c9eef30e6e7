import type { WarehouseRelease } from '../../../model/warehouse.js';
import type { Outcome } from '../../contract.js';
import { firstLines, quantityOf, sumOf, unitCode } from '../../kit/edi/quantities.js';
import { failure } from '../../kit/http.js';
import { clip, filled } from '../../kit/text.js';
import { orderKey, orderReference } from '../../kit/warehouse.js';
import { partySegments } from './places.js';
import type { OutgoingSet, SetReader, WritingContext } from './set.js';
import { utcTime } from './utc.js';
import { cutAt, warehouseOf } from './warehouse-common.js';
import { itemOf } from './warehouse-items.js';

/** Element 473, W0501: N original, R replaces what was sent before, F cancels it. Partners' guides agree on N and F; some write C for a change. */
const statusOf = { NEW: 'N', CHANGE: 'R', CANCEL: 'F' } as const;

/** 940, warehouse shipping order: a delivery that the partner is to pick, pack and ship. */
export function write940(release: WarehouseRelease, _context: WritingContext): Outcome<OutgoingSet> {
  const lines = lineSegments(release);
  if (!lines.ok) return lines;
  if (release.order.length > 22) return failure('invalid', 'W0502 takes 22 characters: the name of the transfer is longer.', '');
  const { party, scheduledAt, promisedAt } = release;
  const segments: string[][] = [
    ['W05', statusOf[release.action], release.order, clip(release.orderName ?? '', 22)],
    ...(party === undefined ? [] : partySegments('ST', party)),
    ...partySegments('WH', { name: release.facility, code: release.warehouse }),
    ...(release.customerReference === undefined ? [] : [['N9', 'CO', clip(release.customerReference, 30)]]),
    ...(scheduledAt === undefined ? [] : [['G62', '10', utcTime(scheduledAt).date]]),
    ...(promisedAt === undefined ? [] : [['G62', '02', utcTime(promisedAt).date]]),
    ['W66', 'PP', 'M', '', '', clip(release.carrier ?? '', 35)],
    ...lines.value,
    ['W76', sumOf(release.lines.map((line) => line.quantity))],
  ];
  return { ok: true, value: { type: '940', functionalId: 'OW', segments } };
}

function lineSegments(release: WarehouseRelease): Outcome<string[][]> {
  const segments: string[][] = [];
  for (const line of release.lines) {
    const unit = unitCode(line.unit, 'X12');
    if (unit === undefined) return failure('invalid', `The unit ${clip(line.unit, 40)} of ${line.sku} has no code in X12.`, '');
    segments.push(['LX', line.id], ['W01', line.quantity, unit, '', 'VN', clip(line.sku, 48), ...(line.barcode === undefined ? [] : ['UP', line.barcode])], ['G69', clip(line.description, 45)]);
    if (line.lot !== undefined) segments.push(['N9', 'LT', clip(line.lot, 30)]);
  }
  return { ok: true, value: segments };
}

/** Our own 940: that the order was sent. */
export const set940: SetReader = {
  type: '940',
  functionalId: 'OW',
  readsOwn: true,
  read(set, context) {
    const { connection, name, observedAt, version, facts, anomalies } = context;
    const w05 = set.segments.find((segment) => segment.tag === 'W05')?.elements ?? [];
    const key = orderKey(w05[2]);
    if (key === null) {
      anomalies.push({ kind: 'NO_REFERENCE', message: `${name}: the order has no number (W0502). It was left out.`, severity: 'HIGH' });
      return;
    }
    const { header, loops } = cutAt(set.segments, 'LX');
    const facility = warehouseOf(header, context);
    const lines = firstLines(loops, context).flatMap((loop, index) => {
      const w01 = loop.find((segment) => segment.tag === 'W01')?.elements ?? [];
      const item = itemOf([[w01[4], w01[5]], [w01[6], w01[7]]], w01[3]);
      const quantity = quantityOf(w01[1]);
      if (item === null || quantity === undefined) return [];
      const [unit, lot] = [filled(w01[2]), filled(loop.find((segment) => segment.tag === 'N9' && segment.elements[1]?.trim() === 'LT')?.elements[2])];
      return [{ id: String(index + 1), sku: item.sku, quantity, ...(unit === undefined ? {} : { unit: clip(unit, 20) }), ...(lot === undefined ? {} : { lot: clip(lot, 80) }) }];
    });
    const isCancelled = (w05[1] ?? '').trim().toUpperCase() === 'F';
    facts.add({
      type: 'warehouse_order.reported', key: { kind: 'warehouse_order', id: key }, factKey: `version:${version}`, version, observedAt,
      payload: { direction: 'OUTBOUND', state: isCancelled ? 'CANCELLED' : 'RELEASED', rawState: clip((w05[1] ?? '').trim(), 10), order: clip(w05[2]!.trim(), 120), references: [orderReference(connection, key)], lines, ...(facility === undefined ? {} : { facility }) },
    });
  },
};
