import { describe, expect, it } from 'vitest';
import { UnreadableMessage } from '../../src/connectors/contract.js';
import { connectorOf } from '../../src/connectors/registry.js';
import { write990 } from '../../src/connectors/x12/sets/990.js';
import { readTime } from '../../src/connectors/x12/times.js';
import type { Decoded, Fact, MilestoneFact } from '../../src/model/facts.js';
import { describeWithFixture } from '../support/shared-fixtures.js';
import { milestones, raw } from './raw.js';

const x12 = connectorOf('x12')!;
/** What is said of freight; that an interchange came stands in edi-acknowledgements.test.ts. */
const decode = (body: string | Uint8Array, settings = {}) => {
  const { facts, anomalies } = x12.receive!.decode(raw(body), settings);
  return { facts: facts.filter((fact) => fact.type !== 'interchange.reported'), anomalies };
};
const isa = 'ISA*00*          *00*          *02*NWCX           *ZZ*NORTHWIND      *260306*1410*U*00401*000000071*0*P*>~';
const gs = 'GS*QM*NWCX*NORTHWIND*20260306*1410*71*X*004010~';
const ends = (sets = 1) => `GE*${sets}*71~IEA*1*000000071~`;
const set214 = (body: string, control = '0001') => `ST*214*${control}~${body}SE*${body.split('~').length + 1}*${control}~`;
const file = (body: string) => `${isa}${gs}${set214(body)}${ends()}`;
const kinds = (decoded: Decoded) => decoded.anomalies.map((one) => one.kind);
const codes = (facts: readonly MilestoneFact[]) => facts.map((fact) => `${fact.payload.code} ${fact.payload.classifier} ${fact.payload.occurred.instant}`);

describeWithFixture('the 214 of three delivery orders', 'x12/214-three-stops.edi', (body) => {

  it('gives each delivery order its own pickup and delivery, in Pacific standard time', () => {
    const { facts } = decode(body);
    const by = new Map<string, MilestoneFact[]>();
    for (const fact of milestones(facts)) by.set(fact.reference.value, [...(by.get(fact.reference.value) ?? []), fact]);
    expect([...by.keys()]).toEqual(['99997666', '99990835', '99991280']);
    expect(new Set(facts.map((fact) => 'reference' in fact && `${fact.reference.kind} ${fact.reference.issuer}`))).toEqual(new Set(['delivery_order ABCDEFGHIJKLMNO']));
    expect(codes(by.get('99990835')!)).toEqual([
      'PICKUP_APPOINTMENT PLANNED 2011-12-17T16:30:00.000Z',
      'ARRIVED_PICKUP ACTUAL 2011-12-17T17:30:00.000Z',
      'LOADED ACTUAL 2011-12-17T17:30:00.000Z',
      'DELIVERY_APPOINTMENT PLANNED 2011-12-18T19:00:00.000Z',
      'ARRIVED_DELIVERY ACTUAL 2011-12-18T19:00:00.000Z',
      'DELIVERED ACTUAL 2011-12-19T19:00:00.000Z',
    ]);
    expect(by.get('99997666')!.at(-1)!.payload.occurred).toEqual({ instant: '2011-12-22T15:45:00.000Z', zone: '-08:00' });
    expect(by.get('99991280')!.at(-1)!.payload.occurred.instant).toBe('2011-12-19T12:30:00.000Z');
  });
  it('does not take the number of the whole trip for another name of one of them', () => {
    expect(decode(body).facts.filter((fact) => 'also' in fact && fact.also !== undefined)).toEqual([]);
  });
  it('notes the wrong control number and reads on', () => {
    expect(decode(body).anomalies).toEqual([expect.objectContaining({ kind: 'CONTROL_NUMBER_MISMATCH', severity: 'LOW', rawCode: '000002510' })]);
  });
  it('reads the same with a byte order mark, with carriage returns and on one line', () => {
    const text = body.toString('latin1');
    const { facts } = decode(body);
    expect(decode(text.replaceAll('\n', '\r\n')).facts).toEqual(facts);
    expect(decode(text.replaceAll('\n', '')).facts).toEqual(facts);
    const marked = decode(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]));
    expect(marked.facts).toEqual(facts);
    expect(kinds(marked)).toContain('BYTE_ORDER_MARK');
  });
  it('cut anywhere, gives a part of its facts and none under another name', () => {
    const all = new Set(decode(body).facts.map((fact) => JSON.stringify(fact)));
    for (let length = 120; length < body.length - 25; length += 7) {
      const part = decode(body.subarray(0, length));
      for (const fact of part.facts) expect(all).toContain(JSON.stringify(fact));
      expect(part.anomalies.some((one) => one.severity === 'HIGH')).toBe(true);
    }
  });
});

