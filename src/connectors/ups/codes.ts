import { rowOf, type Mapped } from '../kit/table.js';
import { deliveryCodes, descriptionCodes, manifestCodes, movementCodes, updateCodes } from './activity-codes.js';
import { exceptionCodes } from './exception-codes.js';

/**
 * What a UPS activity means. Its type is coarse and firm; its code is exact, and means different things under different
 * types (DP: departed, or not to be shipped abroad), so each type has a table of its own.
 */

/** Types of activities, by UPS's published list. D says that it is about delivery, not that it came about. */
export const activityTypes: Readonly<Record<string, Mapped>> = {
  D: { code: 'INFO' },
  I: { code: 'IN_TRANSIT' },
  M: { code: 'INFO_RECEIVED' },
  MV: { code: 'CANCELLED' },
  X: { code: 'EXCEPTION' },
  U: { code: 'INFO' },
  // Freight alone: at a container freight station, of origin or destination; warehousing.
  DO: { code: 'ARRIVED_FACILITY' },
  DD: { code: 'ARRIVED_FACILITY' },
  W: { code: 'ARRIVED_FACILITY' },
  NA: { code: 'INFO' },
};

const codesOfType: Readonly<Record<string, Readonly<Record<string, Mapped>>>> = { D: deliveryCodes, I: movementCodes, M: manifestCodes, MV: manifestCodes, X: exceptionCodes, U: updateCodes };

/** Lists that went through a spreadsheet lost leading zeros: 011 is 11, and 00 is 0. */
function bare(code: string): string {
  return /^\d+$/.test(code) ? code.replace(/^0+(?=\d)/, '') : code;
}

export interface MappedActivity extends Mapped {
  /** Whether the exact code is in UPS's lists. */
  isKnown: boolean;
}

/**
 * The meaning of an activity, as exact as its codes allow; null where neither type nor code is known. A description code
 * refines what is not known by its code, or says no more than its type.
 */
export function mapActivity(type: string | undefined, code: string | undefined, descriptionCode: string | undefined): MappedActivity | null {
  const plain = type === undefined ? undefined : rowOf(activityTypes, type);
  const table = type === undefined ? undefined : rowOf(codesOfType, type);
  const exact = code === undefined || table === undefined ? undefined : rowOf(table, bare(code));
  const described = descriptionCode === undefined ? undefined : rowOf(descriptionCodes, bare(descriptionCode));
  const isKnown = exact !== undefined || (code === undefined && (plain !== undefined || described !== undefined));
  if (exact !== undefined && !(exact.code === plain?.code && exact.exceptionClass === undefined)) return { ...exact, isKnown };
  // What is no exception by its description, and is in no list, stays one by its type.
  const isBelow = described === undefined || described.code === 'INFO' || (type === 'X' && exact === undefined && described.code === 'IN_TRANSIT');
  if (!isBelow) return { ...described, isKnown };
  const coarse = exact ?? plain ?? described;
  return coarse === undefined ? null : { ...coarse, isKnown };
}
