import { isDelaying, type Journey, type PlannedScan } from './journeys.js';
import type { CarrierName, Place } from './places.js';
import { carrierCodes, detailOf, scanRows } from './scans.js';

/** What the carrier knows of one parcel. */
export interface Parcel {
  trackingCode: string;
  carrier: CarrierName;
  journey: Journey;
  destination: Place;
  /** Milliseconds UTC of the scans made so far, in order. */
  scannedMs: number[];
  /** The estimate first given, milliseconds UTC. */
  estimatedMs: number;
  /** Grams are the field's; EasyPost states ounces. */
  ounces: number;
  recipient: string;
}

export interface TrackerRecord {
  id: string;
  createdMs: number;
  updatedMs: number;
  parcel: Parcel;
}

/** A Tracker in EasyPost's wire format, with every scan so far. */
export function trackerObject(record: TrackerRecord): Record<string, unknown> {
  const { parcel } = record;
  const done = parcel.journey.scans.slice(0, parcel.scannedMs.length);
  const last = done.at(-1);
  const row = last === undefined ? { status: 'unknown', detail: 'unknown' } : { status: scanRows[last.kind].status, detail: detailOf(last.kind, parcel.carrier) };
  return {
    id: record.id,
    object: 'Tracker',
    mode: 'test',
    tracking_code: parcel.trackingCode,
    status: row.status,
    status_detail: row.detail,
    created_at: seconds(record.createdMs),
    updated_at: seconds(record.updatedMs),
    signed_by: row.status === 'delivered' ? parcel.recipient : null,
    weight: parcel.ounces,
    est_delivery_date: seconds(estimateMs(parcel, done)),
    shipment_id: null,
    carrier: parcel.carrier,
    tracking_details: done.map((scan, index) => detailObject(scan, parcel.scannedMs[index]!, parcel.carrier)),
    carrier_detail: carrierDetail(parcel),
    finalized: parcel.scannedMs.length === parcel.journey.scans.length,
    is_return: false,
    public_url: `https://track.example.test/${parcel.trackingCode}`,
    fees: [],
  };
}

function estimateMs(parcel: Parcel, done: readonly PlannedScan[]): number {
  return parcel.estimatedMs + (done.some((scan) => isDelaying(scan.kind)) ? parcel.journey.delayHours * 3_600_000 : 0);
}

function detailObject(scan: PlannedScan, atMs: number, carrier: CarrierName): Record<string, unknown> {
  const row = scanRows[scan.kind];
  return {
    object: 'TrackingDetail',
    message: row.message,
    description: row.message,
    status: row.status,
    status_detail: detailOf(scan.kind, carrier),
    datetime: seconds(atMs),
    source: carrier,
    carrier_code: carrierCodes[carrier][scan.kind] ?? null,
    // Before the carrier holds the parcel it knows no more than where the label was made.
    tracking_location: scan.kind === 'label' ? location({ country: scan.place.country, zip: scan.place.zip }) : location(scan.place),
  };
}

function location(place: Partial<Place>): Record<string, unknown> {
  return { object: 'TrackingLocation', city: place.city ?? null, state: place.state ?? null, country: place.country ?? null, zip: place.zip ?? null };
}

function carrierDetail(parcel: Parcel): Record<string, unknown> {
  const [first] = parcel.journey.scans;
  return {
    object: 'CarrierDetail',
    service: null,
    container_type: null,
    est_delivery_date_local: null,
    est_delivery_time_local: null,
    origin_location: first === undefined ? null : oneLine(first.place),
    origin_tracking_location: first === undefined ? null : location(first.place),
    destination_location: oneLine(parcel.destination),
    destination_tracking_location: null,
    guaranteed_delivery_date: null,
    alternate_identifier: null,
    initial_delivery_attempt: null,
  };
}

function oneLine(place: Place): string {
  return [place.city, place.state, place.country].filter((part) => part !== null).join(' ');
}

/** EasyPost's times are in whole seconds, UTC. */
export function seconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
