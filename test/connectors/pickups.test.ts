import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access, Connector, Performed } from '../../src/connectors/contract.js';
import { pickupBody as fedexBody } from '../../src/connectors/fedex/pickups.js';
import { connectorOf, connectors } from '../../src/connectors/registry.js';
import { pickupBody as upsBody } from '../../src/connectors/ups/pickups.js';
import type { PickupInput } from '../../src/model/commands.js';
import { fetched as fedexFetched, refusal as fedexRefusal, token as fedexToken } from '../support/carriers/fedex-answers.js';
import { keySet } from '../support/carriers/shipengine.js';
import { calledOff, fetched, pending, refusal, token } from '../support/carriers/ups-answers.js';
import { KeptMemory, outboundCommand, parcelAccess, startParcelSandbox } from '../support/parcel-sandbox.js';
import { AnsweringServer, type Asked, type Scripted } from './answering-server.js';

const server = new AnsweringServer();
let url: string;
beforeAll(async () => void (url = await server.listen()));
afterAll(() => server.close());

const from = { name: 'Dan Dock', company: 'Warehouse', street: '1 Dock Road', street2: 'Gate 4', city: 'Memphis', region: 'TN', postalCode: '38118-1234', country: 'US', phone: '+1 (555) 555-0100', email: 'dock@example.com' };
const part = (service: string, country = 'US', externalId = 'x') => ({ externalId, trackingNumber: '1Z1', service, country });
const wanted = (given: Partial<PickupInput> = {}): PickupInput => ({
  carrier: 'UPS', from, on: '2026-03-06', readyAt: '15:00', closesAt: '18:00', zone: 'America/Chicago', bookings: ['01a20042-3fe3-7000-94bd-e2c30e6cd8eb'], parts: [part('03')], packages: { count: 1, weightKg: '1' }, ...given,
});
const json = (body: object, status = 200): Scripted => ({ status, body: JSON.stringify(body) });
const access = (settings: Record<string, unknown>): Access<Record<string, unknown>> => ({ connection: 'c', settings: { webhookSecret: 'whsec_test', url, ...settings }, secrets: { apiKey: ['the-key'], apiSecret: ['the-secret'] }, allowedNetworks: ['127.0.0.0/8'] });
const connector = (id: string) => connectorOf(id) as Connector<Record<string, unknown>>;
const script = (answer: (asked: Asked, count: number) => Scripted) => {
  server.asked.length = 0;
  server.answer = answer;
};
const schedule = (id: string, settings: Record<string, unknown>, input: PickupInput, memory = new KeptMemory(), of = outboundCommand('pickup.schedule', input)) => connector(id).perform!.perform(access(settings), of, memory);
const lack = (id: string, input: PickupInput, settings: Record<string, unknown> = {}) => connector(id).perform!.lacksForPickup!(input, { webhookSecret: 'whsec_test', ...settings })?.field ?? null;

describe('what a pickup lacks', () => {
  it.each([
    ['easypost', wanted(), {}, null], ['easypost', wanted({ parts: [] }), {}, 'bookingIds'], ['shippo', wanted({ parts: [] }), {}, 'bookingIds'], ['shipengine', wanted(), {}, null], ['shipengine', wanted({ parts: [] }), {}, 'bookingIds'],
    ['shipengine', wanted({ from: { street: '1 Dock Road', city: 'Memphis', country: 'US' } }), {}, 'from.name'], ['shipengine', wanted({ from: { company: 'W', street: '1 Dock Road', city: 'Memphis', country: 'US' } }), {}, 'from.phone'],
    ['shipengine', wanted({ from: { company: 'W', street: '1 Dock Road', city: 'Memphis', country: 'US', phone: '1' } }), {}, 'from.email'], ['ups', wanted(), {}, 'connection'], ['ups', wanted(), { accountNumber: 'X12345' }, null],
    ['ups', wanted({ from: { street: '1 Dock Road', city: 'Memphis', country: 'US' } }), { accountNumber: 'X12345' }, 'from.phone'], ['ups', wanted({ parts: [] }), { accountNumber: 'X12345' }, 'service'], ['ups', wanted({ parts: [], service: '03' }), { accountNumber: 'X12345' }, null],
    ['fedex', wanted(), {}, 'connection'], ['fedex', wanted({ parts: [part('FEDEX_GROUND'), part('PRIORITY_OVERNIGHT')] }), { accountNumber: '123456789' }, 'bookingIds'], ['fedex', wanted({ parts: [] }), { accountNumber: '123456789' }, 'service'],
    ['fedex', wanted({ parts: [part('FEDEX_GROUND'), part('GROUND_HOME_DELIVERY')] }), { accountNumber: '123456789' }, null],
  ] as const)('for %s is said before anybody is asked', (id, input, settings, field) => {
    expect(lack(id, input, settings)).toBe(field);
  });
});

