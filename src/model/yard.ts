import type { Place } from './facts.js';
import type { Reference } from './references.js';
import type { ZonedInstant } from './time.js';

/** A place with docks. */
export interface FacilityRecord {
  name: string;
  /** Code by which other systems know it. */
  code?: string;
  place?: Place;
  /** IANA zone of its clocks. */
  zone?: string;
}

export const appointmentStates = ['UNKNOWN', 'REQUESTED', 'SCHEDULED', 'ARRIVED', 'IN_PROGRESS', 'COMPLETED', 'NO_SHOW', 'CANCELLED'] as const;
export type AppointmentState = (typeof appointmentStates)[number];

/** INBOUND: goods come to the facility. */
export const dockDirections = ['UNKNOWN', 'INBOUND', 'OUTBOUND'] as const;
export type DockDirection = (typeof dockDirections)[number];

/** A time at a dock. */
export interface AppointmentRecord {
  /** The source's id of the facility. */
  facilityId?: string;
  /** Name of the dock. */
  dock?: string;
  direction: DockDirection;
  state: AppointmentState;
  /** The source's own word. */
  rawState: string;
  /** The number that people quote. */
  confirmation?: string;
  startsAt: ZonedInstant;
  endsAt?: ZonedInstant;
  carrier?: string;
  /** Names under which the load that comes may be known. */
  loads: string[];
  /** Names of the shipments that it is for. */
  references: Reference[];
}

export const visitTypes = ['UNKNOWN', 'LIVE', 'LIVE_LOAD', 'LIVE_UNLOAD', 'DROP', 'PICK_UP', 'DROP_HOOK'] as const;
export type VisitType = (typeof visitTypes)[number];

export const visitStates = ['UNKNOWN', 'EXPECTED', 'CHECKED_IN', 'AT_DOCK', 'CHECKED_OUT', 'CANCELLED', 'REJECTED'] as const;
export type VisitState = (typeof visitStates)[number];

/** A truck on site. Who drives it is personal data and stays in the raw message. */
export interface VisitRecord {
  /** The source's ids. */
  facilityId?: string;
  appointmentId?: string;
  type: VisitType;
  state: VisitState;
  /** The source's own word. */
  rawState?: string;
  carrier?: string;
  truck?: string;
  trailer?: string;
  checkedInAt?: ZonedInstant;
  atDockAt?: ZonedInstant;
  fromDockAt?: ZonedInstant;
  checkedOutAt?: ZonedInstant;
}
