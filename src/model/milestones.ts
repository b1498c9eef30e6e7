/**
 * The milestone vocabulary. Every outside code maps onto one of these in its connector's
 * `codes.ts`; a code that maps onto nothing is INFO and keeps its raw code.
 */

export const shipmentStatuses = [
  'UNKNOWN', 'PLANNED', 'TENDERED', 'ACCEPTED', 'INFO_RECEIVED', 'AT_PICKUP', 'IN_TRANSIT', 'OUT_FOR_DELIVERY',
  'DELIVERY_ATTEMPTED', 'AVAILABLE_FOR_COLLECTION', 'AT_DELIVERY', 'PARTIALLY_DELIVERED', 'DELIVERED',
  'RETURNING', 'RETURNED', 'LOST', 'CANCELLED',
] as const;
export type ShipmentStatus = (typeof shipmentStatuses)[number];

/** Nothing more is to come of such a shipment. */
export const endedStatuses: readonly ShipmentStatus[] = ['DELIVERED', 'RETURNED', 'LOST', 'CANCELLED'];

/** REQUESTED by somebody, PLANNED by us or the carrier, ESTIMATED by a forecast, ACTUAL: it happened. */
export const classifiers = ['REQUESTED', 'PLANNED', 'ESTIMATED', 'ACTUAL'] as const;
export type Classifier = (typeof classifiers)[number];

export const exceptionClasses = [
  'CARRIER', 'SHIPPER', 'CONSIGNEE', 'ADDRESS', 'CUSTOMS', 'WEATHER', 'DAMAGE', 'LOSS', 'SECURITY', 'CAPACITY', 'DATA',
] as const;
export type ExceptionClass = (typeof exceptionClasses)[number];

export const severities = ['LOW', 'MEDIUM', 'HIGH'] as const;
export type Severity = (typeof severities)[number];

interface CodeRow {
  /** The status that an ACTUAL milestone of this code gives; none where the code moves no status. */
  status?: ShipmentStatus;
  /** Nothing later moves the status away from it, save another terminal code. */
  terminal?: true;
  /** What an ACTUAL milestone of this code raises, unless the milestone itself names a class. */
  raises?: { class: ExceptionClass; severity: Severity };
}

/** Order is the order of a normal journey; it breaks ties between milestones of one instant. */
const rows = {
  INFO: {},
  TRACKING_ENDED: {},
  ETA_UPDATED: {},
  TENDERED: { status: 'TENDERED' },
  DECLINED: {},
  ACCEPTED: { status: 'ACCEPTED' },
  INFO_RECEIVED: { status: 'INFO_RECEIVED' },
  PICKUP_APPOINTMENT: {},
  GATE_IN: {},
  CHECKED_IN: {},
  ARRIVED_PICKUP: { status: 'AT_PICKUP' },
  TRAILER_DETACHED: {},
  TRAILER_ATTACHED: {},
  SPOTTED: {},
  DOCKED: {},
  YARD_MOVED: {},
  LOADING: { status: 'AT_PICKUP' },
  LOADED: { status: 'AT_PICKUP' },
  READY_FOR_PICKUP: {},
  PICKED_UP: { status: 'IN_TRANSIT' },
  GATE_OUT: {},
  CHECKED_OUT: {},
  IN_TRANSIT: { status: 'IN_TRANSIT' },
  ARRIVED_FACILITY: { status: 'IN_TRANSIT' },
  DEPARTED_FACILITY: { status: 'IN_TRANSIT' },
  HANDED_OVER: { status: 'IN_TRANSIT' },
  CUSTOMS_HOLD: { status: 'IN_TRANSIT', raises: { class: 'CUSTOMS', severity: 'HIGH' } },
  CUSTOMS_CLEARED: { status: 'IN_TRANSIT' },
  DELAYED: { raises: { class: 'CARRIER', severity: 'MEDIUM' } },
  EXCEPTION: { raises: { class: 'CARRIER', severity: 'MEDIUM' } },
  DAMAGED: { raises: { class: 'DAMAGE', severity: 'HIGH' } },
  DELIVERY_APPOINTMENT: {},
  OUT_FOR_DELIVERY: { status: 'OUT_FOR_DELIVERY' },
  ARRIVED_DELIVERY: { status: 'AT_DELIVERY' },
  UNLOADING: { status: 'AT_DELIVERY' },
  UNLOADED: { status: 'AT_DELIVERY' },
  DELIVERY_ATTEMPTED: { status: 'DELIVERY_ATTEMPTED', raises: { class: 'CONSIGNEE', severity: 'MEDIUM' } },
  AVAILABLE_FOR_COLLECTION: { status: 'AVAILABLE_FOR_COLLECTION' },
  REFUSED: { status: 'RETURNING', raises: { class: 'CONSIGNEE', severity: 'HIGH' } },
  RETURNING: { status: 'RETURNING', raises: { class: 'CONSIGNEE', severity: 'MEDIUM' } },
  PARTIALLY_DELIVERED: { status: 'PARTIALLY_DELIVERED' },
  DELIVERED: { status: 'DELIVERED', terminal: true },
  DEPARTED_DELIVERY: {},
  POD_AVAILABLE: {},
  RETURNED: { status: 'RETURNED', terminal: true },
  LOST: { status: 'LOST', terminal: true, raises: { class: 'LOSS', severity: 'HIGH' } },
  CANCELLED: { status: 'CANCELLED', terminal: true },
} as const satisfies Record<string, CodeRow>;

export type MilestoneCode = keyof typeof rows;

export const milestoneCodes = Object.keys(rows) as MilestoneCode[];

/** Codes of which an ACTUAL milestone is a matter for people. */
export const raisingCodes: readonly MilestoneCode[] = milestoneCodes.filter((code) => 'raises' in rows[code]);

const rank = new Map(milestoneCodes.map((code, index) => [code, index]));

export function codeRow(code: MilestoneCode): CodeRow {
  return rows[code];
}

/** Place in the order of a normal journey: a higher rank wins between milestones of one instant. */
export function journeyRank(code: MilestoneCode): number {
  return rank.get(code) ?? 0;
}

export function isTerminal(status: ShipmentStatus): boolean {
  return status === 'DELIVERED' || status === 'RETURNED' || status === 'LOST' || status === 'CANCELLED';
}
