import type { Place } from '../facts.js';
import type { Reference } from '../references.js';
import type { ZonedInstant } from '../time.js';

export const loadStates = ['UNKNOWN', 'DRAFT', 'REQUESTED', 'CONFIRMED', 'IN_TRANSIT', 'COMPLETED', 'CANCELLED'] as const;
export type LoadState = (typeof loadStates)[number];

/** PICKUP: something is loaded there. DELIVERY: something is only unloaded. OTHER: neither. */
export const stopKinds = ['PICKUP', 'DELIVERY', 'OTHER'] as const;
export type StopKind = (typeof stopKinds)[number];

/** A trip of a transport management system: one vehicle that visits stops in their order. */
export interface LoadRecord {
  /** The name that people use for it. */
  name: string;
  state: LoadState;
  /** The source's own word. */
  rawState: string;
  /** Name of the carrier that drives it. */
  carrier?: string;
  truck?: string;
  trailer?: string;
  /** In their order. */
  stops: LoadStop[];
  /** Names of loads that were merged into it, of one that is planned here. */
  aliases?: string[];
  /** The equipment that is wanted. */
  equipment?: string;
  /** Kilograms as decimal text. */
  weightKg?: string;
  /** Own ids of loads that are planned here. */
  splitFrom?: string;
  mergedInto?: string;
}

export interface LoadStop {
  /** The source's own id. */
  id: string;
  /** Place in the order of the stops, from 1; no two stops of a load have the same. */
  sequence: number;
  kind: StopKind;
  /** Code of the facility, where the source gives one that others use too. */
  facilityCode?: string;
  place?: Place;
  /** The time window that was agreed. */
  window?: { from?: ZonedInstant; to?: ZonedInstant };
  planned?: StopTimes;
  estimated?: StopTimes;
  actual?: StopTimes;
  /** Names of the shipments that are loaded and unloaded there. */
  loaded: Reference[];
  unloaded: Reference[];
  /** When the driver waited there, and why, where the source says so. */
  waits?: Array<{ from?: ZonedInstant; to?: ZonedInstant; reason?: string }>;
}

export interface StopTimes {
  arrival?: ZonedInstant;
  departure?: ZonedInstant;
}
