import type { ExceptionClass, MilestoneCode } from '../../model/milestones.js';
import { rowOf } from '../kit/table.js';

/**
 * EasyPost's words for what happened. Its `status` is coarse and firm, its `status_detail` fine and
 * sometimes beside the point: a delivered parcel commonly has the detail `arrived_at_destination`.
 * So a detail refines the statuses that leave room for it and no others.
 */
export interface Mapped {
  code: MilestoneCode;
  exceptionClass?: ExceptionClass;
}

/** Tracker and TrackingDetail `status`. */
export const statusCodes: Readonly<Record<string, MilestoneCode>> = {
  pre_transit: 'INFO_RECEIVED',
  in_transit: 'IN_TRANSIT',
  out_for_delivery: 'OUT_FOR_DELIVERY',
  delivered: 'DELIVERED',
  available_for_pickup: 'AVAILABLE_FOR_COLLECTION',
  return_to_sender: 'RETURNING',
  failure: 'EXCEPTION',
  error: 'EXCEPTION',
  cancelled: 'CANCELLED',
  unknown: 'INFO',
};

/** `status_detail` values of goods that move. They refine `in_transit` and `unknown`. */
export const movementDetails: Readonly<Record<string, MilestoneCode>> = {
  label_created: 'INFO_RECEIVED',
  received_at_origin_facility: 'PICKED_UP',
  arrived_at_facility: 'ARRIVED_FACILITY',
  received_at_destination_facility: 'ARRIVED_FACILITY',
  arrived_at_destination: 'ARRIVED_FACILITY',
  departed_facility: 'DEPARTED_FACILITY',
  departed_origin_facility: 'DEPARTED_FACILITY',
  transferred_to_destination_carrier: 'HANDED_OVER',
  out_for_delivery: 'OUT_FOR_DELIVERY',
  arrived_at_pickup_location: 'AVAILABLE_FOR_COLLECTION',
  return: 'RETURNING',
};

/** `status_detail` values of goods that are stuck. They refine every status but the final ones. */
export const troubleDetails: Readonly<Record<string, Mapped>> = {
  held: { code: 'CUSTOMS_HOLD' },
  delivery_exception: { code: 'DELIVERY_ATTEMPTED' },
  delayed: { code: 'DELAYED' },
  weather_delay: { code: 'DELAYED', exceptionClass: 'WEATHER' },
  refused: { code: 'REFUSED' },
  damaged: { code: 'DAMAGED' },
  lost: { code: 'LOST' },
  missorted: { code: 'EXCEPTION' },
  transit_exception: { code: 'EXCEPTION' },
  address_correction: { code: 'EXCEPTION', exceptionClass: 'ADDRESS' },
  cancelled: { code: 'CANCELLED' },
  expired: { code: 'TRACKING_ENDED' },
};

/** `status_detail` values that say no more than the status does. */
export const plainDetails: ReadonlySet<string> = new Set(['unknown', 'status_update', 'in_transit', 'failure', 'delivered', 'awaiting_information', 'error', 'pre_transit', 'available_for_pickup', 'return_to_sender']);

/**
 * FedEx's own scan codes, in `carrier_code`. EasyPost labels some of them wrongly (PU, picked up,
 * as arrived_at_facility). Only codes of moving goods, and none of CA, EA, SP, RC, which mean
 * different things in different sections of FedEx's list.
 */
export const fedexCodes: Readonly<Record<string, MilestoneCode>> = {
  OC: 'INFO_RECEIVED',
  AP: 'ARRIVED_PICKUP',
  PU: 'PICKED_UP',
  PX: 'PICKED_UP',
  IT: 'IN_TRANSIT',
  IX: 'IN_TRANSIT',
  AR: 'ARRIVED_FACILITY',
  AF: 'ARRIVED_FACILITY',
  SF: 'ARRIVED_FACILITY',
  DP: 'DEPARTED_FACILITY',
  LO: 'DEPARTED_FACILITY',
  TR: 'HANDED_OVER',
  CD: 'CUSTOMS_HOLD',
  CC: 'CUSTOMS_CLEARED',
  OD: 'OUT_FOR_DELIVERY',
  AD: 'ARRIVED_DELIVERY',
};

/** A detail never takes these back; nothing comes after them. */
const finalStatuses = new Set(['delivered', 'cancelled']);
const openStatuses = new Set(['in_transit', 'unknown']);

/** Null where neither the status nor the detail is known to this table. */
export function mapStatus(status: string, detail: string | undefined, carrier: string | null, carrierCode: string | undefined): Mapped | null {
  const plain = rowOf(statusCodes, status);
  if (plain === undefined) return null;
  if (finalStatuses.has(status) || detail === undefined) return refineByCarrier(status, { code: plain }, carrier, carrierCode);
  const trouble = rowOf(troubleDetails, detail);
  if (trouble !== undefined) return refineTrouble(status, plain, detail, trouble);
  const movement = openStatuses.has(status) ? rowOf(movementDetails, detail) : undefined;
  return refineByCarrier(status, { code: movement ?? plain }, carrier, carrierCode);
}

function refineTrouble(status: string, plain: MilestoneCode, detail: string, trouble: Mapped): Mapped {
  // A parcel on its way back stays on its way back, whatever kept it from being delivered.
  if (status === 'return_to_sender' && trouble.code !== 'REFUSED') return { code: plain };
  // LOST is final; a search that still runs (status in_transit) is not.
  if (detail === 'lost' && status !== 'failure') return { code: 'EXCEPTION', exceptionClass: 'LOSS' };
  return trouble;
}

function refineByCarrier(status: string, mapped: Mapped, carrier: string | null, carrierCode: string | undefined): Mapped {
  if (!openStatuses.has(status) || carrierCode === undefined || carrier === null || !/^FEDEX/.test(carrier)) return mapped;
  const code = rowOf(fedexCodes, carrierCode);
  return code === undefined ? mapped : { code };
}

export function isKnownDetail(detail: string): boolean {
  return Object.hasOwn(movementDetails, detail) || Object.hasOwn(troubleDetails, detail) || plainDetails.has(detail);
}
