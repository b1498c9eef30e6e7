import { pdfOfObjects } from '../../kit/pdf.js';
import { barsOf, code128 } from './code128.js';
import type { LabelContent } from './content.js';

/** Points: 4 by 6 inches. */
const [pageWidth, pageHeight, margin] = [288, 432, 14];
const quietModules = 10;

/** What Windows-1252 has beyond ISO-8859-1 that addresses use. */
const windows1252 = new Map([...'€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'].map((character, place) => [character, 0x80 + place]));
/** Letters that are no letter with a mark, as they are written where there are none. */
const written: Readonly<Record<string, string>> = { ł: 'l', Ł: 'L', đ: 'd', Đ: 'D', ħ: 'h', Ħ: 'H', ı: 'i', ŋ: 'n', Ŋ: 'N', ĸ: 'k', ŧ: 't', Ŧ: 'T', ș: 's', Ș: 'S', ț: 't', Ț: 'T' };

/** The label as a PDF of one page, with Helvetica, which every reader has. */
export function pdfLabel(of: LabelContent): Uint8Array {
  const { bars } = of;
  const parts = [
    text(398, 16, `${of.carrier}  ${of.service}`, true), ...(of.isReturn ? [text(384, 11, 'RETURN', true)] : []),
    ...of.from.map((line, place) => text(370 - place * 9, 8, line)),
    rule(306), ...of.to.map((line, place) => text(288 - place * 16, 13, line, true)),
    rule(180), text(152, 24, of.route, true), text(136, 10, `${of.weight}   ${of.piece}   ${of.on}`), text(122, 10, of.reference),
    rule(114), drawn(code128(bars.text, bars.isGs1), 34, 72), text(18, 12, bars.shown),
  ];
  const content = Buffer.from(parts.join('\n'), 'latin1');
  const font = (name: string) => `<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`;
  return pdfOfObjects([
    ['<< /Type /Catalog /Pages 2 0 R >>'],
    ['<< /Type /Pages /Kids [3 0 R] /Count 1 >>'],
    [`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${pageWidth} ${pageHeight}] /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> /Contents 4 0 R >>`],
    [`<< /Length ${content.byteLength} >>`, content],
    [font('Helvetica')],
    [font('Helvetica-Bold')],
  ]);
}

/** Whether all of a text can be shown: letters with marks that the font does not have lose them, other scripts cannot be written. */
export function isShowable(line: string): boolean {
  return bytesOf(line) !== null;
}

function bytesOf(line: string): string | null {
  let bytes = '';
  for (const character of line.normalize('NFC')) {
    const code = character.codePointAt(0)!;
    const known = windows1252.get(character);
    if (code < 0x20 || code === 0x7f) bytes += ' ';
    else if (code < 0x80 || (code >= 0xa0 && code <= 0xff)) bytes += character;
    else if (known !== undefined) bytes += String.fromCharCode(known);
    else {
      const plain = written[character] ?? character.normalize('NFKD').replace(/\p{Mark}/gu, '');
      if (!/^[\x20-\x7e]+$/.test(plain)) return null;
      bytes += plain;
    }
  }
  return bytes;
}

function text(y: number, height: number, line: string, isBold = false): string {
  const bytes = bytesOf(line) ?? '';
  // Helvetica's letters are some 0.55 of its size across, capitals in bold some 0.68.
  const size = Math.min(height, (pageWidth - 2 * margin) / (Math.max(1, bytes.length) * (isBold ? 0.62 : 0.55)));
  return `BT /F${isBold ? 2 : 1} ${size.toFixed(2)} Tf ${margin} ${y} Td (${bytes.replace(/[\\()]/g, '\\$&')}) Tj ET`;
}

function rule(y: number): string {
  return `${margin} ${y} ${pageWidth - 2 * margin} 0.8 re f`;
}

/** Bars over the width of the label, with the blank that scanners need at both ends. */
function drawn(values: readonly number[], y: number, height: number): string {
  const { bars, width } = barsOf(values);
  const module = Math.min(1.5, (pageWidth - margin) / (width + 2 * quietModules));
  const left = (pageWidth - width * module) / 2;
  return bars.map((bar) => `${(left + bar.at * module).toFixed(3)} ${y} ${(bar.width * module).toFixed(3)} ${height} re`).join(' ') + ' f';
}