describeWithFixture('the 204 of an import load', 'x12/204-import-load.edi', (body) => {
  it('gives the load with its two stops', () => {
    const { facts, anomalies } = decode(body);
    expect(anomalies).toEqual([]);
    expect(facts).toEqual([expect.objectContaining({
      type: 'load.reported', key: { kind: 'load', id: 'SUDU33SYD002692X' },
      payload: {
        name: 'SUDU33SYD002692X', state: 'REQUESTED', rawState: 'B2A 00', trailer: 'GESU132086',
        stops: [
          { id: '1', sequence: 1, kind: 'PICKUP', place: { name: 'CN' }, loaded: [{ kind: 'bill_of_lading', issuer: 'USANYC999', value: 'SUDU33SYD002692X' }], unloaded: [] },
          { id: '2', sequence: 2, kind: 'DELIVERY', place: { name: 'CSX' }, loaded: [], unloaded: [{ kind: 'bill_of_lading', issuer: 'USANYC999', value: 'SUDU33SYD002692X' }] },
        ],
      },
    })]);
  });
});

describe('a 204', () => {
  it('gives a later statement a higher version, whichever of its clock and its number differs', () => {
    const of = (time: string, control: string, purpose: string) => {
      const text = `${isa}GS*SM*NWCX*NORTHWIND*20260306*${time}*${control}*X*004010~ST*204*0001~B2**NWCX**L1**PP~B2A*${purpose}~S5*1*LD~SE*5*0001~GE*1*${control}~IEA*1*000000071~`;
      const [fact] = decode(text).facts;
      return fact!.type === 'load.reported' ? [fact!.version, fact!.payload.state] as const : null;
    };
    const [first, later, same] = [of('1410', '71', '00')!, of('1411', '70', '01')!, of('1410', '72', '04')!];
    expect([first[1], later[1], same[1]]).toEqual(['REQUESTED', 'CANCELLED', 'REQUESTED']);
    expect(later[0]).toBeGreaterThan(same[0]);
    expect(same[0]).toBeGreaterThan(first[0]);
  });
  it.each([['04', 'a change'], ['05', 'a replacement']])('of purpose %s, %s, is of the same load, and says nothing but the load: what customers were promised stays as it was', (purpose) => {
    const of = (time: string, code: string, window: string) => decode(`${isa}GS*SM*NWCX*NORTHWIND*20260306*${time}*71*X*004010~ST*204*0001~B2**NWCX**l-1**PP~B2A*${code}~L11*BOL1*BM~S5*1*LD~S5*2*UL~G62*53*20260307*G*${window}*UT~SE*8*0001~${ends()}`).facts;
    const [planned, replanned] = [of('1410', '00', '0900'), of('1500', purpose, '1700')];
    expect(replanned.map(({ type }) => type)).toEqual(['load.reported']);
    const [before, after] = [planned[0]!, replanned[0]!] as Array<Extract<Fact, { type: 'load.reported' }>>;
    expect(after!.key).toEqual(before!.key);
    expect(after!.version).toBeGreaterThan(before!.version);
    expect([before!, after!].map(({ payload }) => payload.stops[1]!.window!.from!.instant)).toEqual(['2026-03-07T09:00:00.000Z', '2026-03-07T17:00:00.000Z']);
  });
  it('is named where nothing names its load, and one that is cut off gives no half load', () => {
    const text = (b2: string) => `${isa}GS*SM*NWCX*NORTHWIND*20260306*1410*71*X*004010~ST*204*0001~${b2}B2A*00~S5*1*LD~`;
    const nameless = decode(`${text('B2**NWCX****PP~')}SE*5*0001~${ends()}`);
    expect([nameless.facts, kinds(nameless)]).toEqual([[], ['NO_REFERENCE']]);
    expect(decode(text('B2**NWCX**L1**PP~')).facts).toEqual([]);
  });
});

