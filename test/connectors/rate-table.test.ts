import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Access, CommandMemory, ControlSeries, OutboundCommand, Performed, RawMessage } from '../../src/connectors/contract.js';
import { fits, zoneOf } from '../../src/connectors/rate-table/lanes.js';
import { barsOf, code128 } from '../../src/connectors/rate-table/label/code128.js';
import { zplLabel } from '../../src/connectors/rate-table/label/zpl.js';
import { isShowable } from '../../src/connectors/rate-table/label/pdf.js';
import { amountText, micros, percentOf, rounded } from '../../src/connectors/rate-table/money.js';
import { luhnCheck, parcelNumber, s10Check } from '../../src/connectors/rate-table/numbers.js';
import { gs1Check } from '../../src/model/gs1.js';
import { priceOf } from '../../src/connectors/rate-table/pricing.js';
import { settings as schema, settingsLack, type RateTableSettings } from '../../src/connectors/rate-table/settings.js';
import { rateTable } from '../../src/connectors/rate-table/index.js';
import type { Json } from '../../src/lib/json.js';
import { writers as edifactWriters } from '../../src/connectors/edifact/messages/index.js';
import { writers as x12Writers } from '../../src/connectors/x12/sets/index.js';
import type { BookingInput, CommandKind } from '../../src/model/commands.js';
import type { TenderInput } from '../../src/model/edi.js';
import { given, settings } from '../fixtures/rate-table/sample.js';
import { noApiFaults } from '../../src/sandbox/parcel/api-faults.js';
import { start } from '../support/carriers/rate-table.js';
import type { SimulatedCarrier } from '../support/carriers/simulated.js';
import { bookingInput, outboundCommand } from '../support/parcel-sandbox.js';

const from = { company: 'Lager', street: 'Dockstraße 1', city: 'Hamburg', postalCode: '20457', country: 'DE' };
const to = (postalCode: string, country = 'DE') => ({ name: 'Anna Beispiel', street: 'Hauptstr. 5', city: 'Ort', postalCode, country });
const booking = (over: Partial<BookingInput> = {}): BookingInput => bookingInput({ from, to: to('10115'), packages: [{ id: 'A', weightKg: '3' }], shipOn: '2026-03-06', ...over });

