import { h } from './dom.js';
import type { Location, ShipmentStatus } from './queries.js';

const dateTime = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const long: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' };

const special: Readonly<Record<string, string>> = {
  INFO: 'Information',
  INFO_RECEIVED: 'Label created',
  ETA_UPDATED: 'ETA updated',
  POD_AVAILABLE: 'Proof of delivery available',
  AVAILABLE_FOR_COLLECTION: 'Ready for collection',
};

/** A code such as OUT_FOR_DELIVERY in words for people. */
export function words(code: string): string {
  const plain = code.toLowerCase().replaceAll('_', ' ');
  return special[code] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** What is wrong with a message, for those whose code alone says little. */
const matters: Readonly<Record<string, string>> = {
  BYTE_ORDER_MARK: 'A file begins with a byte-order mark',
  CONTROL_NUMBER_MISMATCH: 'Control numbers of a file do not agree',
  COUNT_MISMATCH: 'A file holds another number of parts than it says',
  EVENT_IGNORED: 'A message of a kind that is not read',
  EVENT_INVALID: 'An event that cannot be read',
  FIELD_INVALID: 'A field that cannot be read was left out',
  GROUP_INCOMPLETE: 'A functional group without its end',
  INTERCHANGE_UNREADABLE: 'An interchange cannot be read',
  ISA_LENGTH: 'A file with a header of the wrong length',
  ITEM_INVALID: 'A part of a message cannot be read',
  ITEM_REPEATED: 'A part of a message stands in it twice',
  LEADING_DATA: 'A file with something before its beginning',
  MORE_ANOMALIES: 'A message with more faults than are listed',
  NO_REFERENCE: 'A status without a shipment',
  SET_INCOMPLETE: 'A transaction set without its end',
  TEXT_REPAIRED: 'A text with characters that cannot be read',
  TIME_INVALID: 'A time that cannot be read',
  TIME_MISSING: 'A status without a time',
  TRAILING_DATA: 'A file with something after its end',
  TRUNCATED: 'A file that ends too early',
  UNKNOWN_CODE: 'A code that is not in the vocabulary',
  UNSUPPORTED_SET: 'A transaction set that is not read',
  VERSION_REUSED: 'Two states of a record under one version',
};

/** An exception's title: a bare code in words, anything else as it is. */
export function exceptionTitle(title: string): string {
  return /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(title) && title.length > 3 ? (matters[title] ?? words(title)) : title;
}

export type Tone = 'idle' | 'moving' | 'good' | 'warning' | 'bad';

const tones: Readonly<Record<ShipmentStatus, Tone>> = {
  UNKNOWN: 'idle', PLANNED: 'idle', TENDERED: 'idle', ACCEPTED: 'idle', INFO_RECEIVED: 'idle', CANCELLED: 'idle',
  AT_PICKUP: 'moving', IN_TRANSIT: 'moving', OUT_FOR_DELIVERY: 'moving', AT_DELIVERY: 'moving',
  DELIVERED: 'good', AVAILABLE_FOR_COLLECTION: 'good',
  DELIVERY_ATTEMPTED: 'warning', PARTIALLY_DELIVERED: 'warning', RETURNING: 'warning', RETURNED: 'warning',
  LOST: 'bad',
};

/** Status as word and colour; a status of a newer server has its word and no colour. */
export function statusBadge(status: string): HTMLElement {
  return h('span', { class: 'badge', 'data-tone': tones[status as ShipmentStatus] ?? 'idle' }, words(status));
}

/**
 * An instant in the viewer's zone. The title says the same in the zone in which the source sent it:
 * an IANA name or an offset.
 */
export function timeElement(instant: string, sourceZone?: string | null): HTMLElement {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return h('span', {}, instant);
  return h('time', { datetime: instant, title: titleOf(at, sourceZone) }, dateTime.format(at));
}

function titleOf(at: Date, zone: string | null | undefined): string {
  const here = `${new Intl.DateTimeFormat(undefined, long).format(at)} (${Intl.DateTimeFormat().resolvedOptions().timeZone}, your zone)`;
  if (zone === null || zone === undefined || zone === '') return here;
  return `${here}\n${inZone(at, zone)} (${zone === 'Z' ? 'UTC' : zone}, as the source sent it)`;
}

function inZone(at: Date, zone: string): string {
  try {
    return new Intl.DateTimeFormat(undefined, { ...long, timeZone: zone === 'Z' ? 'UTC' : zone }).format(at);
  } catch (error) {
    // A zone which this browser does not know is still worth naming beside the UTC time.
    if (error instanceof RangeError) return at.toISOString();
    throw error;
  }
}

const carrierNames: Readonly<Record<string, string>> = { FEDEX: 'FedEx', DHLEXPRESS: 'DHL Express', DHLPAKET: 'DHL Paket', CANADAPOST: 'Canada Post' };

/** A carrier's code for people: DHL_EXPRESS is DHL Express, short names such as UPS stay. */
export function carrierName(code: string): string {
  return carrierNames[code] ?? code.split('_').map((part) => (part.length <= 4 ? part : carrierNames[part] ?? titleCase(part))).join(' ');
}

/** City and country, or the best that is known of the place; empty where nothing is. */
export function place(location: Location | null): string {
  if (location === null) return '';
  const town = location.city ?? location.name ?? location.region;
  return [town, location.country].filter((part) => part !== null && part !== undefined && part !== '').map((part) => titleCase(part!)).join(', ');
}

/** Carriers write cities in capitals; country codes stay as they are. */
function titleCase(text: string): string {
  if (text.length <= 3 || text !== text.toUpperCase()) return text;
  return text.toLowerCase().replace(/(^|[\s'-])(\p{L})/gu, (whole) => whole.toUpperCase());
}

/** How long ago, in the largest unit that fits. */
export function age(instant: string, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
  if (seconds < 60) return 'just now';
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
