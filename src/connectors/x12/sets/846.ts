import { normalizeReferenceValue } from '../../../model/references.js';
import { firstLines, quantityOf, sumOf } from '../../kit/edi/quantities.js';
import { clip, factKeyOf, filled } from '../../kit/text.js';
import type { SetReader } from './set.js';
import { cutAt, warehouseOf } from './warehouse-common.js';
import { itemOf, pairsFrom } from './warehouse-items.js';

/** Element 673, QTY01. */
const onHandCodes: ReadonlySet<string> = new Set(['17', 'QO']);
const availableCodes: ReadonlySet<string> = new Set(['33', 'QA']);
const unavailableCodes: ReadonlySet<string> = new Set(['20', 'QH', 'QP', '48']);

interface Counted {
  sku: string;
  facility: string | undefined;
  unit: string | undefined;
  onHand: string[];
  available: string[];
  unavailable: string[];
}

/** 846, inventory inquiry or advice: levels as the warehouse has them. Lots of one product are added up. */
export const set846: SetReader = {
  type: '846',
  functionalId: 'IB',
  read(set, context) {
    const { header, loops } = cutAt(set.segments, 'LIN');
    const everywhere = warehouseOf(header, context);
    const byItem = new Map<string, Counted>();
    for (const loop of firstLines(loops, context)) {
      const item = itemOf(pairsFrom(loop[0]!.elements, 2));
      if (item === null) {
        context.anomalies.push({ kind: 'FIELD_INVALID', message: `${context.name}: a LIN names no product. It was left out.`, severity: 'HIGH' });
        continue;
      }
      const sku = item.sku === '' ? item.barcode! : item.sku;
      const facility = loop.some((segment) => segment.tag === 'N1') ? warehouseOf(loop, context) : everywhere;
      const key = factKeyOf(facility ?? '', normalizeReferenceValue(sku));
      const counted = byItem.get(key) ?? { sku, facility, unit: undefined, onHand: [], available: [], unavailable: [] };
      byItem.set(key, counted);
      for (const { elements } of loop.filter((segment) => segment.tag === 'QTY')) {
        const quantity = quantityOf(elements[2]);
        const code = (elements[1] ?? '').trim().toUpperCase();
        if (quantity === undefined) continue;
        if (onHandCodes.has(code)) counted.onHand.push(quantity);
        else if (availableCodes.has(code)) counted.available.push(quantity);
        else if (unavailableCodes.has(code)) counted.unavailable.push(quantity);
        counted.unit ??= filled(elements[3]);
      }
    }
    for (const [key, { sku, facility, unit, onHand, available, unavailable }] of byItem) {
      // Who states no level on hand has what may be promised, and what may not.
      const total = onHand.length > 0 ? sumOf(onHand) : available.length > 0 ? sumOf([...available, ...unavailable]) : null;
      if (total === null) continue;
      context.facts.add({
        type: 'inventory_level.reported', key: { kind: 'inventory_level', id: key }, factKey: `version:${context.version}`, version: context.version, observedAt: context.observedAt,
        payload: { sku, onHand: total, ...(facility === undefined ? {} : { facility }), ...(available.length === 0 ? {} : { available: sumOf(available) }), ...(unavailable.length === 0 ? {} : { unavailable: sumOf(unavailable) }), ...(unit === undefined ? {} : { unit: clip(unit, 20) }) },
      });
    }
  },
};
