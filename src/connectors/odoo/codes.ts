import type { RecordKind, TransferRecord } from '../../model/facts.js';
import type { OdooTopic } from './payloads.js';

/**
 * Which way goods go by `picking_type_code`. A drop shipment goes from the vendor to our customer,
 * who asks about it as about any delivery. Pick and pack of a pick-pack-ship are steps within our
 * walls towards the one shipment that leaves by the outgoing transfer. Codes that are not here
 * (mrp_operation, repair_operation) move nothing for an order.
 */
export const transferDirections: Readonly<Record<string, TransferRecord['direction']>> = {
  outgoing: 'OUTGOING',
  dropship: 'OUTGOING',
  incoming: 'INCOMING',
  internal: 'INTERNAL',
};

export const recordKinds: Readonly<Record<OdooTopic, RecordKind>> = {
  order: 'order',
  delivery: 'transfer',
  receipt: 'transfer',
  invoice: 'invoice',
  product: 'product',
  partner: 'party',
  stock: 'stock',
};

export const orderDirections: Readonly<Record<string, 'SALE' | 'PURCHASE'>> = {
  'sale.order': 'SALE',
  'purchase.order': 'PURCHASE',
};
