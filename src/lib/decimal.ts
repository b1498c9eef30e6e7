/** Decimals are kept exactly, as whole millionths. */
const places = 6;
const pattern = /^([+-]?)(\d{1,15})(?:\.(\d{1,12}))?$/;

/** Millionths of a decimal text; further decimals are cut off. Null where it is no decimal of sane size. */
export function millionths(text: string): bigint | null {
  const match = pattern.exec(text.trim());
  if (match === null) return null;
  const [, sign, whole, fraction = ''] = match;
  const value = BigInt(`${whole}${fraction.slice(0, places).padEnd(places, '0')}`);
  return sign === '-' ? -value : value;
}

/** The decimal text of millionths, without zeros at its end. */
export function decimalText(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(places + 1, '0');
  const fraction = digits.slice(-places).replace(/(?<!0)0+$/, '');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -places)}${fraction === '' ? '' : `.${fraction}`}`;
}
