import type { ExceptionClass, MilestoneCode } from '../../model/milestones.js';

/**
 * Code tables of X12 214 as release 004010 words them. They are for element 1650 and its kin only:
 * 315 and 322 use element 157, whose codes mean other things.
 */

/**
 * Element 1650, AT701: what happened. AJ is "tendered for delivery", which is not out for delivery,
 * and X3 an arrival, not a pickup. Codes known but without counterpart are INFO.
 */
export const statusCodes: Readonly<Record<string, MilestoneCode>> = {
  A3: 'RETURNED',
  A7: 'REFUSED',
  A9: 'DAMAGED',
  AF: 'PICKED_UP',
  AG: 'ETA_UPDATED',
  AH: 'DELIVERY_ATTEMPTED',
  AI: 'INFO',
  AJ: 'INFO',
  AM: 'INFO',
  AN: 'INFO',
  AP: 'DELIVERY_ATTEMPTED',
  AR: 'ARRIVED_FACILITY',
  AV: 'AVAILABLE_FOR_COLLECTION',
  B6: 'INFO',
  BA: 'INFO',
  BC: 'INFO',
  C1: 'INFO',
  CA: 'CANCELLED',
  CB: 'PARTIALLY_DELIVERED',
  CD: 'DEPARTED_DELIVERY',
  CL: 'INFO',
  CP: 'LOADED',
  D1: 'DELIVERED',
  I1: 'GATE_IN',
  J1: 'HANDED_OVER',
  K1: 'CUSTOMS_HOLD',
  L1: 'LOADING',
  OA: 'GATE_OUT',
  OO: 'INFO',
  P1: 'DEPARTED_FACILITY',
  PA: 'PARTIALLY_DELIVERED',
  PR: 'CUSTOMS_HOLD',
  R1: 'HANDED_OVER',
  RL: 'DEPARTED_FACILITY',
  S1: 'SPOTTED',
  SD: 'DELAYED',
  X1: 'ARRIVED_DELIVERY',
  X2: 'ETA_UPDATED',
  X3: 'ARRIVED_PICKUP',
  X4: 'ARRIVED_FACILITY',
  X5: 'DOCKED',
  X6: 'IN_TRANSIT',
  X8: 'DOCKED',
  XB: 'INFO',
};

/** Element 1652, AT703: appointments. The others bound a window or say when a slot was secured. */
export const appointmentCodes: Readonly<Record<string, MilestoneCode>> = {
  AA: 'PICKUP_APPOINTMENT',
  AB: 'DELIVERY_APPOINTMENT',
  AC: 'INFO',
  ED: 'INFO',
  EP: 'INFO',
  LD: 'INFO',
  LP: 'INFO',
  X9: 'INFO',
  XA: 'INFO',
};

/**
 * Element 1651 with these values holds the goods at customs, whatever status it comes with: it
 * takes the place of a status that says no more (see `vagueCodes`) and stands beside any other.
 * Goods that have reached their end are held by nobody, and an estimate says nothing of where they
 * are: there the reason only explains.
 */
export const customsReasons: ReadonlySet<string> = new Set(['CA', 'AS']);

/** What a hold at customs says better: these name neither a place of the journey nor an end. */
export const vagueCodes: ReadonlySet<MilestoneCode> = new Set(['INFO', 'DELAYED', 'IN_TRANSIT']);

/**
 * Element 1651, AT702 and AT704: why, and whose matter it is. NS and NA say that all is normal;
 * AD, BJ, BK, C4 and RC are wishes and arrangements, not failures, and name no class.
 */
export const reasonClasses: Readonly<Record<string, ExceptionClass>> = {
  A1: 'CARRIER', A2: 'ADDRESS', A3: 'CARRIER', A5: 'ADDRESS', A6: 'ADDRESS', AA: 'CARRIER', AE: 'SHIPPER', AF: 'CARRIER', AG: 'CONSIGNEE',
  AH: 'CARRIER', AI: 'CARRIER', AJ: 'CARRIER', AK: 'DAMAGE', AL: 'CARRIER', AM: 'SHIPPER', AN: 'CONSIGNEE', AO: 'WEATHER', AQ: 'CONSIGNEE',
  AR: 'CUSTOMS', AS: 'CUSTOMS', AT: 'CUSTOMS', AU: 'SECURITY', AV: 'CAPACITY', AW: 'CARRIER', AX: 'CARRIER', AY: 'CARRIER',
  B1: 'CONSIGNEE', B4: 'CONSIGNEE', B5: 'CONSIGNEE', B8: 'CONSIGNEE', B9: 'CONSIGNEE', BB: 'SHIPPER', BC: 'SHIPPER', BD: 'CUSTOMS', BE: 'WEATHER',
  BF: 'DATA', BH: 'CARRIER', BI: 'CARRIER', BM: 'CAPACITY', BN: 'SHIPPER', BO: 'CARRIER', BP: 'CARRIER', BQ: 'SHIPPER', BR: 'CARRIER',
  BS: 'CONSIGNEE', BT: 'CONSIGNEE', C1: 'CONSIGNEE', C2: 'CONSIGNEE', C3: 'CONSIGNEE', C5: 'CONSIGNEE', C6: 'SHIPPER', C8: 'CONSIGNEE', C9: 'CONSIGNEE',
  CA: 'CUSTOMS', CB: 'SHIPPER', CC: 'SHIPPER', D1: 'CARRIER', D2: 'CAPACITY', F1: 'CUSTOMS', F2: 'CUSTOMS', P1: 'CARRIER', P2: 'CUSTOMS', P3: 'SHIPPER',
  P4: 'CAPACITY', S1: 'LOSS', T1: 'CAPACITY', T2: 'CAPACITY', T3: 'CAPACITY', T4: 'CAPACITY', T5: 'CAPACITY', T6: 'CAPACITY', T7: 'CARRIER',
};

/**
 * Element 623: zones. A code that names standard or daylight time is that offset in winter and
 * summer alike; one that names a zone (ET) keeps its clock changes.
 */
export const zoneCodes: Readonly<Record<string, string>> = {
  UT: 'Z', GM: 'Z',
  NS: '-03:30', ND: '-02:30', NT: 'America/St_Johns',
  TS: '-04:00', TD: '-03:00', TT: 'America/Halifax',
  ES: '-05:00', ED: '-04:00', ET: 'America/New_York',
  CS: '-06:00', CD: '-05:00', CT: 'America/Chicago',
  MS: '-07:00', MD: '-06:00', MT: 'America/Denver',
  PS: '-08:00', PD: '-07:00', PT: 'America/Los_Angeles',
  AS: '-09:00', AD: '-08:00', AT: 'America/Anchorage',
  HS: '-10:00', HD: '-09:00', HT: 'Pacific/Honolulu',
};
