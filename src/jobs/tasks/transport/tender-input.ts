import type { TenderInput, TenderPurpose, TenderStop } from '../../../model/edi.js';
import type { LoadRecord } from '../../../model/transport/records.js';
import type { TenderOffer } from '../../../model/transport/tender-plan.js';

/** What a carrier is sent of a load. A cancellation names the load and no more. */
export function tenderInput(load: LoadRecord, { carrier, deadlineAt }: Pick<TenderOffer, 'carrier' | 'deadlineAt'>, purpose: TenderPurpose): TenderInput {
  if (purpose === 'CANCEL') return { load: load.name, purpose, carrier, references: [], stops: [] };
  const stops = load.stops.map((stop): TenderStop => ({
    kind: stop.kind, place: { ...stop.place, ...(stop.facilityCode === undefined ? {} : { code: stop.facilityCode }) }, references: [...stop.loaded, ...stop.unloaded], ...(stop.window === undefined ? {} : { window: stop.window }),
  }));
  return { load: load.name, purpose, carrier, respondBy: deadlineAt, ...(load.trailer === undefined ? {} : { equipment: load.trailer }), ...(load.weightKg === undefined ? {} : { weightKg: load.weightKg }), references: [], stops };
}
