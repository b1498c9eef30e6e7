import type { MilestoneCode } from '../../model/milestones.js';
import { tableOf, type Mapped } from '../kit/table.js';

/** What a stop is for a shipment. `unknown`: several shipments travel, and which of them it is for is not said. */
export type StopRole = 'pickup' | 'delivery' | 'transit' | 'unknown';

/** What coming, leaving and handling mean at a stop. */
export const stopCodes: Readonly<Record<`${'arrival' | 'departure' | 'seen' | 'load' | 'unload'}.${StopRole}`, MilestoneCode>> = {
  'arrival.pickup': 'ARRIVED_PICKUP', 'arrival.delivery': 'ARRIVED_DELIVERY', 'arrival.transit': 'ARRIVED_FACILITY', 'arrival.unknown': 'INFO',
  'departure.pickup': 'PICKED_UP', 'departure.delivery': 'DEPARTED_DELIVERY', 'departure.transit': 'DEPARTED_FACILITY', 'departure.unknown': 'INFO',
  'seen.pickup': 'SPOTTED', 'seen.delivery': 'SPOTTED', 'seen.transit': 'SPOTTED', 'seen.unknown': 'INFO',
  'load.pickup': 'LOADING', 'load.delivery': 'INFO', 'load.transit': 'INFO', 'load.unknown': 'INFO',
  'unload.pickup': 'INFO', 'unload.delivery': 'UNLOADING', 'unload.transit': 'INFO', 'unload.unknown': 'INFO',
};

/**
 * `statusCode/reason` of a truckload shipment, then `statusCode` alone for reasons that are not listed. AT_STOP is read by `stopCodes`.
 * COMPLETED says that tracking is over, and its reason why: neither that time ran out nor that somebody ended it says anything of the
 * freight, for a shipment here is an order to track, which is also ended when the freight goes by another load.
 */
export const truckloadCodes: Readonly<Record<string, Mapped>> = tableOf([
  [{ code: 'INFO_RECEIVED' }, 'DISPATCHED DISPATCHED/SCHEDULED DISPATCHED/ACQUIRING_LOCATION'],
  [{ code: 'INFO' }, 'DISPATCHED/PENDING_TRACKING_METHOD DISPATCHED/PENDING_APPROVAL DISPATCHED/PENDING_CARRIER INFO IN_TRANSIT/IDLE'],
  [{ code: 'IN_TRANSIT' }, 'IN_TRANSIT IN_TRANSIT/IN_MOTION'],
  [{ code: 'ARRIVED_DELIVERY' }, 'COMPLETED/ARRIVED_FINAL_STOP'],
  [{ code: 'DEPARTED_DELIVERY' }, 'COMPLETED/DEPARTED_FINAL_STOP'],
  [{ code: 'TRACKING_ENDED' }, 'COMPLETED COMPLETED/TIMED_OUT COMPLETED/CANCELED COMPLETED/APPROVAL_DENIED COMPLETED/FAILED_TO_ACQUIRE_LOCATION TRACKING_FAILED DELETED'],
]);

/** Types of events that are read by the role of their stop. */
export const stopEvents: Readonly<Record<string, 'arrival' | 'departure' | 'load' | 'unload'>> = {
  ARRIVAL_AT_STOP: 'arrival', DEPARTURE_FROM_STOP: 'departure', LOAD: 'load', LOADING: 'load', UNLOAD_FROM_VEHICLE: 'unload', UNLOADING: 'unload',
};

/**
 * All other types of events in histories. HELD is said of any place where freight waits, not of customs alone. CANCELED and the
 * ends of tracking differ: the first is the carrier's word on the freight. DOCUMENT_ADD is read by the kind of document.
 */