describe('UPS', () => {
  it('is told how many go by which service to which country, in its own lengths', () => {
    const body = upsBody({ input: wanted({ parts: [part('03'), part('03'), part('11', 'DE')], packages: { count: 3, weightKg: '120' }, instructions: 'x'.repeat(80) }), reference: '01a20042-3fe3-7000-94bd-e2c30e6cd8eb' }, 'X12345');
    expect(body).toMatchObject({
      PickupCreationRequest: {
        PickupDateInfo: { PickupDate: '20260306', ReadyTime: '1500', CloseTime: '1800' },
        PickupAddress: { CompanyName: 'Warehouse', ContactName: 'Dan Dock', AddressLine: ['1 Dock Road, Gate 4'], StateProvince: 'TN', PostalCode: '38118123', Phone: { Number: '15555550100' } },
        PickupPiece: [{ ServiceCode: '003', Quantity: '2', DestinationCountryCode: 'US', ContainerCode: '01' }, { ServiceCode: '011', Quantity: '1', DestinationCountryCode: 'DE', ContainerCode: '01' }],
        TotalWeight: { Weight: '264.6', UnitOfMeasurement: 'LBS' }, OverweightIndicator: 'Y', ReferenceNumber: '01a200423fe3700094bde2c30e6cd8eb', SpecialInstruction: expect.stringMatching(/^x{0,57}/),
      },
    });
    expect((body as { PickupCreationRequest: { SpecialInstruction: string } }).PickupCreationRequest.SpecialInstruction.length).toBeLessThanOrEqual(57);
  });

  it('is found by our reference where its answer was lost, and asked once', async () => {
    let made: string | null = null;
    script(({ path, body }) => {
      if (path === '/security/v1/oauth/token') return json(token('the-token'));
      if (path.endsWith('/pickup/oncall')) return json(pending([{ PRN: 'OTHER', ReferenceNumber: 'somebody else' }, ...(made === null ? [] : [{ PRN: '2929AONCALL', ReferenceNumber: made }])]));
      made = (JSON.parse(body) as { PickupCreationRequest: { ReferenceNumber: string } }).PickupCreationRequest.ReferenceNumber;
      return { cut: true };
    });
    const outcome = await schedule('ups', { accountNumber: 'X12345' }, wanted());
    expect(outcome).toMatchObject({ ok: true, value: { result: { state: 'SCHEDULED', confirmation: '2929AONCALL' } } });
    expect(server.asked.filter(({ path }) => path.includes('/pickupcreation/'))).toHaveLength(1);
    expect(server.asked.find(({ path }) => path.endsWith('/oncall'))!.headers['accountnumber']).toBe('X12345');
  });

  it('that shows nothing after a lost answer leaves it to a person; a refusal to the question what is pending says that nothing is', async () => {
    script(({ path }) => (path === '/security/v1/oauth/token' ? json(token('the-token')) : path.endsWith('/pickup/oncall') ? json(refusal('9500000', 'No pending pickups'), 400) : { cut: true }));
    expect(await schedule('ups', { accountNumber: 'X12345', settleSeconds: 0 }, wanted())).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('may have been scheduled') } });
  });

  it('is called off by its number; a refusal is believed unless it shows the pickup as cancelled', async () => {
    const memory = { asked: { carrier: 'UPS', on: '2026-03-06', readyAt: '15:00', closesAt: '18:00', zone: 'America/Chicago', place: { city: 'Memphis', country: 'US' }, bookings: [], trackingNumbers: [], packages: { count: 1, weightKg: '1' } }, parts: [], scheduled: { id: '2929AONCALL', raw: { PRN: '2929AONCALL' } } };
    const cancel = () => connector('ups').perform!.perform(access({ accountNumber: 'X12345' }), outboundCommand('pickup.cancel', { pickup: 'p' }, { follows: { id: '01a20042-3fe3-7000-94bd-e2c30e6cd8eb', memory } }), new KeptMemory());
    script(({ path }) => (path === '/security/v1/oauth/token' ? json(token('the-token')) : json(calledOff())));
    expect(await cancel()).toMatchObject({ ok: true, value: { result: { state: 'CANCELLED' } } });
    expect(server.asked.at(-1)).toMatchObject({ method: 'DELETE', path: '/api/shipments/v2409/pickup/02', headers: { prn: '2929AONCALL' } });
    script(({ path, method }) => (path === '/security/v1/oauth/token' ? json(token('the-token')) : method === 'DELETE' ? json(refusal('9510000', 'No.'), 400) : json(pending([{ PRN: '2929AONCALL', ReferenceNumber: 'r' }]))));
    expect(await cancel()).toMatchObject({ ok: false, error: { kind: 'invalid' } });
    script(({ path, method }) => (path === '/security/v1/oauth/token' ? json(token('the-token')) : method === 'DELETE' ? json(refusal('9510000', 'No.'), 400) : json({ PickupPendingStatusResponse: { PendingStatus: { PRN: '2929AONCALL', OnCallStatusCode: '007' } } })));
    expect(await cancel()).toMatchObject({ ok: true, value: { result: { state: 'CANCELLED' } } });
  });

  it('tells what it takes', async () => {
    script(({ path }) => json(path === '/security/v1/oauth/token' ? token('the-token') : path.endsWith('/oncall') ? pending([]) : fetched('2929AONCALL')));
    const outcome = (await schedule('ups', { accountNumber: 'X12345' }, wanted())) as { ok: true; value: Performed };
    expect(JSON.parse(Buffer.from(outcome.value.answers[0]!.body).toString())).toMatchObject({ pickup: { RateResult: { GrandTotalOfAllCharge: '6.50' } } });
  });
});

