import type { RankedCandidate } from './match-references.js';
import type { DockDirection, Finding, HandlingCount, TrailerLoad, VisitType } from './records.js';
import type { visitSteps } from './visit.js';

/** What is reported of trucks at facilities that are run here, and answered. */

/** Who drives a truck, as said at the gate. */
export interface Driver {
  name?: string;
  phone?: string;
  /** Number of the driving licence, or of another paper that was shown. */
  licence?: string;
}

/** A truck as it is announced, or stands at the gate. */
export interface Arrival {
  /** UUIDs. */
  facility: string;
  /** One that was announced before. */
  visit?: string;
  appointment?: string;
  type?: VisitType;
  direction?: DockDirection;
  carrier?: string;
  truck?: string;
  trailer?: string;
  driver?: Driver;
  /** What the driver names: confirmation numbers, loads, deliveries, orders. */
  references: string[];
  seals: string[];
  /** ISO instant; absent: now. */
  at?: string;
}

/** What came of it. */
export interface ArrivalAnswer {
  /** UUID of the visit. */
  visit: string;
  /** References that nothing here is named by, with what may be meant, as far as who asks may see it. */
  unmatched: Array<{ given: string; candidates: RankedCandidate[] }>;
}

/** What is reported of a visit, as of `at`. */
export interface VisitReport {
  visit: string;
  step: (typeof visitSteps)[number];
  at?: string;
  dock?: string;
  trailer?: string;
  place?: string;
  load?: TrailerLoad;
  reason?: string;
  counts?: Array<Omit<HandlingCount, 'at'>>;
  findings?: Array<Omit<Finding, 'at' | 'id'>>;
  sealsIn?: string[];
  sealsOut?: string[];
}
