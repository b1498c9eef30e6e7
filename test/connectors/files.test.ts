import { describe, expect, it } from 'vitest';
import { decodeFile } from '../../src/connectors/files/decode.js';
import { mappingSchema } from '../../src/connectors/files/mapping.js';
import { settings } from '../../src/connectors/files/settings.js';
import type { FilesSettings } from '../../src/connectors/files/settings.js';
import type { UnreadableMessage } from '../../src/connectors/contract.js';
import type { Fact } from '../../src/model/facts.js';
import { milestonesFile, milestonesMapping, stockFile, stockMapping } from '../fixtures/files/sample.js';
import { rawMessage } from './conformance.js';

const simple = { records: 'milestones', fields: { reference: 'number', code: 'status', time: 'at' }, codes: { DEL: 'DELIVERED' } };

function decode(body: string | Uint8Array, mapping: object, over: Partial<FilesSettings> = {}) {
  return decodeFile(rawMessage(Buffer.from(body)), { mapping: mappingSchema.parse(mapping), results: 'none', ...over });
}
const milestonesOf = (facts: readonly Fact[]) => facts.flatMap((fact) => (fact.type === 'milestone.reported' ? [{ value: fact.reference.value, ...fact.payload }] : []));
const timesOf = (facts: readonly Fact[]) => milestonesOf(facts).map(({ occurred }) => occurred.instant);

