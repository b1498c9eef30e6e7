import type { Anomaly, Fact } from '../../model/facts.js';
import type { VehicleRecord } from '../../model/telematics.js';
import { rowOf } from '../kit/table.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import type { Entities } from './associations.js';
import { named, type GeoReference, type OtmEvent } from './payloads.js';
import { labelOf, pointOf, timeOf } from './stops.js';

const kilometresPerHour: Readonly<Record<string, number>> = { 'km/h': 1, 'm/s': 3.6, mph: 1.609344 };

/** Where a vehicle was: of what happened or happens, never of what is planned or projected. */
export function positionFacts(event: OtmEvent, { entities, zone, anomalies }: { entities: Entities; zone: string; anomalies: Anomaly[] }): Fact[] {
  if (event.lifecycle != null && event.lifecycle !== 'actual' && event.lifecycle !== 'realized') return [];
  const point = pointOf(event.geoReference);
  const at = timeOf(event.creationDate ?? event.lastModified, { zone, anomalies });
  const entity = entities.of(event.vehicle);
  const vehicle = named.safeParse(entity).data;
  const id = entities.idOf(event.vehicle) ?? filled(vehicle?.licensePlate) ?? filled(vehicle?.name);
  if (point === undefined || at === undefined || id === undefined || id.length > maxReferenceLength) {
    anomalies.push({ kind: 'ITEM_INVALID', message: 'A position without time, place or vehicle was left out.', severity: 'LOW' });
    return [];
  }
  const plate = filled(vehicle?.licensePlate);
  const [heading, speed] = [event.geoReference?.heading?.value, speedOf(event.geoReference)];
  const payload: VehicleRecord = {
    name: clip(labelOf(entity) ?? id, 100), at, ...point, ...(plate === undefined ? {} : { plate: clip(plate, 40) }),
    ...(speed === undefined || speed < 0 || speed > 500 ? {} : { speed }), ...(heading === undefined || heading < 0 || heading > 360 || speed === 0 ? {} : { heading }),
  };
  const version = Date.parse(at.instant);
  return [{ type: 'vehicle.reported', key: { kind: 'vehicle', id }, factKey: `v${version}`, version, observedAt: at.instant, payload }];
}

/** Kilometres an hour; nothing where the unit is not known. */
function speedOf(of: GeoReference | null | undefined): number | undefined {
  const factor = rowOf(kilometresPerHour, of?.speed?.unit?.trim().toLowerCase() ?? '');
  return of?.speed == null || factor === undefined ? undefined : Math.round(of.speed.value * factor * 10) / 10;
}
