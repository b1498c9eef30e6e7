import type { MilestoneCode } from '../../model/milestones.js';
import type { AdjustmentReason, WarehouseOrderState } from '../../model/warehouse.js';

/**
 * Types of webhooks (`webhook_type`), as ShipHero lists them, and what each says of where goods are. A packed order is
 * no order that left: the carrier's own scan says that.
 */
export const webhookMilestones: Readonly<Record<string, MilestoneCode>> = {
  'Shipment Update': 'READY_FOR_PICKUP',
  'Order Packed Out': 'INFO',
  'Tote Complete': 'INFO',
  'Tote Cleared': 'INFO',
  'Order Allocated': 'INFO',
  'Order Deallocated': 'INFO',
  'Order Canceled': 'INFO',
  'Package Added': 'INFO',
  'PO Update': 'INFO',
};

/** Types that are kept raw and say nothing here on purpose: money, labels and rules are not the warehouse's to tell us. */
export const ignoredTypes: readonly string[] = [
  'Automation Rules', 'Capture Payment', 'Return Update', 'Print Barcode', 'Generate Label Webhook', 'Generate Label', 'Shipment ASN', 'Backorder',
];

/** `fulfillment_status` of orders and purchase orders is free text of the account; these are ShipHero's own words. */
export const orderStates: Readonly<Record<string, WarehouseOrderState>> = {
  pending: 'ACKNOWLEDGED', unfulfilled: 'ACKNOWLEDGED', hold: 'ON_HOLD', 'on hold': 'ON_HOLD', fulfilled: 'DONE', partial: 'PARTIAL', canceled: 'CANCELLED', cancelled: 'CANCELLED', closed: 'DONE',
};

/** `source` of an Inventory Change. */
export const changeReasons: Readonly<Record<string, AdjustmentReason>> = {
  manual: 'COUNT', 'cycle count': 'COUNT', cycle_count: 'COUNT', kit: 'TRANSFER', transfer: 'TRANSFER', po: 'RECEIPT', 'purchase order': 'RECEIPT', receiving: 'RECEIPT', return: 'RETURN', returns: 'RETURN', order: 'SHIPMENT', shipment: 'SHIPMENT', shipping: 'SHIPMENT',
};
