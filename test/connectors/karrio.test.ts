import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access, RawMessage } from '../../src/connectors/contract.js';
import { karrio } from '../../src/connectors/karrio/index.js';
import { mapStatus } from '../../src/connectors/karrio/codes.js';
import { readKept } from '../../src/connectors/karrio/carrier.js';
import type { MilestoneFact } from '../../src/model/facts.js';
import type { PickupInput } from '../../src/model/commands.js';
import { noApiFaults } from '../../src/sandbox/parcel/api-faults.js';
import { karrioKey, start } from '../support/carriers/karrio.js';
import type { SimulatedCarrier } from '../support/carriers/simulated.js';
import { bookingInput, KeptMemory, outboundCommand } from '../support/parcel-sandbox.js';
import { AnsweringServer, type Asked, type Scripted } from './answering-server.js';

const decode = (body: unknown, over: Partial<RawMessage> = {}) => karrio.receive!.decode({ headers: {}, body: Buffer.from(JSON.stringify(body)), receivedAt: '2026-03-06T14:30:00.000Z', connection: 'karrio-1', zone: 'America/Chicago', ...over }, { webhookSecret: 'not used' });
const tracker = (over: object) => ({ event: 'tracker_updated', data: { id: 'trk_1', carrier_name: 'ups', carrier_id: 'ups', tracking_number: '1Z1', status: 'in_transit', meta: {}, events: [], ...over } });
const event = (over: object) => ({ date: '2026-03-05', time: '13:10', timestamp: null, status: 'in_transit', code: 'AR', reason: null, description: 'Arrived', location: 'CHICAGO', ...over });
const milestones = (body: unknown) => decode(body).facts.filter((fact): fact is MilestoneFact => fact.type === 'milestone.reported');

describe('what Karrio tells of parcels', () => {
  it.each([
    ['of twelve hours', '01:10 PM', null, '2026-03-05T19:10:00.000Z'], ['of twelve hours at midnight', '12:05 AM', null, '2026-03-05T06:05:00.000Z'], ['of twenty-four hours with PM behind it', '13:10 PM', null, '2026-03-05T19:10:00.000Z'],
    ['with an offset behind the place’s own time', '13:10', '2026-03-05T13:10:00.000Z', '2026-03-05T19:10:00.000Z'], ['with an offset that is right', '13:10', '2026-03-05T19:10:00.000Z', '2026-03-05T19:10:00.000Z'],
  ])('has times %s, read as the place has them', (_what, time, timestamp, instant) => {
    expect(milestones(tracker({ events: [event({ time, timestamp })] }))[0]!.payload.occurred.instant).toBe(instant);
  });

  it('has the time of its own event in UTC', () => {
    expect(milestones(tracker({ events: [event({ status: 'created', code: 'CREATED', timestamp: '2026-03-05T13:10:00.000Z' })] }))[0]!.payload).toMatchObject({ code: 'INFO_RECEIVED', occurred: { instant: '2026-03-05T13:10:00.000Z' } });
  });

  it('names the carrier behind an aggregator, and one of the operator’s own, by the carrier’s name', () => {
    expect(milestones(tracker({ carrier_name: 'easypost', meta: { carrier: 'canadapost' } }))[0]!.reference).toMatchObject({ issuer: 'CANADAPOST' });
    expect(milestones(tracker({ carrier_name: 'generic', meta: { carrier: 'generic', custom_carrier_name: 'Bob & Sons' } }))[0]!.reference).toMatchObject({ issuer: 'BOB_SONS' });
  });

  it('lets a reason say more than a status that is open, and nothing against one that is firm', () => {
    expect([mapStatus('on_hold', 'customs_inspection'), mapStatus('delivered', 'consignee_refused'), mapStatus('in_transit', 'new_reason'), mapStatus('new_status', undefined)]).toEqual([{ code: 'CUSTOMS_HOLD' }, { code: 'DELIVERED' }, { code: 'IN_TRANSIT' }, null]);
  });

  it('reports each code that no table has once', () => {
    const { anomalies } = decode(tracker({ events: [1, 2, 3].map((minute) => event({ status: null, code: 'XB9', time: `13:1${minute}` })) }));
    expect(anomalies.map(({ kind, rawCode }) => [kind, rawCode])).toEqual([['UNKNOWN_CODE', 'XB9']]);
  });

  it('keeps who signed in the raw message', () => {
    const decoded = decode(tracker({ status: 'delivered', info: { signed_by: 'Ann Example' } }));
    expect(decoded.facts.some((fact) => fact.type === 'milestone.reported' && fact.payload.code === 'POD_AVAILABLE')).toBe(true);
    expect(JSON.stringify(decoded)).not.toContain('Ann Example');
  });

  it('takes a proof of delivery for one only where it was fetched by a command of ours', () => {
    const proofs = [{ key: 'proof/UPS/1Z1/signature', carrier: 'UPS', number: '1Z1', format: 'PNG', sha256: 'a'.repeat(64), bytes: 10 }];
    const told = { ...tracker({}), gatehouseProofs: proofs };
    expect(decode(told).facts.filter((fact) => fact.type === 'document.reported')).toEqual([]);
    expect(decode(told, { headers: { 'x-gatehouse-command': 'a' } }).facts.filter((fact) => fact.type === 'document.reported')).toHaveLength(1);
  });

  it('says that its other events were not read', () => {
    expect(decode({ event: 'shipment_purchased', data: {} })).toMatchObject({ facts: [], anomalies: [{ kind: 'EVENT_IGNORED', rawCode: 'shipment_purchased' }] });
  });
});

