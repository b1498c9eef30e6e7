import type { StatusInput } from '../../../model/edi.js';
import type { MilestoneCode } from '../../../model/milestones.js';
import type { Outcome } from '../../contract.js';
import { failure } from '../../kit/http.js';
import { rowOf } from '../../kit/table.js';
import { clip } from '../../kit/text.js';
import { nameSegments } from './naming.js';
import type { OutgoingSet } from './set.js';
import { utcTime } from './utc.js';

/** AT701 of a milestone. The others have no word in element 1650 and are not sent. */
const statuses: { readonly [Code in MilestoneCode]?: string } = {
  PICKED_UP: 'AF', ARRIVED_PICKUP: 'X3', LOADING: 'L1', LOADED: 'CP', IN_TRANSIT: 'X6', ARRIVED_FACILITY: 'X4', DEPARTED_FACILITY: 'P1', HANDED_OVER: 'J1', GATE_IN: 'I1', GATE_OUT: 'OA', SPOTTED: 'S1',
  ETA_UPDATED: 'AG', ARRIVED_DELIVERY: 'X1', DEPARTED_DELIVERY: 'CD', PARTIALLY_DELIVERED: 'PA', DELIVERY_ATTEMPTED: 'AH', AVAILABLE_FOR_COLLECTION: 'AV', DELIVERED: 'D1', DELAYED: 'SD', REFUSED: 'A7', DAMAGED: 'A9',
  RETURNED: 'A3', CANCELLED: 'CA', CUSTOMS_HOLD: 'K1',
};
/** AT703. */
const appointments: { readonly [Code in MilestoneCode]?: string } = { PICKUP_APPOINTMENT: 'AA', DELIVERY_APPOINTMENT: 'AB' };

/** 214, where a shipment stands, in UTC. */
export function write214({ load, references, carrier, code, reason, occurred, stop, place, equipment }: StatusInput): Outcome<OutgoingSet> {
  const [status, appointment] = [rowOf(statuses, code), rowOf(appointments, code)];
  if (status === undefined && appointment === undefined) return failure('invalid', `A 214 has no word for ${code}.`, '');
  if (!/^[A-Z]{2,4}$/.test(carrier)) return failure('invalid', 'Our Standard Carrier Alpha Code of two to four letters is needed.', '');
  const { date, time } = utcTime(occurred.instant);
  const why = /^[A-Z0-9]{2}$/.test(reason ?? '') ? reason! : 'NS';
  const pro = references.find((one) => one.kind === 'pro_number')?.value ?? load;
  const segments: string[][] = [
    ['B10', clip(pro, 30), clip(load, 30), carrier], ...nameSegments(references.filter((one) => one.kind !== 'pro_number')), ['LX', '1'],
    status === undefined ? ['AT7', '', '', appointment!, why, date, time, 'UT'] : ['AT7', status, why, '', '', date, time, 'UT'],
  ];
  if (place?.city !== undefined) segments.push(['MS1', clip(place.city, 30), (place.region ?? '').slice(0, 2), place.country ?? '']);
  if (equipment !== undefined) segments.push(['MS2', carrier, clip(equipment, 10)]);
  if (stop !== undefined) segments.push(['L11', String(stop), 'QN']);
  return { ok: true, value: { type: '214', functionalId: 'QM', segments } };
}
