import { adjustmentReasons, type AdjustmentReason } from '../../../model/warehouse.js';
import { firstLines, quantityOf } from '../../kit/edi/quantities.js';
import { clip, factKeyOf, filled } from '../../kit/text.js';
import type { SetContext, SetReader } from './set.js';
import { cutAt, referencesOf, timeOf, warehouseOf } from './warehouse-common.js';
import { itemOf } from './warehouse-items.js';

/** 947, warehouse inventory adjustment advice: by how much levels changed otherwise than by orders. */
export const set947: SetReader = {
  type: '947',
  functionalId: 'AW',
  read(set, context) {
    const w15 = set.segments.find((segment) => segment.tag === 'W15')?.elements ?? [];
    const { header, loops } = cutAt(set.segments, 'W19');
    const facility = warehouseOf(header, context);
    const adjustedAt = timeOf(header, 'G62', ['07', '09', '36'], context, w15[1]);
    const number = filled(w15[2]) ?? filled(w15[3]) ?? context.name;
    for (const [index, loop] of firstLines(loops, context).entries()) {
      const w19 = loop[0]!.elements;
      const item = itemOf([[w19[5], w19[6]], [w19[17], w19[18]]], w19[4]);
      const quantity = quantityOf(w19[2]);
      if (item === null || quantity === undefined) {
        context.anomalies.push({ kind: 'FIELD_INVALID', message: `${context.name}: a W19 names no product or no quantity. It was left out.`, severity: 'HIGH' });
        continue;
      }
      const code = (w19[1] ?? '').trim().toUpperCase();
      const [unit, lot] = [filled(w19[3]), filled(w19[7]) ?? referencesOf(loop, ['LT'])[0]];
      context.facts.add({
        type: 'inventory_adjustment.reported', key: { kind: 'inventory_adjustment', id: factKeyOf(clip(number, 60), String(index + 1), adjustedAt.instant) }, factKey: `version:${context.version}`, version: context.version, observedAt: context.observedAt,
        payload: {
          sku: item.sku === '' ? item.barcode! : item.sku, quantity, adjustedAt, reason: reasonOf(code, context), rawReason: clip(code, 30), ...(facility === undefined ? {} : { facility }), ...(unit === undefined ? {} : { unit: clip(unit, 20) }),
          ...(lot === undefined ? {} : { lot: clip(lot, 80) }),
        },
      });
    }
  },
};

/** Element 895: what a partner means by its codes is agreed with it, and stands in the settings: `AA=COUNT, AB=DAMAGE`. */
function reasonOf(code: string, { warehouses }: SetContext): AdjustmentReason {
  const pair = (warehouses.adjustmentReasons ?? '').split(',').map((each) => each.split('=').map((part) => part.trim().toUpperCase())).find(([from]) => from === code);
  return adjustmentReasons.find((reason) => reason === pair?.[1]) ?? 'UNKNOWN';
}
