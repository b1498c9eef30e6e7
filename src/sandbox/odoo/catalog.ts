import type { CarrierName, Place } from '../parcel/places.js';
import type { Many2one, PartnerRecord, PartnerReference, ProductRecord } from './records.js';

export const unit: Many2one = { id: 1, name: 'Units' };
export const stockLocation: Many2one = { id: 8, name: 'WH/Stock' };
/** Stock that lies with the logistics provider. */
export const providerLocation: Many2one = { id: 18, name: 'EAST/Stock' };
export const currency: Many2one = { id: 1, name: 'USD' };

interface Item {
  id: number;
  record: ProductRecord;
  price: number;
  /** Pieces on hand when the sandbox starts. */
  onHand: number;
}

const goods: ReadonlyArray<[name: string, code: string, kg: number, price: number, onHand: number]> = [
  ['Hand pallet truck 2.5 t', 'HPT-25', 68, 389, 40],
  ['Barcode scanner, cordless', 'BCS-10', 0.4, 219, 260],
  ['Thermal labels 4 x 6 in, roll of 500', 'LBL-46', 0.9, 14.5, 2400],
  ['Stretch film, 20 in x 1500 ft', 'STF-20', 3.2, 27.9, 900],
  ['Corrugated box 16 x 12 x 10 in', 'BOX-161210', 0.5, 1.85, 6000],
  ['Safety gloves, pair', 'GLV-09', 0.1, 6.4, 3000],
  ['Dock bumper, rubber', 'DBP-18', 11.5, 58, 150],
  ['Portable thermal printer', 'PTP-03', 0.8, 465, 90],
];

export const products: readonly Item[] = goods.map(([name, code, kg, price, onHand], index) => ({
  id: 21 + index,
  record: { name, default_code: code, barcode: `08505440${String(21 + index).padStart(5, '0')}`, weight: kg, weight_uom_name: 'kg', active: true },
  price,
  onHand,
}));

export interface Customer {
  company: PartnerReference;
  delivery: PartnerReference;
  place: Place;
  recipient: string;
  records: ReadonlyArray<{ id: number; record: PartnerRecord }>;
}

type CustomerRow = [name: string, street: string, city: string, state: string | null, zip: string, country: string, recipient: string];

const customerRows: readonly CustomerRow[] = [
  ['Ashford Hardware', '412 Harrison Ave', 'Columbus', 'OH', '43215', 'US', 'M. ORTIZ'],
  ['Bluewater Outfitters', '88 Commercial St', 'Portland', 'ME', '04101', 'US', 'J. PELLETIER'],
  ['Cascade Medical Supply', '1500 NW 18th Ave', 'Portland', 'OR', '97209', 'US', 'K. NGUYEN'],
  ['Delgado & Sons', '2301 W Commerce St', 'San Antonio', 'TX', '78207', 'US', 'R. DELGADO'],
  ['Evergreen Schools', '13501 NE 28th St', 'Vancouver', 'WA', '98682', 'US', 'FRONT DESK'],
  ['Franklin Labs', '55 Science Park', 'New Haven', 'CT', '06511', 'US', 'T. FRANK'],
  ['Gulf Coast Marine', '730 Harbor Dr', 'Tampa', 'FL', '33602', 'US', 'S. BAPTISTE'],
  ['Hofmann Lagertechnik', 'Industriestr. 14', 'Augsburg', null, '86153', 'DE', 'HOFMANN'],
  ['Imprimerie Lacroix', '9 Rue des Tanneurs', 'Lyon', null, '69007', 'FR', 'C. LACROIX'],
  ['Jansen Magazijn', 'Waalhaven Z.z. 19', 'Rotterdam', null, '3089 JH', 'NL', 'P. JANSEN'],
  ['Kestrel Cycles', '27 Weaver St', 'Leeds', null, 'LS9 8AB', 'GB', 'A. HOLT'],
  ['Lindqvist Teknik', 'Verkstadsgatan 5', 'Malmö', null, '211 42', 'SE', 'E. LINDQVIST'],
];

export const customers: readonly Customer[] = customerRows.map(([name, street, city, state, zip, country, recipient], index) => {
  const owner: Many2one = { id: 101 + index, name };
  const company: PartnerReference = { ...owner, commercial_partner_id: owner };
  const delivery: PartnerReference = { id: 201 + index, name: `${name}, Receiving`, commercial_partner_id: owner };
  const address = { street, street2: null, city, zip, state_id: state === null ? null : { id: 300 + index, name: state }, country_code: country, commercial_partner_id: owner, active: true } as const;
  const domain = `${name.toLowerCase().replace(/[^a-z]+/g, '-')}.example`;
  return {
    company, delivery, recipient,
    place: { city, state, country, zip },
    records: [
      { id: company.id, record: { name, is_company: true, email: `purchasing@${domain}`, phone: null, ...address } },
      { id: delivery.id, record: { name: delivery.name, is_company: false, email: `receiving@${domain}`, phone: null, ...address } },
    ],
  };
});

/** Odoo's delivery methods, and the carrier behind each. */
export const deliveryMethods: ReadonlyArray<{ method: Many2one; carrier: CarrierName; reach: 'domestic' | 'abroad' | 'both'; weight: number }> = [
  { method: { id: 1, name: 'FedEx Ground' }, carrier: 'FedEx', reach: 'domestic', weight: 40 },
  { method: { id: 2, name: 'UPS Ground' }, carrier: 'UPS', reach: 'domestic', weight: 35 },
  { method: { id: 3, name: 'USPS Priority Mail' }, carrier: 'USPS', reach: 'domestic', weight: 25 },
  { method: { id: 4, name: 'DHL Express Worldwide' }, carrier: 'DHLExpress', reach: 'abroad', weight: 65 },
  { method: { id: 5, name: 'FedEx International Priority' }, carrier: 'FedEx', reach: 'abroad', weight: 35 },
];

/** A number in the form that the carrier prints, from one that is unique to the parcel. */
export function trackingNumber(carrier: CarrierName, serial: number): string {
  const digits = String(serial);
  switch (carrier) {
    case 'FedEx':
      return `7${digits.padStart(11, '9')}`;
    case 'UPS':
      return `1ZG7H264${digits.padStart(10, '0')}`;
    case 'USPS':
      return `9400111899${digits.padStart(12, '0')}`;
    case 'DHLExpress':
      return digits.padStart(10, '6');
  }
}
