import { sql } from 'kysely';
import type { Principal } from '../../../../auth/principal.js';
import { readerFor } from '../../../../auth/reader.js';
import { GatehouseError } from '../../../../lib/errors.js';
import { normalizeReferenceValue } from '../../../../model/references.js';
import type { LoadStop } from '../../../../model/transport/records.js';
import type { Handling } from '../../../../model/yard/records.js';
import type { SlotNeed } from '../../../../model/yard/slots.js';
import type { Queryable } from '../../../engine.js';
import type { SscFacility } from './find.js';
import type { CommonIdentifiers, SscNeed } from './requests.js';

type Direction = SlotNeed['direction'];

/**
 * What a dock is needed for. The standard has no member that says whether goods come or go: as said besides, else as the stop of the load says,
 * else as all docks there are, else goods of a purchase order come.
 * @throws GatehouseError BAD_INPUT where nothing says it
 */
export async function needFor(db: Queryable, by: Principal, facility: SscFacility, identifiers: CommonIdentifiers, { direction, temperature, heightCm, pallets }: SscNeed, handling: Handling): Promise<SlotNeed> {
  const known = direction ?? (await directionOfStop(db, by, facility, identifiers)) ?? onlyDirection(facility) ?? (identifiers.poNumber === undefined ? undefined : 'INBOUND');
  if (known === undefined) throw new GatehouseError('BAD_INPUT', 'Say whether goods come or go: direction is INBOUND or OUTBOUND.', { field: 'direction' });
  return { direction: known, handling, temperature: temperature ?? 'AMBIENT', ...(heightCm === undefined ? {} : { heightCm }), ...(pallets === undefined ? {} : { pallets }) };
}

function onlyDirection({ plan }: SscFacility): Direction | undefined {
  const all = new Set(plan.docks.flatMap(({ directions }) => directions));
  return all.size === 1 ? [...all][0] : undefined;
}

/** Of a load that the asker sees: what happens at its stop there. */
async function directionOfStop(db: Queryable, by: Principal, facility: SscFacility, { primaryReferenceNumber, stopSequenceNumber }: CommonIdentifiers): Promise<Direction | undefined> {
  if (primaryReferenceNumber === undefined) return undefined;
  const row = await readerFor(db, by).db.selectFrom('load').select('load.stops').where(sql<boolean>`load.name_key = ${normalizeReferenceValue(primaryReferenceNumber)}`).where('load.deleted', '=', false).orderBy('load.id').executeTakeFirst();
  const stops = (row?.stops ?? []) as unknown as LoadStop[];
  const code = facility.id.slice(0, facility.id.lastIndexOf('@'));
  const stop = stops.find((each) => stopSequenceNumber !== undefined && each.sequence === stopSequenceNumber + 1) ?? stops.find((each) => each.facilityCode !== undefined && normalizeReferenceValue(each.facilityCode) === normalizeReferenceValue(code));
  return stop?.kind === 'PICKUP' ? 'OUTBOUND' : stop?.kind === 'DELIVERY' ? 'INBOUND' : undefined;
}
