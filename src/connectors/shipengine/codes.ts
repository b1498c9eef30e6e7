import { rowOf } from '../kit/table.js';
import type { Mapped } from '../kit/tracked-parcel.js';

/**
 * ShipEngine's whole published lists (OpenAPI 1.1): `status_code`, which is coarse and firm, and
 * `status_detail_code`, which is fine. INFO: on purpose, for it says nothing of where the parcel is.
 */
export const statusCodes: Readonly<Record<string, Mapped>> = {
  UN: { code: 'INFO' },
  NY: { code: 'INFO_RECEIVED' },
  AC: { code: 'PICKED_UP' },
  IT: { code: 'IN_TRANSIT' },
  DE: { code: 'DELIVERED' },
  EX: { code: 'EXCEPTION' },
  AT: { code: 'DELIVERY_ATTEMPTED' },
  SP: { code: 'AVAILABLE_FOR_COLLECTION' },
};

export const detailCodes: Readonly<Record<string, Mapped>> = {
  CARRIER_STATUS_NOT_MAPPED: { code: 'INFO' },
  SHIPMENT_CREATED: { code: 'INFO_RECEIVED' },
  AWAITING_PICKUP_DROP_OFF: { code: 'INFO_RECEIVED' },
  DROPPED_OFF: { code: 'PICKED_UP' },
  ELEC_ADVICE_RECD_BY_CARRIER: { code: 'INFO_RECEIVED' },
  PICKED_UP: { code: 'PICKED_UP' },
  CUSTOMS_CLEARED: { code: 'CUSTOMS_CLEARED' },
  CUSTOMS_PROCESSING: { code: 'IN_TRANSIT' },
  DELIVERY_ARRANGED_WITH_RECIPIENT: { code: 'INFO' },
  HUB_SCAN_OUT: { code: 'DEPARTED_FACILITY' },
  HUB_SCAN_IN: { code: 'ARRIVED_FACILITY' },
  IN_TRANSIT: { code: 'IN_TRANSIT' },
  INFORMATION: { code: 'INFO' },
  PARCEL_OVER_LABELLED: { code: 'INFO' },
  PARCEL_UPDATE_NOTIFICATION: { code: 'INFO' },
  RECEIVED_BY_CARRIER: { code: 'PICKED_UP' },
  RECEIVED_LOCAL_DELIVERY_DEPOT: { code: 'ARRIVED_FACILITY' },
  SUB_CONTRACTOR_EVENT: { code: 'IN_TRANSIT' },
  SUB_CONTRACTOR_RECEIVED: { code: 'HANDED_OVER' },
  PARCEL_REDIRECTED: { code: 'IN_TRANSIT' },
  // When is not said in the event: an appointment without a time is none.
  DELIVERY_SCHEDULED: { code: 'INFO' },
  HUB_PROCESSING: { code: 'IN_TRANSIT' },
  DELIVERY_RESCHEDULED: { code: 'DELAYED' },
  ATTEMPTED_DELIVERY: { code: 'DELIVERY_ATTEMPTED' },
  ATTEMPTED_DELIVERY_FINAL: { code: 'DELIVERY_ATTEMPTED' },
  COD_AMOUNT_PAID: { code: 'INFO' },
  CUSTOMER_CARDED: { code: 'DELIVERY_ATTEMPTED' },
  OUT_FOR_DELIVERY: { code: 'OUT_FOR_DELIVERY' },
  AWAITING_COLLECTION_FROM_PICKUP_POINT: { code: 'AVAILABLE_FOR_COLLECTION' },
  COLLECT_AT_LOCAL_PO: { code: 'AVAILABLE_FOR_COLLECTION' },
  CUSTOMER_TO_COLLECT_FROM_CARRIER: { code: 'AVAILABLE_FOR_COLLECTION' },
  DELIVERED_TO_RECEPTION: { code: 'DELIVERED' },
  DELIVERED: { code: 'DELIVERED' },
  // Delivered it is; that it is damaged must not be lost, and the firm status says the rest.
  DELIVERED_DAMAGED: { code: 'DAMAGED' },
  DELIVERED_IN_PART: { code: 'PARTIALLY_DELIVERED' },
  DELIVERED_SPECIFIED_SAFE_PLACE: { code: 'DELIVERED' },
  DELIVERED_TO_ALTERNATIVE_DELIVERY_LOCATION: { code: 'DELIVERED' },
  DELIVERED_TO_NEIGHBOUR: { code: 'DELIVERED' },
  DELIVERED_TO_PO_BOX: { code: 'DELIVERED' },
  PARCEL_COLLECTED_FROM_PICKUP_POINT: { code: 'DELIVERED' },
  POST_TRANSIT_STATUS: { code: 'INFO' },
  PROOF_OF_DELIVERY: { code: 'POD_AVAILABLE' },
  PICKUP_FAILED: { code: 'EXCEPTION', exceptionClass: 'SHIPPER' },
  NOT_YET_RECEIVED_BY_CARRIER: { code: 'EXCEPTION', exceptionClass: 'SHIPPER' },
  PARCEL_DAMAGED: { code: 'DAMAGED' },
  ADDRESS_QUERY: { code: 'EXCEPTION', exceptionClass: 'ADDRESS' },
  CARRIER_DELAYS: { code: 'DELAYED' },
  DELAYED_NOT_CARRIER: { code: 'DELAYED' },
  HELD_BY_CARRIER: { code: 'EXCEPTION' },
  HELD_BY_CARRIER_FOR_CLEARANCE_PRE_PROCESSING: { code: 'CUSTOMS_HOLD' },
  HELD_BY_CUSTOMS: { code: 'CUSTOMS_HOLD' },
  HELD_BY_EXPORT_CUSTOMS: { code: 'CUSTOMS_HOLD' },
  HELD_BY_IMPORT_CUSTOMS: { code: 'CUSTOMS_HOLD' },
  INCORRECT_DECLARATION: { code: 'EXCEPTION', exceptionClass: 'CUSTOMS' },
  MISROUTED: { code: 'EXCEPTION' },
  PARCEL_REPACKED: { code: 'DAMAGED' },
  RECD_BY_CARRIER_NO_ELEC_ADVICE: { code: 'EXCEPTION', exceptionClass: 'DATA' },
  COD_AMOUNT_NOT_PAID: { code: 'DELIVERY_ATTEMPTED' },
  CUSTOMER_IDENTIFICATION_FAILED: { code: 'DELIVERY_ATTEMPTED' },
  NO_ACCESS_TO_RECIPIENTS_ADDRESS: { code: 'DELIVERY_ATTEMPTED', exceptionClass: 'ADDRESS' },
  CANCELLED: { code: 'CANCELLED' },
  CUSTOMER_MOVED: { code: 'RETURNING', exceptionClass: 'ADDRESS' },
  HAZARDOUS_PROHIBITED: { code: 'EXCEPTION', exceptionClass: 'SHIPPER' },
  NOT_COLLECTED_FROM_PICKUP_POINT: { code: 'RETURNING' },
  NOT_DELIVERED: { code: 'RETURNING' },
  NOT_DELIVERED_ADDRESSEE_DECEASED: { code: 'EXCEPTION', exceptionClass: 'CONSIGNEE' },
  PARCEL_DISPOSED: { code: 'LOST' },
  PARCEL_LOST: { code: 'LOST' },
  PARCEL_OUTSIDE_OF_SERVICE_CAPABILITY: { code: 'EXCEPTION', exceptionClass: 'SHIPPER' },
  REFUSED_BY_CUSTOMER: { code: 'REFUSED' },
  RETURN_TO_SENDER: { code: 'RETURNING' },
  UNSPECIFIED_EXCEPTION: { code: 'EXCEPTION' },
  // Named in ShipEngine's older list and sent by some carriers still.
  TRACKING_EXPIRED: { code: 'TRACKING_ENDED' },
};

