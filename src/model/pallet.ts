import { compareText } from '../lib/compare.js';
import type { Reference } from './references.js';
import type { ZonedInstant } from './time.js';
import type { ConfirmedLine, ConfirmedPackage } from './warehouse.js';

/** STAGED: taken out of storage, or packed, and not shipped yet. */
export const palletStates = ['EXPECTED', 'RECEIVED', 'PUT_AWAY', 'STAGED', 'SHIPPED'] as const;
export type PalletState = (typeof palletStates)[number];

/** What one record says that happened to a pallet. MOVED: within the warehouse, to a place that is no storage. */
export const palletSteps = ['EXPECTED', 'RECEIVED', 'MOVED', 'PUT_AWAY', 'SHIPPED'] as const;
export type PalletStep = (typeof palletSteps)[number];

/** What somebody sends to a warehouse of ours, as they announced it before it arrives. */
export interface ShipNoticeRecord {
  /** The sender's number of the delivery. */
  number?: string;
  /** Code of the warehouse in Odoo. */
  facility?: string;
  references: Reference[];
  shippedAt: ZonedInstant;
  expectedAt?: ZonedInstant;
  carrier?: string;
  lines: ConfirmedLine[];
  packages: ConfirmedPackage[];
}

/** What is on a pallet. Of a product either Odoo's id is known, or how a partner names it. */
export interface PalletLine {
  productId?: string;
  /** Of the product, in Odoo. */
  name?: string;
  sku?: string;
  barcode?: string;
  /** Decimal text, in `unit`; pieces where none is named. */
  quantity: string;
  unit?: string;
  lot?: string;
  /** Date, `YYYY-MM-DD`. */
  expiresOn?: string;
  /** SSCC of the carton on the pallet that holds it. */
  carton?: string;
}

export interface PalletReport {
  id: string;
  step: PalletStep;
  /** ISO instant; of EXPECTED when it left its sender. */
  at: string;
  expected_at: string | null;
  location: string | null;
  /** SSCC of the pallet that it stands on. */
  within: string | null;
  lines: PalletLine[];
}

export interface FoldedPallet {
  state: PalletState;
  /** Where it stands; null where nobody says, and once it was shipped. */
  location: string | null;
  within: string | null;
  expected_at: string | null;
  received_at: string | null;
  put_away_at: string | null;
  put_away_location: string | null;
  shipped_at: string | null;
  lines: PalletLine[];
  /** Of the latest report. */
  updated_at: string;
}

const day = 86_400_000;

/**
 * How a pallet stands at one warehouse by all that was reported of it there, in whatever order it came: times and steps decide, and
 * only what was said of its last stay counts.
 * @param reports at least one
 */
export function foldPallet(reports: readonly PalletReport[]): FoldedPallet {
  const stay = lastStay([...reports].sort(inOrder));
  const last = (...steps: PalletStep[]) => stay.findLast(({ step }) => steps.includes(step));
  const received = stay.find(({ step }) => step === 'RECEIVED');
  const [moved, putAway, shipped, expected] = [last('MOVED', 'PUT_AWAY'), last('PUT_AWAY'), last('SHIPPED'), last('EXPECTED')];
  const place = stay.findLast(({ step, location }) => location !== null && step !== 'EXPECTED' && step !== 'SHIPPED')?.location ?? null;
  // A carton that was moved by itself stands no longer on the pallet that it came on.
  const within = stay.findLast((each) => each.within !== null && (moved === undefined || Date.parse(each.at) >= Date.parse(moved.at)))?.within ?? null;
  // Who announces it knows less of it than who handles it.
  const content = stay.findLast(({ step, lines }) => step !== 'EXPECTED' && lines.length > 0) ?? stay.findLast(({ lines }) => lines.length > 0);
  return {
    state: shipped === undefined ? stateWithin(received, moved, putAway) : 'SHIPPED',
    location: shipped === undefined ? place : null, within, expected_at: expected?.expected_at ?? null, received_at: received?.at ?? null, put_away_at: putAway?.at ?? null, put_away_location: putAway?.location ?? null,
    shipped_at: shipped?.at ?? null, lines: content?.lines ?? [], updated_at: stay.at(-1)!.at,
  };
}

/**
 * What of the sorted reports is of the last stay: one begins where the pallet is announced or received more than a day after it was
 * shipped. Within the day it is not, for many partners name only the day; and a step within the walls that is told of after it was
 * shipped was made before.
 */
function lastStay(sorted: readonly PalletReport[]): readonly PalletReport[] {
  let [start, shippedAt] = [0, Infinity];
  for (const [index, { step, at }] of sorted.entries()) {
    const time = Date.parse(at);
    if ((step === 'EXPECTED' || step === 'RECEIVED') && time > shippedAt + day) [start, shippedAt] = [index, Infinity];
    if (step === 'SHIPPED') shippedAt = time;
  }
  return sorted.slice(start);
}

/** A warehouse may tell of the receipt in the evening: once it was put away, it is no matter when. */
function stateWithin(received: PalletReport | undefined, moved: PalletReport | undefined, putAway: PalletReport | undefined): PalletState {
  if (moved === undefined) return received === undefined ? 'EXPECTED' : 'RECEIVED';
  if (moved === putAway) return 'PUT_AWAY';
  return putAway === undefined && received !== undefined ? 'RECEIVED' : 'STAGED';
}

function inOrder(a: PalletReport, b: PalletReport): number {
  return Date.parse(a.at) - Date.parse(b.at) || palletSteps.indexOf(a.step) - palletSteps.indexOf(b.step) || compareText(a.id, b.id);
}
