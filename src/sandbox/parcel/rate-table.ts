import type { CarrierName, Place } from './places.js';

/** A service as the simulated carriers sell it. Prices in cents. */
interface ServiceRow {
  carrier: CarrierName;
  service: string;
  /** Working days on the way. */
  days: number;
  base: number;
  perPound: number;
  abroad: boolean;
  /** Pounds of one parcel at most. */
  most: number;
}

const rows: readonly ServiceRow[] = [
  { carrier: 'USPS', service: 'GroundAdvantage', days: 4, base: 540, perPound: 62, abroad: false, most: 70 },
  { carrier: 'USPS', service: 'Priority', days: 2, base: 820, perPound: 110, abroad: false, most: 70 },
  { carrier: 'USPS', service: 'Express', days: 1, base: 2_990, perPound: 240, abroad: false, most: 70 },
  { carrier: 'UPS', service: 'Ground', days: 3, base: 910, perPound: 70, abroad: false, most: 150 },
  { carrier: 'UPS', service: 'NextDayAir', days: 1, base: 3_400, perPound: 310, abroad: false, most: 150 },
  { carrier: 'FedEx', service: 'FEDEX_GROUND', days: 3, base: 895, perPound: 71, abroad: false, most: 150 },
  { carrier: 'FedEx', service: 'STANDARD_OVERNIGHT', days: 1, base: 3_150, perPound: 295, abroad: false, most: 150 },
  { carrier: 'FedEx', service: 'INTERNATIONAL_ECONOMY', days: 5, base: 4_200, perPound: 420, abroad: true, most: 150 },
  { carrier: 'DHLExpress', service: 'ExpressWorldwide', days: 3, base: 4_750, perPound: 390, abroad: true, most: 150 },
];

export interface SandboxRate {
  carrier: CarrierName;
  service: string;
  /** Decimal text in US dollars. */
  amount: string;
  days: number;
}

/** What a parcel of so many ounces costs to go there; nothing where it is too heavy for all of them. */
export function ratesFor(ounces: number, from: Pick<Place, 'country'>, to: Pick<Place, 'country'>): SandboxRate[] {
  const pounds = Math.max(1, Math.ceil(ounces / 16));
  return rows.filter((row) => row.abroad === (from.country !== to.country) && pounds <= row.most)
    .map((row) => ({ carrier: row.carrier, service: row.service, amount: ((row.base + row.perPound * pounds) / 100).toFixed(2), days: row.days }));
}