describe('a 990', () => {
  const answer = (reason: string | undefined, accepted = false, version = '004010') => {
    const written = write990({ load: 'L-1', carrier: 'NWCX', accepted, ...(reason === undefined ? {} : { reason }) }, { nowMs: Date.UTC(2026, 2, 6), version, zone: 'UTC' });
    if (!written.ok) throw new Error(written.error.message);
    return written.value.segments.map((segment) => segment.join('*'));
  };
  const read = (segments: readonly string[]) => {
    const text = `${isa}GS*GF*NWCX*NORTHWIND*20260306*1410*71*X*004010~ST*990*0001~${segments.map((segment) => `${segment}~`).join('')}SE*${segments.length + 2}*0001~${ends()}`;
    return (decode(text).facts[0] as Extract<Fact, { type: 'tender.reported' }>).payload;
  };

  it('says why a tender is declined in the code of its release, or in words where that has none', () => {
    expect(answer('cpu', false, '004030')).toEqual(['B1*NWCX*L-1*20260306*D**CPU']);
    expect(answer('CPU')).toEqual(['B1*NWCX*L-1*20260306*D', 'K1*CPU Capacity unavailable']);
    expect(answer(undefined, true)).toEqual(['B1*NWCX*L-1*20260306*A']);
    for (const version of ['004010', '004030']) expect(read(answer('CPU', false, version))).toMatchObject({ state: 'DECLINED', reason: 'CPU Capacity unavailable' });
  });
  it('keeps a long reason whole, in remarks of the length that one may have', () => {
    const reason = 'The only truck with a tail lift is in the workshop until Tuesday, and a trailer is not to be had';
    const segments = answer(reason);
    expect(segments.slice(1).every((segment) => segment.length <= 33)).toBe(true);
    expect(read(segments).reason).toBe(reason);
  });
});

describe('envelopes', () => {
  const status = 'B10*PRO1*BOL1*NWCX~LX*1~AT7*D1*NS***20260306*1005*ET~';

  it('reads an ISA whose blanks were trimmed away, whatever its delimiters', () => {
    const expected = decode(file(status)).facts;
    const short = file(status).replace(isa, 'ISA*00**00**02*NWCX*ZZ*NORTHWIND*260306*1410*U*00401*000000071*0*P*>~');
    for (const text of [short, short.replaceAll('~', '~\r\n'), short.replaceAll('~', '\n'), short.replaceAll('~', '\r\n'), short.replaceAll('*', '|').replaceAll('~', "'"), short.replace('*P*>~', '*P~')]) {
      const decoded = decode(text);
      expect(decoded.facts).toEqual(expected);
      expect(kinds(decoded)).toEqual(['ISA_LENGTH']);
    }
  });
  it('reads a regular ISA that ends its segments with a line break', () => {
    for (const end of ['\n', '\r\n']) expect(decode(file(status).replaceAll('~', end))).toEqual(decode(file(status)));
  });
  it('notes wrong counts in SE, GE and IEA and reads the statuses', () => {
    const decoded = decode(file(status).replace(/SE\*\d+/, 'SE*99').replace('GE*1*', 'GE*7*').replace('IEA*1*', 'IEA*3*'));
    expect(decoded.facts).toHaveLength(1);
    expect(decoded.anomalies.map((one) => [one.kind, one.severity])).toEqual([['COUNT_MISMATCH', 'LOW'], ['COUNT_MISMATCH', 'LOW'], ['COUNT_MISMATCH', 'LOW']]);
  });
  it('reads every interchange of a file, each with its own delimiters', () => {
    const second = file('B10*PRO2**NWCX~AT7*AF*NS***20260306*1005*ET~').replaceAll('*', '^').replaceAll('~', '!').replaceAll('NWCX', 'ABCD');
    const decoded = decode(`${file(status)}\n${second}`);
    expect(milestones(decoded.facts).map((fact) => fact.reference)).toEqual([
      { kind: 'pro_number', issuer: 'NWCX', value: 'PRO1' },
      { kind: 'pro_number', issuer: 'ABCD', value: 'PRO2' },
    ]);
    expect(decoded.anomalies).toEqual([]);
  });
  it('is not led astray by data that ends in the letters ISA', () => {
    const decoded = decode(file(`B10*PRO1*BOL1*NWCX~L11*PAID-ISA*11*VISA~LX*1~AT7*D1*NS***20260306*1005*ET~`));
    expect(decoded.facts).toHaveLength(1);
    expect(decoded.anomalies).toEqual([]);
  });
  it('reads the 214 beside a set that it does not know', () => {
    const decoded = decode(`${isa}${gs}ST*210*0001~B3*1~SE*3*0001~${set214(status, '0002')}${ends(2)}`);
    expect(decoded.facts).toHaveLength(1);
    expect(decoded.anomalies).toEqual([expect.objectContaining({ kind: 'UNSUPPORTED_SET', rawCode: '210' })]);
  });
  it('leaves out the part of a cut file that nothing names, and says so', () => {
    const whole = file('B10*TRIP**NWCX~LX*1~AT7*D1*NS***20260306*1005*ET~L11*111*DO~LX*2~AT7*D1*NS***20260306*1105*ET~L11*222*DO~');
    const decoded = decode(whole.slice(0, whole.indexOf('L11*222')));
    expect(milestones(decoded.facts).map((fact) => fact.reference.value)).toEqual(['111']);
    expect(decoded.anomalies.filter((one) => one.severity === 'HIGH').map((one) => one.kind)).toEqual(['SET_INCOMPLETE', 'TRUNCATED', 'NO_REFERENCE']);
  });
  it('reads ISO-8859-1 and UTF-8 alike', () => {
    const text = file('B10*PRO1**NWCX~LX*1~AT7*D1*NS***20260306*1005*ET~MS1*MONTRÉAL*QC*CA~');
    const latin1 = decode(Buffer.from(text, 'latin1'));
    expect(milestones(latin1.facts)[0]!.payload.place).toEqual({ city: 'MONTRÉAL', region: 'QC', country: 'CA' });
    expect(decode(Buffer.from(text, 'utf8'))).toEqual(latin1);
  });
  it.each([['no EDI at all', 'Hello'], ['EDIFACT', "UNA:+.? 'UNB+UNOC:3+S+R+260306:1410+1'"], ['an ISA that is cut off', 'ISA*00*          *00'], ['nothing', '']])('refuses %s and says why', (_name, body) => {
    expect(() => decode(body)).toThrow(UnreadableMessage);
  });
});

