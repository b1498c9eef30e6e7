import type { DockDirection, Handling, Temperature } from './records.js';

/** How a facility that is run here works: kept by people, read by everything that gives out times at docks. */
export interface FacilityPlan {
  name: string;
  /** IANA zone of its clocks; all local times below are of it. */
  zone: string;
  /** When trucks are taken, by day of the week; several for a day with a break. A day without any is closed. */
  hours: OpeningHours[];
  /** Days that differ from the week: closed where `hours` is empty. */
  days: SpecialDay[];
  docks: Dock[];
  /** Names of places where trailers stand. */
  spots: string[];
  /** How long a truck has its dock, minutes, by what it comes for; the first rule that fits. */
  durations: DurationRule[];
  /** Times at docks begin at multiples of so many minutes from midnight. */
  gridMinutes: number;
  /** How many may begin within an hour of the clock, by what they come for; all rules that fit apply. */
  capacities: CapacityRule[];
  booking: BookingRules;
}

export interface OpeningHours {
  /** 1 Monday to 7 Sunday. */
  weekday: number;
  /** Local times, `06:00`; `to` may be `24:00`. */
  from: string;
  to: string;
}

export interface SpecialDay {
  /** `2026-12-25` */
  on: string;
  hours: Array<{ from: string; to: string }>;
  reason?: string;
}

export interface Dock {
  name: string;
  directions: Array<Exclude<DockDirection, 'UNKNOWN'>>;
  handlings: Handling[];
  temperatures: Temperature[];
  /** Highest vehicle that fits, centimetres; absent: any. */
  maxHeightCm?: number;
  /** Kept for trucks without an appointment, in the order in which they come. */
  firstComeFirstServed?: boolean;
  /** Out of use between these instants (UTC). */
  blocked?: Array<{ from: string; to: string; reason?: string }>;
}

export interface DurationRule {
  direction?: Exclude<DockDirection, 'UNKNOWN'>;
  handling?: Handling;
  /** From so many pallets on. */
  fromPallets?: number;
  minutes: number;
}

export interface CapacityRule {
  direction?: Exclude<DockDirection, 'UNKNOWN'>;
  handling?: Handling;
  temperature?: Temperature;
  perHour: number;
}

export interface BookingRules {
  /** Carriers book at once, or ask and people decide. */
  outsiders: 'BOOK' | 'REQUEST' | 'NEVER';
  /** Minutes before its start from which on outsiders may neither book, move nor cancel. */
  leadMinutes: number;
  /** Days ahead for which times are given out. */
  horizonDays: number;
  /** Minutes after its start at which who has not come is taken as a no-show; null: people say so. */
  noShowMinutes: number | null;
}