describe('FedEx', () => {
  it('is told which of its companies comes, at the clock of the place', () => {
    const ground = fedexBody({ input: wanted({ parts: [part('FEDEX_GROUND', 'CA')], instructions: 'Ring' }), reference: 'r' }, '123456789', 'FDXG');
    expect(ground).toMatchObject({ carrierCode: 'FDXG', associatedAccountNumberType: 'FEDEX_GROUND', countryRelationships: 'INTERNATIONAL', remarks: 'Ring', originDetail: { readyDateTimestamp: '2026-03-06T15:00:00Z', customerCloseTime: '18:00:00' }, totalWeight: { units: 'LB' } });
  });

  it('that does not answer is asked once, and a person after that', async () => {
    script(({ path }) => (path === '/oauth/token' ? json(fedexToken('the-token')) : { cut: true }));
    const [memory, of] = [new KeptMemory(), outboundCommand('pickup.schedule', wanted({ parts: [part('FEDEX_GROUND')] }))];
    for (const attempt of [1, 2]) expect(await schedule('fedex', { accountNumber: '123456789' }, of.input, memory, { ...of, attempt })).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('may have been scheduled') } });
    expect(server.asked.filter(({ path }) => path === '/pickup/v1/pickups')).toHaveLength(1);
  });

  it('that refuses may be asked again, and gives its number with its place', async () => {
    let isOpen = false;
    script(({ path }) => (path === '/oauth/token' ? json(fedexToken('the-token')) : isOpen ? json(fedexFetched('3001')) : json(fedexRefusal('PICKUP.CLOSED', 'The cut-off is over.'), 400)));
    const [memory, of] = [new KeptMemory(), outboundCommand('pickup.schedule', wanted({ parts: [part('FEDEX_GROUND')] }))];
    expect(await schedule('fedex', { accountNumber: '123456789' }, of.input, memory, of)).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('The cut-off is over.') } });
    isOpen = true;
    expect(await schedule('fedex', { accountNumber: '123456789' }, of.input, memory, { ...of, attempt: 2 })).toMatchObject({ ok: true, value: { result: { confirmation: 'COSA3001' } } });
  });
});

