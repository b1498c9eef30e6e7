import { describe, expect, it } from 'vitest';
import { pdfOfText } from '../../src/connectors/kit/pdf.js';

/** The objects of a PDF by their numbers, found by its own table. */
function objectsOf(pdf: Uint8Array): Map<number, string> {
  const text = Buffer.from(pdf).toString('latin1');
  const table = text.slice(Number(/startxref\n(\d+)/.exec(text)![1]));
  const starts = [...table.matchAll(/^(\d{10}) 00000 n/gm)].map((match) => Number(match[1]));
  return new Map(starts.map((start) => {
    const [, number, body] = /^(\d+) 0 obj\n([\s\S]*?)\nendobj/.exec(text.slice(start))!;
    return [Number(number), body!];
  }));
}

const pagesOf = (pdf: Uint8Array) => [...objectsOf(pdf).values()].filter((object) => object.startsWith('<< /Type /Page /'));
const shownOf = (pdf: Uint8Array) => [...objectsOf(pdf).values()].flatMap((object) => [...object.matchAll(/^\(?(?:.*Td\n)?\((.*)\) '$/gm)].map((match) => match[1]!));

describe('a text as a PDF', () => {
  it('shows every line in its own columns, with what would end a string taken as itself', () => {
    const pdf = pdfOfText('  794810209259   1 LB (net)\r\n\\ back\r\nMüller Łódź');
    expect(shownOf(pdf)).toEqual(['  794810209259   1 LB \\(net\\)', '\\\\ back', 'Müller ?ód?']);
    expect([...objectsOf(pdf).keys()]).toEqual([1, 2, 3, 4, 5]);
  });

  it('begins a new sheet at a form feed and where one is full, and none for nothing', () => {
    const long = Array.from({ length: 130 }, (_, line) => `line ${line}`).join('\n');
    expect([pagesOf(pdfOfText('one\ftwo\f')).length, pagesOf(pdfOfText(long)).length, pagesOf(pdfOfText('')).length, shownOf(pdfOfText(long)).length]).toEqual([2, 3, 1, 130]);
  });

  it('is written as small as its widest line needs', () => {
    const size = (text: string) => Number(/\/F1 ([\d.]+) Tf/.exec([...objectsOf(pdfOfText(text)).values()].find((object) => object.includes(' Tf '))!)![1]);
    expect([size('short'), size('x'.repeat(132)) < 7, size('x'.repeat(132)) * 0.6 * 132 <= 540]).toEqual([10, true, true]);
  });
});
