import type { Reference } from './references.js';
import type { ZonedInstant } from './time.js';

/** OUTBOUND: goods leave the warehouse by an order; INBOUND: a receipt that was announced to it. */
export const warehouseDirections = ['OUTBOUND', 'INBOUND'] as const;
export type WarehouseDirection = (typeof warehouseDirections)[number];

/** RELEASED: it was sent to the warehouse, which has not said a word yet. All others are the warehouse's. */
export const warehouseOrderStates = ['UNKNOWN', 'RELEASED', 'ACKNOWLEDGED', 'ON_HOLD', 'PICKING', 'PACKED', 'PARTIAL', 'DONE', 'CANCELLED'] as const;
export type WarehouseOrderState = (typeof warehouseOrderStates)[number];

/** An order to a warehouse, for a delivery or for a receipt that is announced to it, as the warehouse has it. */
export interface WarehouseOrderRecord {
  direction: WarehouseDirection;
  state: WarehouseOrderState;
  /** The warehouse's own word. */
  rawState: string;
  /** The name under which it was sent and which the warehouse quotes: that of the transfer in Odoo. */
  order: string;
  /** The warehouse's own number of it. */
  number?: string;
  /** Code of the warehouse in Odoo, as the settings of the connection name it. */
  facility?: string;
  /** Names of the shipment. */
  references: Reference[];
  lines: WarehouseOrderLine[];
}

/** Quantities are decimal texts in the unit in which the line was released; pieces where none is named. */
export interface WarehouseOrderLine {
  id: string;
  sku: string;
  quantity: string;
  unit?: string;
  lot?: string;
  /** Packed or received so far, where the warehouse says so. */
  done?: string;
}

/** What a warehouse shipped of an order, or received of an announced receipt. Of one order there may be several. */
export interface WarehouseConfirmationRecord {
  direction: WarehouseDirection;
  /** The name under which the order was sent. */
  order: string;
  /** The warehouse's own number of the shipment or receipt. */
  number?: string;
  facility?: string;
  references: Reference[];
  confirmedAt: ZonedInstant;
  /** Nothing more comes of this order: what is missing was not found, or stays behind. */
  isFinal: boolean;
  carrier?: string;
  /** One for each lot of a product. */
  lines: ConfirmedLine[];
  packages: ConfirmedPackage[];
  /** What was found while goods were handled and no quantity says. */
  remarks?: HandlingRemark[];
}

/** Something that is not as it should be, such as a wrong trailer or a broken seal. */
export interface HandlingRemark {
  /** `SEAL_BROKEN` */
  kind: string;
  /** In words for people. */
  text?: string;
}

export interface ConfirmedLine {
  id: string;
  /** Empty where the warehouse names a product by its barcode alone. */
  sku: string;
  barcode?: string;
  /** Shipped, or received in good order. */
  quantity: string;
  /** Of the whole order, as of this confirmation and those before: by it one that is still missing is noticed. */
  total?: string;
  ordered?: string;
  /** Received damaged; not in `quantity`. */
  damaged?: string;
  unit?: string;
  lot?: string;
  /** Until when the lot may be used: date, `YYYY-MM-DD`. */
  expiresOn?: string;
  serials?: string[];
  /** Id of its package. */
  package?: string;
  /** The warehouse's reason of a difference. */
  rawReason?: string;
}

/** A carton or a pallet. */
export interface ConfirmedPackage {
  id: string;
  /** Serial shipping container code, 18 digits. */
  sscc?: string;
  /** Id of the pallet that it stands on. */
  within?: string;
  trackingNumber?: string;
  carrier?: string;
  weightKg?: string;
}

/** The warehouse changed a level otherwise than by an order: a count, damage, goods found or lost, a hold. */
export interface InventoryAdjustmentRecord {
  facility?: string;
  sku: string;
  /** Signed: how much was added to the level. */
  quantity: string;
  unit?: string;
  lot?: string;
  location?: string;
  adjustedAt: ZonedInstant;
  reason: AdjustmentReason;
  /** The warehouse's own word or code. */
  rawReason: string;
  /** Level afterwards, where the warehouse says so. */
  onHand?: string;
}

export const adjustmentReasons = ['UNKNOWN', 'COUNT', 'DAMAGE', 'LOST', 'FOUND', 'HOLD', 'RELEASE', 'RETURN', 'RECEIPT', 'SHIPMENT', 'EXPIRED', 'TRANSFER'] as const;
export type AdjustmentReason = (typeof adjustmentReasons)[number];

/** How much of a product a warehouse says that it has, beside what Odoo says. */
export interface InventoryLevelRecord {
  facility?: string;
  sku: string;
  onHand: string;
  /** On hand and promised to orders. */
  allocated?: string;
  /** What may still be promised. */
  available?: string;
  /** Damaged, on hold, under inspection. */
  unavailable?: string;
  unit?: string;
}

/** How a connection looks after warehouses, by its settings. */
export interface WarehousePolicy {
  /** Code of each warehouse in Odoo (the first part of names of its transfers and locations), and the name it has at the partner. */
  warehouses: ReadonlyMap<string, string>;
  deliveries: boolean;
  receipts: boolean;
  /** Hours in which a release has to be acknowledged; null: nobody waits for it. */
  acknowledgeHours: number | null;
  /** By how much a stated level may differ from that of Odoo before somebody is told. */
  tolerance: LevelTolerance;
}

export interface LevelTolerance {
  /** Decimal text, in the unit of the product. */
  units: string;
  /** Of Odoo's level. */
  percent: number;
}

/** Who gets what is sent, as far as an order to a warehouse says so. */
export interface WarehouseAddress {
  name?: string;
  street?: string;
  city?: string;
  region?: string;
  postalCode?: string;
  country?: string;
  phone?: string;
  email?: string;
}

/** NEW: not known there yet; CHANGE: it takes the place of what was sent before; CANCEL: it is not to be carried out. */
export const releaseActions = ['NEW', 'CHANGE', 'CANCEL'] as const;
export type ReleaseAction = (typeof releaseActions)[number];

/** An order to a warehouse as it is sent. */
export interface WarehouseRelease {
  action: ReleaseAction;
  /** Counts what was sent of this order, 1 for the first. */
  revision: number;
  /** Name of the transfer in Odoo. */
  order: string;
  /** The partner's name of the warehouse, and its code in Odoo. */
  warehouse: string;
  facility: string;
  references: Reference[];
  lines: ReleaseLine[];
  /** Name of the sales or purchase order. */
  orderName?: string;
  customerReference?: string;
  /** Who gets it; of a receipt who sends it. */
  party?: WarehouseAddress;
  /** Delivery method in Odoo. */
  carrier?: string;
  /** ISO instants in UTC: when it is to leave, or is expected; and by when it is promised. */
  scheduledAt?: string;
  promisedAt?: string;
}

export interface ReleaseLine {
  /** Counts the lines from 1; the same product and lot keep their place as long as nothing else is ordered. */
  id: string;
  sku: string;
  barcode?: string;
  description: string;
  quantity: string;
  unit: string;
  lot?: string;
}
