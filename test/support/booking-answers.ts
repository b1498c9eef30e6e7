import type { TestServer } from './databases.js';
import type { BookingAnswer, KeptFile } from '../../src/connectors/kit/booking/answers.js';
import type { PickupAnswer } from '../../src/connectors/kit/booking/pickup-answers.js';
import { commandHeader } from '../../src/connectors/contract.js';
import { sha256, uuidOfName } from '../../src/lib/ids.js';

const booked = '2026-03-02T10:00:00Z';

/** What EasyPost's connection keeps of a booking of one parcel. */
export function bookingAnswer(of: { name: string; carrier: string; trackingNumber: string; package: string; picking: { connection: string; id: number } }): BookingAnswer {
  const { name, carrier, trackingNumber } = of;
  const rate = { id: 'rate_1', carrier, service: 'Ground', rate: '7.50', currency: 'USD', delivery_days: 2, delivery_date: null, created_at: booked };
  const file: KeptFile = { key: `${name}/label`, kind: 'LABEL', format: 'PDF', package: of.package, sha256: sha256(name), bytes: 10 };
  return {
    gatehouse: 'booking', command: uuidOfName(name), attempt: 1, files: [file], chosen: { carrier, code: 'Ground', reasons: ['It was asked for.'] },
    asked: { isReturn: false, references: [{ kind: 'odoo.delivery', issuer: of.picking.connection, value: String(of.picking.id) }] },
    parts: [{ package: of.package, shipment: {
      id: `shp_${name}`, tracking_code: trackingNumber, created_at: booked, updated_at: booked, rates: [rate], selected_rate: rate, postage_label: { created_at: booked, updated_at: booked, label_url: 'https://example.com/label.pdf' },
    } }],
  };
}

/** What EasyPost's connection keeps of a pickup that was scheduled for one booking. @param of `confirmation`: the carrier's number of it, of which the command's id is made */
export function pickupAnswer(of: { confirmation: string; carrier: string; booking: string; trackingNumber: string }): PickupAnswer {
  const { confirmation, carrier, booking, trackingNumber } = of;
  return {
    gatehouse: 'pickup', command: uuidOfName(confirmation), attempt: 1,
    asked: { carrier, on: '2026-03-03', readyAt: '15:00', closesAt: '18:00', zone: 'America/Chicago', place: { city: 'Memphis', country: 'US' }, bookings: [booking], trackingNumbers: [trackingNumber], packages: { count: 1, weightKg: '1.5' } },
    pickup: { id: `pickup_${confirmation}`, status: 'scheduled', confirmation, bought_rate: { carrier, service: 'NextDay', rate: '9.80', currency: 'USD' } },
  };
}

/** Receives it as the engine does when a booking or a pickup was performed. @returns id of the message */
export async function receiveBooking(server: Pick<TestServer, 'inbox'>, connection: string, answer: BookingAnswer | PickupAnswer): Promise<string> {
  const { id } = await server.inbox.receive({ connection, dedupeKey: `command:${answer.command}:${answer.gatehouse}`, headers: { 'content-type': 'application/json', [commandHeader]: answer.command }, body: Buffer.from(JSON.stringify(answer)), receivedMs: Date.parse(booked) });
  return id;
}
