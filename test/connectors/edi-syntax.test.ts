import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as edifact from '../../src/connectors/edifact/segments.js';
import { encodeText, decodeText } from '../../src/connectors/kit/edi/bytes.js';
import { connectorOf } from '../../src/connectors/registry.js';
import * as x12 from '../../src/connectors/x12/segments.js';
import { damaged, readDamaged } from '../support/edi-damage.js';
import { describeWithFixture } from '../support/shared-fixtures.js';

/** Damaged interchanges of each syntax; `npm run chaos -- edi` reads ten thousand. */
const damages = 1_500;

const ownFixture = (path: string) => readFileSync(new URL(`../fixtures/${path}`, import.meta.url));

function again(bytes: Uint8Array): Buffer {
  const { text, charset, marked } = decodeText(bytes);
  const { interchanges, leading } = x12.readInterchanges(text);
  return Buffer.from(encodeText(leading + interchanges.map(x12.writeInterchange).join(''), charset, marked));
}

const x12Marks = fc.constantFrom(['*', '~', '>'], ['|', "'", ':'], ['^', '\n', '<'], ['*', '\x1e', '\x1f']);
const element = fc.string({ unit: fc.constantFrom(...'ABCXYZ0189 .,-/éü'), maxLength: 12 });
const x12Interchange = fc.record({
  marks: x12Marks, line: fc.constantFrom('', '\n', '\r\n'), number: fc.integer({ min: 1, max: 999_999_999 }), tail: fc.constantFrom('', '\n', '\r\n\r\n'),
  segments: fc.array(fc.array(element, { minLength: 1, maxLength: 8 }), { maxLength: 12 }), encoding: fc.constantFrom('latin1' as const, 'utf8' as const), marked: fc.boolean(),
}).map(({ marks: [e, s, c], line, number, tail, segments, encoding, marked }) => {
  const end = s === '\n' ? s : `${s!}${line}`;
  const control = String(number).padStart(9, '0');
  const isa = ['ISA', '00', ' '.repeat(10), '00', ' '.repeat(10), 'ZZ', 'SENDER'.padEnd(15), '02', 'RECV'.padEnd(15), '260306', '1410', 'U', '00401', control, '0', 'P', c].join(e);
  const body = segments.map((elements) => ['L11', ...elements].join(e) + end).join('');
  const text = `${isa}${end}${['GS', 'QM', 'S', 'R', '20260306', '1410', '1', 'X', '004010'].join(e)}${end}${['ST', '214', '0001'].join(e)}${end}${body}${['SE', String(segments.length + 2), '0001'].join(e)}${end}${['GE', '1', '1'].join(e)}${end}${['IEA', '1', control].join(e)}${s!}${tail}`;
  return Buffer.concat([...(marked && encoding === 'utf8' ? [Buffer.from([0xef, 0xbb, 0xbf])] : []), Buffer.from(text, encoding)]);
});

const data = fc.string({ unit: fc.constantFrom(...'ABCxyz019 .,:+?\'*éß'), maxLength: 14 });
const edifactInterchange = fc.record({
  marks: fc.constantFrom(":+.? '", ':+,? \'', ":+.?*'", '\x1f\x1d. \x20\x1c', '|^.\\ ~'), advice: fc.boolean(), syntax: fc.constantFrom('UNOA', 'UNOC', 'UNOW', 'UNOE', 'UNOD'), line: fc.constantFrom('', '\n', '\r\n'), grouped: fc.boolean(),
  segments: fc.array(fc.array(fc.array(data, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }), { maxLength: 10 }),
}).map(({ marks: given, advice, syntax, line, grouped, segments }) => {
  const isUsual = given === ":+.? '";
  const withAdvice = advice || !isUsual;
  const [component, separator, decimal, release, repetition, end] = [...given] as [string, string, string, string, string, string];
  const marks: edifact.Marks = { component, element: separator, decimal, release, repetition, segment: end };
  const charset = edifact.charsetOf(syntax) ?? 'latin1';
  const fitting = (text: string) => Array.from(text, (character) => (/[éß]/.test(character) && (charset === 'iso-8859-5' || syntax === 'UNOA') ? 'e' : release === ' ' && [component, separator, end].includes(character) ? 'x' : character)).join('');
  const write = (elements: string[][]) => `${edifact.writeSegment({ tag: elements[0]![0]!, elements }, marks)}${end}${line}`;
  const body = segments.map((elements) => write([['FTX'], ...elements.map((components) => components.map(fitting))]));
  const message = [write([['UNH'], ['1'], ['IFTSTA', 'D', '01B', 'UN']]), ...body, write([['UNT'], [String(segments.length + 2)], ['1']])];
  const inner = grouped ? [write([['UNG'], ['IFTSTA'], ['S'], ['R'], ['260306', '1410'], ['1'], ['UN'], ['D', '01B']]), ...message, write([['UNE'], ['1'], ['1']])] : message;
  const text = `${withAdvice ? `UNA${given}${line}` : ''}${write([['UNB'], [syntax, '3'], ['S', '14'], ['R', '14'], ['260306', '1410'], ['77']])}${inner.join('')}${write([['UNZ'], ['1'], ['77']])}`;
  return { bytes: Buffer.from(encodeText(text, charset)), segments: segments.map((elements) => elements.map((components) => components.map(fitting))) };
});

