import { describe, expect, it } from 'vitest';
import type { RawMessage } from '../../src/connectors/contract.js';
import { addresses } from '../../src/connectors/dhl-express/addresses.js';
import { mapEvent } from '../../src/connectors/dhl-express/codes.js';
import { dhlExpress } from '../../src/connectors/dhl-express/index.js';
import { readRates } from '../../src/connectors/dhl-express/rates.js';
import { rateBody, shipBody } from '../../src/connectors/dhl-express/requests.js';
import { handoverTime } from '../../src/connectors/dhl-express/times.js';
import type { DhlExpressSettings } from '../../src/connectors/dhl-express/settings.js';
import type { PackageToBook } from '../../src/connectors/kit/booking/carrier.js';
import type { BookingInput, CustomsItem, PickupInput } from '../../src/model/commands.js';
import { rated, rates } from '../support/carriers/dhl-express-answers.js';
import { bookingInput } from '../support/parcel-sandbox.js';
import { trackBody } from '../fixtures/dhl-express/sample.js';
import { AnsweringServer } from './answering-server.js';

/** Codes of DHL's reference data `trackingEventCode`, as it publishes them. */
const published = 'AF AR CR DF PL TR AD BA BL BN BR CA CC CD CI CM CS CU DD DI DM DP DS ES FD HI HN HO HP IA IC IR LV MC MD MS NA ND NH OH OK PD PU PY RD RR RT RW SA SC SI SM SS ST TD TI TP TT UD UV WC DUMMY_PU'.split(' ');

const nowMs = Date.UTC(2026, 2, 6, 9, 0);
const shipping = { accountNumber: '123456789', zone: 'Europe/Berlin' };
const item = (of: Partial<CustomsItem> = {}): CustomsItem => ({ description: 'Oak desk', quantity: 2, value: { amount: '10.50', currency: 'EUR' }, weightKg: '0.5', hsCode: '9403.30', originCountry: 'DE', ...of });

function packageToBook(of: Partial<BookingInput> = {}, given: Partial<PackageToBook> = {}): PackageToBook {
  const request = bookingInput(of);
  return { package: request.packages[0]!, request, isReturn: false, isQuote: false, format: 'PDF', reference: 'command/A', key: '01a20042-3fe3-7000-94bd-e2c30e6cd8eb', ...given };
}

function decode(events: object[]) {
  const body = Buffer.from(JSON.stringify({ shipments: [{ shipmentTrackingNumber: '5374534616', events }] }));
  return dhlExpress.receive!.decode({ headers: {}, body, receivedAt: '2026-03-06T14:30:00.000Z', connection: 'dhl', zone: 'Europe/Berlin' } satisfies RawMessage, {});
}

describe('what DHL Express says of a shipment', () => {
  it('is known for every code that DHL publishes', () => {
    expect(published.filter((code) => mapEvent(code).length === 0)).toEqual([]);
  });

  it('is that it was delivered, and is damaged, where it was delivered damaged', () => {
    const { facts } = decode([{ date: '2026-03-04', time: '10:21:00', GMTOffset: '-08:00', typeCode: 'DD', description: 'Delivered damaged' }]);
    expect(facts.flatMap((fact) => (fact.type === 'milestone.reported' ? [fact.payload.code] : [])).sort()).toEqual(['DAMAGED', 'DELIVERED']);
    expect(new Set(facts.map((fact) => fact.factKey)).size).toBe(facts.length);
  });

  it('has the time of the place, or that of the connection where DHL leaves its offset out', () => {
    const at = (of: object) => decode([{ date: '2026-03-04', time: '10:21:00', typeCode: 'PU', ...of }]).facts.flatMap((fact) => (fact.type === 'milestone.reported' ? [fact.payload.occurred] : []))[0];
    expect(at({ GMTOffset: '+09:00' })).toEqual({ instant: '2026-03-04T01:21:00.000Z', zone: '+09:00' });
    expect(at({})).toEqual({ instant: '2026-03-04T09:21:00.000Z', zone: 'Europe/Berlin', zoneAssumed: true });
  });

  it('keeps a code that no list has, and moves nothing by it', () => {
    const { facts, anomalies } = decode([{ date: '2026-03-04', time: '10:21:00', typeCode: 'ZZ', description: 'Something new' }]);
    expect([facts.map((fact) => (fact.type === 'milestone.reported' ? [fact.payload.code, fact.payload.rawCode] : fact.type)), anomalies.map((one) => [one.kind, one.rawCode])]).toEqual([[['INFO', 'ZZ']], [['UNKNOWN_CODE', 'ZZ']]]);
  });

  it('keeps nothing of who signed', () => {
    const { facts } = dhlExpress.receive!.decode({ headers: {}, body: trackBody, receivedAt: '2026-03-06T14:30:00.000Z', connection: 'dhl', zone: 'UTC' }, {});
    expect(facts.some((fact) => fact.type === 'milestone.reported' && fact.payload.code === 'POD_AVAILABLE')).toBe(true);
    expect(JSON.stringify(facts)).not.toContain('EXAMPLE');
  });
});

