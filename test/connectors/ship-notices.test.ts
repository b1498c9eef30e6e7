import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandHeader } from '../../src/connectors/contract.js';
import { readInterchanges, writeInterchanges } from '../../src/connectors/edifact/segments.js';
import { writers as messageWriters } from '../../src/connectors/edifact/messages/index.js';
import { profileSchema as edifactProfile } from '../../src/connectors/edifact/profile.js';
import { prepareInterchange as prepareEdifact } from '../../src/connectors/edifact/writing.js';
import { connectorOf } from '../../src/connectors/registry.js';
import { writers as setWriters } from '../../src/connectors/x12/sets/index.js';
import { profileSchema as x12Profile } from '../../src/connectors/x12/profile.js';
import { prepareInterchange as prepareX12 } from '../../src/connectors/x12/writing.js';
import type { TenderInput } from '../../src/model/edi.js';
import type { Fact } from '../../src/model/facts.js';
import type { ShipNotice } from '../../src/model/ship-notice.js';

const despatch = readFileSync(new URL('../fixtures/edifact/desadv-pallet.edi', import.meta.url));
const nowMs = Date.parse('2026-03-06T14:30:00.000Z');
const settings = { warehouses: 'WH=4012345000016', zone: 'Europe/Berlin' };
const decode = (id: string, body: Uint8Array, headers: Record<string, string> = {}, own: Record<string, unknown> = settings) => connectorOf(id)!.receive!.decode({ headers, body, receivedAt: '2026-03-06T20:00:00.000Z', connection: 'partner', zone: 'UTC' }, own);
const factsOf = <T extends Fact['type']>(facts: readonly Fact[], type: T) => facts.filter((fact): fact is Extract<Fact, { type: T }> => fact.type === type);

const notice: ShipNotice = {
  purpose: 'ORIGINAL', number: 'WH/OUT/00043', order: 'PO-4711', ourOrder: 'S00017', shippedAt: { instant: '2026-03-06T12:45:00.000Z', zone: 'Z' }, expectedAt: '2026-03-09T08:00:00.000Z', carrier: 'NWCX',
  references: [{ kind: 'bill_of_lading', issuer: 'main', value: 'BOL-78' }], from: { name: "Lager 'Nord'", code: '4012345000016', city: 'Hamburg', postalCode: '20457', country: 'DE' }, to: { name: 'Kunde AG', city: 'Wien', country: 'AT' },
  packages: [{ id: 'pallet', sscc: '106141411234567910' }, { id: 'box 1', sscc: '00106141411234567927', within: 'pallet', trackingNumber: '1Z999AA10123456793' }, { id: 'box 2', within: 'pallet' }],
  lines: [
    { id: '1', sku: 'FURN-7777', barcode: '4012345678901', description: 'Desk', quantity: '6', ordered: '6', unit: 'Units', lot: 'LOT-7', serials: ['A1', 'A2', 'A3', 'A4', 'A5', 'A6'], package: 'box 1' },
    { id: '2', sku: 'DESK-1', quantity: '2.5', ordered: '3', unit: 'kg', package: 'box 2' },
    { id: '3', sku: '', barcode: '012345678905', quantity: '1', unit: 'Pallets' },
  ],
};

function edifactOf(kind: 'notice.send' | 'tender.send', input: ShipNotice | TenderInput, more: object = {}): string {
  const profile = edifactProfile.parse({ us: { id: '4012345000009', qualifier: '14' }, partner: { id: 'THEM' }, lines: false, ...more });
  const message = messageWriters[kind]!(input as never, { id: 'c', nowMs, profile });
  if (!message.ok) throw new Error(message.error.message);
  return Buffer.from(prepareEdifact(profile, message.value, nowMs, 'UTC').write([7, 9]).bytes).toString('latin1');
}

function x12Of(input: ShipNotice): string {
  const profile = x12Profile.parse({ us: { qualifier: 'ZZ', id: 'US' }, partner: { qualifier: 'ZZ', id: 'THEM' }, separators: { lines: false } });
  const set = setWriters['notice.send']!(input, { version: '004010', nowMs, zone: 'UTC' });
  if (!set.ok) throw new Error(set.error.message);
  return Buffer.from(prepareX12(profile, { ta1: [], sets: [set.value] }, nowMs, 'UTC').write([1, 2, 3]).bytes).toString('latin1');
}

