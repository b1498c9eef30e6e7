import type { Principal } from '../../auth/principal.js';
import type { CommandInputs } from '../../model/commands.js';
import type { NoticePurpose } from '../../model/ship-notice.js';
import type { AcceptedCommand } from './booking-commands.js';

/** What people send to partners over EDI. */
export type EdiCommandKind = 'tender.send' | 'tender.answer' | 'status.send';

export interface EdiCommands {
  /**
   * Durable when it resolves, and done afterwards.
   * @throws GatehouseError NOT_FOUND where the connection is not there or not theirs; BAD_INPUT where it does not do that; CONFLICT
   */
  send<K extends EdiCommandKind>(kind: K, input: CommandInputs[K], to: { connection: string; subject: string; idempotencyKey: string }, by: Principal, correlationId: string): Promise<AcceptedCommand>;
  /**
   * Tells a partner of a delivery; `transfer` is our id of one that the principal sees, and what is absent is as Odoo and warehouses have it.
   * @throws GatehouseError as `send`
   */
  sendNotice(wish: { transfer: string; purpose: NoticePurpose; order?: string; shippedAt?: string; carrier?: string }, to: { connection: string; idempotencyKey: string }, by: Principal, correlationId: string): Promise<AcceptedCommand>;
}