describe('a price list', () => {
  const price = (over: Partial<BookingInput>, { service = 'STD', on = '2026-03-06', isReturn = false, place = 0 } = {}) => {
    const request = booking(over);
    return priceOf(settings, { request, package: request.packages[place]!, isReturn, on }, settings.tariff.services.find((each) => each.code === service)!);
  };
  const amount = (...of: Parameters<typeof price>) => {
    const priced = price(...of);
    return priced.ok ? priced.price.amount : priced.why;
  };

  it('adds up, each line rounded by itself: price, surcharges, and fuel on what it is charged on', () => {
    // 6.90 + waybill 1.20 + toll 3 kg × 0.011 = 0.033 → 0.03 + fuel 12.5 % of 6.90 = 0.8625 → 0.86
    expect(price({})).toEqual({ ok: true, price: {
      service: 'STD', label: 'Standard', zone: 'DE1', chargedKg: '3', amount: '8.99', currency: 'EUR', days: 1,
      lines: [{ code: 'FREIGHT', label: 'Standard', amount: '6.90' }, { code: 'DOC', label: 'Waybill', amount: '1.20' }, { code: 'TOLL', label: 'Toll', amount: '0.03' }, { code: 'FUEL', label: 'Fuel 12.5 %', amount: '0.86' }],
    } });
  });

  it.each([
    ['at the break itself', '5', '9.02'], ['a gram above it, in steps of half a kilogram', '5.001', '11.84'], ['beyond the last break, by the kilogram', '40', '14.89'],
  ])('is read %s', (_what, weightKg, sum) => expect(amount({ packages: [{ id: 'A', weightKg }] })).toBe(sum));

  it('charges the volume where it counts for more than the weight, and the weight where sides are not known', () => {
    // 60 × 40 × 40 / 5000 = 19.2 kg, in steps 19.5
    expect(price({ packages: [{ id: 'A', weightKg: '3', lengthCm: '40', widthCm: '60', heightCm: '40' }] })).toMatchObject({ price: { chargedKg: '19.5' } });
    expect(price({ packages: [{ id: 'A', weightKg: '3', lengthCm: '40', widthCm: '60' }] })).toMatchObject({ price: { chargedKg: '3' } });
  });

  it.each([
    ['too heavy', { packages: [{ id: 'A', weightKg: '1000.5' }] }, 'Standard takes 1000 kg at most.'],
    ['too long', { packages: [{ id: 'A', weightKg: '3', lengthCm: '250', widthCm: '5', heightCm: '5' }] }, 'Standard takes sides of 240 cm at most.'],
    ['too large around', { packages: [{ id: 'A', weightKg: '3', lengthCm: '200', widthCm: '50', heightCm: '40' }] }, 'Standard takes a girth with length of 360 cm at most.'],
    ['to a country that is not served', { to: to('1000', 'CH') }, 'Standard does not go to CH 1000.'], ['to a place that is left out', { to: to('27498') }, 'Standard does not go to DE 27498.'],
    ['to a zone without a price at this weight', { to: to('25980'), packages: [{ id: 'A', weightKg: '40' }] }, 'Standard has no price for 40 kg to zone ISLE on 2026-03-06.'],
  ])('says why there is no price for what is %s', (_what, over, why) => expect(amount(over)).toBe(why));

  it('has prices, fuel and surcharges that hold from a day until a day', () => {
    const abroad = { to: to('1010', 'AT') };
    expect([amount(abroad, { on: '2026-06-30' }), amount(abroad, { on: '2026-07-01' })]).toEqual(['13.61', '14.51']);
    // From November fuel is 10 % again, and 5 % more are charged in the season.
    expect(price({}, { on: '2026-11-20' })).toMatchObject({ price: { lines: [{ amount: '6.90' }, { code: 'PEAK', amount: '0.35' }, { code: 'DOC' }, { code: 'TOLL' }, { code: 'FUEL', amount: '0.69' }] } });
  });

  it('charges once for a shipment what is said to be of a shipment, and a surcharge where all that it asks for holds', () => {
    const two = { packages: [{ id: 'A', weightKg: '3' }, { id: 'B', weightKg: '3' }], options: { saturday: true } };
    const codes = (place: number) => { const priced = price(two, { place }); return priced.ok ? priced.price.lines.map((line) => line.code) : []; };
    expect([codes(0), codes(1)]).toEqual([['FREIGHT', 'SAT', 'DOC', 'TOLL', 'FUEL'], ['FREIGHT', 'SAT', 'TOLL', 'FUEL']]);
    // Long goods are charged on, fuel included: (9.40 + 12.50) × 12.5 %.
    expect(price({ packages: [{ id: 'A', weightKg: '6', lengthCm: '130', widthCm: '10', heightCm: '10' }] })).toMatchObject({ price: { lines: [{ amount: '9.40' }, { code: 'LONG', amount: '12.50' }, {}, {}, { code: 'FUEL', amount: '2.74' }] } });
  });

  it('takes the least amount of a service, and the fuel of its own where there is one', () => {
    expect(price({}, { service: 'EXP' })).toMatchObject({ price: { lines: [{ amount: '24.50' }, {}, {}, { code: 'FUEL', amount: '0.00' }] } });
    const cheap = { ...settings, prices: settings.prices.map((row) => (row.service === 'EXP' ? { ...row, price: '4' } : row)) };
    const request = booking();
    expect(priceOf(cheap, { request, package: request.packages[0]!, isReturn: false, on: '2026-03-06' }, cheap.tariff.services[1]!)).toMatchObject({ price: { lines: [{ amount: '20.00' }, {}, {}, {}] } });
  });

  it('costs for the way back what the way there costs', () => {
    expect(amount({ from: to('80331'), to: from }, { isReturn: true })).toBe(amount({ to: to('80331') }));
  });

  it('takes of the zones the one that says most of a place', () => {
    const at = (postalCode: string) => zoneOf(settings.zones, { from, to: to(postalCode), service: 'STD' })?.zone ?? null;
    expect(['10115', '80000', '87999', '88000', '25996', '27498'].map(at)).toEqual(['DE1', 'DE2', 'DE2', 'DE1', 'ISLE', null]);
    const rows = [{ zone: 'A', country: 'GB' }, { zone: 'B', country: 'GB', postal: 'IV' }, { zone: 'C', country: 'GB', postal: 'IV40-IV56' }, { zone: 'D', country: 'GB', service: 'EXP' }, { zone: 'E', country: 'GB', fromCountry: 'DE' }];
    const british = (postalCode: string, service = 'STD', origin = from) => zoneOf(rows, { from: origin, to: to(postalCode, 'GB'), service })?.zone;
    expect([british('iv51 9xb'), british('IV2 3ED', 'STD'), british('SW1A 1AA'), british('SW1A 1AA', 'STD', { ...from, country: 'AT' }), british('IV51 9XB', 'EXP')]).toEqual(['C', 'B', 'E', 'A', 'D']);
    expect([fits('8', undefined), fits('80-82', '8'), fits('80-82', '81 000')]).toEqual([false, false, true]);
  });

  it('is exact in its sums', () => {
    const cents = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(fc.property(cents, cents, (a, b) => {
      const text = (value: number) => `${value < 0 ? '-' : ''}${Math.floor(Math.abs(value) / 100)}.${String(Math.abs(value) % 100).padStart(2, '0')}`;
      expect(amountText(micros(text(a)) + micros(text(b)), 2).replace(/^-0\.00$/, '0.00')).toBe(text(a + b));
    }));
    expect([amountText(rounded(percentOf(micros('6.90'), '12.5'), 2), 2), amountText(rounded(micros('-0.005'), 2), 2), amountText(rounded(micros('1234.5'), 0), 0)]).toEqual(['0.86', '-0.01', '1235']);
  });
});

