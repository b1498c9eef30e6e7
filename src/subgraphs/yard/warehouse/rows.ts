import type { Selectable } from 'kysely';
import type { InventoryAdjustmentTable, InventoryLevelTable, WarehouseConfirmationTable, WarehouseOrderTable } from '../../../db/schema.js';
import { globalId } from '../../../lib/ids.js';
import type { AdjustmentReason, ConfirmedLine, ConfirmedPackage, WarehouseDirection, WarehouseOrderLine as Line, WarehouseOrderState } from '../../../model/warehouse.js';
import { FieldColumns } from '../../shared/columns.js';
import type { InventoryAdjustment, InventoryLevel, WarehouseConfirmation, WarehouseOrder } from './types.js';

export type WarehouseOrderRow = Selectable<WarehouseOrderTable>;
export type WarehouseConfirmationRow = Selectable<WarehouseConfirmationTable>;
export type InventoryLevelRow = Selectable<InventoryLevelTable>;
export type InventoryAdjustmentRow = Selectable<InventoryAdjustmentTable>;

/** Lines are read by those who ask for them: there may be thousands. */
export const orderFields = new FieldColumns('warehouse_order', ['id', 'updated_at'], {
  direction: ['direction'], state: ['state'], rawState: ['raw_state'], reference: ['reference'], number: ['number'], facilityCode: ['facility'], connection: ['connection'], lines: ['lines'],
});
export const confirmationFields = new FieldColumns('warehouse_confirmation', ['id', 'confirmed_at'], {
  direction: ['direction'], reference: ['reference'], number: ['number'], facilityCode: ['facility'], isFinal: ['is_final'], carrier: ['carrier'], lines: ['lines'], packages: ['packages'],
});
export const levelFields = new FieldColumns('inventory_level', ['id', 'sku', 'facility'], {
  onHand: ['on_hand'], allocated: ['allocated'], available: ['available'], unavailable: ['unavailable'], unit: ['unit'], connection: ['connection'], updatedAt: ['updated_at'],
});
export const adjustmentFields = new FieldColumns('inventory_adjustment', ['id', 'adjusted_at'], {
  facilityCode: ['facility'], sku: ['sku'], quantity: ['quantity'], unit: ['unit'], lot: ['lot'], location: ['location'], reason: ['reason'], rawReason: ['raw_reason'], onHand: ['on_hand'], connection: ['connection'],
});

export function orderOf(row: WarehouseOrderRow): WarehouseOrder {
  return {
    id: globalId('WarehouseOrder', row.id), uuid: row.id, direction: row.direction as WarehouseDirection, state: row.state as WarehouseOrderState, rawState: row.raw_state, reference: row.reference, number: row.number,
    facilityCode: row.facility, connection: row.connection, updatedAt: row.updated_at,
    allLines: ((row.lines ?? []) as unknown as Line[]).map(({ id, sku, quantity, done, unit, lot }) => ({ id, sku, quantity, done: done ?? null, unit: unit ?? null, lot: lot ?? null })),
  };
}

export function confirmationOf(row: WarehouseConfirmationRow): WarehouseConfirmation {
  return {
    id: globalId('WarehouseConfirmation', row.id), uuid: row.id, direction: row.direction as WarehouseDirection, reference: row.reference, number: row.number, facilityCode: row.facility, confirmedAt: row.confirmed_at,
    isFinal: row.is_final, carrier: row.carrier,
    allLines: ((row.lines ?? []) as unknown as ConfirmedLine[]).map((line) => ({
      id: line.id, sku: line.sku, barcode: line.barcode ?? null, quantity: line.quantity, ordered: line.ordered ?? null, damaged: line.damaged ?? null, unit: line.unit ?? null, lot: line.lot ?? null, serials: line.serials ?? [],
      package: line.package ?? null, rawReason: line.rawReason ?? null,
    })),
    allPackages: ((row.packages ?? []) as unknown as ConfirmedPackage[]).map(({ id, sscc, within, trackingNumber, carrier }) => ({ id, sscc: sscc ?? null, within: within ?? null, trackingNumber: trackingNumber ?? null, carrier: carrier ?? null })),
  };
}

export function levelOf(row: InventoryLevelRow): InventoryLevel {
  return {
    id: globalId('InventoryLevel', row.id), uuid: row.id, facilityCode: row.facility, sku: row.sku, onHand: row.on_hand, allocated: row.allocated, available: row.available, unavailable: row.unavailable, unit: row.unit,
    connection: row.connection, updatedAt: row.updated_at,
  };
}

export function adjustmentOf(row: InventoryAdjustmentRow): InventoryAdjustment {
  return {
    id: globalId('InventoryAdjustment', row.id), uuid: row.id, facilityCode: row.facility, sku: row.sku, quantity: row.quantity, unit: row.unit, lot: row.lot, location: row.location, adjustedAt: row.adjusted_at,
    reason: row.reason as AdjustmentReason, rawReason: row.raw_reason, onHand: row.on_hand, connection: row.connection,
  };
}
