import type { FactType } from './facts.js';

/**
 * Which kind of system may state which facts. What a source states outside of this is appended,
 * marked, not applied, and raised as an Exception.
 */
const freight: readonly FactType[] = ['milestone.reported', 'milestone.retracted', 'estimate.reported'];
const records: readonly FactType[] = ['order.reported', 'transfer.reported', 'party.reported', 'product.reported', 'stock.reported', 'invoice.reported', 'record.deleted', 'request.reported'];

/** The carrier owns what it booked, the papers of it, and when it comes to fetch it. */
const bookings: readonly FactType[] = ['booking.reported', 'document.reported', 'pickup.reported'];
/** The transport management system owns loads with their stops. */
const loads: readonly FactType[] = ['load.reported', 'record.deleted'];
/** What went between a partner and us, and what is answered to a tender. */
const edi: readonly FactType[] = ['interchange.reported', 'tender.reported'];
/** The yard owns its facilities, and who comes and came when. */
const yard: readonly FactType[] = ['facility.reported', 'appointment.reported', 'visit.reported', 'yard_move.reported', 'record.deleted'];
/** The warehouse owns what it picked, packed, received and has; who sends goods to it, what is on its way. */
const warehouse: readonly FactType[] = ['warehouse_order.reported', 'warehouse_confirmation.reported', 'inventory_adjustment.reported', 'inventory_level.reported', 'ship_notice.reported'];

/** The shop or marketplace owns what was bought there, and of whom it is. */
const shops: readonly FactType[] = ['shop_order.reported', 'record.deleted'];

const owned: Readonly<Record<string, readonly FactType[]>> = {
  odoo: records,
  easypost: [...freight, ...bookings],
  shipengine: [...freight, ...bookings],
  shippo: [...freight, ...bookings],
  karrio: [...freight, ...bookings],
  'rate-table': [...freight, ...bookings],
  dhl: freight,
  'dhl-express': [...freight, ...bookings],
  fedex: [...freight, ...bookings],
  ups: [...freight, ...bookings],
  edifact: [...freight, ...loads, ...edi, ...warehouse],
  x12: [...loads, ...edi, ...freight, ...warehouse],
  otm: [...loads, ...freight, 'vehicle.reported'],
  opendock: yard,
  ssc: ['appointment.reported', 'record.deleted'],
  samsara: [...freight, 'vehicle.reported'],
  project44: [...freight, 'vehicle.reported'],
  files: [...freight, 'inventory_level.reported'],
  shiphero: [...warehouse, ...freight],
  shopify: shops,
  woocommerce: shops,
  amazon: shops,
};

/** False for a connector that is not in the table. */
export function owns(connector: string, type: FactType): boolean {
  return owned[connector]?.includes(type) ?? false;
}