describe('what DHL Express is asked for', () => {
  it('is handed over at noon of the day that is named, or soon where that is over or none is', () => {
    expect(['2026-03-07', '2026-03-06', '2026-03-05', undefined, 'nonsense'].map((day) => handoverTime(day, 'Europe/Berlin', nowMs))).toEqual([
      '2026-03-07T12:00:00 GMT+01:00', '2026-03-06T12:00:00 GMT+01:00', '2026-03-06T10:30:00 GMT+01:00', '2026-03-06T10:30:00 GMT+01:00', '2026-03-06T10:30:00 GMT+01:00',
    ]);
    // After the clocks were put forward.
    expect(handoverTime('2026-04-01', 'Europe/Berlin', nowMs)).toBe('2026-04-01T12:00:00 GMT+02:00');
  });

  it('is in the account\'s currency, without products for which there is no price, and names the local product where it is another', () => {
    const answer = rates([rated('P', 'EXPRESS WORLDWIDE', 61.2, 4, '2026-03-12T23:59:00'), rated('N', 'EXPRESS DOMESTIC', 9.1, 1, '2026-03-09T12:00:00', 'G'), rated('W', 'ECONOMY SELECT', 0, 5, '2026-03-13T23:59:00')]);
    expect(readRates(answer, bookingInput())).toMatchObject({ ok: true, value: [{ service: 'P', price: { amount: '61.2', currency: 'USD' }, days: 4, deliveryAt: '2026-03-12T23:59:59.000Z' }, { service: 'N/G', price: { amount: '9.1', currency: 'USD' } }] });
    expect(shipBody(packageToBook(), { carrier: 'DHL_EXPRESS', code: 'N/G' }, shipping, nowMs)).toMatchObject({ productCode: 'N', localProductCode: 'G' });
  });

  it('bears our reference within 35 characters, weighs what it weighs to the gram and never less, and asks for no pickup', () => {
    const body = shipBody(packageToBook({ packages: [{ id: 'A', weightKg: '0.2961', lengthCm: '30.55', widthCm: '20', heightCm: '10' }] }), { carrier: 'DHL_EXPRESS', code: 'U' }, shipping, nowMs);
    expect(body).toMatchObject({ pickup: { isRequested: false }, customerReferences: [{ typeCode: 'CU', value: '01a200423fe3700094bde2c30e6cd8eb' }], content: { isCustomsDeclarable: false, unitOfMeasurement: 'metric', packages: [{ weight: 0.297, dimensions: { length: 30.55, width: 20, height: 10 } }] } });
  });

  it('tells customs of all pieces of a line, has the sender pay duties where that was sold, and sends the invoice by wire where that is set', () => {
    const to = { name: 'Ann Example', street: '1 King St', city: 'Toronto', region: 'ON', postalCode: 'M5H 1A1', country: 'CA' };
    const of = packageToBook({ to, customs: { contents: 'MERCHANDISE', incoterm: 'DDP', invoice: 'INV/7', signer: 'Bo Clerk', items: [item()] } });
    expect(shipBody(of, { carrier: 'DHL_EXPRESS', code: 'P' }, { ...shipping, paperless: 'on' }, nowMs)).toMatchObject({
      accounts: [{ typeCode: 'shipper', number: '123456789' }, { typeCode: 'duties-taxes', number: '123456789' }],
      valueAddedServices: [{ serviceCode: 'DD' }, { serviceCode: 'WY' }],
      outputImageProperties: { imageOptions: [{ typeCode: 'label' }, { typeCode: 'waybillDoc', isRequested: false }, { typeCode: 'invoice', isRequested: true, invoiceType: 'commercial' }] },
      content: { isCustomsDeclarable: true, declaredValue: 21, declaredValueCurrency: 'EUR', incoterm: 'DDP', description: 'Oak desk', exportDeclaration: { invoice: { number: 'INV/7', date: '2026-03-06', signatureName: 'Bo Clerk' }, lineItems: [{ number: 1, price: 10.5, quantity: { value: 2, unitOfMeasurement: 'PCS' }, weight: { netValue: 1, grossValue: 1 }, manufacturerCountry: 'DE', commodityCodes: [{ typeCode: 'outbound', value: '9403.30' }] }] } },
    });
    // Of a quote, DHL takes two accounts at most: who ships, and who pays for it.
    expect(rateBody(of, shipping, nowMs)).toMatchObject({ accounts: [{ typeCode: 'shipper' }], isCustomsDeclarable: true, monetaryAmount: [{ typeCode: 'declaredValue', value: 21, currency: 'EUR' }] });
  });

  it('declares no papers, and has the import account pay for what comes back', () => {
    const to = { name: 'Ann Example', street: '1 King St', city: 'Toronto', country: 'CA' };
    const papers = packageToBook({ to, customs: { contents: 'DOCUMENTS', items: [item()] } }, { isReturn: true });
    expect(shipBody(papers, { carrier: 'DHL_EXPRESS', code: 'D' }, { ...shipping, importAccountNumber: '969000001' }, nowMs)).toMatchObject({ content: { isCustomsDeclarable: false }, accounts: [{ typeCode: 'shipper' }, { typeCode: 'payer', number: '969000001' }] });
    expect(rateBody(packageToBook({ to }), shipping, nowMs)).toMatchObject({ isCustomsDeclarable: true });
  });

  it('is told before it is accepted where DHL would refuse it, or something would be cut off', () => {
    const lacks = (of: Partial<BookingInput>) => dhlExpress.perform!.lacks!(bookingInput(of), {})?.field ?? null;
    const long = { ...bookingInput().to, street: 'A street with a name of many words and no end at all. '.repeat(3), street2: 'Behind the yard' };
    expect([lacks({}), lacks({ options: { labelFormat: 'PNG' } }), lacks({ to: long }), lacks({ to: { ...bookingInput().to, country: 'CA' } })]).toEqual([null, 'options.labelFormat', 'to.street', 'customs']);
    const pickup: PickupInput = { carrier: 'DHL_EXPRESS', from: bookingInput().from, on: '2026-03-06', readyAt: '15:00', closesAt: '18:00', zone: 'Europe/Berlin', bookings: [], parts: [], packages: { count: 1, weightKg: '1' } };
    expect([pickup, { ...pickup, service: 'P' }].map((of) => dhlExpress.perform!.lacksForPickup!(of, {})?.field ?? null)).toEqual(['service', null]);
  });
});

