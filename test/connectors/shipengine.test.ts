import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { shipengine } from '../../src/connectors/shipengine/index.js';
import { noApiFaults } from '../../src/sandbox/parcel/api-faults.js';
import { keySet, otherKeySet, shipEngineKey, signedHeaders, start } from '../support/carriers/shipengine.js';
import type { SimulatedCarrier } from '../support/carriers/simulated.js';
import { bookingInput, KeptMemory, outboundCommand } from '../support/parcel-sandbox.js';
import { describeWithFixture } from '../support/shared-fixtures.js';
import { milestones, raw } from './raw.js';

const decode = (body: unknown) => shipengine.receive!.decode(raw(JSON.stringify(body)), { webhookSecret: keySet });
const event = (given: object) => ({ occurred_at: '2026-03-05T16:20:00Z', carrier_occurred_at: null, description: 'Scanned', event_code: 'XX', status_code: '', ...given });
const parcel = (given: object, events: object[] = []) => ({ resource_type: 'API_TRACK', resource_url: 'https://api.shipengine.com/v1/tracking?carrier_code=stamps_com&tracking_number=9400', data: { tracking_number: '9400', status_code: 'IT', events, ...given } });

describeWithFixture('a real answer of ShipEngine', 'shipengine/track.json', (fixture) => {
  it('is read, though its events carry no status of ShipEngine', () => {
    const { facts, anomalies } = shipengine.receive!.decode(raw(fixture), { webhookSecret: keySet });
    expect(milestones(facts).map(({ payload }) => [payload.code, payload.rawCode, payload.occurred.instant, payload.occurred.zone])).toEqual([
      ['INFO', 'OF', '2021-07-23T12:42:00.000Z', '-05:00'], ['INFO', '07', '2021-07-23T12:31:00.000Z', '-05:00'], ['DELIVERED', 'DE', '2021-06-17T05:04:39.000Z', 'Z'],
    ]);
    expect(anomalies).toEqual([]);
  });
});

describe('what ShipEngine says of a parcel', () => {
  it('names the carrier as all others do, also where only the address of the resource tells it', () => {
    expect(milestones(decode(parcel({})).facts)[0]!.reference).toEqual({ kind: 'tracking', issuer: 'USPS', value: '9400' });
    expect(milestones(decode(parcel({ carrier_code: 'ups' })).facts)[0]!.reference.issuer).toBe('UPS');
  });

  it.each([
    ['IT', 'HUB_SCAN_OUT', 'DEPARTED_FACILITY'], ['DE', 'DELIVERED_TO_NEIGHBOUR', 'DELIVERED'], ['DE', 'DELIVERED_DAMAGED', 'DELIVERED'], ['DE', 'DELIVERED_IN_PART', 'PARTIALLY_DELIVERED'], ['EX', 'UNSPECIFIED_EXCEPTION', 'EXCEPTION'],
    ['EX', 'CARRIER_STATUS_NOT_MAPPED', 'EXCEPTION'], ['IT', 'INFORMATION', 'IN_TRANSIT'], ['EX', 'RETURN_TO_SENDER', 'RETURNING'], ['SP', null, 'AVAILABLE_FOR_COLLECTION'], ['AT', 'CUSTOMER_CARDED', 'DELIVERY_ATTEMPTED'],
  ])('%s with %s is %s', (status, detail, code) => {
    expect(milestones(decode(parcel({ status_code: status, status_detail_code: detail })).facts)[0]!.payload.code).toBe(code);
    expect(milestones(decode(parcel({ status_code: 'UN' }, [event({ status_code: status, status_detail_code: detail })])).facts)[0]!.payload.code).toBe(code);
  });

  it('keeps a code that is in no table as INFO, and says so', () => {
    const { facts, anomalies } = decode(parcel({ status_code: 'UN' }, [event({ status_code: 'ZZ', status_detail_code: 'TELEPORTED' })]));
    expect(milestones(facts).map(({ payload }) => payload.code)).toEqual(['INFO']);
    expect(anomalies.map(({ kind, rawCode }) => [kind, rawCode])).toEqual([['UNKNOWN_CODE', 'XX'], ['UNKNOWN_CODE', 'XX']]);
  });

  it('takes its word for the whole back once an event carries it', () => {
    const before = decode(parcel({ status_code: 'DE', actual_delivery_date: '2026-03-05T16:20:00Z' }));
    const after = decode(parcel({ status_code: 'DE', actual_delivery_date: '2026-03-05T16:20:00Z' }, [event({ status_code: 'DE' })]));
    const stated = milestones(before.facts).find(({ payload }) => payload.code === 'DELIVERED')!;
    expect(after.facts.find((fact) => fact.type === 'milestone.retracted')!.payload).toMatchObject({ retractsFactKey: stated.factKey });
  });

  it('tells of a proof without the name of who signed', () => {
    const { facts } = decode(parcel({ status_code: 'DE' }, [event({ status_code: 'DE', signer: 'A. Receiver' })]));
    expect(milestones(facts).map(({ payload }) => payload.code).sort()).toEqual(['DELIVERED', 'POD_AVAILABLE']);
    expect(JSON.stringify(facts)).not.toContain('Receiver');
  });

  it('notes other webhooks and reads nothing from them', () => {
    expect(decode({ resource_type: 'API_BATCH', resource_url: 'https://api.shipengine.com/v1/batches/se-1' })).toMatchObject({ facts: [], anomalies: [{ kind: 'EVENT_IGNORED', rawCode: 'API_BATCH' }] });
  });
});

