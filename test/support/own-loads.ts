import { stateOwn } from '../../src/jobs/tasks/own/records.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { ourConnection } from '../../src/model/our-connection.js';
import { recordId } from '../../src/model/record-ids.js';
import type { LoadRecord } from '../../src/model/transport/records.js';
import type { Services } from '../../src/main.js';

/** States a new version of a load that is kept here. @returns our id of it */
export async function stateLoad(services: Pick<Services, 'database'>, id: string, version: number, record: LoadRecord, company = 'main'): Promise<string> {
  await services.database.transaction((tx) => stateOwn(tx, [{ type: 'load.reported', kind: 'load', id, company, version, payload: record, step: { action: 'load.change', by: 'tests' } }], uuidv7()));
  return recordId('load', ourConnection, id);
}

const time = (instant: string) => ({ instant: `2026-03-06T${instant}:00.000Z`, zone: 'Z' });
const delivery = { kind: 'delivery_name' as const, issuer: 'erp', value: 'WH/OUT/00017' };

/** A load from Memphis to Nashville, as planned. */
export const plannedLoad: LoadRecord = {
  name: 'LOAD-17', state: 'DRAFT', rawState: 'DRAFT',
  stops: [
    { id: 'pickup', sequence: 1, kind: 'PICKUP', facilityCode: 'MEM1', place: { name: 'Memphis', city: 'Memphis', postalCode: '38103', country: 'US' }, planned: { arrival: time('08:00'), departure: time('09:00') }, loaded: [delivery], unloaded: [] },
    { id: 'drop', sequence: 2, kind: 'DELIVERY', place: { name: 'Nashville', city: 'Nashville', postalCode: '37201', country: 'US' }, planned: { arrival: time('12:00') }, loaded: [], unloaded: [delivery] },
  ],
};

/** The same load with what came to pass at its first stop, and what is expected at its second. */
export function underWay(record: LoadRecord): LoadRecord {
  const [first, second] = record.stops as [LoadRecord['stops'][0], LoadRecord['stops'][0]];
  return { ...record, state: 'IN_TRANSIT', stops: [{ ...first, actual: { arrival: time('08:10'), departure: time('08:55') } }, { ...second, estimated: { arrival: time('12:25') } }] };
}
