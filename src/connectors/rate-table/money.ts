/** Exact amounts: whole numbers of millionths. Nothing is lost before the one rounding of each line. */
const scale = 6;
const one = 1_000_000n;

/** Decimal text, with a minus where it is a discount. */
export function micros(text: string): bigint {
  const [whole, fraction = ''] = text.replace('-', '').split('.');
  const value = BigInt(`${whole}${fraction.slice(0, scale).padEnd(scale, '0')}`);
  return text.startsWith('-') ? -value : value;
}

/** Of a price of one kilogram, that of so many grams. */
export function ofWeight(perKilogram: bigint, grams: number): bigint {
  return (perKilogram * BigInt(grams)) / 1000n;
}

/** @param percent decimal text */
export function percentOf(amount: bigint, percent: string): bigint {
  return (amount * micros(percent)) / (100n * one);
}

/** Rounded to the currency's own decimals, halves away from zero. */
export function rounded(amount: bigint, decimals: number): bigint {
  const unit = 10n ** BigInt(scale - decimals);
  const magnitude = ((amount < 0n ? -amount : amount) + unit / 2n) / unit;
  return (amount < 0n ? -magnitude : magnitude) * unit;
}

/** Decimal text of a rounded amount. */
export function amountText(amount: bigint, decimals: number): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(scale + 1, '0');
  const [whole, fraction] = [digits.slice(0, -scale), digits.slice(-scale).slice(0, decimals)];
  return `${amount < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