describe('tables as they are set', () => {
  const faults = (over: Record<string, unknown>) => {
    const parsed = schema.safeParse({ ...given, ...over });
    return parsed.success ? (settingsLack(parsed.data) ?? []) : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  };

  it('come as CSV of either kind, and are what they were read into when they come again', () => {
    expect(settings.prices[2]).toEqual({ service: 'STD', zone: 'DE1', price: '9.40', perKg: '0.28', overKg: '31.5' });
    expect(schema.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
    // Where one setting is changed the others come as text.
    expect(schema.parse(Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : value])))).toEqual(settings);
    expect(faults({ prices: `\ufeff${given.prices}` })).toEqual([]);
  });

  it.each([
    ['a price that is none', { prices: 'service,zone,price\nSTD,DE1,6.90\nSTD,DE1,six' }, ['prices: line 3: price a decimal, e.g. 12.50, or -1.50 for a discount']],
    ['a column that is not known', { zones: 'zone,country,postcode\nDE1,DE,80' }, ['zones: line 2: Unrecognized key: "postcode"']],
    ['a range whose ends are not alike', { zones: 'zone,country,postal\nDE1,DE,80-82999' }, ['zones: line 2: postal both ends of a range have as many characters']],
    ['a line with too many fields', { prices: 'service,zone,price\nSTD,DE1,6,90' }, [expect.stringMatching(/^prices: is no table: .*line 2/)]],
    ['a number that may be two', { prices: 'service,zone,price\nSTD,DE1,"1,234"' }, [expect.stringMatching(/^prices: line 2: a number with three digits behind a comma/)]],
    ['no rows', { prices: 'service,zone,price\n' }, ['prices: has no rows']],
    ['a service that the tariff does not have', { prices: 'service,zone,price\nSTD,DE1,1\nEXP,DE1,1\nSLOW,DE1,1' }, 'prices: the tariff has no service SLOW.'],
    ['a zone to which nothing leads', { prices: 'service,zone,price\nSTD,DE9,1' }, 'prices: no row of zones leads to DE9.'],
    ['a service without prices', { prices: 'service,zone,price\nSTD,DE1,1' }, 'prices: the service EXP has none.'],
    ['orders that go nowhere', { orders: 'csv' }, expect.stringContaining('transport')],
    ['a range in which no number fits', { numbers: '{"kind":"sscc","prefix":"3401234567890","from":1,"to":99999}' }, ['numbers: the serial has no room behind this prefix']],
  ])('are refused with the place of %s', (_what, over, expected) => expect(faults(over)).toEqual(expected));
});