describe('an X12 interchange', () => {
  it('that is parsed and written again is the same, byte for byte, whatever its marks, line breaks and character set', () => {
    fc.assert(fc.property(x12Interchange, (bytes) => {
      expect(again(bytes).equals(bytes)).toBe(true);
    }), { numRuns: 500 });
  });
});

for (const path of ['x12/214-three-stops.edi', 'x12/204-import-load.edi']) {
  describeWithFixture(`${path}, from the field`, path, (body) => {
    it('is written as it came', () => {
      expect(again(body).equals(body)).toBe(true);
    });
  });
}

describe('an EDIFACT interchange', () => {
  it('that is parsed and written again is the same, byte for byte, and its data are read without release characters', () => {
    fc.assert(fc.property(edifactInterchange, ({ bytes, segments }) => {
      const read = edifact.readInterchanges(bytes);
      expect(Buffer.from(edifact.writeInterchanges(read)).equals(bytes)).toBe(true);
      const texts = read.interchanges[0]!.segments.filter((segment) => segment.tag === 'FTX').map((segment) => segment.elements.slice(1));
      expect(texts).toEqual(segments);
    }), { numRuns: 500 });
  });
  it('keeps release characters that were not needed, and line breaks of any kind', () => {
    for (const text of ["UNB+UNOA:1+A+B+260306:1410+1'UNH+1+X:D:96A:UN'FTX+AAI+++d?on??e ?'?''UNT+3+1'UNZ+1+1'", "UNA:+.? '\r\nUNB+UNOB:4+A+B+20260306:1410+1'\r\nUNZ+0+1'\r\n\r\n"]) {
      expect(Buffer.from(edifact.writeInterchanges(edifact.readInterchanges(Buffer.from(text)))).toString()).toBe(text);
    }
  });
  it('reads several in one file, and separators of level B without UNA', () => {
    const one = "UNB+UNOA:2+A+B+260306:1410+1'UNH+1+X:D:96A:UN'UNT+2+1'UNZ+1+1'";
    const other = one.replaceAll('+', '\x1d').replaceAll(':', '\x1f').replaceAll("'", '\x1c').replace('UNOA', 'UNOB');
    const read = edifact.readInterchanges(Buffer.from(`${one}${other}\n${one}`));
    expect(read.interchanges.map(({ segments }) => segments.map((segment) => segment.tag).join())).toEqual(['UNB,UNH,UNT,UNZ', 'UNB,UNH,UNT,UNZ', 'UNB,UNH,UNT,UNZ']);
  });
});

describe('damaged interchanges', () => {
  it.each([
    ['x12', ['x12/214-single.edi', 'x12/856-pallet.edi']],
    ['edifact', ['edifact/iftsta-two-consignments.edi', 'edifact/iftmin.edi', 'edifact/desadv-pallet.edi']],
  ] as const)('of %s crash nothing and vanish nowhere', (id, paths) => {
    const bodies = fc.sample(damaged(paths.map(ownFixture)), damages);
    const { read, refused } = readDamaged(connectorOf(id)!, {}, bodies);
    expect(read + refused).toBe(damages);
  });
});
