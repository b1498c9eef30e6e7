import type { AppointmentState, DockDirection, Handling, VisitState, VisitType } from '../../model/yard/records.js';

/** `status` of an Appointment. */
export const appointmentStatuses: Readonly<Record<string, AppointmentState>> = {
  Requested: 'REQUESTED',
  Scheduled: 'SCHEDULED',
  Arrived: 'ARRIVED',
  InProgress: 'IN_PROGRESS',
  Completed: 'COMPLETED',
  NoShow: 'NO_SHOW',
  Cancelled: 'CANCELLED',
};

/** `direction` of a LoadType. One for both directions says nothing of this appointment. */
export const loadTypeDirections: Readonly<Record<string, DockDirection>> = { Inbound: 'INBOUND', Outbound: 'OUTBOUND' };

/** `visitType` of an AssetVisit. */
export const assetVisitTypes: Readonly<Record<string, VisitType>> = {
  Live: 'LIVE',
  LiveLoad: 'LIVE_LOAD',
  LiveUnload: 'LIVE_UNLOAD',
  Drop: 'DROP',
  PickUp: 'PICK_UP',
  DropHook: 'DROP_HOOK',
  Unknown: 'UNKNOWN',
};

/** `eventType` of an AssetVisitEvent that says where the truck stands. Attached, Detached and links of appointments do not. */
export const visitEvents: Readonly<Record<string, VisitState>> = {
  NotArrived: 'EXPECTED',
  Arrived: 'CHECKED_IN',
  Docked: 'AT_DOCK',
  Departed: 'CHECKED_OUT',
  Canceled: 'CANCELLED',
  RejectedByCheckin: 'REJECTED',
  RejectedByWarehouse: 'REJECTED',
};

/** Entities whose changes are read, in lower case. */
export const entityKinds: Readonly<Record<string, 'appointment' | 'visit' | 'facility'>> = { appointment: 'appointment', assetvisit: 'visit', warehouse: 'facility' };

/** What is asked for with an appointment, and of each no more than is read. */
export const relations = ['dock||name,doorNumber,warehouseId', 'loadType||direction,operation', 'user||companyId', 'user.company||name'] as const;

/** `operation` of a LoadType. */
export const loadTypeHandlings: Readonly<Record<string, Handling>> = { Live: 'LIVE', Drop: 'DROP' };

/** Statuses in which an appointment may still be moved or given back. */
export const openStatuses: readonly string[] = ['Requested', 'Scheduled'];
