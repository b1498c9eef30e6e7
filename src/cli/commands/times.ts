import { instant } from '../../lib/clock.js';
import { GatehouseError } from '../../lib/errors.js';

/**
 * A time as people write it, as an instant; null where none is given.
 * @throws GatehouseError BAD_INPUT naming the option
 */
export function parseTime(text: string | undefined, option: string): string | null {
  if (text === undefined) return null;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new GatehouseError('BAD_INPUT', `${option} takes a time such as 2026-11-21 or 2026-11-21T08:00:00Z; this is "${text}".`);
  return instant(ms);
}

/** An instant for a column of a table: to the second, UTC. */
export function shortTime(at: string): string {
  return at.slice(0, 19).replace('T', ' ');
}
