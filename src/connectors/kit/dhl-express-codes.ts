import { tableOf, type Mapped } from './table.js';

/**
 * What happens to a shipment of DHL Express: every event code of the reference data that DHL publishes with its MyDHL API, internal ones
 * included. Unified Tracking says the same codes. SD and EM stand in later lists of the latter alone.
 */
export const dhlExpressCodes: Readonly<Record<string, Mapped>> = tableOf([
  [{ code: 'INFO_RECEIVED' }, 'DUMMY_PU SD'],
  [{ code: 'PICKED_UP' }, 'PU SA'],
  [{ code: 'IN_TRANSIT' }, 'IC CU LV UV'],
  [{ code: 'ARRIVED_FACILITY' }, 'AF AR PL CI'],
  [{ code: 'DEPARTED_FACILITY' }, 'DF FD'],
  [{ code: 'HANDED_OVER' }, 'TP'],
  [{ code: 'CUSTOMS_CLEARED' }, 'CR'],
  [{ code: 'CUSTOMS_HOLD' }, 'BN BR CD UD HP BL'],
  [{ code: 'OUT_FOR_DELIVERY' }, 'WC'],
  [{ code: 'DELIVERED' }, 'OK'],
  [{ code: 'DELIVERY_ATTEMPTED' }, 'CA NH ND'],
  [{ code: 'AVAILABLE_FOR_COLLECTION' }, 'CC'],
  [{ code: 'PARTIALLY_DELIVERED' }, 'PD'],
  [{ code: 'REFUSED' }, 'RD'],
  [{ code: 'DAMAGED' }, 'DD DM'],
  [{ code: 'RETURNED' }, 'RT'],
  [{ code: 'EXCEPTION' }, 'OH SS ST'],
  [{ code: 'EXCEPTION', exceptionClass: 'ADDRESS' }, 'BA CM'],
  [{ code: 'EXCEPTION', exceptionClass: 'LOSS' }, 'DS TI'],
  [{ code: 'EXCEPTION', exceptionClass: 'SECURITY' }, 'DP'],
  [{ code: 'DELAYED' }, 'MC MD MS TD NA IR'],
  // A day that was agreed on; a file that was closed, answered, changed, paid or submitted; weighed, looked at, handed from one to the next within DHL, or held there and let go.
  [{ code: 'INFO' }, 'AD CS RR SC TR PY SM DI ES EM HI HN HO IA RW SI TT'],
]);
