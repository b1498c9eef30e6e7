import { isPoint } from '../../model/geo.js';
import type { Anomaly, Fact } from '../../model/facts.js';
import type { VehicleRecord } from '../../model/telematics.js';
import { parseOffsetTime } from '../../model/time.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import { reading, vehicle, type Reading, type Vehicle } from './payloads.js';
import type { SamsaraSettings } from './settings.js';

const kilometresPerMile = 1.609344;

/** A vehicle's readings, each with when it was. */
export interface ReadVehicle {
  of: Vehicle;
  readings: Array<{ reading: Reading; atMs: number }>;
}

/** Vehicles with what can be read of their positions; what cannot is counted. */
export function readVehicles(data: readonly unknown[]): { vehicles: ReadVehicle[]; unread: number } {
  let unread = 0;
  const vehicles = data.flatMap((raw): ReadVehicle[] => {
    const parsed = vehicle.safeParse(raw);
    if (!parsed.success || parsed.data.id.length > maxReferenceLength) return void unread++, [];
    const readings = (parsed.data.gps ?? []).flatMap((item): ReadVehicle['readings'] => {
      const read = reading.safeParse(item);
      const at = read.success ? parseOffsetTime(read.data.time) : null;
      if (!read.success || at === null || !isPoint(read.data)) return void unread++, [];
      return [{ reading: read.data, atMs: Date.parse(at.instant) }];
    });
    return [{ of: parsed.data, readings }];
  });
  return { vehicles, unread };
}

/** A fact for each position. */
export function positionFacts(data: readonly unknown[], settings: Pick<SamsaraSettings, 'vehicleExternalId'>, anomalies: Anomaly[]): Fact[] {
  const { vehicles, unread } = readVehicles(data);
  if (unread > 0) anomalies.push({ kind: 'ITEM_INVALID', message: `${unread} positions have no plausible time or place and were left out.`, severity: 'LOW' });
  return vehicles.flatMap(({ of, readings }) => readings.map(({ reading: read, atMs }): Fact => {
    const payload = toPosition(of, read, settings);
    return { type: 'vehicle.reported', key: { kind: 'vehicle', id: of.id }, factKey: `v${atMs}`, version: atMs, observedAt: payload.at.instant, payload };
  }));
}

function toPosition(of: Vehicle, read: Reading, { vehicleExternalId: name }: Pick<SamsaraSettings, 'vehicleExternalId'>): VehicleRecord {
  const given = name !== undefined && of.externalIds != null && Object.hasOwn(of.externalIds, name) ? of.externalIds[name] : undefined;
  const code = typeof given === 'string' ? filled(given) : undefined;
  const [plate, place] = [filled(of.licensePlate), filled(read.reverseGeo?.formattedLocation)];
  const speed = read.speedMilesPerHour ?? null;
  // Samsara states heading 0 of what stands.
  const heading = speed === null || speed <= 0 ? null : (read.headingDegrees ?? null);
  return {
    name: clip(filled(of.name) ?? of.id, 100), at: parseOffsetTime(read.time)!, latitude: read.latitude, longitude: read.longitude,
    ...(plate === undefined ? {} : { plate: clip(plate, 40) }), ...(code === undefined ? {} : { code: clip(code, 100) }), ...(place === undefined ? {} : { place: clip(place, 200) }),
    ...(heading === null || heading < 0 || heading > 360 ? {} : { heading }), ...(speed === null || speed < 0 || speed > 500 ? {} : { speed: Math.round(speed * kilometresPerMile * 10) / 10 }),
  };
}
