import type { ZonedInstant } from '../time.js';
import type { DockDirection, Handling } from './records.js';

/** Numbers, and further fields, that an appointment there is asked for with. */
export const maxOutsideReferences = 50;

/** A time at a dock that another system gives out, as it is wanted there. */
export interface OutsideBooking {
  /** The other system's own id or code of the facility. */
  facilityId?: string;
  /** The names under which that facility knows the load: the first is the one that it asks for. */
  references: string[];
  /** Number of the stop of that load, from 1. */
  stop?: number;
  startsAt: ZonedInstant;
  endsAt?: ZonedInstant;
  /** The other system's own id of the dock. */
  dock?: string;
  /** The other system's own id of the kind of load. */
  loadType?: string;
  direction?: Exclude<DockDirection, 'UNKNOWN'>;
  handling?: Handling;
  /** Fields that the facility asks for besides, by their names there. */
  fields?: Record<string, string>;
  /** For the people there. */
  note?: string;
}

/** What is known here of an appointment that the other system does not repeat in every answer. */
export interface KnownOutside {
  loads: string[];
  direction?: Exclude<DockDirection, 'UNKNOWN'>;
}

/** Another time for an appointment there. Until it is taken, the one before stands. */
export interface OutsideMove {
  /** The other system's own id of the appointment. */
  appointment: string;
  startsAt: ZonedInstant;
  endsAt?: ZonedInstant;
  dock?: string;
  reason?: string;
  known?: KnownOutside;
}

export interface OutsideCancellation {
  appointment: string;
  reason?: string;
  known?: KnownOutside;
}

/** A request that is not decided at once there: what became of it is asked until it is. */
export interface OutsideRequest {
  appointment: string;
  /** The time that was asked for. */
  startsAt: ZonedInstant;
  /** It moves an appointment that stands. */
  moves: boolean;
  known?: KnownOutside;
}