describe('whom a status is of', () => {
  const at7 = 'AT7*D1*NS***20260306*1005*ET~';
  const subjects = (body: string) => milestones(decode(file(body)).facts).map((fact) => ({ is: `${fact.reference.kind}:${fact.reference.issuer}:${fact.reference.value}`, also: fact.also?.map((one) => `${one.kind}:${one.value}`) }));

  it('is the pro number where no delivery order is named, and the bill of lading is another name', () => {
    expect(subjects(`B10*PRO1*WH/OUT/00311*NWCX~LX*1~${at7}`)).toEqual([{ is: 'pro_number:NWCX:PRO1', also: ['bill_of_lading:WH/OUT/00311'] }]);
  });
  it('is read from a 214 without LX groups', () => {
    expect(subjects(`B10*PRO1**NWCX~L11*DO-5*DO~${at7}`)).toEqual([{ is: 'delivery_order:NWCX:DO-5', also: undefined }]);
  });
  it('is the delivery order alone, and never the trip besides: the next order of the trip comes in a set of its own', () => {
    const orders = ['A1', 'A2', 'A3'].flatMap((order) => subjects(`B10*995551*LOAD9*NWCX~LX*1~${at7}L11*${order}*DO~`));
    expect(orders).toEqual(['A1', 'A2', 'A3'].map((order) => ({ is: `delivery_order:NWCX:${order}`, also: undefined })));
  });
  it('is the sender where the carrier has no code', () => {
    expect(subjects(`B10*PRO1**~LX*1~${at7}`)).toEqual([{ is: 'pro_number:NWCX:PRO1', also: undefined }]);
  });
  it('is each of several delivery orders in one group', () => {
    expect(subjects(`B10*PRO1*BOL1*NWCX~LX*1~${at7}L11*1*DO~L11*2*DO~`)).toEqual([{ is: 'delivery_order:NWCX:1', also: undefined }, { is: 'delivery_order:NWCX:2', also: undefined }]);
  });
  it('takes a bill of lading of a group for its name only where no other group carries it', () => {
    const body = `B10*TRIP**NWCX~LX*1~${at7}L11*1*DO~L11*SHARED*BM~L11*OWN*BM~LX*2~${at7}L11*2*DO~L11*SHARED*BM~`;
    expect(subjects(body)).toEqual([{ is: 'delivery_order:NWCX:1', also: ['bill_of_lading:OWN'] }, { is: 'delivery_order:NWCX:2', also: undefined }]);
  });
  it('is said to be unknown where nothing names it', () => {
    const decoded = decode(file(`B10***NWCX~LX*1~${at7}`));
    expect(decoded.facts).toEqual([]);
    expect(decoded.anomalies).toEqual([expect.objectContaining({ kind: 'NO_REFERENCE', severity: 'HIGH' })]);
  });
});

