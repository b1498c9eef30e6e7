/** A place as EasyPost's tracking_location names it. */
export interface Place {
  city: string;
  state: string | null;
  country: string;
  zip: string;
}

export const warehouse: Place = { city: 'Memphis', state: 'TN', country: 'US', zip: '38118' };

export type CarrierName = 'FedEx' | 'UPS' | 'USPS' | 'DHLExpress';

const carrierOf: ReadonlyArray<[RegExp, CarrierName]> = [[/^fedex/i, 'FedEx'], [/^ups/i, 'UPS'], [/^usps/i, 'USPS'], [/^dhl/i, 'DHLExpress']];

/** The carrier behind a delivery method of the simulated Odoo, by the method's name. */
export function carrierOfMethod(name: string): CarrierName {
  return carrierOf.find(([pattern]) => pattern.test(name))?.[1] ?? 'FedEx';
}

/** Where each carrier sorts: near the warehouse, for domestic parcels, and abroad. */
export const hubs: Readonly<Record<CarrierName, { origin: Place; domestic: Place; abroad: Place }>> = {
  FedEx: {
    origin: { city: 'MEMPHIS', state: 'TN', country: 'US', zip: '38118' },
    domestic: { city: 'INDIANAPOLIS', state: 'IN', country: 'US', zip: '46241' },
    abroad: { city: 'ROISSY CHARLES DE GAULLE', state: null, country: 'FR', zip: '95700' },
  },
  UPS: {
    origin: { city: 'Memphis', state: 'TN', country: 'US', zip: '38141' },
    domestic: { city: 'Louisville', state: 'KY', country: 'US', zip: '40213' },
    abroad: { city: 'Koeln', state: null, country: 'DE', zip: '51147' },
  },
  USPS: {
    origin: { city: 'MEMPHIS', state: 'TN', country: 'US', zip: '38136' },
    domestic: { city: 'CHICAGO', state: 'IL', country: 'US', zip: '60688' },
    abroad: { city: 'JAMAICA', state: 'NY', country: 'US', zip: '11430' },
  },
  DHLExpress: {
    origin: { city: 'MEMPHIS', state: 'TN', country: 'US', zip: '38116' },
    domestic: { city: 'CINCINNATI HUB', state: 'OH', country: 'US', zip: '41018' },
    abroad: { city: 'LEIPZIG', state: null, country: 'DE', zip: '04435' },
  },
};
