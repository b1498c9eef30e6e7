import type { Fact, MilestonePayload, Place } from '../../model/facts.js';
import { isPoint } from '../../model/geo.js';
import { parseOffsetTime, type ZonedInstant } from '../../model/time.js';
import { clip, factKeyOf, filled } from '../kit/text.js';
import { instantOfLocal, parseLocalTime } from '../kit/zone.js';
import { sharedCodes, type StopRole } from './codes.js';
import type { Subject, Subjects } from './names.js';

/** A stop, as both forms of messages tell of it. */
export interface KnownStop {
  /** From 1, in their order. */
  sequence: number;
  role: StopRole;
  place?: Place;
}

interface AddressLike { postalCode?: string | null | undefined; city?: string | null | undefined; state?: string | null | undefined; country?: string | null | undefined }

export function placeOf(name: string | null | undefined, address: AddressLike | null | undefined, at: { latitude: number; longitude: number } | null | undefined): Place | undefined {
  const known = { name: filled(name), city: filled(address?.city), region: filled(address?.state), postalCode: filled(address?.postalCode) };
  const country = filled(address?.country)?.toUpperCase();
  const place: Place = {
    ...Object.fromEntries(Object.entries(known).flatMap(([key, value]) => (value === undefined ? [] : [[key, clip(value, key === 'name' ? 200 : key === 'postalCode' ? 20 : 100)]]))),
    ...(country !== undefined && /^[A-Z]{2}$/.test(country) ? { country } : {}),
    ...(at != null && isPoint(at) ? { latitude: at.latitude, longitude: at.longitude } : {}),
  };
  return Object.keys(place).length === 0 ? undefined : place;
}

/** A shipment that travels alone is loaded at the first stop and unloaded at the last; of several it is not said which is handled where. */
export function roleOf(sequence: number, count: number, areSeveral: boolean): StopRole {
  if (areSeveral) return 'unknown';
  if (sequence === 1) return 'pickup';
  if (sequence === count) return 'delivery';
  return 'transit';
}

/** A time with its offset, or a local one in the zone that stands beside it. */
export function timeOf(text: string | null | undefined, zone: string | null | undefined, fallback: string): ZonedInstant | null {
  const known = filled(text);
  if (known === undefined) return null;
  const local = parseLocalTime(known);
  if (local === null) return parseOffsetTime(known);
  const named = filled(zone);
  return (named === undefined ? null : instantOfLocal(local, named)) ?? instantOfLocal(local, fallback, true);
}

/** Makes the facts of one message for each shipment that it is about. */
export class FactMaker {
  constructor(private readonly subjects: Subjects) {}

  get areSeveral(): boolean {
    return this.subjects.areSeveral;
  }

  milestone(keyParts: readonly string[], observedAt: string, payload: MilestonePayload): Fact[] {
    const code = this.areSeveral && !sharedCodes.has(payload.code) ? 'INFO' : payload.code;
    return this.#each((base) => ({ type: 'milestone.reported', ...base, factKey: factKeyOf(...keyParts), observedAt, payload: { ...payload, code } }));
  }

  /** What is expected where it is picked up or delivered; nothing where it is not said for which of several shipments. */
  estimate(role: StopRole, estimated: ZonedInstant, observedAt: string): Fact[] {
    if (role !== 'pickup' && role !== 'delivery') return [];
    const of = role === 'pickup' ? 'PICKUP' : 'DELIVERY';
    return this.#each((base) => ({ type: 'estimate.reported', ...base, factKey: factKeyOf(`estimate:${of}`, observedAt, estimated.instant), observedAt, payload: { of, estimated } }));
  }

  #each(make: (base: Subject) => Fact): Fact[] {
    return this.subjects.list.map(make);
  }
}