describe('what a status says', () => {
  const read = (at7: string, more = '') => decode(file(`B10*PRO1**NWCX~LX*1~${at7}~${more}`));

  it('is an estimate for AG and X2, as milestone and as estimate', () => {
    const { facts } = read('AT7*X2*NS***20260306*0930*ES');
    expect(facts.map((fact) => [fact.type, fact.factKey])).toEqual([
      ['milestone.reported', 'X2|2026-03-06T14:30:00.000Z||ESTIMATED'],
      ['estimate.reported', 'estimate:DELIVERY|2026-03-06T13:10:00.000Z|2026-03-06T14:30:00.000Z'],
    ]);
  });
  it('is not a delivery for AJ, nor a pickup for X3', () => {
    expect(milestones(read('AT7*AJ*NS***20260306*0930*ES').facts)[0]!.payload).toMatchObject({ code: 'INFO', rawCode: 'AJ' });
    expect(milestones(read('AT7*X3*NS***20260306*0930*ES').facts)[0]!.payload.code).toBe('ARRIVED_PICKUP');
  });
  it('carries whose matter the reason is, and none where all is normal', () => {
    const of = (at7: string) => milestones(read(at7).facts)[0]!.payload;
    expect(of('AT7*SD*AO***20260306*0930*ES')).toMatchObject({ code: 'DELAYED', exceptionClass: 'WEATHER', rawReason: 'AO' });
    expect(of('AT7*SD*CA***20260306*0930*ES')).toMatchObject({ code: 'CUSTOMS_HOLD', exceptionClass: 'CUSTOMS' });
    expect(of('AT7*D1*NS***20260306*0930*ES').exceptionClass).toBeUndefined();
  });
  it.each(['CA', 'AS'])('is a hold at customs for the reason %s whatever the status, save at an end of the journey and for an estimate', (reason) => {
    const of = (code: string) => milestones(read(`AT7*${code}*${reason}***20260306*0930*ES`).facts).map((fact) => fact.payload.code);
    expect([of('SD'), of('X6'), of('AI')]).toEqual([['CUSTOMS_HOLD'], ['CUSTOMS_HOLD'], ['CUSTOMS_HOLD']]);
    expect([of('X4'), of('X1'), of('AF')]).toEqual([['ARRIVED_FACILITY', 'CUSTOMS_HOLD'], ['ARRIVED_DELIVERY', 'CUSTOMS_HOLD'], ['PICKED_UP', 'CUSTOMS_HOLD']]);
    expect([of('D1'), of('A3'), of('AG')]).toEqual([['DELIVERED'], ['RETURNED'], ['ETA_UPDATED']]);
    expect(of('K1')).toEqual(['CUSTOMS_HOLD']);
  });
  it.each([['L11*32768*QN~', 'L11 QN'], ['L11*X*QN~', 'L11 QN'], ['AT8*G*L*162*2147483648~', 'AT804'], ['AT8*G*L*162*1E3~', 'AT804'], [`AT8*G*L*162*${'9'.repeat(40)}~`, 'AT804']])('loses a count that no column holds, and nothing else: %s', (segment, field) => {
    const decoded = read('AT7*AF*NS***20260306*0930*ES', segment);
    expect(milestones(decoded.facts).map((fact) => [fact.payload.code, fact.payload.stop, fact.payload.pieces])).toEqual([['PICKED_UP', undefined, undefined]]);
    expect(decoded.anomalies).toEqual([expect.objectContaining({ kind: 'FIELD_INVALID', severity: 'MEDIUM', message: expect.stringContaining(field) })]);
  });
  it('is information with its raw code where no table has it, be it a word that objects answer to', () => {
    for (const code of ['Z9', 'CONSTRUCTOR', '__PROTO__']) {
      const decoded = read(`AT7*${code}*NS***20260306*0930*ES`);
      expect(milestones(decoded.facts)[0]!.payload).toMatchObject({ code: 'INFO', rawCode: code });
      expect(decoded.anomalies).toEqual([expect.objectContaining({ kind: 'UNKNOWN_CODE', severity: 'LOW', rawCode: code })]);
    }
  });
  it('keeps place, equipment, stop and pieces', () => {
    const decoded = read('AT7*AF*NS***20260306*0930*ES', 'MS1*BALTIMORE*MD*USA~MS2*NWCX*TR55~L11*2*QN~AT8*G*L*162*7~');
    expect(milestones(decoded.facts)[0]!.payload).toMatchObject({ place: { city: 'BALTIMORE', region: 'MD', country: 'US' }, rawText: 'Equipment NWCX TR55', stop: 2, pieces: 7 });
  });
  it.each(['19700101*0000*UT', '20260231*0930*ES', '20260306*2561*ES', '99990101*0930*ES', '**', 'ABCDEFGH*0930*ES'])('is left out and noted with the time %s, and the next is read', (time) => {
    const decoded = decode(file(`B10*PRO1**NWCX~LX*1~AT7*X3*NS***${time}~AT7*AF*NS***20260306*0930*ES~`));
    expect(codes(milestones(decoded.facts))).toEqual(['PICKED_UP ACTUAL 2026-03-06T14:30:00.000Z']);
    expect(kinds(decoded)).toEqual(['TIME_INVALID']);
  });
  it('takes the time of arrival where the group does not say when it was made', () => {
    const decoded = decode(file('B10*PRO1**NWCX~LX*1~AT7*AF*NS***20260306*0930*ES~').replace('*20260306*1410*71', '***71'));
    expect(decoded.facts[0]!.observedAt).toBe('2026-03-06T14:30:00.000Z');
    expect(kinds(decoded)).toEqual(['TIME_INVALID']);
  });
});

