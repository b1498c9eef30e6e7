import type { TenderPurpose } from '../../../model/edi.js';
import type { StopKind } from '../../../model/transport/records.js';

/** Element 353 in B2A01, of those that partners send with a 204: what the set does to the load. */
export const purposes: Readonly<Record<string, TenderPurpose>> = { '00': 'ORIGINAL', '01': 'CANCEL', '03': 'CANCEL', '04': 'CHANGE', '05': 'REPLACE', '06': 'ORIGINAL', '22': 'ORIGINAL' };

export const purposeCodes: Readonly<Record<TenderPurpose, string>> = { ORIGINAL: '00', CANCEL: '01', CHANGE: '04', REPLACE: '05' };

/** Element 163, S502: why a truck stops, the whole list of release 004010. */
export const stopReasons: Readonly<Record<string, StopKind>> = {
  AL: 'PICKUP', CL: 'PICKUP', CN: 'PICKUP', LD: 'PICKUP', LE: 'PICKUP', PA: 'PICKUP', PL: 'PICKUP', SL: 'PICKUP', RT: 'PICKUP',
  CU: 'DELIVERY', DT: 'DELIVERY', PU: 'DELIVERY', SU: 'DELIVERY', UL: 'DELIVERY',
  DR: 'OTHER', HT: 'OTHER', IN: 'OTHER', TL: 'OTHER', WL: 'OTHER',
};

/** Element 432, G6201, of those that bound a stop: the first and the last time, and planned ones. */
export const windowStarts: ReadonlySet<string> = new Set(['37', '53', 'EP', 'ED', '10', '02', '68']);
export const windowEnds: ReadonlySet<string> = new Set(['38', '54', 'LP', 'LD']);
export const plannedTimes: ReadonlySet<string> = new Set(['69', '70', '78', '79', '86', '17']);
