import type { Delivery, FreightStatus, Journey, Tracker } from './journeys.js';

export interface Message {
  connection: 'erp' | 'parcels' | 'freight' | 'tms' | 'dock';
  body: string;
}

/** Under which names a journey is told. Odoo numbers its records, so `base` keeps its ids apart. */
export interface Names {
  prefix: string;
  base: number;
}

const at = (dayOfMonth: number, minute = 0) => `2026-03-0${dayOfMonth}T12:${String(minute).padStart(2, '0')}:00Z`;
const odooTime = (dayOfMonth: number | null) => (dayOfMonth === null ? false : `2026-03-0${dayOfMonth} 12:00:00`);

export const deliveryName = (names: Names, index: number) => `WH/OUT/${names.prefix}D${index}`;
export const trackingNumber = (names: Names, delivery: number, number: number) => `${names.prefix}T${delivery}${number}`;

/** The parties of a journey by what they are, at the ids which Odoo gives them. */
export const partyIds = (names: Names) => ({ customer: names.base, address: names.base + 1, parent: names.base + 2 });

/** Every message of the journey, in the order in which its sources state them. */
export function messagesOf(journey: Journey, names: Names): Message[] {
  return [
    ...(journey.order ?? []).map((version, index) => odoo('order', 'sale.order', names.base, version.version, index, orderRecord(names, version.promisedDay))),
    ...(journey.address ? [odoo('partner', 'res.partner', partyIds(names).address, 1, 0, { name: 'Dock 4', commercial_partner_id: { id: partyIds(names).parent, name: 'Parent' } })] : []),
    ...journey.deliveries.flatMap((delivery, index) => deliveryMessages(delivery, index, names)),
    ...journey.trackers.flatMap((tracker, index) => trackerMessages(tracker, index, journey, names)),
    ...journey.freight.map((status, index) => freightMessage(status, index, names)),
  ];
}

function odoo(topic: string, model: string, recordId: number, version: number, minute: number, record: object | null): Message {
  const event = { id: `${topic}-${recordId}-${version}-${minute}`, topic, action: record === null ? 'deleted' : 'updated', model, recordId, version, occurredAt: at(1, minute), ...(record === null ? {} : { record }) };
  return { connection: 'erp', body: JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: at(1), events: [event] }) };
}

function orderRecord(names: Names, promisedDay: number | null): object {
  return { name: `S${names.prefix}`, state: 'sale', partner_id: { id: partyIds(names).customer, name: 'Customer' }, commitment_date: odooTime(promisedDay), lines: [] };
}

function deliveryMessages(delivery: Delivery, index: number, names: Names): Message[] {
  const id = names.base + index;
  const told = delivery.versions.map((version, place) =>
    // Two versions of one number differ in when they were stated only sometimes.
    odoo('delivery', 'stock.picking', id, version.version, place % 2, {
      name: deliveryName(names, index), state: version.state, picking_type_code: version.isInternal === true ? 'internal' : 'outgoing',
      partner_id: delivery.hasPartner ? { id: partyIds(names).address, name: 'Dock 4', commercial_partner_id: { id: partyIds(names).customer, name: 'Customer' } } : null,
      sale_id: delivery.hasOrder ? { id: names.base, name: `S${names.prefix}` } : null,
      carrier_id: delivery.carrier === null ? false : { id: 1, name: delivery.carrier },
      carrier_tracking_ref: version.numbers.map((number) => trackingNumber(names, index, number)).join(', ') || false,
      scheduled_date: odooTime(version.scheduledDay), date_deadline: odooTime(version.deadlineDay), package_count: version.packageCount ?? false, lines: [],
      release: version.blocked == null ? null : { ready: version.blocked.length === 0, blocked: version.blocked.map((check) => ({ check, reason: `the ${check} is wrong` })) },
    }),
  );
  return delivery.isDeleted ? [...told, odoo('delivery', 'stock.picking', id, 3, 0, null)] : told;
}

function trackerMessages(tracker: Tracker, index: number, journey: Journey, names: Names): Message[] {
  // Two trackers of one number are one tracker that EasyPost knows under two ids; each keeps its own scans.
  return [...tracker.updates].sort((a, b) => a - b).map((count, update) => {
    const scans = tracker.scans.slice(0, count).map((scan, place) => {
      const revision = tracker.revision !== null && tracker.revision.scan === place && update >= tracker.revision.update ? tracker.revision : null;
      return {
        status: revision?.status ?? scan.status, ...(scan.detail === null ? {} : { status_detail: scan.detail }), datetime: at(scan.day, index * 10 + place),
        message: revision === null ? 'as first stated' : 'corrected', tracking_location: { city: `CITY ${index}`, country: 'DE' },
      };
    });
    const eta = tracker.etaDays[update] ?? null;
    const updatedAt = `2026-03-1${update}T0${index}:00:00Z`;
    return {
      connection: 'parcels',
      body: JSON.stringify({
        id: 'evt', object: 'Event', description: 'tracker.updated', updated_at: updatedAt,
        result: {
          ...(tracker.hasId ? { id: `trk_${names.prefix}K${index}` } : {}), tracking_code: trackingNumber(names, tracker.delivery % Math.max(1, journey.deliveries.length), tracker.number),
          status: scans.at(-1)?.status ?? 'unknown', carrier: carrierOf(tracker, journey), updated_at: updatedAt, est_delivery_date: eta === null ? null : at(eta), tracking_details: scans,
        },
      }),
    };
  });
}

/** All who name the carrier of a number name the same: two carriers of one number are two parcels, and which came first then counts. */
function carrierOf(tracker: Tracker, journey: Journey): string | null {
  const deliveries = Math.max(1, journey.deliveries.length);
  const same = journey.trackers.filter((other) => other.delivery % deliveries === tracker.delivery % deliveries && other.number === tracker.number);
  return tracker.carrier === null ? null : same.find((other) => other.carrier !== null)!.carrier;
}

function freightMessage(status: FreightStatus, index: number, names: Names): Message {
  const name = deliveryName(names, status.delivery);
  const pro = status.by === 'PRO' ? `${names.prefix}PRO${index}` : '';
  const at7 = status.statuses.map(({ code, day }) => `AT7*${code}*NS***2026030${day}*1200*UT~`).join('');
  const segments = [
    `ISA*00*          *00*          *02*NWCX           *ZZ*NORTHWIND      *260306*1410*U*00401*00000007${index}*0*P*>`, `GS*QM*NWCX*NORTHWIND*2026030${index + 6}*1410*7${index}*X*004010`, 'ST*214*0001',
    `B10*${pro}*${status.by === 'DO' ? '' : name}*NWCX`, 'LX*1', ...(status.by === 'DO' ? [`L11*${name}*DO`] : []),
  ];
  const pieces = status.pieces === null ? '' : `AT8*G*L*100*${status.pieces}~`;
  // Without a pro number the bill of lading names it.
  return { connection: 'freight', body: `${segments.join('~')}~${at7}${pieces}SE*9*0001~GE*1*7${index}~IEA*1*00000007${index}~` };
}
