import type { Instant } from '../lib/clock.js';
import type { Place } from './facts.js';
import type { Reference } from './references.js';
import type { ZonedInstant } from './time.js';

/** Interchanges of EDI: what came and went, what was wrong with it and on which level, and what was answered. */
export const ediStates = ['ACCEPTED', 'ACCEPTED_WITH_ERRORS', 'PARTIALLY_ACCEPTED', 'REJECTED'] as const;
export type EdiState = (typeof ediStates)[number];

export const ediAnswers = ['TA1', '997', 'CONTRL'] as const;
/** What says whether an interchange was taken: TA1 of an envelope, 997 of functional groups, CONTRL of an EDIFACT interchange. */
export type EdiAnswer = (typeof ediAnswers)[number];

export const faultLevels = ['INTERCHANGE', 'GROUP', 'SET', 'SEGMENT'] as const;

/** Something that is wrong, at its own level, with the code under which the acknowledgement names it. */
export interface EdiFault {
  level: (typeof faultLevels)[number];
  /** X12: TA105 of an interchange, AK905 of a group, AK502 of a set, AK304 of a segment. EDIFACT: element 0085. */
  code: string;
  /** Of a segment: its tag, and its place in the set, the header being 1. */
  segment?: string;
  position?: number;
  /** For people. */
  text: string;
}

/** One transaction set or message. */
export interface EdiSet {
  /** 214, IFTSTA:D:96A:UN. */
  type: string;
  control: string;
  state: EdiState;
  faults: EdiFault[];
}

export interface EdiGroup {
  /** GS01, or UNG 0038; empty where EDIFACT messages stand in no group. */
  functionalId: string;
  control: string;
  /** Codes of application sender and receiver. */
  sender: string;
  receiver: string;
  /** GS08. */
  version: string;
  state: EdiState;
  faults: EdiFault[];
  /** How many there are, how many the trailer states, how many were taken. */
  count: number;
  stated: number;
  accepted: number;
  /** The first five hundred. */
  sets: EdiSet[];
}

/** What a partner says of an interchange of ours. */
export interface EdiVerdict {
  kind: EdiAnswer;
  /** Control number of the interchange (TA1, CONTRL) or of the group (997), without leading zeros. */
  control: string;
  state: EdiState;
  faults: EdiFault[];
}

/** An interchange, as it came or went. */
export interface InterchangeRecord {
  syntax: 'X12' | 'EDIFACT';
  direction: 'IN' | 'OUT';
  /** Qualifier and identifier as the envelope has them: `ZZ:USANYC999`. */
  sender: string;
  receiver: string;
  /** As it stands, with leading zeros. */
  control: string;
  isTest: boolean;
  /** X12: ISA12. EDIFACT: syntax identifier and version, `UNOC:3`. */
  version: string;
  /** When the sender made it, by the sender's clock. */
  madeAt?: ZonedInstant;
  /** What we say of one that came. Of one that went: ACCEPTED, whatever the partner says. */
  state: EdiState;
  faults: EdiFault[];
  groups: EdiGroup[];
  /** Which answers the partner wants for one that came. */
  acknowledge: EdiAnswer[];
  /** What this interchange says of interchanges of the other direction. */
  verdicts: EdiVerdict[];
  /** Of one that went: the answers that are expected, and until when. */
  awaits?: { kinds: EdiAnswer[]; until: Instant };
  /** Command that sent it. */
  command?: string;
  sha256: string;
  bytes: number;
}

/** Control numbers without leading zeros are equal. */
export function controlKey(control: string): string {
  return control.trim().replace(/^0+(?=.)/, '');
}

/** The worse of two. */
export function worseState(a: EdiState, b: EdiState): EdiState {
  return ediStates.indexOf(a) >= ediStates.indexOf(b) ? a : b;
}

export const tenderPurposes = ['ORIGINAL', 'CHANGE', 'CANCEL', 'REPLACE'] as const;
export type TenderPurpose = (typeof tenderPurposes)[number];

/** A load that is offered to a carrier. */
export interface TenderInput {
  /** The number under which carrier and we know the load. */
  load: string;
  purpose: TenderPurpose;
  /** Standard Carrier Alpha Code of who is asked. */
  carrier: string;
  /** ISO instant by which an answer is wanted. */
  respondBy?: Instant;
  equipment?: string;
  /** Kilograms as decimal text. */
  weightKg?: string;
  references: Reference[];
  stops: TenderStop[];
}

export interface TenderStop {
  kind: 'PICKUP' | 'DELIVERY' | 'OTHER';
  place: Place & { street?: string; code?: string };
  window?: { from?: ZonedInstant; to?: ZonedInstant };
  references: Reference[];
}

/** What is answered to a tender. */
export interface TenderAnswerInput {
  load: string;
  /** Our code as the carrier that was asked. */
  carrier: string;
  accepted: boolean;
  /** X12 element 558 or words of one's own. */
  reason?: string;
}

/** What we tell a customer or partner of a shipment. */
export interface StatusInput {
  /** Our number of the shipment, and the partner's. */
  load: string;
  references: Reference[];
  /** Our code as the carrier. */
  carrier: string;
  /** Milestone code. */
  code: string;
  reason?: string;
  occurred: ZonedInstant;
  stop?: number;
  place?: Place;
  equipment?: string;
}

/** A tender as it was sent, or the answer to it. The two are records of their own, for they come from two clocks. */
export interface TenderRecord {
  load: string;
  role: 'TENDER' | 'ANSWER';
  state: 'TENDERED' | 'CANCELLED' | 'ACCEPTED' | 'DECLINED';
  /** Who answers, or is asked. */
  carrier?: string;
  reason?: string;
  at: ZonedInstant;
}
