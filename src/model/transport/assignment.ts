import type { Instant } from '../../lib/clock.js';
import type { TenderPlan } from './tender-plan.js';

/** The tender of a load as it is kept: own record of kind `tender_plan`. */
export interface TenderPlanRecord {
  /** UUID of the load. */
  loadId: string;
  startedAt: Instant;
  /** Of the load as carriers were told of it last. */
  loadDigest: string;
  plan: TenderPlan;
}

/** Who drives a load, as it was decided here: own record of kind `load_assignment`, beside the load's own. */
export interface LoadAssignmentRecord {
  /** UUID of the load. */
  loadId: string;
  /** Code of the carrier. */
  carrier?: string;
  truck?: string;
  trailer?: string;
  assignedBy: string;
  reason?: string;
  /** The driver, whose name and telephone stand apart and sealed. */
  personalDataId?: string;
  /** Newest last; the driver is in none. */
  history: AssignmentStep[];
}

export interface AssignmentStep {
  at: Instant;
  by: string;
  carrier?: string;
  truck?: string;
  trailer?: string;
  /** Whether a driver was named with it. */
  driver: boolean;
  reason?: string;
}

/** Steps that are kept of one load. */
export const keptSteps = 50;

/** A load that has a truck or trailer, and when. */
export interface Occupied {
  load: string;
  reference: string;
  from: string;
  to: string;
}

/** Those at the same time as this: what ends as another begins is not. */
export function overlapping(span: { from: string; to: string } | null, others: readonly Occupied[]): Occupied[] {
  if (span === null) return [];
  return others.filter((other) => other.from < span.to && span.from < other.to);
}
