/** Widths of bars and spaces of the symbols 0 to 106 of Code 128 (ISO/IEC 15417, table 1); the last is the stop. */
const symbols = (
  '212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 '
  + '212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 '
  + '314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 '
  + '214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112'
).split(' ');
const [startB, stop] = [104, 106];
export const [codeC, fnc1, startC] = [99, 102, 105];

/**
 * Symbols of a text of printable ASCII: pairs of digits as one where the text is digits at its beginning or all of it, as GS1's General Specifications
 * (5.4.7.7) advise. @param isGs1 with FNC1 behind the start: a GS1-128
 */
export function code128(text: string, isGs1 = false): number[] {
  if (!/^[\x20-\x7e]{1,80}$/.test(text)) throw new Error(`${text.length} characters that are not all printable ASCII cannot stand in a bar code.`);
  const isPaired = /^(\d\d)+$/.test(text);
  const values: number[] = [isPaired ? startC : startB, ...(isGs1 ? [fnc1] : [])];
  if (isPaired) {
    for (let at = 0; at < text.length; at += 2) values.push(Number(text.slice(at, at + 2)));
  } else {
    const digits = endingPairs(text);
    for (const character of text.slice(0, text.length - digits.length)) values.push(character.charCodeAt(0) - 32);
    if (digits !== '') values.push(codeC);
    for (let at = 0; at < digits.length; at += 2) values.push(Number(digits.slice(at, at + 2)));
  }
  const check = values.reduce((sum, value, place) => sum + value * Math.max(1, place), 0) % 103;
  return [...values, check, stop];
}

/** The digits at the end of a text, an even number of them, where there are four at least: fewer are no shorter as pairs. */
function endingPairs(text: string): string {
  let begin = text.length;
  while (begin > 0 && text[begin - 1]! >= '0' && text[begin - 1]! <= '9') begin--;
  const count = Math.floor((text.length - begin) / 2) * 2;
  return count < 4 ? '' : text.slice(text.length - count);
}

/** Bars of these symbols: where each begins and how wide it is, in modules. */
export function barsOf(values: readonly number[]): { bars: Array<{ at: number; width: number }>; width: number } {
  const bars: Array<{ at: number; width: number }> = [];
  let at = 0;
  for (const value of values) {
    [...symbols[value]!].map(Number).forEach((width, place) => {
      if (place % 2 === 0) bars.push({ at, width });
      at += width;
    });
  }
  return { bars, width: at };
}
