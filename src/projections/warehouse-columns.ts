import { normalizeReferenceValue } from '../model/references.js';
import type { InventoryAdjustmentRecord, InventoryLevelRecord, WarehouseConfirmationRecord, WarehouseOrderRecord } from '../model/warehouse.js';
import { recordId } from './record-ids.js';

/** Columns of what warehouses report. Codes of facilities and names of orders are kept in the form in which they are compared. */
export function warehouseOrderColumns(data: WarehouseOrderRecord) {
  return {
    direction: data.direction, state: data.state, raw_state: data.rawState, reference: data.order, order_key: normalizeReferenceValue(data.order), number: data.number ?? null,
    facility: facilityOf(data), names: data.references, lines: data.lines,
  };
}

export function confirmationColumns(data: WarehouseConfirmationRecord, connection: string) {
  const key = normalizeReferenceValue(data.order);
  return {
    direction: data.direction, reference: data.order, order_key: key, order_id: recordId('warehouse_order', connection, key), number: data.number ?? null, facility: facilityOf(data),
    names: data.references, confirmed_at: data.confirmedAt.instant, is_final: data.isFinal, carrier: data.carrier ?? null, lines: data.lines, packages: data.packages, remarks: data.remarks ?? [],
  };
}

export function adjustmentColumns(data: InventoryAdjustmentRecord) {
  return {
    facility: facilityOf(data), sku: data.sku, quantity: data.quantity, unit: data.unit ?? null, lot: data.lot ?? null, location: data.location ?? null, adjusted_at: data.adjustedAt.instant,
    reason: data.reason, raw_reason: data.rawReason, on_hand: data.onHand ?? null,
  };
}

export function levelColumns(data: InventoryLevelRecord) {
  return {
    facility: facilityOf(data), sku: data.sku, on_hand: data.onHand, allocated: data.allocated ?? null, available: data.available ?? null, unavailable: data.unavailable ?? null, unit: data.unit ?? null,
  };
}

/** Code of a warehouse in the form in which it is compared. */
export function facilityOf({ facility }: { facility?: string | undefined }): string | null {
  return facility === undefined ? null : normalizeReferenceValue(facility);
}
