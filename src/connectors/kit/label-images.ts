import { crc32, deflateSync } from 'node:zlib';
import { readGif, type IndexedImage } from './gif.js';
import { pdfOfObjects } from './pdf.js';

/** A GIF as a PNG of the same pixels and colours; null where it cannot be read. */
export function pngOfGif(gif: Uint8Array): Uint8Array | null {
  const image = readGif(gif);
  if (image === null) return null;
  const { width, height, pixels, palette } = image;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a pixel, indexed.
  header.set([8, 3, 0, 0, 0], 8);
  const rows = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row++) rows.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('PLTE', palette), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(name: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(content.byteLength, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

const pointsPerInch = 72;

/**
 * A GIF of a label as a PDF of one page of the label's size, upright: label printers take 4 inches across. Blank
 * columns at the right end are left out, so that a picture that is longer than its label does not print smaller.
 * Null where it cannot be read.
 * @param dotsPerInch of the picture
 */
export function pdfOfGif(gif: Uint8Array, dotsPerInch: number): Uint8Array | null {
  const image = readGif(gif);
  if (image === null) return null;
  const shown = withoutBlankEnd(image, dotsPerInch);
  const isLying = shown.width > shown.height;
  const [across, down] = [shown.width, shown.height].map((dots) => Number(((dots / dotsPerInch) * pointsPerInch).toFixed(2)));
  const [pageWidth, pageHeight] = isLying ? [down!, across!] : [across!, down!];
  // A lying picture is turned a quarter clockwise: its left end comes to the top.
  const matrix = isLying ? `0 ${-across!} ${down!} 0 0 ${across!}` : `${across!} 0 0 ${down!} 0 0`;
  const content = Buffer.from(`q ${matrix} cm /Label Do Q`, 'latin1');
  const pixels = deflateSync(shown.pixels);
  return pdfOfObjects([
    [`<< /Type /Catalog /Pages 2 0 R >>`],
    [`<< /Type /Pages /Kids [3 0 R] /Count 1 >>`],
    [`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${pageWidth} ${pageHeight}] /Resources << /XObject << /Label 5 0 R >> >> /Contents 4 0 R >>`],
    [`<< /Length ${content.byteLength} >>`, content],
    [`<< /Type /XObject /Subtype /Image /Width ${shown.width} /Height ${shown.height} /BitsPerComponent 8 /ColorSpace [/Indexed /DeviceRGB ${shown.palette.length / 3 - 1} <${Buffer.from(shown.palette).toString('hex')}>] /Filter /FlateDecode /Length ${pixels.byteLength} >>`, pixels],
  ]);
}

/** Cut to whole inches at the right, where all columns from there on are of one colour. */
function withoutBlankEnd(image: IndexedImage, dotsPerInch: number): IndexedImage {
  const { width, height, pixels } = image;
  const blank = pixels[width - 1]!;
  let end = width;
  while (end > 1 && isColumn(image, end - 1, blank)) end--;
  const kept = Math.min(width, Math.max(1, Math.ceil(end / dotsPerInch)) * dotsPerInch);
  if (kept === width) return image;
  const cut = new Uint8Array(kept * height);
  for (let row = 0; row < height; row++) cut.set(pixels.subarray(row * width, row * width + kept), row * kept);
  return { ...image, width: kept, pixels: cut };
}

function isColumn({ width, height, pixels }: IndexedImage, column: number, colour: number): boolean {
  for (let row = 0; row < height; row++) if (pixels[row * width + column] !== colour) return false;
  return true;
}
