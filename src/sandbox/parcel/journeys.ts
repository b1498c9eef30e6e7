import type { Random } from '../random.js';
import { hubs, warehouse, type CarrierName, type Place } from './places.js';
import type { ScanKind } from './scans.js';

export interface PlannedScan {
  kind: ScanKind;
  place: Place;
  /** Hours after the scan before it, as such journeys take in the field. */
  hours: number;
}

export interface Journey {
  name: JourneyName;
  scans: PlannedScan[];
  /** Hours by which the carrier's estimate moves when the delaying scan comes. */
  delayHours: number;
}

export type JourneyName = 'plain' | 'weather' | 'attempt' | 'customs' | 'return' | 'collection' | 'address' | 'lost';

/** How often each happens. Most parcels simply arrive. */
const shares: ReadonlyArray<{ name: JourneyName; weight: number; delayHours: number }> = [
  { name: 'plain', weight: 62, delayHours: 0 },
  { name: 'weather', weight: 8, delayHours: 48 },
  { name: 'attempt', weight: 8, delayHours: 24 },
  { name: 'customs', weight: 7, delayHours: 36 },
  { name: 'return', weight: 5, delayHours: 0 },
  { name: 'collection', weight: 5, delayHours: 0 },
  { name: 'address', weight: 4, delayHours: 24 },
  { name: 'lost', weight: 1, delayHours: 0 },
];

const delaying: ReadonlySet<ScanKind> = new Set(['weather', 'attempt', 'customs_hold', 'address']);

export function isDelaying(kind: ScanKind): boolean {
  return delaying.has(kind);
}

/** A parcel's whole way from the warehouse to `to`, customs included where it leaves the country. */
export function planJourney(carrier: CarrierName, to: Place, random: Random, wanted?: JourneyName): Journey {
  const abroad = to.country !== warehouse.country;
  const drawn = random.weighted(shares);
  const chosen = shares.find((share) => share.name === (wanted ?? drawn.name)) ?? drawn;
  // Nothing is held at a border it does not cross.
  const name = chosen.name === 'customs' && !abroad ? 'plain' : chosen.name;
  const scans = name === 'lost' ? [...linehaul(carrier, to, abroad, name), ...loss(carrier)] : [...linehaul(carrier, to, abroad, name), ...lastMile(carrier, to, name)];
  const jittered = scans.map(([kind, place, hours]) => ({ kind, place, hours: hours * (0.7 + random.next() * 0.6) }));
  return { name, scans: jittered, delayHours: chosen.delayHours };
}

type Row = [ScanKind, Place, number];

function linehaul(carrier: CarrierName, to: Place, abroad: boolean, name: JourneyName): Row[] {
  const { origin, domestic, abroad: gateway } = hubs[carrier];
  const rows: Row[] = [['label', warehouse, 0], ['pickup', origin, 5], ['arrival', origin, 2], ['departure', origin, 4], ['arrival', domestic, 7]];
  if (name === 'weather') rows.push(['weather', domestic, 6]);
  if (name === 'lost') return rows;
  rows.push(['departure', domestic, 5]);
  if (abroad) {
    rows.push(['arrival', gateway, 12]);
    if (name === 'customs') rows.push(['customs_hold', gateway, 3]);
    rows.push(['customs_release', gateway, name === 'customs' ? 26 : 3], ['departure', gateway, 4]);
  } else rows.push(['transit', to, 6]);
  return rows;
}

/** It is seen at the domestic hub and never again. */
function loss(carrier: CarrierName): Row[] {
  const { domestic } = hubs[carrier];
  return [['transit', domestic, 30], ['lost', domestic, 72]];
}

function lastMile(carrier: CarrierName, to: Place, name: JourneyName): Row[] {
  const arrival: Row = ['arrival', to, 8];
  const out: Row = ['out', to, 4];
  switch (name) {
    case 'attempt':
      return [arrival, out, ['attempt', to, 5], ['out', to, 19], ['delivered', to, 4]];
    case 'return':
      return [arrival, out, ['refused', to, 4], ['returning', to, 6], ['returning', hubs[carrier].origin, 40]];
    case 'collection':
      return [arrival, ['collection', to, 5], ['delivered', to, 9]];
    case 'address':
      return [arrival, ['address', to, 2], ['out', to, 20], ['delivered', to, 5]];
    default:
      return [arrival, out, ['delivered', to, 5]];
  }
}
