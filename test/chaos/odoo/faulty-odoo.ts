import type { Gatehouse } from '../../odoo/gatehouse.js';

/** What stands in an Odoo after everything was written back. */
export interface Written {
  milestones: number;
  distinctMilestones: number;
  /** Deliveries with more or fewer than they should have. */
  unlike: number;
  /** Deliveries with the status DELIVERED, the day of it, and no estimate any more. */
  delivered: number;
  files: number;
  distinctFiles: number;
  /** Messages in chatters that hold one of the files. */
  messages: number;
  /** Commands that its inbox holds as carried out. */
  inbox: number;
  /** Transactions that failed at their end. */
  failed: number;
}

/** An Odoo with the addon, real or simulated, that can be made to fail. */
export interface FaultyOdoo {
  name: string;
  /**
   * Makes deliveries with these tracking numbers and tells Gatehouse of them.
   * @returns their ids, and how Odoo is called once it is up
   */
  makeDeliveries(gatehouse: Gatehouse, connection: string, numbers: readonly string[]): Promise<{ pickings: number[]; settings: { url: string; database: string; login: string }; apiKey: string }>;
  up(): Promise<void>;
  /** The next transactions that write to the inbox fail when they commit. */
  failTransactions(count: number): Promise<void>;
  /** Holds answers back. */
  slow(ms: number): void;
  count(pickings: readonly number[], milestonesEach: number, rollbacks: number): Promise<Written>;
  close(): Promise<void>;
}
