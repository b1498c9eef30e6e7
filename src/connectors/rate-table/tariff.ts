import { z } from 'zod';

/** A carrier's price list as data: what it offers, where, at which weight, with which surcharges, and from when until when. */
const code = z.string().regex(/^[A-Za-z0-9._-]{1,40}$/, 'a code is 1 to 40 letters, digits, points, lines');
const label = z.string().min(1).max(100);
const country = z.string().regex(/^[A-Z]{2}$/, 'two capital letters (ISO 3166)');
const decimal = z.string().regex(/^\d{1,7}(\.\d{1,6})?$/, 'a decimal, e.g. 12.50');
const amount = z.string().regex(/^-?\d{1,9}(\.\d{1,6})?$/, 'a decimal, e.g. 12.50, or -1.50 for a discount');
const percent = z.string().regex(/^-?\d{1,3}(\.\d{1,4})?$/, 'a percentage, e.g. 12.5');
const day = z.iso.date('a day, e.g. 2026-01-31');
/** Numbers of JSON, and of spreadsheets with a comma for the point. */
const numberText = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (typeof value === 'number' ? String(value) : typeof value === 'string' ? value.replace(/^(-?\d+),(\d+)$/, '$1.$2') : value), schema);
/** Postal codes by their beginning (`80`), or from one to another (`80000-85999`); blanks and lines within a code say nothing. */
const postal = z.string().regex(/^[A-Za-z0-9 ]{1,10}(-[A-Za-z0-9 ]{1,10})?$/, 'the beginning of postal codes (80), or a range of as many characters (80000-85999)')
  .refine((text) => new Set(text.split('-').map((end) => end.replaceAll(' ', '').length)).size === 1, 'both ends of a range have as many characters');
const validity = { from: day.optional(), until: day.optional() };

/** Where parcels go; of all that fit a place the one that says most about it counts. `zone` NONE: not served. */
export const zoneRow = z.strictObject({
  zone: code, country, region: z.string().min(1).max(40).optional(), postal: postal.optional(), service: code.optional(), fromCountry: country.optional(), fromPostal: postal.optional(), days: z.coerce.number().int().min(0).max(60).optional(),
});
export type ZoneRow = z.infer<typeof zoneRow>;

/** What a parcel of up to so many kilograms costs (without `upToKg`: of any weight): `price`, and `perKg` for every kilogram beyond `overKg`. */
export const priceRow = z.strictObject({ service: code, zone: code, upToKg: numberText(decimal).optional(), price: numberText(amount), perKg: numberText(decimal).optional(), overKg: numberText(decimal).optional(), ...validity });
export type PriceRow = z.infer<typeof priceRow>;

const service = z.strictObject({
  code, label,
  /** Working days on the way, unless the zone says. */
  days: z.int().min(0).max(60).optional(),
  /** Cubic centimetres that weigh a kilogram at least. */
  cm3PerKg: z.number().positive().max(100_000).optional(),
  /** Weight is charged in steps of so many kilograms. */
  stepKg: numberText(decimal.refine((text) => Number(text) > 0, 'more than nothing')).optional(),
  /** Least that a parcel costs before surcharges and fuel. */
  minimum: numberText(amount).optional(),
  mostKg: numberText(decimal).optional(), longestCm: z.number().positive().optional(),
  /** Longest side and twice the two others together. */
  mostGirthCm: z.number().positive().optional(),
});
export type ServiceRow = z.infer<typeof service>;

/** All that is given must hold. */
const when = z.strictObject({
  services: z.array(code).min(1).optional(), zones: z.array(code).min(1).optional(), countries: z.array(country).min(1).optional(), postal: z.array(postal).min(1).max(2000).optional(),
  signature: z.literal(true).optional(), saturday: z.literal(true).optional(), isReturn: z.literal(true).optional(),
  overKg: numberText(decimal).optional(), sideOverCm: z.number().positive().optional(), girthOverCm: z.number().positive().optional(),
});

const surcharge = z.strictObject({
  code, label, when: when.optional(), ...validity,
  /** Any of: so much, so much of the price, so much for each kilogram that is charged. */
  amount: numberText(amount).optional(), percent: numberText(percent).optional(), perKg: numberText(decimal).optional(),
  /** Once for a shipment, whatever its packages; unless given, for each package. */
  per: z.literal('shipment').optional(),
  /** Fuel is charged on it as well. */
  isFuelled: z.boolean().default(false),
}).refine(({ amount: of, percent: share, perKg }) => of !== undefined || share !== undefined || perKg !== undefined, 'a surcharge has amount, percent or perKg');
export type Surcharge = z.infer<typeof surcharge>;

const fuel = z.strictObject({ percent: numberText(percent), services: z.array(code).min(1).optional(), ...validity });
export type Fuel = z.infer<typeof fuel>;

export const tariffSchema = z.strictObject({
  /** As it stands on tracking numbers and in rules. */
  carrier: z.string().regex(/^[A-Z0-9_]{1,40}$/, 'the carrier in capital letters, e.g. ACME'), name: label,
  currency: z.string().regex(/^[A-Z]{3}$/, 'a currency of three capital letters (ISO 4217)'),
  services: z.array(service).min(1).max(100),
  surcharges: z.array(surcharge).max(500).default([]),
  /** Percent of the price; of several the one that began last. */
  fuel: z.array(fuel).max(2000).default([]),
}).refine(({ services }) => new Set(services.map((each) => each.code)).size === services.length, 'two services have the same code');
export type Tariff = z.infer<typeof tariffSchema>;

/** Whether something with validity days holds on a day. */
export function holdsOn({ from, until }: { from?: string | undefined; until?: string | undefined }, on: string): boolean {
  return (from === undefined || from <= on) && (until === undefined || on <= until);
}
