import type { Principal } from '../../auth/principal.js';
import type { Place } from '../../model/facts.js';
import type { StopTimes } from '../../model/transport/records.js';
import type { AnswerEffect, TenderCandidate } from '../../model/transport/tender-plan.js';
import type { WorkingHours } from '../../model/transport/working-time.js';
import type { ZonedInstant } from '../../model/time.js';

/** Who asks, and under which key: a repeat changes nothing. */
export interface Asked {
  by: Principal;
  idempotencyKey: string;
  correlationId: string;
}

/** A stop as people want it; shipments by UUID. */
export interface StopWish {
  id?: string;
  facilityCode?: string;
  place?: Place;
  window?: { from?: ZonedInstant; to?: ZonedInstant };
  planned?: StopTimes;
  load: string[];
  unload: string[];
}

export interface Driver {
  name: string;
  phone?: string;
}

/** Ids are UUIDs. All throw GatehouseError NOT_FOUND, BAD_INPUT, CONFLICT. */
export interface LoadCommands {
  create(wish: { company?: string; reference?: string; stops: StopWish[]; equipment?: string; weightKg?: string }, asked: Asked): Promise<string>;
  change(id: string, wish: { stops?: StopWish[]; equipment?: string | null; weightKg?: string | null; addShipments?: Array<{ shipment: string; loadAt: string; unloadAt: string }>; removeShipments?: string[] }, asked: Asked): Promise<string>;
  /** @returns the load, and the one that was made */
  split(id: string, wish: { shipments: string[]; reference?: string; weightKg?: string }, asked: Asked): Promise<[string, string]>;
  merge(into: string, others: readonly string[], asked: Asked): Promise<string>;
  cancel(id: string, reason: string | undefined, asked: Asked): Promise<string>;
  undo(id: string, asked: Asked): Promise<string[]>;
  assign(id: string, wish: { carrier?: string | null; truck?: string | null; trailer?: string | null; driver?: Driver | null; force?: string }, asked: Asked): Promise<string>;
  tenders: {
    start(id: string, wish: { carriers: TenderCandidate[]; hours?: WorkingHours }, asked: Asked): Promise<string>;
    skip(id: string, asked: Asked): Promise<string>;
    withdraw(id: string, asked: Asked): Promise<string>;
    /** @param offer UUID of an offer @returns the load */
    award(offer: string, asked: Asked): Promise<string>;
    answer(offer: string, answer: { accepted: boolean; revision: number; reason?: string; truck?: string; trailer?: string; driver?: Driver }, asked: Asked): Promise<AnswerEffect>;
  };
}
