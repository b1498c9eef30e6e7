const scale = 6;

/** Decimal texts added up without losing a cent; as many decimals as the longest of them has. */
export function sumOfAmounts(amounts: readonly string[]): string {
  return toText(amounts.reduce((sum, amount) => sum + scaled(amount), 0n), Math.max(0, ...amounts.map(decimalsOf)));
}

/** A decimal text so many times, exactly. @param times a whole number from 0 */
export function timesAmount(amount: string, times: number): string {
  return toText(scaled(amount) * BigInt(times), decimalsOf(amount));
}

function decimalsOf(amount: string): number {
  return Math.min(scale, (amount.split('.')[1] ?? '').length);
}

function toText(value: bigint, decimals: number): string {
  const total = value.toString().padStart(scale + 1, '0');
  const [whole, fraction] = [total.slice(0, -scale), total.slice(-scale).slice(0, decimals)];
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** Of an amount that is not negative. */
function scaled(amount: string): bigint {
  const [whole, fraction = ''] = amount.split('.');
  return BigInt(`${whole}${fraction.slice(0, scale).padEnd(scale, '0')}`);
}
