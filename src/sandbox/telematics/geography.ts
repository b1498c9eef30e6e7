import type { CarrierName } from '../parcel/places.js';

/** WGS 84, degrees. */
export interface Point {
  latitude: number;
  longitude: number;
}

/** Where the hauliers' trucks stand at night. */
export const depot: Point = { latitude: 35.1098, longitude: -90.0521 };

/** The warehouse from which the simulated Odoo delivers; the dock scheduler knows it by this code. */
export const warehouseSite = { code: 'MEM1', address: '4100 Outland Rd, Memphis, TN, 38118', at: { latitude: 35.0256, longitude: -89.9170 } } as const;

/** The yards to which trucks bring parcels. */
export const yards: Readonly<Record<CarrierName, Point>> = {
  FedEx: { latitude: 35.0561, longitude: -89.9766 },
  UPS: { latitude: 35.0142, longitude: -89.8563 },
  USPS: { latitude: 35.0718, longitude: -89.9427 },
  DHLExpress: { latitude: 35.0423, longitude: -90.0094 },
};

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** A share of the way, 0 to 1, by a road that bends to the side once. */
export function along(from: Point, to: Point, share: number): Point {
  const bend = Math.sin(share * Math.PI) * 0.08;
  const [north, east] = [to.latitude - from.latitude, to.longitude - from.longitude];
  return { latitude: round(from.latitude + north * share - east * bend), longitude: round(from.longitude + east * share + north * bend) };
}

/** From north, whole degrees, 0 to 359. */
export function heading(from: Point, to: Point): number {
  const [north, east] = [to.latitude - from.latitude, (to.longitude - from.longitude) * Math.cos(radians(from.latitude))];
  return (Math.round((Math.atan2(east, north) * 180) / Math.PI) + 360) % 360;
}

/** Six decimals are a tenth of a metre. */
function round(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}
