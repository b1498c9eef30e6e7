import type { FreightPackage } from '../../../model/commands.js';

const poundsPerKilogram = 2.2046226218;
const centimetresPerInch = 2.54;
const inPounds = new Set(['US', 'PR', 'VI', 'GU', 'AS', 'MP']);

/** Whether carriers there are told pounds and inches, by the country of origin. */
export function usesPounds(country: string): boolean {
  return inPounds.has(country);
}

/** Weight in the unit of the country of origin, rounded up to a tenth: who rounds down is charged for the difference later. */
export function weightOf({ weightKg }: Pick<FreightPackage, 'weightKg'>, country: string): number {
  return wholeUp(Number(weightKg) * (usesPounds(country) ? poundsPerKilogram : 1) * 10) / 10;
}

/** Length, width and height in whole units of the country of origin, longest first; null where one of them is not known. */
export function sidesOf({ lengthCm, widthCm, heightCm }: FreightPackage, country: string): [length: number, width: number, height: number] | null {
  if (lengthCm === undefined || widthCm === undefined || heightCm === undefined) return null;
  const [length, width, height] = [lengthCm, widthCm, heightCm].map((side) => wholeUp(Number(side) / (usesPounds(country) ? centimetresPerInch : 1))).sort((a, b) => b - a);
  return [length!, width!, height!];
}

/** The noise of binary fractions is no reason to round up. */
function wholeUp(value: number): number {
  return Math.ceil(Number(value.toFixed(6)));
}

/** Text in lines of at most so many characters, parted at blanks; each that is given begins a new one. How many there may be is left to the carrier to refuse: nothing is cut. */
export function linesWithin(given: ReadonlyArray<string | undefined>, longest: number): string[] {
  return given.flatMap((line) => {
    const lines: string[] = [];
    for (const word of (line ?? '').trim().split(/\s+/).filter((part) => part !== '')) {
      const last = lines.at(-1);
      if (last !== undefined && last.length + 1 + word.length <= longest) lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(word);
    }
    return lines;
  });
}
