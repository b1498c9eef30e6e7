/**
 * The check digit behind these digits (GS1 General Specifications 7.9): from the right they count 3, 1, 3, ...
 * @param digits without the check digit
 */
export function gs1Check(digits: string): number {
  const sum = [...digits].reverse().reduce((total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 3 : 1), 0);
  return (10 - (sum % 10)) % 10;
}

/** The serial shipping container code in a text: 18 digits, with or without the application identifier (00); undefined where it is none. */
export function ssccOf(text: string): string | undefined {
  const digits = text.replace(/[\s().-]/g, '');
  return /^(00)?\d{18}$/.test(digits) ? digits.slice(-18) : undefined;
}

/** Whether a code of 18 digits ends in its check digit: one that does not was misread, mistyped, or printed wrong. */
export function isSsccValid(sscc: string): boolean {
  return sscc.endsWith(String(gs1Check(sscc.slice(0, -1))));
}
