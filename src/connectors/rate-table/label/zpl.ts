import { barsOf, code128, codeC, fnc1, startC } from './code128.js';
import type { LabelContent } from './content.js';

/** Dots across: 4 inches at 203 an inch. */
const width = 812;
const margin = 40;

/**
 * The label for printers that speak ZPL II, 4 by 6 inches at 203 dots an inch (Zebra's Programming Guide). Text goes in UTF-8 (`^CI28`); which of it
 * shows is up to the fonts of the printer.
 */
export function zplLabel(of: LabelContent): Uint8Array {
  const { bars } = of;
  const values = code128(bars.text, bars.isGs1);
  // A long number takes narrower bars; two dots are a quarter of a millimetre, what scanners at a belt still read.
  const module = barsOf(values).width * 3 > width - 2 * margin ? 2 : 3;
  const lines = [
    '^XA', '^CI28', `^PW${width}`, '^LH0,0',
    text(30, 44, `${of.carrier}  ${of.service}`), ...(of.isReturn ? [text(80, 32, 'RETURN')] : []),
    ...of.from.map((line, place) => text(125 + place * 26, 22, line)),
    rule(320), ...of.to.map((line, place) => text(340 + place * 44, 38, line)),
    rule(660), text(675, 60, of.route),
    text(745, 28, `${of.weight}   ${of.piece}   ${of.on}`), text(780, 28, of.reference),
    rule(820), `^BY${module},3,220`, `^FO${margin},850^BCN,220,N,N,N^FH^FD${escaped(codeOf(values))}^FS`, text(1090, 36, bars.shown),
    '^XZ', '',
  ];
  return Buffer.from(lines.join('\n'), 'utf8');
}

/**
 * The same symbols as data of `^BC`: the printer begins with set B, and stays in the set in which it is (mode N chooses none), so that each change is
 * said. `>:` begins with set B, `>;` with C, `>5` goes on with C, `>8` is FNC1, `>0` the character itself. The check symbol and the stop are the printer's.
 */
function codeOf([start, ...values]: readonly number[]): string {
  let inPairs = start === startC;
  const data = values.slice(0, -2).map((value) => {
    if (value === fnc1) return '>8';
    if (inPairs) return String(value).padStart(2, '0');
    inPairs = value === codeC;
    return inPairs ? '>5' : String.fromCharCode(value + 32).replace('>', '>0');
  });
  return `${start === startC ? '>;' : '>:'}${data.join('')}`;
}

/** A line of text, smaller where it would not fit. */
function text(y: number, height: number, line: string): string {
  const size = Math.max(12, Math.min(height, Math.floor((width - 2 * margin) / (line.length * 0.55))));
  return `^FO${margin},${y}^A0N,${size},${size}^FH^FD${escaped(line)}^FS`;
}

function rule(y: number): string {
  return `^FO${margin},${y}^GB${width - 2 * margin},3,3^FS`;
}

/** What begins a command must not stand in a text; neither must what ends a line. */
function escaped(line: string): string {
  return line.replace(/[\x00-\x1f\x7f]/g, ' ').replace(/[_^~\\]/g, (character) => `_${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
