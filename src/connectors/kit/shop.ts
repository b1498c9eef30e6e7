import { z } from 'zod';
import { instant, type Instant } from '../../lib/clock.js';
import { decimalText, millionths } from '../../lib/decimal.js';
import type { FreightAddress } from '../../model/commands.js';
import type { Fact } from '../../model/facts.js';
import type { ReportedShopOrder, ShopPolicy } from '../../model/shop.js';
import { clip, filled } from './text.js';

/** Minutes, unless set otherwise. */
const trackingMinutes = 30;

/** Settings of every connection to a shop. */
export const shopSettings = {
  orders: z.enum(['odoo', 'none']).meta({ title: 'Orders', description: 'odoo (unless given): they go to Odoo, and what Odoo delivers is told to the shop. none: they are shown here alone.' }).optional(),
  confirm: z.enum(['paid', 'always', 'never']).meta({ title: 'Confirm in Odoo', description: 'Which orders Odoo confirms at once: those of which the money is there or sure (paid, unless given), all (always), or none (never): they stay quotations for people.' }).optional(),
  odoo: z.string().min(1).max(64).meta({ title: 'Odoo', description: 'Id of the Odoo connection to which its orders go, where the company has several.' }).optional(),
  from: z.iso.datetime({ offset: true, error: 'must be a time with its offset, e.g. 2026-03-01T00:00:00Z' }).optional().meta({ title: 'Orders from', description: 'Orders made before this time do not go to Odoo, whatever changes of them: they were taken care of in another way. All go unless given.' }),
  trackingMinutes: z.coerce.number('must be a number of minutes').min(0).max(10_000).meta({ title: 'Minutes for tracking numbers', description: 'So long after a delivery was done its tracking numbers may still come before the shop is told without them. 30 unless given.' }).optional(),
};

export interface ShopSettings {
  orders?: 'odoo' | 'none' | undefined;
  confirm?: ShopPolicy['confirm'] | undefined;
  odoo?: string | undefined;
  from?: string | undefined;
  trackingMinutes?: number | undefined;
}

/** What becomes of the orders of a shop with these settings; null where they go nowhere. */
export function shopPolicy({ orders, confirm, odoo, from, trackingMinutes: minutes }: ShopSettings): ShopPolicy | null {
  return orders === 'none' ? null : { confirm: confirm ?? 'paid', odoo: odoo ?? null, from: from === undefined ? null : instant(Date.parse(from)), trackingMinutes: minutes ?? trackingMinutes };
}

/** Longest part of an address, and longest name of an article, that is taken. */
const maxText = 250;

/** What a shop has of an order as of `version`. @param id the shop's own id of the order */
export function shopOrderFact({ id, version, observedAt, order }: { id: string; version: number; observedAt: Instant; order: ReportedShopOrder }): Fact {
  return { type: 'shop_order.reported', key: { kind: 'shop_order', id }, factKey: `v${version}`, version, observedAt, payload: order };
}

type Told = string | null | undefined;

/**
 * An address as shops write it; undefined where it names no place to which anything could be sent. Shops ask for no city where the
 * country has none (Singapore): it is empty then, for without this address goods would go to another.
 */
export function shopAddress(told: { [Part in keyof FreightAddress]?: Told }): FreightAddress | undefined {
  const parts = Object.fromEntries(Object.entries(told).flatMap(([name, value]) => {
    const text = filled(value);
    return text === undefined ? [] : [[name, clip(text, maxText)]];
  })) as Partial<FreightAddress>;
  const country = parts.country?.toUpperCase();
  if (parts.street === undefined || country === undefined || !/^[A-Z]{2}$/.test(country)) return undefined;
  return { ...parts, street: parts.street, city: parts.city ?? '', country };
}

/** The names that are there, parted by blanks. */
export function joinedName(...names: readonly Told[]): string | undefined {
  return filled(names.map((name) => filled(name) ?? '').join(' '));
}

/** Millionths of a decimal text; 0 where it is none. */
export function amountOf(text: Told): bigint {
  return millionths(text ?? '') ?? 0n;
}

/** So much of an amount, half up, to `decimals` places. All in millionths. */
export function shareOf(amount: bigint, part: bigint, whole: bigint, decimals: number): bigint {
  const step = 10n ** BigInt(Math.max(0, 6 - decimals));
  const [numerator, denominator] = [amount * part, whole * step];
  const magnitude = (2n * abs(numerator) + abs(denominator)) / (2n * abs(denominator));
  return (numerator < 0n === denominator < 0n ? magnitude : -magnitude) * step;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Decimals that an amount is written with, 6 at most. */
export function decimalsOf(text: string): number {
  return Math.min(6, (text.split('.')[1] ?? '').length);
}

/** Decimal text with so many decimals at least: `27.20`, as people write money. */
export function withDecimals(value: bigint, decimals: number): string {
  const [whole, fraction = ''] = decimalText(value).split('.');
  return decimals === 0 && fraction === '' ? whole! : `${whole}.${fraction.padEnd(decimals, '0')}`;
}

/** What is not nothing, as decimal text. */
export function unlessZero<Name extends string>(name: Name, value: bigint): { [Key in Name]?: string } {
  return value === 0n ? {} : ({ [name]: decimalText(value) } as { [Key in Name]?: string });
}