describe('numbers of parcels', () => {
  it('have the check digits of their standards', () => {
    // UPU S10's own example, ISO/IEC 7812's, GS1's for a GTIN.
    expect([s10Check('47312482'), luhnCheck('7992739871'), gs1Check('629104150021')]).toEqual([9, 3, 3]);
  });

  it('are written as the range says', () => {
    expect(parcelNumber({ kind: 's10', service: 'RR', country: 'GB', from: 1, to: 99_999_999 }, 47_312_482)).toBe('RR473124829GB');
    expect(parcelNumber({ kind: 'sscc', prefix: '34012345', from: 1, to: 999 }, 1)).toMatch(/^34012345000000001\d$/);
    expect(parcelNumber({ kind: 'plain', before: 'AC', digits: 6, after: 'DE', check: 'none', from: 1, to: 999 }, 42)).toBe('AC000042DE');
    expect(() => parcelNumber({ kind: 'plain', before: '', digits: 3, after: '', check: 'none', from: 1, to: 999 }, 1000)).toThrow('another range');
  });
});

describe('a bar code', () => {
  it('has the check symbol of the standard', () => {
    expect(code128('Wikipedia').at(-2)).toBe(88);
    expect(code128('00340123450000000017', true).slice(0, 4)).toEqual([105, 102, 0, 34]);
  });

  it('is read back as what was written', () => {
    fc.assert(fc.property(fc.stringMatching(/^[\x20-\x7e]{1,30}$/), (text) => {
      const [start, ...values] = code128(text).slice(0, -2);
      let inPairs = start === 105;
      const read = values.map((value) => {
        if (!inPairs && value === 99) { inPairs = true; return ''; }
        return inPairs ? String(value).padStart(2, '0') : String.fromCharCode(value + 32);
      }).join('');
      expect(read).toBe(text);
    }));
  });

  it('has symbols of eleven modules, none like another', () => {
    const all = Array.from({ length: 106 }, (_, value) => barsOf([value]));
    expect(new Set(all.map(({ width }) => width))).toEqual(new Set([11]));
    expect(new Set(all.map(({ bars }) => JSON.stringify(bars))).size).toBe(106);
    // The standard's self-check: the bars of every symbol are an even number of modules wide.
    expect(all.filter(({ bars }) => bars.reduce((sum, { width }) => sum + width, 0) % 2 === 1)).toEqual([]);
    // A, by the standard's table.
    expect(barsOf([33]).bars).toEqual([{ at: 0, width: 1 }, { at: 2, width: 1 }, { at: 6, width: 2 }]);
    expect(barsOf([106]).width).toBe(13);
  });
});

/** As the engine draws: rising, in one step with what is remembered; what is thrown undoes it. */
class DrawingMemory implements CommandMemory {
  value: Json | null = null;
  constructor(readonly drawn: Map<string, number>) {}

  async remember(value: Json): Promise<void> {
    this.value = structuredClone(value);
  }

  async draw(series: readonly ControlSeries[], remembering: (numbers: number[]) => Json): Promise<void> {
    const next = new Map(this.drawn);
    const numbers = series.map(({ name, first }) => {
      next.set(name, next.has(name) ? next.get(name)! + 1 : first);
      return next.get(name)!;
    });
    await this.remember(remembering(numbers));
    for (const [name, last] of next) this.drawn.set(name, last);
  }
}