describe('times', () => {
  it.each([
    ['PS', '2026-07-01T20:00:00.000Z', '-08:00'],
    ['PT', '2026-07-01T19:00:00.000Z', 'America/Los_Angeles'],
    ['ED', '2026-07-01T16:00:00.000Z', '-04:00'],
    ['UT', '2026-07-01T12:00:00.000Z', 'Z'],
    ['05', '2026-07-01T07:00:00.000Z', '+05:00'],
    ['24', '2026-07-01T13:00:00.000Z', '-01:00'],
    ['13', '2026-07-02T00:00:00.000Z', '-12:00'],
  ])('noon in zone %s is %s', (code, instant, zone) => {
    expect(readTime('20260701', '1200', code, 'Europe/Berlin')!.occurred).toEqual({ instant, zone });
  });
  it.each(['LT', ''])('takes the zone of the connection for "%s" and says so', (code) => {
    expect(readTime('20260701', '1200', code, 'Europe/Berlin')!.occurred).toEqual({ instant: '2026-07-01T10:00:00.000Z', zone: 'Europe/Berlin', zoneAssumed: true });
  });
  it('reads seconds, older dates of six digits, and a date without time as its midnight', () => {
    expect(readTime('260701', '12003075', 'UT', 'UTC')!.occurred.instant).toBe('2026-07-01T12:00:30.000Z');
    expect(readTime('20260701', '', 'UT', 'UTC')).toMatchObject({ timeMissing: true, occurred: { instant: '2026-07-01T00:00:00.000Z' } });
  });
  it('uses the zone of the settings before that of the connection', () => {
    const decoded = decode(file('B10*PRO1**NWCX~LX*1~AT7*AF*NS***20260306*0930*LT~'), { zone: 'America/Chicago' });
    expect(milestones(decoded.facts)[0]!.payload.occurred).toEqual({ instant: '2026-03-06T15:30:00.000Z', zone: 'America/Chicago', zoneAssumed: true });
  });
});

it('takes the token from either header', () => {
  const verify = (headers: Record<string, string>) => x12.receive!.verify({ headers, body: Buffer.alloc(0), receivedMs: 0 }, ['token-1'], {});
  expect(verify({ 'x-gatehouse-token': 'token-1' })).toEqual({ ok: true });
  expect(verify({ authorization: 'bearer token-1' })).toEqual({ ok: true });
  expect(verify({ 'x-gatehouse-token': 'token-2' })).toEqual({ ok: false, reason: 'wrong' });
  expect(verify({ authorization: 'Basic token-1' })).toEqual({ ok: false, reason: 'missing' });
});
