import type { ExceptionClass } from '../../model/milestones.js';
import { rowOf, tableOf, type Mapped } from '../kit/table.js';

/**
 * FedEx's scan events: every code of its published lists (Tracking Status Codes; Status Codes for Webhook Tracking Events).
 * Four codes stand in two sections of the list and mean two things (CA cancelled, or in the carrier's possession; EA enroute
 * to an airport, or export approved; RC a delivery option cancelled, or in the recipient's possession; SP split): of them only what
 * the words of the event make certain moves a status; see `mapEvent`. What was asked for or will be is INFO on purpose.
 */
export const eventTypes: Readonly<Record<string, Mapped>> = tableOf([
  [{ code: 'INFO_RECEIVED' }, 'OC'],
  [{ code: 'ARRIVED_PICKUP' }, 'AP'],
  [{ code: 'PICKED_UP' }, 'PU PX DO IP'],
  [{ code: 'IN_TRANSIT' }, 'IT IX OW Ow PM PF PL EO EA CP'],
  [{ code: 'ARRIVED_FACILITY' }, 'AR AF SF AA OF FD'],
  [{ code: 'DEPARTED_FACILITY' }, 'DP LO'],
  [{ code: 'HANDED_OVER' }, 'TR AC AX'],
  [{ code: 'CUSTOMS_HOLD' }, 'CD'],
  [{ code: 'CUSTOMS_CLEARED' }, 'CC'],
  [{ code: 'OUT_FOR_DELIVERY' }, 'OD ED'],
  [{ code: 'ARRIVED_DELIVERY' }, 'AD'],
  [{ code: 'DELIVERED' }, 'DL'],
  [{ code: 'AVAILABLE_FOR_COLLECTION' }, 'HL HP'],
  [{ code: 'DELIVERY_ATTEMPTED' }, 'DE'],
  [{ code: 'DELAYED' }, 'DD DY PD'],
  [{ code: 'EXCEPTION' }, 'SE'],
  [{ code: 'RETURNING' }, 'RS'],
  // Expected on time or early, a new day; vehicles on their way to fetch it; wishes of the receiver; return labels; who has it.
  [{ code: 'INFO' }, 'AE AO US CH DS DR EP MD IN OX RR RM RC RT RA PR AS HA RP LP LC RG RD SP SH CU BR TP CA'],
]);

/** `delayDetail.type`: why it is late. */
export const delayTypes: Readonly<Record<string, ExceptionClass>> = { WEATHER: 'WEATHER', CLEARANCE: 'CUSTOMS', OPERATIONAL: 'CARRIER', LOCAL: 'CARRIER', GENERAL: 'CARRIER' };

/**
 * Reason codes of exceptions (`exceptionCode`), two digits: those of FedEx Express, as its couriers' lists name them. FedEx publishes
 * no whole list of those of all its companies; one that is not here leaves the event what it is.
 */
export const deliveryReasons: Readonly<Record<string, Mapped>> = tableOf([
  [{ code: 'DELIVERY_ATTEMPTED', exceptionClass: 'ADDRESS' }, '03'],
  [{ code: 'DELIVERY_ATTEMPTED', exceptionClass: 'CONSIGNEE' }, '08 42 93'],
  [{ code: 'REFUSED' }, '07'],
  [{ code: 'DAMAGED' }, '10 37'],
  [{ code: 'EXCEPTION', exceptionClass: 'LOSS' }, '36'],
  [{ code: 'EXCEPTION', exceptionClass: 'DATA' }, '25 38'],
  [{ code: 'EXCEPTION', exceptionClass: 'SHIPPER' }, '20 57 91'],
  [{ code: 'EXCEPTION', exceptionClass: 'ADDRESS' }, '78'],
  [{ code: 'EXCEPTION' }, '14 44 53'],
  [{ code: 'CUSTOMS_HOLD' }, '50 55 58 60 63 64 73 76 88'],
  [{ code: 'CUSTOMS_CLEARED' }, '65 66'],
  [{ code: 'AVAILABLE_FOR_COLLECTION' }, '59'],
  [{ code: 'DELAYED', exceptionClass: 'SECURITY' }, '05'],
  [{ code: 'DELAYED', exceptionClass: 'CONSIGNEE' }, '17 41'],
  [{ code: 'DELAYED', exceptionClass: 'CAPACITY' }, '21 79'],
  [{ code: 'DELAYED' }, '01 12 15 18 22 31 32 33 48 52 54 84 85 89'],
]);

export interface MappedEvent extends Mapped {
  isKnown: boolean;
}

/** Events that leave open what went wrong. */
const openEvents: ReadonlySet<string> = new Set(['DE', 'SE', 'DD', 'DY']);

/** @param derived the status that FedEx derives from it, where its own code is in no list */
export function mapEvent(type: string, { derived, exception, delay, description }: { derived?: string | undefined; exception?: string | undefined; delay?: string | undefined; description?: string | undefined }): MappedEvent {
  const own = rowOf(eventTypes, type);
  const plain = own ?? (derived === undefined ? undefined : rowOf(eventTypes, derived));
  if (plain === undefined) return { code: 'INFO', isKnown: false };
  const isKnown = own !== undefined;
  if (type === 'CA' && /cancel/i.test(description ?? '')) return { code: 'CANCELLED', isKnown };
  if (!openEvents.has(type)) return { ...plain, isKnown };
  const reason = exception === undefined ? undefined : rowOf(deliveryReasons, exception);
  if (reason !== undefined) return { ...reason, isKnown };
  const why = delay === undefined ? undefined : rowOf(delayTypes, delay);
  return { ...plain, ...(why === undefined ? {} : { exceptionClass: why }), isKnown };
}