describe('a DESADV that comes', () => {
  it('says what was shipped of our order, in which cartons on which pallet, with lots and serial numbers', () => {
    const { facts, anomalies } = decode('edifact', despatch);
    expect(anomalies).toEqual([]);
    expect(factsOf(facts, 'warehouse_confirmation.reported').map(({ payload }) => payload)).toEqual([{
      direction: 'OUTBOUND', order: 'WH/OUT/00043', number: 'LS-9002', facility: 'WH', references: [{ kind: 'delivery_order', issuer: 'partner', value: 'WH/OUT/00043' }],
      confirmedAt: { instant: '2026-03-06T12:45:00.000Z', zone: 'Europe/Berlin', zoneAssumed: true }, isFinal: false, carrier: 'HAULIER_GMBH',
      lines: [
        { id: '1', sku: 'FURN-7777', barcode: '4012345678901', quantity: '5', ordered: '5', unit: 'PCE', lot: 'LOT-7', serials: ['SN-1', 'SN-2', 'SN-3', 'SN-4', 'SN-5'], package: '106141411234567927' },
        { id: '2', sku: 'DESK-1', quantity: '2.5', ordered: '3', unit: 'KGM', package: '106141411234567934' },
      ],
      packages: [
        { id: '106141411234567910', sscc: '106141411234567910' }, { id: '106141411234567927', sscc: '106141411234567927', within: '106141411234567910', trackingNumber: 'JJD000390007882823' },
        { id: '106141411234567934', sscc: '106141411234567934', within: '106141411234567910' },
      ],
    }]);
    expect(factsOf(facts, 'milestone.reported')).toMatchObject([{ payload: { code: 'PICKED_UP', pieces: 3 }, also: [{ value: 'JJD000390007882823' }] }]);
  });

  it('is written again as it came, byte for byte', () => {
    expect(Buffer.from(writeInterchanges(readInterchanges(despatch))).equals(despatch)).toBe(true);
  });

  it('of several orders confirms each with its own lines and packages', () => {
    const text = despatch.toString().replace("RFF+ON:WH/OUT/00043'\n", '').replace("QTY+21:5:PCE'", "QTY+21:5:PCE'\nRFF+ON:ONE'").replace("QTY+21:3:KGM'", "QTY+21:3:KGM'\nRFF+ON:TWO'").replace("RFF+DQ:LS-9002'\n", '');
    const confirmations = factsOf(decode('edifact', Buffer.from(text)).facts, 'warehouse_confirmation.reported');
    expect(confirmations.map(({ payload: { order, lines, packages } }) => [order, lines.map(({ sku }) => sku), packages.map(({ id }) => id.slice(-3))])).toEqual([['ONE', ['FURN-7777'], ['910', '927']], ['TWO', ['DESK-1'], ['910', '934']]]);
  });

  it('of goods that a supplier sends to our warehouse is freight on its way, under the numbers of its sender, and no confirmation', () => {
    const fromSupplier = { ...notice, from: { name: 'Lieferant', code: 'SUPPLIER' }, to: { name: 'Lager', code: '4012345000016', country: 'DE' } };
    for (const [id, body, issuer] of [['x12', x12Of(fromSupplier), 'US'], ['edifact', edifactOf('notice.send', fromSupplier), '4012345000009']] as const) {
      const { facts, anomalies } = decode(id, Buffer.from(body, 'latin1'));
      expect(anomalies).toEqual([]);
      expect(facts.map(({ type }) => type)).toEqual(['milestone.reported', 'estimate.reported', 'ship_notice.reported', 'interchange.reported']);
      const reference = { kind: 'delivery_order', issuer, value: 'WH/OUT/00043' };
      const also = [{ kind: 'bill_of_lading', issuer, value: 'BOL-78' }, { kind: 'tracking', issuer: 'NWCX', value: '1Z999AA10123456793' }];
      expect(factsOf(facts, 'milestone.reported')).toMatchObject([{ reference, also, carrier: 'NWCX', payload: { code: 'PICKED_UP', occurred: { instant: '2026-03-06T12:45:00.000Z' } } }]);
      expect(factsOf(facts, 'estimate.reported')).toMatchObject([{ reference, payload: { of: 'DELIVERY', estimated: { instant: '2026-03-09T08:00:00.000Z' } } }]);
      expect(factsOf(facts, 'ship_notice.reported')).toMatchObject([{
        key: { kind: 'ship_notice', id: `delivery_order:${issuer}:WH/OUT/00043` },
        payload: { number: 'WH/OUT/00043', facility: 'WH', references: [reference, ...also], shippedAt: { instant: '2026-03-06T12:45:00.000Z' }, expectedAt: { instant: '2026-03-09T08:00:00.000Z' }, packages: expect.arrayContaining([expect.objectContaining({ sscc: '106141411234567910' })]) },
      }]);
      expect(factsOf(facts, 'ship_notice.reported')[0]!.payload.lines).toContainEqual(expect.objectContaining({ sku: 'FURN-7777', quantity: '6', lot: 'LOT-7', package: '106141411234567927' }));
    }
  });

  it('of goods for our warehouse, in packages without an SSCC, is read without their lines: nobody is told of products that it does not name', () => {
    const unnamed = { ...notice, from: { name: 'Lieferant', code: 'SUPPLIER' }, to: { name: 'Lager', code: '4012345000016', country: 'DE' }, packages: [{ id: 'box 1', trackingNumber: '1Z999AA10123456793' }], lines: [{ ...notice.lines[0]!, package: 'box 1' }] };
    const texts = { x12: x12Of(unnamed).replace(/LIN\*1[^~]*/, 'LIN*1'), edifact: edifactOf('notice.send', unnamed).replace(/LIN\+1[^']*'PIA[^']*'/, "LIN+1'PIA+1'") };
    for (const [id, text] of Object.entries(texts)) {
      const { facts, anomalies } = decode(id, Buffer.from(text, 'latin1'));
      expect([id, anomalies]).toEqual([id, []]);
      expect(facts.map(({ type }) => type)).toEqual(['milestone.reported', 'estimate.reported', 'interchange.reported']);
      const numbered = id === 'x12' ? text.replace('MAN*CP*1Z999AA10123456793', 'MAN*GM*00106141411234567927') : text.replace("RFF+CN:1Z999AA10123456793'", "GIN+BJ+00106141411234567927'");
      expect([id, decode(id, Buffer.from(numbered, 'latin1')).anomalies.map(({ kind }) => kind)]).toEqual([id, expect.arrayContaining(['FIELD_INVALID'])]);
    }
  });

  it('says until when a lot may be used', () => {
    const x12 = x12Of(notice).replace('SN1*1*6', 'DTM*036*20261231~SN1*1*6');
    for (const [id, text] of [['x12', x12], ['edifact', despatch.toString().replace("QTY+12:5:PCE'", "QTY+12:5:PCE'DTM+361:20261231:102'")]] as const) {
      expect(factsOf(decode(id, Buffer.from(text)).facts, 'warehouse_confirmation.reported')[0]!.payload.lines.map(({ expiresOn }) => expiresOn)).toContain('2026-12-31');
    }
    expect(factsOf(decode('x12', Buffer.from(x12.replace('20261231', '20261331'))).facts, 'warehouse_confirmation.reported')[0]!.payload.lines.map(({ expiresOn }) => expiresOn)).toEqual([undefined, undefined, undefined]);
  });

  it('with an SSCC whose check digit is wrong keeps it as it stands there, and people are told', () => {
    const { facts, anomalies } = decode('edifact', Buffer.from(despatch.toString().replace('00106141411234567910', '00106141411234567911')));
    expect(anomalies).toMatchObject([{ kind: 'SSCC_INVALID', rawCode: '106141411234567911', message: expect.stringContaining('should end in 0') }]);
    expect(factsOf(facts, 'warehouse_confirmation.reported')[0]!.payload.packages[0]).toMatchObject({ sscc: '106141411234567911' });
  });

  it('that takes an earlier one back undoes nothing by itself, and people are told', () => {
    for (const [id, body] of [['edifact', despatch.toString().replace('LS-9002+9', 'LS-9002+1')], ['x12', x12Of({ ...notice, purpose: 'CANCEL' })]] as const) {
      const { facts, anomalies } = decode(id, Buffer.from(body), {}, {});
      expect(anomalies.map(({ kind }) => kind)).toEqual(['NOTICE_CANCELLED']);
      expect(factsOf(facts, 'interchange.reported')[0]!.payload).toMatchObject({ state: 'REJECTED' });
      expect(facts).toHaveLength(1);
    }
  });

  it('as long and as deep as a file may be is read to its end', () => {
    const envelope = (hls: string, segments: number) => `ISA*00*          *00*          *ZZ*THEM           *ZZ*US             *260306*1430*U*00401*000000075*0*P*>~GS*SH*A*B*20260306*143000*75*X*004010~ST*856*0001~BSN*00*1*20260306*1330*0001~${hls}SE*${segments + 3}*0001~GE*1*75~IEA*1*000000075~`;
    const depth = 9_998;
    const chain = Array.from({ length: depth }, (_, index) => `HL*${index + 1}*${index === 0 ? '' : index}*${index % 2 === 0 ? 'O' : 'P'}~PRF*${index}~`).join('');
    expect(factsOf(decode('x12', Buffer.from(envelope(chain, depth * 2))).facts, 'warehouse_confirmation.reported')).toHaveLength(depth / 2);
    const crowd = `UNB+UNOC:3+A+B+260306:1410+75'UNH+1+DESADV:D:96A:UN'BGM+351+1+9'RFF+ON:O'CPS+1'PAC+1'${"RFF+CN:1'".repeat(60_000)}PCI+33E'${"RFF+XX:1'".repeat(60_000)}GIN+BJ${'+106141411234567927'.repeat(20_000)}'LIN+1'PIA+5+A:SA'QTY+12:1'UNT+0+1'UNZ+1+75'`;
    expect(factsOf(decode('edifact', Buffer.from(crowd)).facts, 'warehouse_confirmation.reported')).toMatchObject([{ payload: { packages: [{ sscc: '106141411234567927' }], lines: [{ sku: 'A' }] } }]);
  });

  it('with more lines than are read, or with levels of one number, says so or reads them all: nothing is lost unsaid', () => {
    const envelope = (body: string) => `ISA*00*          *00*          *ZZ*THEM           *ZZ*US             *260306*1430*U*00401*000000075*0*P*>~GS*SH*A*B*20260306*143000*75*X*004010~ST*856*0001~BSN*00*1*20260306*1330*0001~${body}SE*${body.split('~').length + 2}*0001~GE*1*75~IEA*1*000000075~`;
    const order = (name: string, sku: string) => `HL*1**O~PRF*${name}~HL*2*1*P~MAN*CP*T${name}~HL*3*2*I~LIN**VN*${sku}~SN1**1*EA~`;
    const twice = decode('x12', Buffer.from(envelope(order('ONE', 'A') + order('TWO', 'B'))));
    expect(twice.anomalies).toEqual([]);
    expect(factsOf(twice.facts, 'warehouse_confirmation.reported').map(({ payload }) => [payload.order, payload.lines.map(({ sku }) => sku), payload.packages.map(({ trackingNumber }) => trackingNumber)])).toEqual([['ONE', ['A'], ['TONE']], ['TWO', ['B'], ['TTWO']]]);
    const many = `HL*1**O~PRF*ONE~${Array.from({ length: 5_001 }, (_, index) => `HL*${index + 2}*1*I~LIN**VN*A~SN1**1*EA~`).join('')}`;
    const lines = `UNB+UNOC:3+A+B+260306:1410+75'UNH+1+DESADV:D:96A:UN'BGM+351+1+9'RFF+ON:ONE'${"LIN+1'PIA+5+A:SA'QTY+12:1'".repeat(5_001)}UNT+15007+1'UNZ+1+75'`;
    for (const [id, text] of [['x12', envelope(many)], ['edifact', lines]] as const) {
      const { facts, anomalies } = decode(id, Buffer.from(text));
      expect(anomalies.map(({ kind }) => kind)).toEqual(['TOO_MANY']);
      expect(factsOf(facts, 'interchange.reported')[0]!.payload).toMatchObject({ state: 'ACCEPTED_WITH_ERRORS' });
      expect(factsOf(facts, 'warehouse_confirmation.reported')[0]!.payload.isFinal).toBe(false);
    }
  });

  it('names no product, or nothing at all: people are told, and nothing is guessed', () => {
    const kinds = (text: string) => decode('edifact', Buffer.from(text)).anomalies.map(({ kind }) => kind);
    expect(kinds(despatch.toString().replace("PIA+5+DESK-1:SA'", ''))).toContain('FIELD_INVALID');
    expect(kinds("UNB+UNOC:3+A+B+260306:1430+75'UNH+1+DESADV:D:96A:UN'BGM+351+1+9'UNT+3+1'UNZ+1+75'")).toEqual(['NO_LINES']);
    expect(kinds(despatch.toString().replace("RFF+ON:WH/OUT/00043'\nRFF+DQ:LS-9002'\n", ''))).toContain('NO_REFERENCE');
  });
});

describe('a ship notice that we send', () => {
  const told = (order: string) => ({
    order, number: 'WH/OUT/00043', carrier: 'NWCX', isFinal: false, confirmedAt: { instant: '2026-03-06T12:45:00.000Z' },
    lines: expect.arrayContaining([expect.objectContaining({ sku: 'FURN-7777', barcode: '4012345678901', quantity: '6', ordered: '6', lot: 'LOT-7', serials: ['A1', 'A2', 'A3', 'A4', 'A5', 'A6'], package: '106141411234567927' }), expect.objectContaining({ sku: 'DESK-1', quantity: '2.5', ordered: '3' }), expect.objectContaining({ sku: '', barcode: '012345678905', quantity: '1' })]),
    packages: expect.arrayContaining([expect.objectContaining({ sscc: '106141411234567910' }), expect.objectContaining({ sscc: '106141411234567927', within: '106141411234567910', trackingNumber: '1Z999AA10123456793' })]),
  });

  it('as X12 856 is read by its receiver as it was meant', () => {
    const text = x12Of(notice);
    expect(text.split('~').slice(2)).toEqual([
      'ST*856*0003', 'BSN*00*WH/OUT/00043*20260306*1245*0001', 'HL*1**S', 'TD1*CTN*2', 'TD5*B*2*NWCX', 'REF*BM*BOL-78', 'DTM*011*20260306*1245*UT', 'DTM*017*20260309*0800*UT', "N1*SF*Lager 'Nord'*93*4012345000016", 'N4*Hamburg**20457*DE', 'N1*ST*Kunde AG', 'N4*Wien***AT',
      'HL*2*1*O', 'PRF*PO-4711', 'REF*VN*S00017', 'HL*3*2*T', 'MAN*GM*00106141411234567910', 'HL*4*3*P', 'MAN*GM*00106141411234567927', 'MAN*CP*1Z999AA10123456793',
      'HL*5*4*I', 'LIN*1*VN*FURN-7777*EN*4012345678901*LT*LOT-7', 'SN1*1*6*EA**6*EA', 'PID*F****Desk', ...['A1', 'A2', 'A3', 'A4', 'A5', 'A6'].map((serial) => `REF*SE*${serial}`),
      'HL*6*3*P', 'HL*7*6*I', 'LIN*2*VN*DESK-1', 'SN1*2*2.5*KG**3*KG', 'HL*8*2*I', 'LIN*3*UP*012345678905', 'SN1*3*1*PL', 'CTT*8', 'SE*39*0003', 'GE*1*2', 'IEA*1*000000001', '',
    ]);
    const { facts, anomalies } = decode('x12', Buffer.from(text));
    expect(anomalies).toEqual([]);
    expect(factsOf(facts, 'warehouse_confirmation.reported').map(({ payload }) => payload)).toMatchObject([told('PO-4711')]);
  });

  it.each(['96A', '01B'])('as DESADV of directory %s is read by its receiver as it was meant', (directory) => {
    const text = edifactOf('notice.send', notice, { directory });
    expect(text).toContain(`DESADV:D:${directory}:UN'BGM+351+WH/OUT/00043+9'`);
    expect(text).toContain("NAD+SU+4012345000009::9'NAD+BY+THEM::92'NAD+SF+4012345000016::9++Lager ?'Nord?'++Hamburg++20457+DE'NAD+DP+++Kunde AG++Wien+++AT'TDT+20++30++NWCX:172:182'CPS+1'PAC+1'");
    expect(text).toContain(`LIN+2++4012345678901:${directory === '96A' ? 'EN' : 'SRV'}'PIA+1+FURN-7777:SA'IMD+F++:::Desk'QTY+12:6:PCE'QTY+21:6:PCE'GIN+BX+LOT-7'GIN+BN+A1+A2+A3+A4+A5'GIN+BN+A6'`);
    const { facts, anomalies } = decode('edifact', Buffer.from(text, 'latin1'));
    expect(anomalies).toEqual([]);
    expect(factsOf(facts, 'warehouse_confirmation.reported').map(({ payload }) => payload)).toMatchObject([told('PO-4711')]);
  });

  it.each([
    ['an order number that is too long', { order: 'P'.repeat(36) }, /order/],
    ['no lines', { lines: [] }, /needs lines/],
    ['a unit that has no code', { lines: [{ ...notice.lines[0]!, unit: 'Furlongs' }] }, /Furlongs/],
    ['an SSCC of seventeen digits', { packages: [{ id: 'box 1', sscc: '1'.repeat(17) }] }, /18 digits/],
    ['a package on one that is not there', { packages: [{ id: 'box 1', within: 'nowhere' }] }, /nowhere/],
    ['packages that stand on one another', { packages: [{ id: 'a', within: 'b' }, { id: 'b', within: 'a' }] }, /stands on/],
    ['a line in a package that is not there', { packages: [] }, /box 1/],
    ['a serial number that would be cut off', { lines: [{ ...notice.lines[0]!, serials: ['S'.repeat(36)], package: 'box 1' }] }, /S{30,36} has more than/],
    ['a product number that would be cut off', { packages: [], lines: [{ id: '1', sku: 'P'.repeat(49), quantity: '1', unit: 'kg' }] }, /P{49} has more than/],
    ['a tracking number that would be cut off', { packages: [{ id: 'box 1', trackingNumber: 'T'.repeat(49) }], lines: [{ ...notice.lines[0]!, package: 'box 1' }] }, /T{49} has more than/],
    ['a line that names no product', { lines: [{ id: '1', sku: '', quantity: '1', unit: 'kg' }] }, /no product/],
  ])('is refused with its reason for %s', (_what, change, reason) => {
    expect(() => x12Of({ ...notice, ...change })).toThrow(reason);
    expect(() => edifactOf('notice.send', { ...notice, ...change })).toThrow(reason);
  });
});

describe('an IFTMIN that we send', () => {
  const instruction: TenderInput = {
    load: 'TO-17', purpose: 'ORIGINAL', carrier: 'NWCX', weightKg: '1200', equipment: 'TRL77', references: [{ kind: 'delivery_order', issuer: 'main', value: 'WH/OUT/00043' }],
    stops: [
      { kind: 'PICKUP', place: { name: 'Werk Nord', code: '4012345000016', city: 'Hamburg', postalCode: '20457', country: 'DE' }, window: { from: { instant: '2026-03-09T06:00:00.000Z', zone: 'Z' }, to: { instant: '2026-03-09T11:00:00.000Z', zone: 'Z' } }, references: [] },
      { kind: 'DELIVERY', place: { name: 'Kunde AG', city: 'Wien', country: 'AT' }, window: { to: { instant: '2026-03-10T15:00:00.000Z', zone: 'Z' } }, references: [] },
    ],
  };

  it('is read by its receiver as it was meant', () => {
    const text = edifactOf('tender.send', instruction);
    expect(text).toContain("BGM+610+TO-17+9'DTM+137:202603061430?+0000:205'DTM+234:202603090600?+0000:205'DTM+235:202603091100?+0000:205'DTM+63:202603101500?+0000:205'CNT+7:1200:KGM'RFF+AAJ:WH/OUT/00043'TDT+20++30++NWCX:172:182'NAD+CA+NWCX:172:182'");
    const { facts, anomalies } = decode('edifact', Buffer.from(text));
    expect(anomalies).toEqual([]);
    const named = [{ kind: 'delivery_order', value: 'WH/OUT/00043' }];
    expect(factsOf(facts, 'load.reported').map(({ payload }) => payload)).toMatchObject([{
      name: 'TO-17', state: 'REQUESTED', carrier: 'NWCX',
      stops: [{ kind: 'PICKUP', facilityCode: '4012345000016', place: { name: 'Werk Nord', city: 'Hamburg' }, window: { from: { instant: '2026-03-09T06:00:00.000Z' }, to: { instant: '2026-03-09T11:00:00.000Z' } }, loaded: named }, { kind: 'DELIVERY', place: { name: 'Kunde AG', city: 'Wien', country: 'AT' }, unloaded: named }],
    }]);
  });

  it('states the tender where we sent it, and its end where we withdrew it', () => {
    for (const [purpose, state] of [['ORIGINAL', 'TENDERED'], ['CHANGE', 'TENDERED'], ['CANCEL', 'CANCELLED']] as const) {
      const { facts, anomalies } = decode('edifact', Buffer.from(edifactOf('tender.send', { ...instruction, purpose })), { [commandHeader]: 'c' });
      expect(anomalies).toEqual([]);
      expect(facts.map((fact) => [fact.type, 'payload' in fact ? fact.payload : null])).toEqual([['tender.reported', expect.objectContaining({ load: 'TO-17', role: 'TENDER', state, carrier: 'NWCX' })], ['interchange.reported', expect.objectContaining({ direction: 'OUT' })]]);
    }
  });

  it('is refused for a load of several stops, and where an answer is wanted', () => {
    expect(() => edifactOf('tender.send', { ...instruction, stops: [...instruction.stops, instruction.stops[1]!] })).toThrow(/3 stops/);
    expect(() => edifactOf('tender.send', { ...instruction, respondBy: '2026-03-07T10:00:00.000Z' })).toThrow(/asks for no answer/);
  });
});