describe('booking by a rate table', () => {
  let folder: string;
  let drawn: Map<string, number>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-rate-table-'));
    drawn = new Map();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const access = (over: Partial<RateTableSettings> = {}): Access<RateTableSettings> => ({ connection: 'acme-1', settings: { ...settings, zone: 'Europe/Berlin', orders: 'csv', transport: { kind: 'folder', path: join(folder, 'out') }, ...over }, secrets: {}, allowedNetworks: [] });
  const perform = <K extends CommandKind>(command: OutboundCommand<K>, memory: CommandMemory = new DrawingMemory(drawn), over: Partial<RateTableSettings> = {}) => rateTable.perform!.perform(access(over), command, memory);
  async function done<K extends CommandKind>(command: OutboundCommand<K>, memory: CommandMemory = new DrawingMemory(drawn), over: Partial<RateTableSettings> = {}): Promise<Performed> {
    const outcome = await perform(command, memory, over);
    if (!outcome.ok) throw new Error(`It failed: ${outcome.error.kind} ${outcome.error.message}`);
    return outcome.value;
  }
  const files = () => readdirSync(join(folder, 'out')).sort();
  const factsOf = ({ answers }: Performed, of: string) => answers.flatMap(({ headers, body }) => rateTable.receive!.decode({ headers: { ...headers, 'x-gatehouse-command': of }, body, receivedAt: '2026-03-06T12:00:00.000Z', connection: 'acme-1', zone: 'UTC' } satisfies RawMessage, settings).facts);
  const recordOf = (performed: Performed, of: string) => factsOf(performed, of).find((fact) => fact.type === 'booking.reported')!.payload;
  const two = booking({ packages: [{ id: 'A', weightKg: '3' }, { id: 'B', weightKg: '6' }] });

  it('quotes what it books at, with the day of arrival', async () => {
    const quoted = await rateTable.quote!.rates(access(), two, 1_000);
    if (!quoted.ok) throw new Error(quoted.error.message);
    expect(quoted.value).toEqual([
      { connection: 'acme-1', carrier: 'ACME', service: 'STD', label: 'Standard', price: { amount: '19.64', currency: 'EUR' }, days: 1, deliveryAt: '2026-03-09T23:59:59.000Z' },
      { connection: 'acme-1', carrier: 'ACME', service: 'EXP', label: 'Express', price: { amount: '50.30', currency: 'EUR' }, days: 0, deliveryAt: '2026-03-06T23:59:59.000Z' },
    ]);
    const command = outboundCommand('shipment.book', { ...two, service: { carrier: 'ACME', code: 'STD' } });
    const record = recordOf(await done(command), command.id);
    expect(record).toMatchObject({ state: 'BOOKED', carrier: 'ACME', service: 'STD', price: { amount: '19.64', currency: 'EUR' }, deliveryAt: '2026-03-09T23:59:59.000Z', packages: [{ id: 'A', trackingNumber: 'AC000000018' }, { id: 'B', trackingNumber: 'AC000000026' }] });
    expect(drawn).toEqual(new Map([['PARCEL:plain AC :1', 2]]));
  });

  it('tells the carrier of each parcel in a file of its own, with what it has to know', async () => {
    await done(outboundCommand('shipment.book', { ...two, to: { ...two.to, name: '=HYPERLINK("x")' }, service: { carrier: 'ACME', code: 'STD' } }));
    expect(files()).toEqual(['AC000000018.csv', 'AC000000026.csv']);
    const [head, row] = readFileSync(join(folder, 'out', 'AC000000018.csv'), 'utf8').split('\r\n');
    expect(head).toMatch(/^order,number,booking,service,shipOn,return,fromCompany,/);
    expect(row).toMatch(/^"BOOK","AC000000018","[0-9a-f-]{36}\/A","STD","2026-03-06","no","Lager",.*"'=HYPERLINK\(""x""\)".*"8\.99","EUR"$/);
  });

  it('goes on with the same numbers and prices whatever was cut off, and tells again only what it does not know to be told', async () => {
    const command = outboundCommand('shipment.book', { ...two, service: { carrier: 'ACME', code: 'STD' } });
    const memory = new DrawingMemory(drawn);
    const blocked = join(folder, 'blocked');
    writeFileSync(blocked, 'no folder');
    expect(await perform(command, memory, { transport: { kind: 'folder', path: blocked } })).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    const first = await done({ ...command, attempt: 2 }, memory);
    rmSync(join(folder, 'out', 'AC000000018.csv'));
    const again = await done({ ...command, attempt: 3 }, memory);
    expect([again.result, again.files.map((file) => file.documentId)]).toEqual([first.result, first.files.map((file) => file.documentId)]);
    // The carrier took it away: it does not come a second time.
    expect(files()).toEqual(['AC000000026.csv']);
    expect(drawn).toEqual(new Map([['PARCEL:plain AC :1', 2]]));
    // Where the tables were changed meanwhile it stands all the same.
    const changed = await done({ ...command, attempt: 4 }, memory, { prices: settings.prices.filter(({ service }) => service !== 'STD') });
    expect([changed.state, changed.files.length, (recordOf(changed, command.id) as { price?: unknown }).price]).toEqual(['DONE', 2, undefined]);
  });

  it.each([['PDF', 'application/pdf', '%PDF-1.4'], ['ZPL', 'application/zpl', '^XA']] as const)('draws the label as %s, with the number in bars and in figures', async (labelFormat, mediaType, start) => {
    const performed = await done(outboundCommand('shipment.book', booking({ options: { labelFormat }, to: { ...to('80331'), city: 'München', name: 'A_B ^XZ' } })));
    const [file] = performed.files;
    const text = Buffer.from(file!.content).toString(labelFormat === 'ZPL' ? 'utf8' : 'latin1');
    expect([file!.mediaType, text.slice(0, start.length)]).toEqual([mediaType, start]);
    expect(text).toContain('80331 München');
    expect(text.match(/AC0(>5)?00000018/g)?.length).toBe(labelFormat === 'ZPL' ? 2 : 1);
    // What somebody is called ends no label.
    if (labelFormat === 'ZPL') expect([text.match(/\^XZ/g)?.length, text.includes('A_5fB _5eXZ')]).toEqual([1, true]);
  });

  it('says in ZPL in which set each symbol is, so that the printer draws as many as there is room for', () => {
    const code = (text: string, isGs1 = false) => /\^FD(>.*)\^FS/.exec(Buffer.from(zplLabel({ carrier: 'A', service: 'S', isReturn: false, from: [], to: [], route: '', weight: '', piece: '', on: '', reference: '', bars: { text, isGs1, shown: '-' } })).toString())?.[1];
    expect([code('003401234500000000 17'.replace(' ', ''), true), code('1234'), code('AC000000018'), code('ABCDEFGHIJKL0000000018'), code('A>1')]).toEqual(['>;>800340123450000000017', '>;1234', '>:AC0>500000018', '>:ABCDEFGHIJKL>50000000018', '>:A>01']);
  });

  it('says beforehand what it could not draw', () => {
    const lack = (over: Partial<BookingInput>) => rateTable.perform!.lacks!(booking(over), settings)?.field ?? null;
    expect([lack({}), lack({ options: { labelFormat: 'PNG' } }), lack({ to: { ...to('1'), name: 'Δημήτρης' } }), lack({ to: { ...to('1'), name: 'Δημήτρης' }, options: { labelFormat: 'ZPL' } }), lack({ to: { ...to('1'), name: 'Łukasz Őry €' } })]).toEqual([null, 'options.labelFormat', 'to.name', null, null]);
    expect(['Straße “x”', '北京'].map(isShowable)).toEqual([true, false]);
  });

  it('cancels what was told, also where it is not known whether it was, and has nothing to cancel where nothing was', async () => {
    const command = outboundCommand('shipment.book', { ...two, service: { carrier: 'ACME', code: 'STD' } });
    const memory = new DrawingMemory(drawn);
    const booked = await done(command, memory);
    const cancel = (of: Json | null) => outboundCommand('booking.cancel', { booking: command.id }, { follows: { id: command.id, memory: of } });
    const off = await done(cancel(memory.value));
    expect(recordOf(off, command.id)).toMatchObject({ state: 'CANCELLED', packages: (recordOf(booked, command.id) as { packages: unknown }).packages });
    expect(files().filter((name) => name.includes('cancel'))).toEqual(['AC000000018-cancel.csv', 'AC000000026-cancel.csv']);
    rmSync(join(folder, 'out'), { recursive: true });
    const uncertain = structuredClone(memory.value) as Record<string, unknown>;
    delete uncertain['bought'];
    await done(cancel(uncertain as Json));
    expect(files()).toEqual(['AC000000018-cancel.csv', 'AC000000026-cancel.csv']);
    rmSync(join(folder, 'out'), { recursive: true });
    expect((await done(cancel({ ...uncertain, chosen: null } as Json))).answers).toEqual([]);
    expect(() => files()).toThrow('ENOENT');
  });

  it('draws no number for what is refused, and says where the range ends, for good', async () => {
    expect(await perform(outboundCommand('shipment.book', booking({ packages: [{ id: 'A', weightKg: '1' }, { id: 'A', weightKg: '1' }] })))).toMatchObject({ ok: false, error: { kind: 'invalid' } });
    expect(await perform(outboundCommand('shipment.book', booking()), undefined, { numbers: undefined })).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('set numbers') } });
    expect(drawn.size).toBe(0);
    const numbers = { kind: 'plain', before: 'X', digits: 3, after: '', check: 'none', from: 998, to: 999 } as const;
    await done(outboundCommand('shipment.book', { ...two, service: { carrier: 'ACME', code: 'STD' } }), undefined, { numbers });
    for (let turn = 0; turn < 2; turn++) expect(await perform(outboundCommand('shipment.book', booking()), undefined, { numbers })).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('another range') } });
    expect(drawn).toEqual(new Map([['PARCEL:plain X :998', 999]]));
    // Another range begins at its own first number.
    await done(outboundCommand('shipment.book', booking()), undefined, { numbers: { ...numbers, before: 'Y', from: 1, to: 99 } });
    expect(drawn.get('PARCEL:plain Y :1')).toBe(1);
    // So does one of other letters that begins where the first one did.
    await done(outboundCommand('shipment.book', booking()), undefined, { numbers: { ...numbers, before: 'Z' } });
    expect(drawn.get('PARCEL:plain Z :998')).toBe(998);
  });

  it('says why nothing is offered', async () => {
    expect(await rateTable.quote!.rates(access(), booking({ to: to('1000', 'CH') }), 1_000)).toMatchObject({ ok: false, error: { kind: 'invalid', message: 'Standard does not go to CH 1000. Express does not go to CH 1000.' } });
    expect(await perform(outboundCommand('shipment.book', booking({ service: { carrier: 'ACME', code: 'EXP' }, packages: [{ id: 'A', weightKg: '40' }] })))).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('Express takes 31.5 kg at most') } });
  });

  it('prices a booking by the day on which it was accepted, where no day of shipping was named', async () => {
    const { shipOn: _, ...undated } = booking({ to: to('1010', 'AT'), service: { carrier: 'ACME', code: 'STD' } });
    // As UUIDv7 begin.
    const idOf = (ms: number) => ms.toString(16).padStart(12, '0').replace(/^(.{8})(.{4})$/, '$1-$2-7000-8000-000000000001');
    const at = (instant: string) => ({ ...outboundCommand('shipment.book', undated), id: idOf(Date.parse(instant)) });
    const amounts = [];
    // Midnight in Berlin is 22:00 in UTC.
    for (const instant of ['2026-06-30T21:59:00Z', '2026-06-30T22:01:00Z']) {
      const command = at(instant);
      amounts.push((recordOf(await done(command), command.id) as { price: { amount: string } }).price.amount);
    }
    expect(amounts).toEqual(['13.61', '14.51']);
  });

  it('goes to a connection of EDI as a load that both syntaxes can write, and is withdrawn under the same number', async () => {
    const tender = { connection: 'acme-edi' };
    const command = outboundCommand('shipment.book', { ...two, service: { carrier: 'ACME', code: 'STD' } });
    const memory = new DrawingMemory(drawn);
    const { further: [offered] = [] } = await done(command, memory, { tender });
    expect(offered).toMatchObject({ kind: 'tender.send', connection: 'acme-edi', key: 'tender', input: { load: 'AC000000018', purpose: 'ORIGINAL', carrier: 'ACME', weightKg: '9', stops: [{ kind: 'PICKUP', place: { city: 'Hamburg' }, window: { from: { instant: '2026-03-05T23:00:00.000Z' } } }, { kind: 'DELIVERY', place: { name: 'Anna Beispiel', postalCode: '10115' } }] } });
    const off = await done(outboundCommand('booking.cancel', { booking: command.id }, { follows: { id: command.id, memory: memory.value } }), undefined, { tender });
    // Of a part of it another attempt tells the rest: the same load, changed.
    expect(offered!.changed).toEqual({ ...offered!.input as TenderInput, purpose: 'CHANGE' });
    expect(off.further).toMatchObject([{ key: 'withdrawal', input: { load: 'AC000000018', purpose: 'CANCEL' } }]);
    for (const { input } of [offered!, off.further![0]!] as Array<{ input: TenderInput }>) {
      expect([x12Writers['tender.send']!(input, { nowMs: 0, zone: 'UTC' } as never), edifactWriters['tender.send']!(input, { nowMs: 0 } as never)]).toEqual([expect.objectContaining({ ok: true }), expect.objectContaining({ ok: true })]);
    }
    expect((await done({ ...command, id: '01a20042-3fe3-7000-94bd-e2c30e6cd8eb' })).further).toEqual([]);
  });

  it('makes a label for the way back, and a sheet of what the driver takes', async () => {
    const command = outboundCommand('return.book', { ...booking({ from: to('80331'), to: from }), of: 'a booking' });
    const performed = await done(command);
    expect(recordOf(performed, command.id)).toMatchObject({ isReturn: true, state: 'BOOKED' });
    expect(factsOf(performed, command.id).find((fact) => fact.type === 'document.reported')!.payload).toMatchObject({ kind: 'RETURN_LABEL' });
    const parts = ['AC000000018', 'AC000000026'].map((number) => ({ externalId: number, trackingNumber: number }));
    const sheet = await done(outboundCommand('manifest.create', { carrier: 'ACME', bookings: [command.id], parts }));
    expect(sheet.files.map((file) => [file.mediaType, Buffer.from(file.content).toString('latin1').includes('AC000000026')])).toEqual([['application/pdf', true]]);
    const [told] = files().filter((name) => name.startsWith('manifest-'));
    expect(readFileSync(join(folder, 'out', told!), 'utf8')).toBe('order,number\r\n"MANIFEST","AC000000018"\r\n"MANIFEST","AC000000026"\r\n');
  });
});

