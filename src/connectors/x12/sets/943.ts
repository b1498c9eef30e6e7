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

/** Element 514, W0601. F is full detail; for a change and a cancellation partners' guides differ, and these are the most frequent. */
const statusOf = { NEW: 'F', CHANGE: 'R', CANCEL: 'C' } as const;

/** 943, warehouse stock transfer shipment advice: a receipt that the partner is to expect. */
export function write943(release: WarehouseRelease, { nowMs }: WritingContext): Outcome<OutgoingSet> {
  if (release.order.length > 22) return failure('invalid', 'W0602 takes 22 characters: the name of the transfer is longer.', '');
  const { party, scheduledAt } = release;
  const lines: string[][] = [];
  for (const line of release.lines) {
    const unit = unitCode(line.unit, 'X12');
    if (unit === undefined) return failure('invalid', `The unit ${clip(line.unit, 40)} of ${line.sku} has no code in X12.`, '');
    lines.push(['W04', line.quantity, unit, '', 'VN', clip(line.sku, 48), ...(line.barcode === undefined ? [] : ['UP', line.barcode])], ['G69', clip(line.description, 45)]);
    if (line.lot !== undefined) lines.push(['N9', 'LT', clip(line.lot, 30)]);
  }
  const segments: string[][] = [
    ['W06', statusOf[release.action], release.order, utcTime(new Date(nowMs).toISOString()).date, '', '', clip(release.orderName ?? '', 22)],
    ...(party === undefined ? [] : partySegments('SF', party)),
    ...partySegments('WH', { name: release.facility, code: release.warehouse }),
    ...(scheduledAt === undefined ? [] : [['G62', '17', utcTime(scheduledAt).date]]),
    ...lines,
    ['W03', sumOf(release.lines.map((line) => line.quantity))],
  ];
  return { ok: true, value: { type: '943', functionalId: 'AR', segments } };
}

/** Our own 943: that the receipt was announced. */
export const set943: SetReader = {
  type: '943',
  functionalId: 'AR',
  readsOwn: true,
  read(set, context) {
    const { connection, name, observedAt, version, facts, anomalies } = context;
    const w06 = set.segments.find((segment) => segment.tag === 'W06')?.elements ?? [];
    const key = orderKey(w06[2]);
    if (key === null) {
      anomalies.push({ kind: 'NO_REFERENCE', message: `${name}: the advice has no number (W0602). It was left out.`, severity: 'HIGH' });
      return;
    }
    const { header, loops } = cutAt(set.segments, 'W04');
    const facility = warehouseOf(header, context);
    const lines = firstLines(loops, context).flatMap(([first], index) => {
      const w04 = first!.elements;
      const item = itemOf([[w04[4], w04[5]], [w04[6], w04[7]]], w04[3]);
      const [quantity, unit] = [quantityOf(w04[1]), filled(w04[2])];
      return item === null || quantity === undefined ? [] : [{ id: String(index + 1), sku: item.sku, quantity, ...(unit === undefined ? {} : { unit: clip(unit, 20) }) }];
    });
    const isCancelled = (w06[1] ?? '').trim().toUpperCase() === 'C';
    facts.add({
      type: 'warehouse_order.reported', key: { kind: 'warehouse_order', id: key }, factKey: `version:${version}`, version, observedAt,
      payload: { direction: 'INBOUND', state: isCancelled ? 'CANCELLED' : 'RELEASED', rawState: clip((w06[1] ?? '').trim(), 10), order: clip(w06[2]!.trim(), 120), references: [orderReference(connection, key)], lines, ...(facility === undefined ? {} : { facility }) },
    });
  },
};