describe('files', () => {
  it('a CSV of milestones gives each line’s status in the words of the table, at the time of the place', () => {
    const { facts, anomalies } = decode(milestonesFile, milestonesMapping);
    expect(milestonesOf(facts).map(({ value, code, occurred, place, pieces, rawText }) => [value, code, occurred.instant, place?.city, pieces, rawText])).toEqual([
      ['JD014600003RU', 'PICKED_UP', '2026-03-05T07:15:00.000Z', 'Bremen', 2, 'Abholung; Rampe 3'],
      ['JD014600003RU', 'IN_TRANSIT', '2026-03-05T16:30:00.000Z', 'Köln', 2, undefined],
      ['JD014600003RU', 'DELIVERED', '2026-03-06T08:05:00.000Z', 'München', 2, 'Übergeben'],
      ['JD014600004RU', 'INFO', '2026-03-06T09:00:00.000Z', 'Hamburg', 1, 'Sagt "nichts"'],
    ]);
    expect(anomalies).toMatchObject([{ kind: 'UNKNOWN_CODE', rawCode: '99' }]);
  });

  it('lines of fixed width give levels of stock, with decimal commas', () => {
    const { facts, anomalies } = decode(stockFile, stockMapping);
    expect(anomalies).toEqual([]);
    expect(facts.map((fact) => fact.payload)).toEqual([
      { sku: 'DESK-01', facility: 'BRE', onHand: '12.5', allocated: '2', unit: 'Units' },
      { sku: 'CHAIR-02', facility: 'BRE', onHand: '1250', allocated: '0', unit: 'Units' },
    ]);
  });

  it('a second level of one product and place does not take the place of the first', () => {
    const { facts, anomalies } = decode('sku,qty\nA,1\nB,2\nA,3\n', { records: 'inventory', fields: { sku: 'sku', onHand: 'qty' } });
    expect(facts.map((fact) => (fact.payload as { onHand: string }).onHand)).toEqual(['1', '2']);
    expect(anomalies).toMatchObject([{ kind: 'LINE_REJECTED', message: expect.stringContaining('Line 4: the level of A stands in line 2 already') }]);
  });

  it.each([
    ['utf-8', Buffer.from('\uFEFFnumber;status;at;city\n1;DEL;2026-03-05T10:00Z;Köln\n')],
    ['iso-8859-1', Buffer.from('number;status;at;city\n1;DEL;2026-03-05T10:00Z;Köln\n', 'latin1')],
    ['windows-1252', Buffer.concat([Buffer.from('number;status;at;city\n1;DEL;2026-03-05T10:00Z;K'), Buffer.from([0xf6]), Buffer.from('ln\n')])],
    ['utf-16le', Buffer.from('\uFEFFnumber;status;at;city\r\n1;DEL;2026-03-05T10:00Z;Köln\r\n', 'utf16le')],
  ])('is read in %s', (encoding, body) => {
    const { facts } = decode(body, { ...simple, encoding, delimiter: ';', fields: { ...simple.fields, city: 'city' } });
    expect(milestonesOf(facts)).toMatchObject([{ code: 'DELIVERED', place: { city: 'Köln' } }]);
  });

  it('the euro sign tells Windows-1252 from ISO-8859-1', () => {
    const body = Buffer.concat([Buffer.from('number,status,at,city\n1,DEL,2026-03-05T10:00Z,'), Buffer.from([0x80]), Buffer.from('\n')]);
    const cityIn = (encoding: string) => milestonesOf(decode(body, { ...simple, encoding, fields: { ...simple.fields, city: 'city' } }).facts)[0]!.place!.city;
    expect([cityIn('windows-1252'), cityIn('iso-8859-1')]).toEqual(['€', '\u0080']);
  });

  it('a file in another encoding than the one set is refused whole, with what to do', () => {
    expect(() => decode(Buffer.from('number,status,at\nKöln,DEL,2026-03-05T10:00Z\n', 'latin1'), simple)).toThrow(/no text in utf-8.*Set "encoding"/s);
  });

  it('a line with more values than its header has columns is told, for a separator in it was not quoted; empty ones at the end are none', () => {
    for (const multiline of [false, true]) {
      const { facts, anomalies } = decode('number,status,at\n1,DEL,2026-03-05T10:00Z,,\n2,DEL, late,2026-03-05T10:00Z\n"3","DEL",2026-03-05T10:00Z\n4,DEL,2026-03-05T10:00Z,x\n', { ...simple, multiline });
      expect(milestonesOf(facts).map(({ value }) => value)).toEqual(['1', '3']);
      expect(anomalies.map(({ message }) => message)).toEqual(['Line 3: has 4 columns, and the header 3. It was left out.', 'Line 5: has 4 columns, and the header 3. It was left out.']);
    }
  });

  it('quotes are read alike, whatever stands in the lines around: one that is not closed spoils its own line alone', () => {
    const good = (index: number) => `"A ""${index}""","DEL","2026-03-05T10:00Z"`;
    const lines = Array.from({ length: 1_000 }, (_, index) => (index % 250 === 7 ? `"B ${index},DEL,2026-03-05T10:00Z` : index % 250 === 9 ? `"C","DEL"x,2026-03-05T10:00Z` : good(index)));
    const { facts, lineResults } = decode(['number,status,at', ...lines].join('\n'), simple, { results: 'rejected' });
    expect(milestonesOf(facts).map(({ value }) => value)).toEqual(lines.flatMap((line, index) => (line === good(index) ? [`A"${index}"`] : [])));
    expect(lineResults!.map(({ line }) => line)).toEqual([9, 11, 259, 261, 509, 511, 759, 761]);
  });

  it('of which no line can be read says so of each, for its sender', () => {
    const refusal = (over: Partial<FilesSettings>) => {
      try {
        decode('number,status,at\n1,DEL,never\n,DEL,2026-03-05T10:00Z\n', simple, over);
      } catch (error) {
        return error as UnreadableMessage;
      }
      throw new Error('It was read.');
    };
    expect(refusal({}).lineResults).toBeUndefined();
    expect(refusal({ results: 'rejected' }).lineResults).toEqual([{ line: 2, accepted: false, reason: expect.stringContaining('never') }, { line: 3, accepted: false, reason: 'reference is empty' }]);
  });

  it('a bad line is told with its number and why, and its neighbours live', () => {
    const file = ['number,status,at', '1,DEL,2026-03-05T10:00Z', ',DEL,2026-03-05T10:00Z', '3,"DEL,2026-03-05T10:00Z', '4,DEL,yesterday', '', '5,"D"EL,x', '6,DEL,2026-03-06T10:00Z'].join('\r\n');
    const { facts, anomalies, lineResults } = decode(file, simple, { results: 'all' });
    expect(milestonesOf(facts).map(({ value }) => value)).toEqual(['1', '6']);
    expect(anomalies.map(({ message }) => /^Line (\d+): (.*?)[.:]/.exec(message)!.slice(1))).toEqual([
      ['3', 'reference is empty'], ['4', 'has a quote that is not closed, or text behind one that is'], ['5', 'time is none of ISO 8601'], ['7', 'has a quote that is not closed, or text behind one that is'],
    ]);
    expect(lineResults!.map(({ line, accepted }) => [line, accepted])).toEqual([[2, true], [3, false], [4, false], [5, false], [7, false], [8, true]]);
    expect(decode(file, simple, { results: 'rejected' }).lineResults!.map(({ line }) => line)).toEqual([3, 4, 5, 7]);
    expect(decode(file, simple).lineResults).toBeUndefined();
  });

  it('a value in quotes goes over several lines where the mapping says so', () => {
    const file = 'number,status,at,text\n1,DEL,2026-03-05T10:00Z,"left with\nthe neighbour"\n2,DEL,2026-03-05T11:00Z,\n';
    const mapping = { ...simple, fields: { ...simple.fields, text: 'text' } };
    expect(milestonesOf(decode(file, { ...mapping, multiline: true }).facts).map(({ value, rawText }) => [value, rawText])).toEqual([['1', 'left with\nthe neighbour'], ['2', undefined]]);
    expect(milestonesOf(decode(file, mapping).facts).map(({ value }) => value)).toEqual(['2']);
  });

  it('a file without one good line, without a column that is read, or with more lines than are taken at a time is refused whole', () => {
    expect(() => decode('number,status,at\n1,DEL,never\n', simple)).toThrow(/None of 1 lines can be read\. Line 2: time is none of/);
    expect(() => decode('number,state,at\n1,DEL,2026-03-05T10:00Z\n', simple)).toThrow(/no column "status".*number, state, at/);
    expect(() => decode('number,status,at,at\n', simple)).toThrow(/two columns "at"/);
    expect(() => decode('number,status,at\n'.repeat(60_000), simple)).toThrow(/more than 50000 lines.*Nothing of it was taken/);
    expect(() => decode('', simple)).toThrow(/empty/);
  });

  it('columns are named by number where there is no header', () => {
    const { facts } = decode('DEL|2026-03-05T10:00Z|X1\n', { ...simple, header: false, delimiter: '|', fields: { reference: 3, code: 1, time: 2 } });
    expect(milestonesOf(facts).map(({ value }) => value)).toEqual(['X1']);
  });

  it('takes no form of times without a year, which would be another time each year', () => {
    expect(mappingSchema.safeParse({ ...simple, times: ['dd.MM. HH:mm'] }).error?.issues[0]?.message).toBe('must hold the year, e.g. dd.MM.yyyy HH:mm');
    expect(mappingSchema.safeParse({ ...simple, times: ["'day' dd.MM. HH:mm"] }).success).toBe(false);
  });

  it('takes as many lines as are read at a time, and nothing of more', () => {
    const file = (count: number) => `number,status,at\n${'A,DEL,2026-03-05T10:00\n'.repeat(count - 1)}`;
    expect(decode(file(50_000), simple).facts).toHaveLength(1);
    for (const count of [50_001, 50_002, 60_000]) expect(() => decode(file(count), simple)).toThrow('more than 50000 lines');
  });

  it('times are read in the first form that fits, with the zone of the mapping, the connection or the text itself', () => {
    const read = (at: string, over: object) => timesOf(decode(`number,status,at\n1,DEL,${at}\n`, { ...simple, ...over }).facts)[0];
    expect(read('05.03.2026 10:00', { times: ['dd.MM.yyyy HH:mm'], zone: 'America/New_York' })).toBe('2026-03-05T15:00:00.000Z');
    expect(read('3/5/2026 1:05 PM', { times: ['dd.MM.yyyy', 'M/d/yyyy h:mm a'], zone: 'UTC' })).toBe('2026-03-05T13:05:00.000Z');
    expect(read('20260305100000+0200', { times: ['yyyyMMddHHmmssZZZ'] })).toBe('2026-03-05T08:00:00.000Z');
    // The connection's zone is Europe/Berlin here.
    expect(read('2026-07-05 10:00', {})).toBe('2026-07-05T08:00:00.000Z');
    // The night in which clocks are put back: the first of the two.
    expect(read('25.10.2026 02:30', { times: ['dd.MM.yyyy HH:mm'], zone: 'Europe/Berlin' })).toBe('2026-10-25T00:30:00.000Z');
  });

  it('numbers are read with the decimal sign that is set, and one with the other is refused', () => {
    const level = (text: string, decimal: string) => {
      const { facts } = decode(`sku;qty\nOK;1\nA;${text}\n`, { records: 'inventory', delimiter: ';', decimal, fields: { sku: 'sku', onHand: 'qty' } });
      return (facts[1]?.payload as { onHand: string } | undefined)?.onHand;
    };
    expect([level('1.234,50', ','), level('1,234.50', '.'), level('-3', '.'), level('+7', ','), level('0,5', ',')]).toEqual(['1234.5', '1234.5', '-3', '7', '0.5']);
    expect([level('1.5', ','), level('1,5', '.'), level('1e3', '.'), level('12.34.5', '.'), level('many', ',')]).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  it('the mapping is taken as JSON text, and says what is wrong with it', () => {
    expect(settings.safeParse({ mapping: JSON.stringify(simple) }).success).toBe(true);
    const wrong = (mapping: object) => settings.safeParse({ mapping }).error!.issues[0]!.message;
    expect(wrong({ ...simple, format: 'fixed' })).toContain('have positions');
    expect(wrong({ ...simple, header: false })).toContain('named by its number');
    expect(wrong({ ...simple, fields: { ...simple.fields, code: { from: 1, to: 2 } } })).toContain('no positions');
    expect(settings.safeParse({ mapping: { ...simple, codes: { DEL: 'DELIVERD' } } }).success).toBe(false);
  });
});
