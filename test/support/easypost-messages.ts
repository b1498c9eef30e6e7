import { signature } from '../../src/connectors/easypost/webhook.js';

/** Scans of one parcel from label to door. A message repeats all of them up to now, as carriers do. */
export const journeyLength = 12;

const places = [
  ['ORLANDO', 'FL', '32809'], ['ORLANDO', 'FL', '32837'], ['JACKSONVILLE', 'FL', '32218'], ['SAVANNAH', 'GA', '31408'], ['KENLY', 'NC', '27542'],
  ['RICHMOND', 'VA', '23231'], ['EDISON TWP', 'NJ', '08817'], ['EDISON', 'NJ', '08837'], ['NEWARK', 'NJ', '07114'], ['BROOKLYN', 'NY', '11201'],
] as const;

/** carrier_code, status, status_detail, message. */
const scans = [
  ['OC', 'pre_transit', 'label_created', 'Shipment information sent to FedEx'], ['PU', 'in_transit', 'arrived_at_facility', 'Picked up'],
  ['AR', 'in_transit', 'arrived_at_facility', 'Arrived at FedEx location'], ['DP', 'in_transit', 'departed_facility', 'Departed FedEx location'],
  ['IT', 'in_transit', 'unknown', 'On the way'], ['AR', 'in_transit', 'arrived_at_facility', 'Arrived at FedEx location'],
  ['DP', 'in_transit', 'departed_facility', 'Departed FedEx location'], ['IT', 'in_transit', 'unknown', 'On the way'],
  ['AR', 'in_transit', 'arrived_at_facility', 'Arrived at FedEx location'], ['AR', 'in_transit', 'arrived_at_destination', 'At local FedEx facility'],
  ['OD', 'out_for_delivery', 'out_for_delivery', 'On FedEx vehicle for delivery'], ['DL', 'delivered', 'delivered', 'Delivered'],
] as const;

const firstScanMs = Date.UTC(2026, 8, 1, 6);
const betweenScansMs = 3 * 3600_000 + 7 * 60_000;
const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

function scanTime(serial: number, index: number): number {
  return firstScanMs + (serial % 86_400) * 1000 + index * betweenScansMs;
}

function detail(serial: number, index: number): object {
  const [code, status, statusDetail, message] = scans[index]!;
  const [city, state, zip] = places[(serial + index) % places.length]!;
  return {
    object: 'TrackingDetail', message, description: message, status, status_detail: statusDetail, datetime: iso(scanTime(serial, index)), source: 'FedEx', carrier_code: code,
    tracking_location: { object: 'TrackingLocation', city, state, country: 'US', zip },
  };
}

export function trackingNumber(serial: number): string {
  return `7${String(serial).padStart(11, '0')}`;
}

/** The tracker.updated event of parcel `serial` after its first `count` scans: about 1.5 to 5 kB, as EasyPost sends it. */
export function trackerMessage(serial: number, count: number): string {
  const at = iso(scanTime(serial, count - 1) + 90_000);
  const [, status, statusDetail] = scans[count - 1]!;
  const id = `trk_${serial.toString(16).padStart(32, '0')}`;
  return JSON.stringify({
    description: 'tracker.updated', mode: 'production', previous_attributes: { status: 'in_transit' }, created_at: at, pending_urls: ['https://example.com/easypost'], completed_urls: [],
    updated_at: at, id: `evt_${serial.toString(16).padStart(30, '0')}${count.toString(16).padStart(2, '0')}`, user_id: 'user_1', status: 'pending', object: 'Event',
    result: {
      id, object: 'Tracker', mode: 'production', tracking_code: trackingNumber(serial), status, status_detail: statusDetail, created_at: iso(firstScanMs), updated_at: at, signed_by: null,
      weight: 614.4, est_delivery_date: estimateOf(serial), shipment_id: null, carrier: 'FedEx', tracking_details: Array.from({ length: count }, (_, index) => detail(serial, index)),
      carrier_detail: {
        object: 'CarrierDetail', service: 'FEDEX_GROUND', container_type: null, est_delivery_date_local: estimateOf(serial).slice(0, 10), est_delivery_time_local: null,
        origin_location: 'ORLANDO FL US', origin_tracking_location: { object: 'TrackingLocation', city: 'ORLANDO', state: 'FL', country: 'US', zip: '32809' },
        destination_location: 'BROOKLYN HGTS NY US', destination_tracking_location: null, guaranteed_delivery_date: null, alternate_identifier: null, initial_delivery_attempt: null,
      },
      finalized: false, is_return: false, public_url: `https://track.easypost.com/${id}`, fees: [],
    },
  });
}

function estimateOf(serial: number): string {
  return `${iso(scanTime(serial, journeyLength) + 86_400_000).slice(0, 10)}T00:00:00Z`;
}

/** What the timeline must hold after the message: one milestone for each scan, and the estimate. Each as `<raw code> <time>`. */
export function expectedMilestones(serial: number, count: number): string[] {
  const ofScans = Array.from({ length: count }, (_, index) => `${scans[index]![0]} ${new Date(scanTime(serial, index)).toISOString()}`);
  return [...ofScans, `est_delivery_date ${new Date(estimateOf(serial)).toISOString()}`];
}

export function signedHeaders(secret: string, body: string): Record<string, string> {
  return { 'content-type': 'application/json', 'x-hmac-signature': signature(secret, Buffer.from(body)) };
}
