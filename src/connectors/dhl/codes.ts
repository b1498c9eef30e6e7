import { dhlExpressCodes } from '../kit/dhl-express-codes.js';
import { rowOf, type Mapped } from '../kit/table.js';

/** The `statusCode` of Unified Tracking: five words for what all parts of DHL say, firm and coarse. */
export const statusCodes: Readonly<Record<string, Mapped>> = {
  'pre-transit': { code: 'INFO_RECEIVED' },
  transit: { code: 'IN_TRANSIT' },
  delivered: { code: 'DELIVERED' },
  failure: { code: 'EXCEPTION' },
  unknown: { code: 'INFO' },
};

/**
 * `status` of DHL Express. 101 to 104 are said of a shipment as a whole. Other parts of DHL have lists of their own (some thousand
 * codes, in which one code means several things): they are read by `statusCode` alone, on purpose.
 */
export const expressCodes: Readonly<Record<string, Mapped>> = {
  ...dhlExpressCodes,
  '101': { code: 'DELIVERED' },
  '102': { code: 'IN_TRANSIT' },
  '103': { code: 'EXCEPTION' },
  '104': { code: 'INFO_RECEIVED' },
};

/** Null where `statusCode` is none of the five. `also`: what it means besides, of what was delivered damaged. */
export function mapStatus(service: string | undefined, statusCode: string, status: string | undefined): (Mapped & { isKnown: boolean; also?: Mapped }) | null {
  const plain = rowOf(statusCodes, statusCode.toLowerCase());
  const isExpress = service === 'express';
  const exact = isExpress && status !== undefined ? rowOf(expressCodes, status.toUpperCase()) : undefined;
  if (plain === undefined) return exact === undefined ? null : { ...exact, isKnown: true };
  if (plain.code === 'DELIVERED' && exact?.code === 'DAMAGED') return { ...plain, isKnown: true, also: exact };
  // What is delivered is delivered, however it is told.
  if (plain.code === 'DELIVERED' || exact === undefined) return { ...plain, isKnown: !isExpress || status === undefined || exact !== undefined || !/^[A-Z]{2}$/i.test(status) };
  return { ...exact, isKnown: true };
}