describe('a purchase at Karrio', () => {
  const server = new AnsweringServer();
  let url: string;
  beforeAll(async () => void (url = await server.listen()));
  afterAll(() => server.close());

  const json = (body: object, status = 200): Scripted => ({ status, body: JSON.stringify(body) });
  const rate = { id: 'rat_1', carrier_name: 'ups', carrier_id: 'ups', service: 'ups_ground', currency: 'USD', total_charge: 12.3, meta: {} };
  const shipment = (over: object) => ({ id: 'shp_1', status: 'draft', rates: [rate], created_at: new Date().toISOString(), meta: {}, ...over });
  const bought = shipment({ status: 'created', tracking_number: '1Z1', selected_rate: rate, label_url: '/v1/shipments/shp_1/label.pdf' });
  const book = async (answer: (asked: Asked) => Scripted, memory = new KeptMemory(), attempt = 1) => {
    server.asked.length = 0;
    server.answer = answer;
    const access: Access<never> = { connection: 'karrio-1', settings: { webhookSecret: 'not used', url } as never, secrets: { apiKey: ['key_0123456789'] }, allowedNetworks: ['127.0.0.0/8'] };
    return karrio.perform!.perform(access, { ...outboundCommand('shipment.book', bookingInput({ service: { carrier: 'UPS', code: 'ups_ground' } })), attempt }, memory);
  };
  const purchases = () => server.asked.filter((asked) => asked.path.endsWith('/purchase')).length;

  it.each([
    ['an exception of its own', json({ errors: [{ code: 'failure', message: 'list index out of range' }] }, 500)],
    ['a call to the carrier that came to nothing', json({ messages: [{ carrier_name: 'ups', code: 'SHIPPING_SDK_INTERNAL_ERROR', message: 'The read operation timed out' }] }, 424)],
  ])('that ended in %s goes to a person: the carrier may have booked it', async (_what, failed) => {
    const outcome = await book((asked) => (asked.path.endsWith('/purchase') ? failed : json(shipment({}))));
    expect(outcome).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringMatching(/may have been booked there.*Look for [0-9a-f]{32} at the carrier/) } });
    expect(purchases()).toBe(1);
  });

  it('that failed inside after it had been written down is found', async () => {
    let asks = 0;
    const outcome = await book(({ path }) => (path.endsWith('/purchase') ? json({ errors: [{ code: 'failure', message: 'tracker' }] }, 500) : path.includes('/documents/') ? json({ base64: Buffer.from('%PDF-').toString('base64') }) : json(asks++ === 0 ? shipment({}) : bought)));
    expect(outcome).toMatchObject({ ok: true, value: { state: 'DONE' } });
  });

  it('that is refused because it was bought before is the one of before', async () => {
    let asks = 0;
    const outcome = await book(({ path }) => (path.endsWith('/purchase') ? json({ errors: [{ code: 'state_error', message: 'cannot be purchased again' }] }, 409) : path.includes('/documents/') ? json({ base64: Buffer.from('%PDF-').toString('base64') }) : json(asks++ === 0 ? shipment({}) : bought)));
    expect(outcome).toMatchObject({ ok: true, value: { state: 'DONE', result: { packages: [{ trackingNumber: '1Z1' }] } } });
  });

  it('of versions before 2025 has its label with it, or at its address', async () => {
    const label = Buffer.from('%PDF-1.4').toString('base64');
    expect(await book(({ path }) => json(path.endsWith('/purchase') ? { ...bought, docs: { label } } : shipment({})))).toMatchObject({ ok: true, value: { files: [{ mediaType: 'application/pdf' }] } });
    let asks = 0;
    const later = await book(({ path }) => (path.endsWith('.pdf') ? { body: '%PDF-1.4' } : path.includes('/documents/') ? json({ detail: 'Not found.' }, 404) : path.endsWith('/purchase') ? json({ errors: [{ code: 'state_error' }] }, 409) : json(asks++ === 0 ? shipment({}) : bought)));
    expect(later).toMatchObject({ ok: true, value: { files: [{ mediaType: 'application/pdf' }] } });
    // The address of a file is public at those: the key does not go there.
    expect(server.asked.filter((asked) => asked.path.endsWith('.pdf')).map((asked) => asked.headers.authorization)).toEqual([undefined]);
  });

  it('keeps no file in what it keeps raw', async () => {
    const base64 = Buffer.from('%PDF-1.4 a label').toString('base64');
    const outcome = await book(({ path }) => json(path.endsWith('/purchase') ? { ...bought, docs: { label: base64 }, shipping_documents: [{ category: 'label', format: 'PDF', base64 }] } : shipment({})));
    expect(outcome.ok && Buffer.from(outcome.value.answers[0]!.body).toString()).not.toContain(base64);
  });

  it('is read with the price that was charged, from the carrier’s identifier where there is no number', () => {
    expect(readKept(shipment({ status: 'created', tracking_number: '', shipment_identifier: 'S-9', selected_rate: { ...rate, total_charge: 12.299999999 } }))).toMatchObject({ trackingNumber: 'S-9', price: { amount: '12.30', currency: 'USD' }, carrier: 'ups' });
  });
});