describe('whether DHL Express delivers to an address', () => {
  const to = { street: '1 Main St', city: 'Prague', postalCode: '148 00', country: 'CZ' };
  async function checked(status: number, body: object) {
    const server = new AnsweringServer();
    const url = await server.listen();
    server.answer = () => ({ status, body: JSON.stringify(body) });
    try {
      const settings: DhlExpressSettings = { url };
      return await addresses.check({ connection: 'dhl', settings, secrets: { apiKey: ['the-key'], apiSecret: ['the-secret'] }, allowedNetworks: ['127.0.0.0/8'] }, to, 5_000);
    } finally {
      await server.close();
    }
  }
  const place = (postalCode: string, cityName: string) => ({ countryCode: 'CZ', postalCode, cityName, serviceArea: { code: 'PRG', description: 'PRAGUE-CZECH REPUBLIC, THE', GMTOffset: '+01:00' } });

  it.each([
    ['VALID', 200, { address: [place('14800', 'PRAGUE')] }], ['CORRECTED', 200, { address: [place('14900', 'PRAGUE')] }], ['AMBIGUOUS', 200, { address: [place('14900', 'PRAGUE'), place('14800', 'PRAHA')] }],
    ['UNDELIVERABLE', 200, { address: [] }], ['UNDELIVERABLE', 404, { title: 'Not data found', detail: 'No data found', status: '404' }],
  ])('is %s by city and postal code', async (verdict, status, body) => {
    expect(await checked(status, body)).toMatchObject({ ok: true, value: { verdict } });
  });

  it('is not known where DHL does not say', async () => {
    expect(await checked(404, { message: 'no such route' })).toMatchObject({ ok: false, error: { kind: 'invalid' } });
    expect(await checked(200, [1])).toMatchObject({ ok: false, error: { kind: 'unparseable' } });
    expect(await checked(503, {})).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
  });
});
