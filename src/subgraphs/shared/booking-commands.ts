import type { Principal } from '../../auth/principal.js';
import type { Actor } from '../../events/audit.js';
import type { BookingRule } from '../../model/booking-rules.js';
import type { AddressCheck } from '../../model/addresses.js';
import type { BookingInput, FreightAddress, ManifestPart, PickupWish, Rate } from '../../model/commands.js';
import type { CutOff } from '../../model/cut-off.js';

/** Who asks for something at a carrier. */
export interface BookingAsker {
  company: string;
  /** Subject of the token. */
  requestedBy: string;
  /** Whom the audit log names. */
  by: Actor;
  idempotencyKey: string;
  correlationId: string;
}

export interface QuotedRates {
  id: string;
  rates: Rate[];
  reasons: string[];
  missing: Array<{ connection: string; reason: string }>;
}

export interface AcceptedCommand {
  command: string;
  duplicate: boolean;
}

/** What the carrier subgraph hands on. All but quotes are durable when they resolve, and done afterwards. */
export interface BookingCommands {
  /** Answers within a few seconds, with whoever has answered by then. */
  quote(company: string, request: BookingInput, by: Actor, correlationId: string): Promise<QuotedRates>;
  /**
   * @param options.of id of the command that booked what comes back: a label for the way back
   * @param options.again although the shipment is booked already
   * @throws GatehouseError BAD_INPUT, CONFLICT, ALREADY_BOOKED, QUOTE_EXPIRED, QUOTE_DIFFERS
   */
  book(input: BookingInput, options: { connection?: string; of?: string; again?: boolean }, asker: BookingAsker): Promise<AcceptedCommand>;
  /** Whose command this is; null where there is none. */
  companyOf(command: string): Promise<string | null>;
  /** Which company a connection's own company is; null where there is no such connection. */
  companyAt(connection: string, company: string): Promise<string | null>;
  /** @param booking id of the command that booked @throws GatehouseError NOT_FOUND, CONFLICT */
  cancel(booking: string, asker: BookingAsker): Promise<AcceptedCommand>;
  /** @returns its id @throws GatehouseError NOT_FOUND */
  saveRule(rule: BookingRule & { id?: string; company: string; position: number }, by: Principal): Promise<string>;
  /** @returns its id @throws GatehouseError NOT_FOUND, CONFLICT */
  saveCutOff(cutOff: CutOff & { id?: string; company: string; facility: string; carrier: string; service?: string }, by: Principal): Promise<string>;
  /** @returns the id @throws GatehouseError NOT_FOUND */
  removeSetting(table: 'booking_rule' | 'carrier_cut_off', id: string, by: Principal): Promise<string>;
  /** @throws GatehouseError BAD_INPUT, CONFLICT */
  schedulePickup(wish: PickupWish, asker: BookingAsker): Promise<AcceptedCommand>;
  /** @param pickup id of the command that scheduled it @throws GatehouseError NOT_FOUND, CONFLICT */
  cancelPickup(pickup: string, asker: BookingAsker): Promise<AcceptedCommand>;
  /** Answers within a few seconds. @throws GatehouseError BAD_INPUT */
  checkAddress(company: string, connection: string | undefined, address: FreightAddress, by: Actor, correlationId: string): Promise<AddressCheck & { connection: string }>;
  /** @throws GatehouseError CONFLICT */
  createManifest(manifest: { connection: string; carrier: string; bookings: string[]; parts: ManifestPart[] }, asker: BookingAsker): Promise<AcceptedCommand>;
}
