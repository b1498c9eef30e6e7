import type { Principal } from '../../auth/principal.js';
import type { DockDirection, Finding, HandlingCount, TrailerLoad, VisitType } from '../../model/yard/records.js';
import type { RankedCandidate } from '../../model/yard/match-references.js';

/** Who asks for something at a facility, and under which key. */
export interface YardAsker {
  by: Principal;
  idempotencyKey: string;
  correlationId: string;
}

/** A truck as it is announced, or stands at the gate; ids are UUIDs. */
export interface ArrivingTruck {
  facility: string;
  visit?: string;
  appointment?: string;
  type?: VisitType;
  direction?: DockDirection;
  carrier?: string;
  truck?: string;
  trailer?: string;
  driver?: { name?: string; phone?: string; licence?: string };
  references: string[];
  seals: string[];
  at?: string;
}

export interface ArrivedTruck {
  visit: string;
  unmatched: Array<{ given: string; candidates: RankedCandidate[] }>;
}

export interface ReportOfVisit {
  visit: string;
  step: 'REJECT' | 'CANCEL' | 'AT_DOCK' | 'START' | 'END' | 'COUNT' | 'SEALS' | 'FINDING' | 'LEAVE_DOCK' | 'DETACH' | 'ATTACH' | 'CHECK_OUT';
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

/** Trucks at facilities that are run here. Each throws GatehouseErrors: NOT_FOUND, BAD_INPUT, CONFLICT, SLOT_TAKEN. */
export interface VisitCommands {
  expect(truck: ArrivingTruck, asker: YardAsker): Promise<ArrivedTruck>;
  /** @param rejected why it is turned away at once */
  checkIn(truck: ArrivingTruck, asker: YardAsker, rejected?: string): Promise<ArrivedTruck>;
  assignDock(input: { visit: string; dock?: string; evenIfBooked?: boolean }, asker: YardAsker): Promise<{ visit: string }>;
  report(report: ReportOfVisit, asker: YardAsker): Promise<{ visit: string }>;
  undo(visit: string, asker: YardAsker): Promise<{ visit: string }>;
}

/** Moves of trailers within yards that are run here. Each throws GatehouseErrors: NOT_FOUND, BAD_INPUT, CONFLICT, SLOT_TAKEN. */
export interface MoveCommands {
  request(wish: { facility: string; trailer: string; to: string; reason?: string }, asker: YardAsker): Promise<{ move: string }>;
  report(report: { move: string; step: 'ASSIGN' | 'START' | 'DONE' | 'CANCEL'; at?: string; assignee?: string; to?: string; reason?: string }, asker: YardAsker): Promise<{ move: string }>;
  undo(move: string, asker: YardAsker): Promise<{ move: string }>;
}