describe('the key set of ShipEngine', () => {
  const body = Buffer.from('{"resource_type":"API_TRACK"}');
  const verify = (headers: Record<string, string>, secrets: string[], receivedMs = Date.UTC(2026, 2, 6)) => shipengine.receive!.verify({ headers, body, receivedMs }, secrets, { webhookSecret: keySet });

  it('proves a message by the key that the message names, and no other', () => {
    const signed = signedHeaders(body, keySet, Date.UTC(2026, 2, 6));
    expect(verify(signed, [keySet])).toEqual({ ok: true });
    expect(verify({ ...signed, 'x-shipengine-rsa-sha256-key-id': 'second' }, [keySet, otherKeySet])).toEqual({ ok: false, reason: 'wrong' });
    expect(verify({ ...signed, 'x-shipengine-timestamp': '2026-03-06T00:00:00Z' }, [keySet])).toEqual({ ok: false, reason: 'wrong' });
  });

  it('takes no message that is older than five minutes', () => {
    expect(verify(signedHeaders(body, keySet, Date.UTC(2026, 2, 5)), [keySet])).toEqual({ ok: false, reason: 'outdated' });
  });

  it('is refused as a setting where it holds no key', () => {
    for (const webhookSecret of ['whsec_secret', '{"keys":[]}', '{"keys":[{"kty":"oct","k":"AAAA","kid":"1"}]}']) expect(shipengine.settings.safeParse({ webhookSecret }).success).toBe(false);
  });
});

describe('a shipment whose making was not answered', () => {
  let carrier: SimulatedCarrier;
  beforeAll(async () => void (carrier = await start()));
  afterAll(() => carrier?.close());
  beforeEach(() => carrier.change(noApiFaults));
  const perform = (command: ReturnType<typeof outboundCommand<'shipment.book'>>, memory: KeptMemory) => shipengine.perform!.perform({ connection: 'c', settings: carrier.connection.settings as never, secrets: { apiKey: [shipEngineKey] }, allowedNetworks: ['127.0.0.0/8'] }, command, memory);

  it('is found by our name of it, and waited for where that cannot be asked', async () => {
    const command = outboundCommand('shipment.book', bookingInput());
    carrier.change({ answerLost: 1, only: '/v1/rates' });
    expect(await perform(command, new KeptMemory())).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    carrier.change({ answerLost: 0, unavailable: 1, only: 'external_shipment_id' });
    expect(await perform(command, new KeptMemory())).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    carrier.change(noApiFaults);
    expect(await perform(command, new KeptMemory())).toMatchObject({ ok: true, value: { state: 'DONE' } });
  });

  it('says what is wrong with the address where the carrier refuses', async () => {
    carrier.change({ refused: 'nowhere' });
    const outcome = await perform(outboundCommand('shipment.book', bookingInput({ to: { name: 'Ann Example', street: '388 Townsend St', street2: 'nowhere', city: 'San Francisco', region: 'CA', postalCode: '94107', country: 'US' } })), new KeptMemory());
    expect(outcome).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('The address it goes to is unverified. Address not found.') } });
  });
});