describe('a pickup at Karrio', () => {
  let carrier: SimulatedCarrier;
  beforeAll(async () => void (carrier = await start()));
  afterAll(() => carrier?.close());

  const access = (): Access<never> => ({ connection: 'karrio-1', settings: { ...carrier.connection.settings, webhookSecret: 'not used' } as never, secrets: { apiKey: [karrioKey] }, allowedNetworks: ['127.0.0.0/8'] });
  const scheduled = async () => ((await (await fetch(`${carrier.url}/v1/pickups`, { headers: { authorization: `Token ${karrioKey}` } })).json()) as { results: Array<{ status: string }> }).results.map(({ status }) => status);

  it('comes once for what was booked, whatever answers are lost, and is called off once', async () => {
    const booking = outboundCommand('shipment.book', bookingInput({ service: { carrier: 'UPS', code: 'ups_ground' } }));
    await karrio.perform!.perform(access(), booking, new KeptMemory());
    const [bought] = carrier.bought();
    const input: PickupInput = {
      carrier: 'UPS', from: booking.input.from, on: '2026-03-06', readyAt: '15:00', closesAt: '18:00', zone: 'America/Chicago', bookings: [booking.id], parts: [{ externalId: bought!.id, trackingNumber: bought!.trackingNumber, service: 'ups_ground', country: 'US' }], packages: { count: 1, weightKg: '1.2' },
    };
    expect([karrio.perform!.lacksForPickup!({ ...input, instructions: 'x'.repeat(51) }, carrier.connection.settings as never)?.field, karrio.perform!.lacksForPickup!(input, carrier.connection.settings as never)]).toEqual(['instructions', null]);
    const command = outboundCommand('pickup.schedule', input);
    const memory = new KeptMemory();
    carrier.change({ answerLost: 1, only: '/v1/pickups' });
    expect(await karrio.perform!.perform(access(), { ...command, timeoutMs: 2_000 }, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    carrier.change(noApiFaults);
    expect(await karrio.perform!.perform(access(), { ...command, attempt: 2 }, memory)).toMatchObject({ ok: true, value: { result: { state: 'SCHEDULED', confirmation: 'C1' } } });
    expect(await scheduled()).toEqual(['scheduled']);
    const off = outboundCommand('pickup.cancel', { pickup: command.id }, { follows: { id: command.id, memory: memory.value } });
    carrier.change({ answerLost: 1, only: '/cancel' });
    expect(await karrio.perform!.perform(access(), off, new KeptMemory())).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    carrier.change(noApiFaults);
    expect(await karrio.perform!.perform(access(), { ...off, attempt: 2 }, new KeptMemory())).toMatchObject({ ok: true, value: { result: { state: 'CANCELLED' } } });
    expect(await scheduled()).toEqual(['cancelled']);
  });
});