describe('ShipEngine', () => {
  const pickup = { pickup_id: 'pik_1', label_ids: ['x'], confirmation_number: 'C1', cancelled_at: null };

  it('is found among the pickups of the account where its answer was lost; those that were called off, or are of other labels, are not it', async () => {
    let made = false;
    script(({ path, method }) => {
      if (path.startsWith('/v1/labels/')) return json({ label_id: 'x', carrier_id: 'se-1' });
      if (method === 'POST') {
        made = true;
        return { cut: true };
      }
      return json({ pickups: [{ ...pickup, pickup_id: 'pik_0', cancelled_at: '2026-03-06T10:00:00Z' }, { ...pickup, pickup_id: 'pik_2', label_ids: ['y'] }, ...(made ? [pickup] : [])] });
    });
    expect(await schedule('shipengine', { webhookSecret: keySet }, wanted())).toMatchObject({ ok: true, value: { result: { confirmation: 'C1' } } });
    expect(server.asked.find(({ path }) => path.startsWith('/v1/pickups?'))!.path).toContain('carrier_id=se-1');
    expect(server.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(JSON.parse(server.asked.find(({ method }) => method === 'POST')!.body)).toEqual({ label_ids: ['x'], contact_details: { name: 'Dan Dock', email: 'dock@example.com', phone: '+1 (555) 555-0100' }, pickup_window: { start_at: '2026-03-06T15:00:00Z', end_at: '2026-03-06T18:00:00Z' } });
  });
});

describe('Shippo', () => {
  const account = ({ path }: Asked): Scripted | null => (path.startsWith('/transactions/') ? json({ object_id: 'x', status: 'SUCCESS', rate: 'r' }) : path.startsWith('/rates/') ? json({ object_id: 'r', amount: '1', currency: 'USD', provider: 'USPS', carrier_account: 'account', shipment: 's', servicelevel: { token: 'usps_priority' } }) : null);

  it('is told who the carrier is by what was booked, and what it refuses with 201 is refused', async () => {
    script((asked) => account(asked) ?? json({ object_id: 'p', status: 'ERROR', messages: ['A pickup exists already.'] }, 201));
    expect(await schedule('shippo', {}, wanted({ instructions: 'Dock 3' }))).toMatchObject({ ok: false, error: { kind: 'invalid', message: 'Shippo: A pickup exists already.' } });
    expect(JSON.parse(server.asked.at(-1)!.body)).toMatchObject({ carrier_account: 'account', transactions: ['x'], requested_start_time: '2026-03-06T15:00:00Z', location: { building_location_type: 'Other', instructions: 'Dock 3' } });
  });

  it('that does not answer the question before is asked again, that does not answer the pickup is not', async () => {
    const [memory, of] = [new KeptMemory(), outboundCommand('pickup.schedule', wanted())];
    script(() => ({ status: 503 }));
    expect(await schedule('shippo', {}, of.input, memory, of)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    script((asked) => account(asked) ?? { cut: true });
    for (const attempt of [2, 3]) expect(await schedule('shippo', {}, of.input, memory, { ...of, attempt })).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('may have been scheduled') } });
    expect(server.asked.filter(({ path }) => path === '/pickups/')).toHaveLength(1);
  });
});

describe('EasyPost', () => {
  it('calls off what was bought, and nothing where a draft never was; a carrier that does not come is said', async () => {
    const sandbox = await startParcelSandbox();
    try {
      const perform = connectorOf('easypost')!.perform!;
      const of = outboundCommand('pickup.schedule', wanted({ parts: [part('Ground', 'US', 'shp_nothing')] }));
      expect(await perform.perform(parcelAccess(sandbox.url) as never, of, new KeptMemory())).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('PICKUP.CREATE.FAILURE') } });
      script(({ path }) => json({ id: 'pickup_1', status: 'unknown', confirmation: null, pickup_rates: [{ carrier: 'USPS', service: 'NextDay', rate: '0.00', currency: 'USD' }], messages: path === '/v2/pickups' ? [{ carrier: 'UPS', message: 'Too late today.' }] : [] }));
      const memory = new KeptMemory();
      expect(await perform.perform(access({}) as never, of, memory)).toMatchObject({ ok: false, error: { kind: 'invalid', message: 'UPS does not fetch these parcels. UPS: Too late today.' } });
      const cancelling = outboundCommand('pickup.cancel', { pickup: of.id }, { follows: { id: of.id, memory: memory.value } });
      expect(await perform.perform(access({}) as never, cancelling, new KeptMemory())).toMatchObject({ ok: true, value: { result: { state: 'NOT_SCHEDULED' } } });
    } finally {
      await sandbox.stop();
    }
  });
});

describe('what connectors say that they can', () => {
  it.each([...connectors.values()].map((each) => [each.id, each] as const))('%s fetches, and is asked about addresses, if and only if it says so', (_id, { capabilities, perform, checkAddress }) => {
    expect(capabilities.includes('pickup')).toBe(perform?.commands.includes('pickup.schedule') === true);
    expect(capabilities.includes('address')).toBe(checkAddress !== undefined);
    // Whoever calls off has scheduled.
    expect(perform?.commands.includes('pickup.cancel') === true && !capabilities.includes('pickup')).toBe(false);
  });
});
