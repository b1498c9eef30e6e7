import type { HandlingCount } from '../../model/yard/records.js';
import type { YardAsker } from './visit-desk.js';

/** What the warehouse says was really loaded or unloaded; `visit` is a UUID. */
export interface HandlingToConfirm {
  kind: 'RECEIPT' | 'DISPATCH';
  visit: string;
  /** Name of the transfer in Odoo. */
  transfer?: string;
  isFinal: boolean;
  /** In the place of what was counted. */
  counts?: Array<Omit<HandlingCount, 'at'>>;
}

/** Each returns UUIDs of confirmations, and throws GatehouseErrors: NOT_FOUND, BAD_INPUT, CONFLICT. */
export interface HandlingCommands {
  confirm(wish: HandlingToConfirm, asker: YardAsker): Promise<string[]>;
  undo(confirmation: string, asker: YardAsker): Promise<string[]>;
}
