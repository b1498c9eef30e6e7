import { GatehouseError } from '../../lib/errors.js';
import type { Place } from '../facts.js';
import type { PlanFault } from './check-plan.js';
import type { FacilityPlan } from './plan.js';
import type { SlotNeed } from './slots.js';

/** What is asked of docks that are given out here, and answered. */

/** What a truck comes for, as somebody names it. */
export interface NamedGoods {
  loads: readonly string[];
  /** Deliveries and receipts, as their papers print them. */
  deliveries: readonly string[];
  orders: readonly string[];
}

/** A truck that is to come. */
export interface ComingTruck {
  need: SlotNeed;
  /** Name or code; outsiders name one of their own, or none where they have one alone. */
  carrier?: string;
  names: NamedGoods;
}

/** A time at a dock that somebody wants. */
export interface AppointmentWish extends ComingTruck {
  /** UUID. */
  facilityId: string;
  /** Instant. */
  startsAt: string;
  /** Name of the dock; absent: the first that is fit and free. */
  dock?: string;
}

export interface FreeSlotsWish {
  /** UUID. */
  facilityId: string;
  /** Instants. */
  from: string;
  to: string;
  need: SlotNeed;
  limit: number;
}

/** What was asked for is done; under a key that was used before it was done then. */
export interface DoneAppointment {
  /** UUID. */
  appointmentId: string;
  duplicate: boolean;
}

/** A facility as somebody wants it to be. */
export interface WantedFacility {
  code: string;
  company: string;
  place?: Place;
  plan: FacilityPlan;
}

/** What came of a plan: appointments that stand though they do not fit it any more. */
export interface SavedFacility {
  id: string;
  unfit: Array<{ appointmentId: string; reason: string }>;
}

/** A plan that cannot be kept, with all that is wrong with it. */
export class InvalidPlan extends GatehouseError {
  readonly faults: readonly PlanFault[];

  constructor(faults: readonly PlanFault[]) {
    super('BAD_INPUT', faults[0]!.message, { field: `input.${faults[0]!.field}` });
    this.faults = faults;
  }
}
