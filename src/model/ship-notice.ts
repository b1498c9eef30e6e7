import type { Instant } from '../lib/clock.js';
import type { Place } from './facts.js';
import type { Reference } from './references.js';
import type { ZonedInstant } from './time.js';
import type { ConfirmedPackage } from './warehouse.js';

export const noticePurposes = ['ORIGINAL', 'CANCEL', 'REPLACE'] as const;
export type NoticePurpose = (typeof noticePurposes)[number];

/** What is told to who gets goods, when they have left: X12 856, EDIFACT DESADV. Of one order; of a delivery in parts there are several. */
export interface ShipNotice {
  purpose: NoticePurpose;
  /** Our number of the delivery, and of the notice: what changes or cancels it says the same. */
  number: string;
  /** The receiver's own number of its order, by which it finds the notice. */
  order: string;
  /** Our number of that order. */
  ourOrder?: string;
  shippedAt: ZonedInstant;
  expectedAt?: Instant;
  carrier?: string;
  references: Reference[];
  from?: NoticePlace;
  to?: NoticePlace;
  lines: NoticeLine[];
  /** Pallets and cartons; what stands on a pallet says so by `within`. */
  packages: ConfirmedPackage[];
}

/** `code`: as the receiver numbers its places. */
export type NoticePlace = Place & { street?: string; code?: string };

/** Quantities are decimal texts in `unit`, as Odoo names units. */
export interface NoticeLine {
  id: string;
  sku: string;
  barcode?: string;
  description?: string;
  quantity: string;
  ordered?: string;
  unit: string;
  lot?: string;
  serials?: string[];
  /** Id of the package that holds it. */
  package?: string;
}
