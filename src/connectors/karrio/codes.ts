import { rowOf } from '../kit/table.js';
import type { Mapped } from '../kit/tracked-parcel.js';

/**
 * Karrio's whole lists (`TrackerStatus`, `TrackingIncidentReason` of its server): what carriers say, in words of its own. `created` is the
 * event that Karrio writes itself when a label is made. INFO: on purpose.
 */
export const statusCodes: Readonly<Record<string, Mapped>> = {
  pending: { code: 'INFO_RECEIVED' },
  created: { code: 'INFO_RECEIVED' },
  picked_up: { code: 'PICKED_UP' },
  unknown: { code: 'INFO' },
  // By whom it is held (customs, the carrier) only a reason could say.
  on_hold: { code: 'EXCEPTION' },
  cancelled: { code: 'CANCELLED' },
  delivered: { code: 'DELIVERED' },
  in_transit: { code: 'IN_TRANSIT' },
  delivery_delayed: { code: 'DELAYED' },
  out_for_delivery: { code: 'OUT_FOR_DELIVERY' },
  ready_for_pickup: { code: 'AVAILABLE_FOR_COLLECTION' },
  delivery_failed: { code: 'DELIVERY_ATTEMPTED' },
  return_to_sender: { code: 'RETURNING' },
};

export const reasonCodes: Readonly<Record<string, Mapped>> = {
  carrier_damaged_parcel: { code: 'DAMAGED' },
  carrier_sorting_error: { code: 'DELAYED', exceptionClass: 'CARRIER' },
  carrier_address_not_found: { code: 'EXCEPTION', exceptionClass: 'ADDRESS' },
  carrier_parcel_lost: { code: 'LOST' },
  carrier_not_enough_time: { code: 'DELAYED', exceptionClass: 'CARRIER' },
  carrier_vehicle_issue: { code: 'DELAYED', exceptionClass: 'CARRIER' },
  carrier_capacity_exceeded: { code: 'DELAYED', exceptionClass: 'CAPACITY' },
  carrier_mechanical_delay: { code: 'DELAYED', exceptionClass: 'CARRIER' },
  // That the shipper called it off says nothing of where the parcel is then.
  retailer_cancelled: { code: 'EXCEPTION', exceptionClass: 'SHIPPER' },
  retailer_incorrect_data: { code: 'EXCEPTION', exceptionClass: 'DATA' },
  retailer_not_ready: { code: 'EXCEPTION', exceptionClass: 'SHIPPER' },
  retailer_incorrect_parcel: { code: 'EXCEPTION', exceptionClass: 'SHIPPER' },
  retailer_incorrect_dimensions: { code: 'EXCEPTION', exceptionClass: 'SHIPPER' },
  retailer_packaging_issue: { code: 'EXCEPTION', exceptionClass: 'SHIPPER' },
  consignee_refused: { code: 'REFUSED' },
  consignee_business_closed: { code: 'DELIVERY_ATTEMPTED', exceptionClass: 'CONSIGNEE' },
  consignee_not_available: { code: 'DELIVERY_ATTEMPTED', exceptionClass: 'CONSIGNEE' },
  consignee_not_home: { code: 'DELIVERY_ATTEMPTED', exceptionClass: 'CONSIGNEE' },
  consignee_cancelled: { code: 'EXCEPTION', exceptionClass: 'CONSIGNEE' },
  consignee_verification_failed: { code: 'DELIVERY_ATTEMPTED', exceptionClass: 'CONSIGNEE' },
  consignee_incorrect_address: { code: 'EXCEPTION', exceptionClass: 'ADDRESS' },
  consignee_access_restricted: { code: 'DELIVERY_ATTEMPTED', exceptionClass: 'ADDRESS' },
  consignee_safe_place_unavailable: { code: 'DELIVERY_ATTEMPTED', exceptionClass: 'CONSIGNEE' },
  customs_delay: { code: 'CUSTOMS_HOLD' },
  customs_documentation: { code: 'CUSTOMS_HOLD' },
  customs_duties_unpaid: { code: 'CUSTOMS_HOLD' },
  customs_prohibited: { code: 'CUSTOMS_HOLD' },
  customs_inspection: { code: 'CUSTOMS_HOLD' },
  weather_delay: { code: 'DELAYED', exceptionClass: 'WEATHER' },
  natural_disaster: { code: 'DELAYED', exceptionClass: 'WEATHER' },
  force_majeure: { code: 'DELAYED' },
  parcel_being_researched: { code: 'EXCEPTION', exceptionClass: 'CARRIER' },
  security_issue: { code: 'EXCEPTION', exceptionClass: 'SECURITY' },
  regulatory_hold: { code: 'EXCEPTION' },
  unknown: { code: 'INFO' },
};

/** What is on its way at most: a reason may say more of these, and nothing of those that are firm. */
const open = new Set(['unknown', 'on_hold', 'in_transit', 'delivery_delayed', 'out_for_delivery', 'delivery_failed', '']);

/** Null where neither is known. A parcel that is delivered, back or cancelled is so whatever the reason. */
export function mapStatus(status: string, reason: string | undefined): Mapped | null {
  const coarse = rowOf(statusCodes, status);
  const fine = reason === undefined || reason === 'unknown' || !open.has(status) ? undefined : rowOf(reasonCodes, reason);
  return fine ?? coarse ?? null;
}

/** Karrio's names of carriers whose names here are others; any other is the same in lower case. */
export function karrioNameOf(carrier: string): string {
  return carrier.toLowerCase();
}
