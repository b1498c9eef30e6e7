import { rowOf } from '../kit/table.js';
import type { Mapped } from '../kit/tracked-parcel.js';

/** Shippo's whole published lists: `status`, coarse and firm, and `substatus.code`, fine. INFO: on purpose. */
export const statusCodes: Readonly<Record<string, Mapped>> = {
  UNKNOWN: { code: 'INFO' },
  PRE_TRANSIT: { code: 'INFO_RECEIVED' },
  TRANSIT: { code: 'IN_TRANSIT' },
  DELIVERED: { code: 'DELIVERED' },
  // Also said of a parcel that is on its way back: only a substatus could tell, and none says that it has arrived.
  RETURNED: { code: 'RETURNING' },
  FAILURE: { code: 'EXCEPTION' },
};

export const substatusCodes: Readonly<Record<string, Mapped>> = {
  information_received: { code: 'INFO_RECEIVED' },
  address_issue: { code: 'EXCEPTION', exceptionClass: 'ADDRESS' },
  contact_carrier: { code: 'EXCEPTION' },
  delayed: { code: 'DELAYED' },
  delivery_attempted: { code: 'DELIVERY_ATTEMPTED' },
  delivery_rescheduled: { code: 'DELAYED' },
  // When is not said: an appointment without a time is none.
  delivery_scheduled: { code: 'INFO' },
  location_inaccessible: { code: 'DELIVERY_ATTEMPTED', exceptionClass: 'ADDRESS' },
  notice_left: { code: 'DELIVERY_ATTEMPTED' },
  out_for_delivery: { code: 'OUT_FOR_DELIVERY' },
  package_accepted: { code: 'PICKED_UP' },
  package_arrived: { code: 'ARRIVED_FACILITY' },
  package_damaged: { code: 'DAMAGED' },
  package_departed: { code: 'DEPARTED_FACILITY' },
  package_forwarded: { code: 'HANDED_OVER' },
  // “Held at carrier location”: by whom else (customs) is not said.
  package_held: { code: 'EXCEPTION' },
  package_processed: { code: 'IN_TRANSIT' },
  package_processing: { code: 'IN_TRANSIT' },
  pickup_available: { code: 'AVAILABLE_FOR_COLLECTION' },
  reschedule_delivery: { code: 'EXCEPTION', exceptionClass: 'CONSIGNEE' },
  delivered: { code: 'DELIVERED' },
  return_to_sender: { code: 'RETURNING' },
  package_unclaimed: { code: 'RETURNING' },
  package_undeliverable: { code: 'EXCEPTION', exceptionClass: 'CONSIGNEE' },
  package_disposed: { code: 'LOST' },
  package_lost: { code: 'LOST' },
  other: { code: 'INFO' },
};

/** Null where neither is known. A delivered parcel stays delivered, and `other` says no more than the status. */
export function mapStatus(status: string, substatus: string | undefined): Mapped | null {
  const coarse = rowOf(statusCodes, status);
  const fine = substatus === undefined || substatus === 'other' ? undefined : rowOf(substatusCodes, substatus);
  return status === 'DELIVERED' ? coarse! : (fine ?? coarse ?? null);
}
