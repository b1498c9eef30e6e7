import type { z } from 'zod';
import { isZone } from '../../lib/zone.js';
import type { Place } from '../../model/facts.js';
import type { FacilityRecord } from '../../model/yard/records.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import type { warehouse } from './payloads.js';

/** A Warehouse. Who works there is left in the raw message. */
export function toFacility(of: z.infer<typeof warehouse>): FacilityRecord {
  const code = filled(of.facilityNumber);
  const zone = filled(of.timezone);
  const country = filled(of.country)?.toUpperCase();
  const [city, region, postalCode] = [filled(of.city), filled(of.state), filled(of.zip)];
  const place: Place = {
    ...(city === undefined ? {} : { city: clip(city, 100) }), ...(region === undefined ? {} : { region: clip(region, 100) }), ...(postalCode === undefined ? {} : { postalCode: clip(postalCode, 20) }),
    ...(country !== undefined && /^[A-Z]{2}$/.test(country) ? { country } : {}),
  };
  return {
    name: clip(of.name, 200),
    ...(code === undefined ? {} : { code: clip(code, maxReferenceLength) }), ...(Object.keys(place).length === 0 ? {} : { place }), ...(zone !== undefined && zone.length <= 60 && isZone(zone) ? { zone } : {}),
  };
}
