import type { Many2one } from './world.js';

/** Collects what differs, and counts what was compared. */
export class Differences {
  readonly found: string[] = [];
  compared = 0;

  add(text: string): void {
    this.found.push(text);
  }

  /** Compares each field of `odoo` with that of the other side; fields that Odoo does not name are not looked at. */
  compare(name: string, odoo: Readonly<Record<string, unknown>>, shown: Readonly<Record<string, unknown>>): void {
    for (const [field, expected] of Object.entries(odoo)) {
      this.compared++;
      const [a, b] = [JSON.stringify(expected ?? null), JSON.stringify(shown[field] ?? null)];
      if (a !== b) this.add(`${name}, ${field}: Odoo says ${a}, Gatehouse ${b}`);
    }
  }
}

/** Odoo's datetime (UTC) or date as the graph writes instants. */
export function instant(value: string | false): string | null {
  if (value === false) return null;
  return new Date(`${value.replace(' ', 'T')}${value.length > 10 ? 'Z' : 'T00:00:00Z'}`).toISOString();
}

export function money(amount: number, currency: Many2one): { amount: number; currency: string | null } {
  return { amount: rounded(amount), currency: currency === false ? null : currency[1] };
}

/** The same with its decimal text as a number. */
export function numbers(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  const { amount, ...rest } = value as { amount: string };
  return { amount: rounded(Number(amount)), ...rest };
}

/** Without the noise of binary floating point. */
export function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