describe('telling a carrier that fails', () => {
  let carrier: SimulatedCarrier;
  beforeAll(async () => void (carrier = await start()));
  afterAll(() => carrier?.close());

  it.each([['every answer is lost', { answerLost: 1 }], ['some answers are lost and some requests never answered', { answerLost: 0.4, timeout: 0.3 }], ['429 and 503 come in between', { rateLimited: 0.3, retryAfterSeconds: 0, unavailable: 0.3 }]])('makes one parcel of each package there, under one number, where %s', async (_what, faults) => {
    const access: Access<RateTableSettings> = { connection: 'acme-1', settings: carrier.connection.settings as never, secrets: { transportToken: [carrier.connection.secrets['transportToken']!] }, allowedNetworks: ['127.0.0.0/8'] };
    const command = outboundCommand('shipment.book', bookingInput({ packages: ['A', 'B', 'C'].map((id) => ({ id, weightKg: '1' })) }));
    const memory = new DrawingMemory(drawnThere);
    carrier.change({ ...noApiFaults, ...faults });
    for (let attempt = 1; ; attempt++) {
      if (attempt > 12) carrier.change(noApiFaults);
      const outcome = await rateTable.perform!.perform(access, { ...command, attempt, timeoutMs: 300 }, memory);
      if (outcome.ok) break;
      expect(['unavailable', 'rate_limited']).toContain(outcome.error.kind);
      expect(attempt).toBeLessThan(40);
    }
    const parcels = carrier.bought().filter(({ reference }) => reference?.startsWith(command.id));
    expect(parcels.map(({ reference }) => reference).sort()).toEqual(['A', 'B', 'C'].map((id) => `${command.id}/${id}`));
    expect(new Set(parcels.map(({ trackingNumber }) => trackingNumber)).size).toBe(3);
  });

  const drawnThere = new Map<string, number>();
});
