import { z } from 'zod';

/** Webhooks of ShipHero as far as they are read. Numbers come as numbers or as text; what is absent is null or not there. */
const text = z.union([z.string(), z.number().transform(String)]).nullish();
const count = z.union([z.string().max(40), z.number()]).nullish();

export const webhook = z.looseObject({ webhook_type: z.string().max(100).nullish(), fulfillment: z.unknown().optional(), purchase_order: z.unknown().optional(), inventory: z.unknown().optional() });

const shipmentLine = z.looseObject({ id: text, shiphero_id: text, sku: text, quantity: count, serial_numbers: z.array(z.unknown()).max(10_000).nullish(), package: text, lot_name: text, lot_expiration: text });
const shipmentPackage = z.looseObject({
  name: text, tracking_number: text, shipping_carrier: text, weight_in_oz: count,
  shipping_label: z.looseObject({ tracking_number: text, shipping_carrier: text, carrier: text }).nullish(),
});

export const fulfillment = z.looseObject({
  shipment_id: text, shipment_uuid: text, warehouse: text, warehouse_id: text, warehouse_uuid: text, partner_order_id: text, order_number: text, order_uuid: text, tracking_number: text,
  shipping_carrier: text, completed: z.union([z.boolean(), z.string()]).nullish(), created_at: text, line_items: z.array(z.unknown()).nullish(),
});
export type Fulfillment = z.infer<typeof fulfillment>;
export { shipmentLine, shipmentPackage };

const purchaseLine = z.looseObject({ id: text, sku: text, quantity: count, quantity_received: count, quantity_rejected: count, lot_name: text });
export const purchaseOrder = z.looseObject({
  po_number: text, po_uuid: text, partner_order_number: text, warehouse_id: text, warehouse_uuid: text, warehouse: text, status: text, fulfillment_status: text, updated_at: text, created_at: text, line_items: z.array(z.unknown()).nullish(),
});
export { purchaseLine };

export const inventoryItem = z.looseObject({
  sku: text, inventory: count, on_hand: count, backorder_quantity: count,
  updated_warehouse: z.looseObject({ warehouse_id: text, warehouse_uuid: text, identifier: text, inventory: count, on_hand: count, sellable: count }).nullish(),
});

export const inventoryChange = z.looseObject({
  warehouse_id: text, warehouse_uuid: text, sku: text, quantity: count, old_quantity: count, previous_on_hand: count, location_name: text, timestamp: text, reason: text, source: text, lot_name: text, lot_uuid: text,
});

/** Webhooks that say how far an order is. */
export const orderNotice = z.looseObject({ order_number: text, order_id: text, order_uuid: text, partner_order_id: text, timestamp: text, warehouse_id: text, warehouse_uuid: text, items: z.array(z.unknown()).nullish() });

/** An order or purchase order as the API gives it; also what our own commands state of it. */
export const apiOrder = z.looseObject({ id: z.string().max(200), order_number: text, po_number: text, partner_order_id: text, partner_order_number: text, fulfillment_status: text });

/** What a command of ours was answered, in the form in which it is kept and read. */
export const commandAnswer = z.looseObject({
  gatehouse: z.literal('warehouse_order'), order: z.string(), direction: z.enum(['OUTBOUND', 'INBOUND']), state: z.enum(['ACKNOWLEDGED', 'CANCELLED']), rawState: z.string(), at: z.string(), facility: z.string(), number: z.string().nullable(),
  lines: z.array(z.object({ id: z.string(), sku: z.string(), quantity: z.string(), unit: z.string().optional(), lot: z.string().optional() })),
});

/** A page of levels as it was read. */
export const levelsAnswer = z.looseObject({ gatehouse: z.literal('inventory_levels'), warehouse: z.string(), at: z.string(), levels: z.array(z.unknown()) });
export const level = z.looseObject({ sku: text, on_hand: count, allocated: count, available: count });