/** Details that say no more than that there is something; the status stands. */
const plainDetails = new Set(['CARRIER_STATUS_NOT_MAPPED', 'INFORMATION', 'POST_TRANSIT_STATUS', 'UNSPECIFIED_EXCEPTION', 'PROOF_OF_DELIVERY']);

/** Null where neither is known. A delivered parcel stays delivered, whatever the detail; part and damage are told beside. */
export function mapStatus(status: string | undefined, detail: string | undefined): Mapped | null {
  const coarse = status === undefined ? undefined : rowOf(statusCodes, status);
  const fine = detail === undefined ? undefined : rowOf(detailCodes, detail);
  if (fine === undefined || (coarse !== undefined && plainDetails.has(detail!))) return coarse ?? fine ?? null;
  if (status === 'DE' && fine.code !== 'PARTIALLY_DELIVERED') return statusCodes['DE']!;
  return fine;
}

/** ShipEngine's names of carriers that are one and the same to everybody else. */
const sameCarrier: Readonly<Record<string, string>> = { stamps_com: 'USPS', endicia: 'USPS', usps: 'USPS', ups_walleted: 'UPS', fedex_walleted: 'FEDEX', dhl_express_walleted: 'DHL_EXPRESS' };

/** The carrier as we name it. */
export function carrierOf(code: string): string {
  return rowOf(sameCarrier, code) ?? code.toUpperCase();
}

/** ShipEngine's own name of a carrier that we name so: the first that it may be. */
export function carrierCodeOf(carrier: string): string {
  return carrier === 'USPS' ? 'stamps_com' : carrier.toLowerCase();
}
