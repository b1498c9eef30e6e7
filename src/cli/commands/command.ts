import type { Actor, AuditEntry } from '../../events/audit.js';
import type { FourEyes } from '../../lib/config.js';
import type { Json } from '../../lib/json.js';
import type { Services } from '../../main.js';

/**
 * A command that reads or changes data. It runs in the server where one owns the embedded database,
 * and in its own process otherwise; either way it prints the lines that `run` gives.
 */
export interface DataCommand {
  name: string;
  /** What goes into the audit log before it runs; nothing secret, nothing personal. Absent: it changes nothing and shows nothing personal. */
  audit?(options: Record<string, unknown>): Pick<AuditEntry, 'action' | 'target' | 'payload'>;
  /** By what GATEHOUSE_FOUR_EYES names it, or names it with these options, any of them being enough: then a second person must approve it. */
  fourEyes?: FourEyes | ((options: Record<string, unknown>) => readonly FourEyes[]);
  /** What who is to approve it sees besides what goes into the audit log; nothing secret. */
  shown?(services: Services, options: Record<string, unknown>): Promise<{ [name: string]: Json }>;
  /** @param by who runs it, for the audit log */
  run(services: Services, options: Record<string, unknown>, by: Actor): AsyncIterable<string>;
}