export const eventCodes: Readonly<Record<string, Mapped>> = tableOf([
  [{ code: 'ACCEPTED' }, 'BOOKED'],
  [{ code: 'DECLINED' }, 'DECLINED DECLINED_CAPACITY_TYPE DECLINED_CAPACITY_UNAVAILABLE DECLINED_EQUIPMENT_TYPE DECLINED_EQUIPMENT_UNAVAILABLE DECLINED_LENGTH_OF_HAUL DECLINED_PERMITS DECLINED_WEIGHT'],
  [{ code: 'INFO_RECEIVED' }, 'TRACKING_START'],
  [{ code: 'PICKUP_APPOINTMENT' }, 'UPDATED_PICKUP_APPT PICKUP_APPOINTMENT'],
  [{ code: 'DELIVERY_APPOINTMENT' }, 'UPDATED_DELIVERY_APPT DELIVERY_APPOINTMENT'],
  [{ code: 'PICKED_UP' }, 'PICKED_UP'],
  [{ code: 'LOADED' }, 'LOAD_ONTO_VEHICLE'],
  [{ code: 'IN_TRANSIT' }, 'IN_TRANSIT'],
  [{ code: 'ARRIVED_FACILITY' }, 'ARRIVED_AT_TERMINAL'],
  [{ code: 'DEPARTED_FACILITY' }, 'DEPARTED_TERMINAL'],
  [{ code: 'HANDED_OVER' }, 'HANDOVER INTERLINE_INFO'],
  [{ code: 'GATE_IN' }, 'GATE_IN GATE_IN_FULL'],
  [{ code: 'GATE_OUT' }, 'GATE_OUT GATE_OUT_FULL'],
  [{ code: 'CUSTOMS_HOLD' }, 'CUSTOMS_HOLD'],
  [{ code: 'OUT_FOR_DELIVERY' }, 'OUT_FOR_DELIVERY'],
  [{ code: 'DELIVERY_ATTEMPTED' }, 'DELIVERY_MISSED EXCEPTION_DELIVERY_MISSED'],
  [{ code: 'AVAILABLE_FOR_COLLECTION' }, 'CONSIGNEE_NOTIFY'],
  [{ code: 'DELIVERED' }, 'DELIVERY DELIVERED'],
  [{ code: 'DELAYED' }, 'DELAYED EXCEPTION_DELAYED EXCEPTION_LATE_DEPARTURE EXCEPTION_MISSED_CONNECTION INTERLINE_MISSED DEPARTURE_MISSED'],
  [{ code: 'EXCEPTION' }, 'EXCEPTION HELD EXCEPTION_HELD PICKUP_MISSED EXCEPTION_PICKUP_MISSED'],
  [{ code: 'REFUSED' }, 'REFUSED_DELIVERY'],
  [{ code: 'RETURNING' }, 'RETURN_TO_SENDER'],
  [{ code: 'CANCELLED' }, 'CANCELED'],
  [{ code: 'TRACKING_ENDED' }, 'TRACKING_STOP TRACKING_COMPLETE TRACKING_FAILED TRACKING_END_BY_USER TRACKING_END_DUE_TO_TIMEOUT TIMED_OUT'],
  [{ code: 'INFO' }, 'INFO WARNING UNKNOWN IDLE LOCATION_CHANGED TRACKING_INITIATE DRIVER_DENY_TRACKING MISSING_EQUIPMENT_IDENTIFIER MISSING_CARRIER UNKNOWN_EQUIPMENT_IDENTIFIER SHARING_STOPPED PICKUP_INFO DEPARTURE_INFO DELIVERY_INFO MANIFEST RECEIVE_FROM_SHIPPER RECEIVE_FROM_CARRIER DOCUMENT_ADD DOCUMENT_REMOVE COST_UPDATE ISSUE_FREIGHT_BILL ENTERED_GEOFENCE EXITED_GEOFENCE'],
]);

/** Kinds of documents that prove a delivery. */
export const proofDocuments: ReadonlySet<string> = new Set(['PROOF_OF_DELIVERY', 'DELIVERY_RECEIPT']);

/** Types of identifiers that name one shipment, the name that facts are recorded under first; those of orders with many shipments name none. */
export const nameTypes: Readonly<Record<string, 'delivery_order' | 'bill_of_lading'>> = { ORDER: 'delivery_order', DELIVERY_NUMBER: 'delivery_order', CUSTOMER_REFERENCE: 'delivery_order', EXTERNAL: 'delivery_order', BILL_OF_LADING: 'bill_of_lading' };

/** Types of identifiers by which a truck is known, the best first. What names a driver's phone is not read. */
export const vehicleTypes = ['VEHICLE_ID', 'LICENSE_PLATE', 'TRUCK_ID'] as const;

/** What may be said of each of several shipments that travel together, where it is not said which is meant. */
export const sharedCodes: ReadonlySet<MilestoneCode> = new Set(['INFO', 'TRACKING_ENDED', 'INFO_RECEIVED', 'ACCEPTED', 'DECLINED', 'DELAYED', 'EXCEPTION'] as const);
