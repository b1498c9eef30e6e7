import type { CarrierName } from './places.js';

/** What a scan means; each carrier has its own code for it. */
export type ScanKind =
  | 'label' | 'pickup' | 'arrival' | 'departure' | 'transit' | 'customs_hold' | 'customs_release' | 'weather' | 'address'
  | 'out' | 'attempt' | 'refused' | 'returning' | 'collection' | 'delivered' | 'lost';

interface ScanRow {
  /** EasyPost's status and status_detail. */
  status: string;
  detail: string;
  message: string;
}

/** EasyPost's words for each scan, as its trackers carry them. */
export const scanRows: Readonly<Record<ScanKind, ScanRow>> = {
  label: { status: 'pre_transit', detail: 'label_created', message: 'Shipment information sent to carrier' },
  pickup: { status: 'in_transit', detail: 'received_at_origin_facility', message: 'Picked up' },
  arrival: { status: 'in_transit', detail: 'arrived_at_facility', message: 'Arrived at carrier facility' },
  departure: { status: 'in_transit', detail: 'departed_facility', message: 'Departed carrier facility' },
  transit: { status: 'in_transit', detail: 'unknown', message: 'On the way' },
  customs_hold: { status: 'in_transit', detail: 'held', message: 'Clearance delay: documents requested from importer' },
  customs_release: { status: 'in_transit', detail: 'unknown', message: 'International shipment release: import' },
  weather: { status: 'in_transit', detail: 'weather_delay', message: 'Delay beyond our control: severe weather' },
  address: { status: 'in_transit', detail: 'address_correction', message: 'Incorrect address: being corrected' },
  out: { status: 'out_for_delivery', detail: 'out_for_delivery', message: 'Out for delivery' },
  attempt: { status: 'in_transit', detail: 'delivery_exception', message: 'Delivery attempted: business closed' },
  refused: { status: 'failure', detail: 'refused', message: 'Refused by recipient' },
  returning: { status: 'return_to_sender', detail: 'return', message: 'Returning package to shipper' },
  collection: { status: 'available_for_pickup', detail: 'arrived_at_pickup_location', message: 'Ready for collection at pickup point' },
  delivered: { status: 'delivered', detail: 'arrived_at_destination', message: 'Delivered' },
  lost: { status: 'failure', detail: 'lost', message: 'Package declared lost' },
};

/** The carriers' own codes, in `carrier_code`; a scan without one carries none. */
export const carrierCodes: Readonly<Record<CarrierName, Partial<Record<ScanKind, string>>>> = {
  FedEx: { label: 'OC', pickup: 'PU', arrival: 'AR', departure: 'DP', transit: 'IT', customs_hold: 'CD', customs_release: 'CC', weather: 'DY', out: 'OD', attempt: 'DE', refused: 'DE', returning: 'RS', collection: 'HL', delivered: 'DL' },
  UPS: { label: 'MP', pickup: 'OR', arrival: 'AR', departure: 'DP', transit: 'IP', out: 'OT', delivered: 'FS' },
  USPS: { label: 'GX', pickup: '03', arrival: '10', departure: 'EF', out: 'OF', attempt: '02', refused: '04', returning: '09', collection: '14', delivered: '01' },
  DHLExpress: { label: 'SD', pickup: 'PU', arrival: 'AF', departure: 'DF', transit: 'PL', customs_hold: 'CD', customs_release: 'CR', out: 'WC', attempt: 'NH', refused: 'RD', returning: 'RT', delivered: 'OK' },
};

/** EasyPost files FedEx's pick-up under arrived_at_facility; only the carrier's code tells. */
export function detailOf(kind: ScanKind, carrier: CarrierName): string {
  return carrier === 'FedEx' && kind === 'pickup' ? 'arrived_at_facility' : scanRows[kind].detail;
}
