const known = new Map<string, number>();
/** Of amounts that are kept as whole millionths. */
const places = 6;

/** Decimals of a currency (ISO 4217): two of most, none of the yen, three of the dinar of Kuwait. */
export function currencyDecimals(currency: string): number {
  let decimals = known.get(currency);
  if (decimals === undefined) known.set(currency, (decimals = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2));
  return decimals;
}

/** Millionths rounded to the decimals of their currency, halves up. @param value not negative */
export function roundedToCurrency(value: bigint, currency: string): bigint {
  const unit = 10n ** BigInt(Math.max(0, places - currencyDecimals(currency)));
  return ((value + unit / 2n) / unit) * unit;
}
