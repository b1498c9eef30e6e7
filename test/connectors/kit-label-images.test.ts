import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGif } from '../../src/connectors/kit/gif.js';
import { pdfOfGif, pngOfGif } from '../../src/connectors/kit/label-images.js';
import { gifOf } from '../support/gif.js';

const picture = fc.record({ width: fc.integer({ min: 1, max: 120 }), height: fc.integer({ min: 1, max: 120 }), bits: fc.integer({ min: 1, max: 8 }), seed: fc.array(fc.nat(255), { minLength: 1, maxLength: 40 }) });

describe('the picture of a label', () => {
  it('is read from a GIF as it was written, whatever its size and colours', () => {
    fc.assert(fc.property(picture, ({ width, height, bits, seed }) => {
      const pixels = Uint8Array.from({ length: width * height }, (_, at) => (seed[at % seed.length]! + Math.floor(at / 7)) % 2 ** bits);
      const read = readGif(gifOf(width, height, pixels, bits));
      expect([read?.width, read?.height, Buffer.from(read!.pixels).equals(Buffer.from(pixels))]).toEqual([width, height, true]);
    }), { numRuns: 60 });
  });

  it('is read past the end of the dictionary', () => {
    let state = 1;
    const pixels = Uint8Array.from({ length: 300 * 300 }, () => (state = (state * 48271) % 2147483647) % 16);
    expect(Buffer.from(readGif(gifOf(300, 300, pixels, 4))!.pixels).equals(Buffer.from(pixels))).toBe(true);
  });

  it('is none where the GIF is damaged, and nothing is thrown', () => {
    const gif = gifOf(40, 40, new Uint8Array(1600).map((_, at) => at % 4));
    fc.assert(fc.property(fc.nat(gif.length - 1), fc.nat(255), fc.boolean(), (at, byte, isCut) => {
      const copy = Buffer.from(gif);
      copy[at] = byte;
      const read = readGif(isCut ? copy.subarray(0, at) : copy);
      expect(read === null || read.pixels.length === read.width * read.height).toBe(true);
    }), { numRuns: 500 });
    for (const other of [Buffer.alloc(0), Buffer.from('%PDF-1.4'), Buffer.from('GIF89a')]) expect([readGif(other), pngOfGif(other), pdfOfGif(other, 200)]).toEqual([null, null, null]);
  });

  it('becomes a PNG of the same pixels', () => {
    const pixels = [0, 1, 2, 3, 3, 2, 1, 0];
    const png = Buffer.from(pngOfGif(gifOf(4, 2, pixels))!);
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([4, 2]);
    const data = png.indexOf('IDAT');
    expect([...inflateSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)))]).toEqual([0, 0, 1, 2, 3, 0, 3, 2, 1, 0]);
  });

  it('becomes a PDF of the size of the label, upright, without the blank end', () => {
    // Seven inches by four at ten dots, of which the last inch is blank.
    const pixels = new Uint8Array(70 * 40).map((_, at) => (at % 70 < 59 && at % 3 === 0 ? 0 : 3));
    const pdf = Buffer.from(pdfOfGif(gifOf(70, 40, pixels), 10)!).toString('latin1');
    expect(pdf).toMatch(/^%PDF-1\.4/);
    expect(pdf).toContain('/MediaBox [0 0 288 432]');
    expect(pdf).toContain('0 -432 288 0 0 432 cm');
    expect(pdf).toContain('/Width 60 /Height 40');
    const table = Number(/startxref\n(\d+)/.exec(pdf)![1]);
    expect(pdf.slice(table, table + 4)).toBe('xref');
    for (const [index, start] of [...pdf.matchAll(/^(\d{10}) 00000 n/gm)].entries()) expect(pdf.slice(Number(start[1])).startsWith(`${index + 1} 0 obj`)).toBe(true);
  });
});
