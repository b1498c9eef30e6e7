import type { RecordKind, TransferRecord } from '../../model/facts.js';
import type { OdooTopic } from './payloads.js';

/**
 * Which way goods go by `picking_type_code`. A drop shipment goes from the vendor to our customer,
 * who asks about it as about any delivery. Every other code (internal, mrp_operation,
 * repair_operation) stays within our walls: pick and pack of a pick-pack-ship are steps of the one
 * shipment that leaves by the outgoing transfer, so they give no shipment of their own.
 */
export const transferDirections: Readonly<Record<string, TransferRecord['direction']>> = {
  outgoing: 'OUTGOING',
  dropship: 'OUTGOING',
  incoming: 'INCOMING',
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
