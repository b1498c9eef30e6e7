import { dhlExpressCodes } from '../kit/dhl-express-codes.js';
import { rowOf, type Mapped } from '../kit/table.js';

/** `typeCode` of events. */
export const eventCodes = dhlExpressCodes;

/** What an event means: as a rule one thing; what was delivered damaged was delivered, and is damaged. Empty for a code that is in no list. */
export function mapEvent(code: string): readonly Mapped[] {
  const mapped = rowOf(eventCodes, code.toUpperCase());
  if (mapped === undefined) return [];
  return code.toUpperCase() === 'DD' ? [{ code: 'DELIVERED' }, mapped] : [mapped];
}
