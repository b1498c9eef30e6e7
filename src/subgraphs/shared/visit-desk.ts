import type { Principal } from '../../auth/principal.js';
import type { Arrival, ArrivalAnswer, VisitReport } from '../../model/yard/visit-desk.js';

/** Who asks for something at a facility, and under which key. */
export interface YardAsker {
  by: Principal;
  idempotencyKey: string;
  correlationId: string;
}

/** Trucks at facilities that are run here. Each throws GatehouseErrors: NOT_FOUND, BAD_INPUT, CONFLICT, SLOT_TAKEN. */
export interface VisitCommands {
  expect(truck: Arrival, asker: YardAsker): Promise<ArrivalAnswer>;
  /** @param rejected why it is turned away at once */
  checkIn(truck: Arrival, asker: YardAsker, rejected?: string): Promise<ArrivalAnswer>;
  assignDock(input: { visit: string; dock?: string; evenIfBooked?: boolean }, asker: YardAsker): Promise<{ visit: string }>;
  report(report: VisitReport, asker: YardAsker): Promise<{ visit: string }>;
  undo(visit: string, asker: YardAsker): Promise<{ visit: string }>;
}

/** Moves of trailers within yards that are run here. Each throws GatehouseErrors: NOT_FOUND, BAD_INPUT, CONFLICT, SLOT_TAKEN. */
export interface MoveCommands {
  request(wish: { facility: string; trailer: string; to: string; reason?: string }, asker: YardAsker): Promise<{ move: string }>;
  report(report: { move: string; step: 'ASSIGN' | 'START' | 'DONE' | 'CANCEL'; at?: string; assignee?: string; to?: string; reason?: string }, asker: YardAsker): Promise<{ move: string }>;
  undo(move: string, asker: YardAsker): Promise<{ move: string }>;
}
