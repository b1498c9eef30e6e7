import { currencyDecimals } from '../../lib/currency.js';
import type { FreightPackage, FreightRequest } from '../../model/commands.js';
import { indexedOnce } from './indexed.js';
import { fits, zoneOf } from './lanes.js';
import { amountText, micros, ofWeight, percentOf, rounded } from './money.js';
import { holdsOn, type Fuel, type PriceRow, type ServiceRow, type Surcharge, type Tariff, type ZoneRow } from './tariff.js';

export interface Tables {
  tariff: Tariff;
  zones: readonly ZoneRow[];
  prices: readonly PriceRow[];
}

/** One package on its way, on a day. */
export interface Lane {
  request: Pick<FreightRequest, 'from' | 'to' | 'packages' | 'options'>;
  package: FreightPackage;
  isReturn: boolean;
  /** ISO date by which prices are looked up. */
  on: string;
}

/** What a package costs by a service, and why. */
export interface Price {
  service: string;
  label: string;
  zone: string;
  chargedKg: string;
  amount: string;
  currency: string;
  days?: number;
  /** Adding up to the amount. */
  lines: Array<{ code: string; label: string; amount: string }>;
}

/** A price, or in words why there is none. */
export type Priced = { ok: true; price: Price } | { ok: false; why: string };

export function priceOf({ tariff, zones, prices }: Tables, lane: Lane, service: ServiceRow): Priced {
  const measured = measuresOf(lane.package);
  const excess = excessOf(service, measured);
  if (excess !== null) return no(service, excess);
  // The way back costs what the way there costs.
  const { from, to } = lane.isReturn ? { from: lane.request.to, to: lane.request.from } : lane.request;
  const zone = zoneOf(zones, { from, to, service: service.code });
  if (zone === null) return no(service, `does not go to ${to.country} ${to.postalCode ?? ''}`.trimEnd());
  const grams = chargedGrams(service, measured);
  const row = priceRowOf(prices, { service: service.code, zone: zone.zone, grams, on: lane.on });
  if (row === null) return no(service, `has no price for ${grams / 1000} kg to zone ${zone.zone} on ${lane.on}`);
  const decimals = currencyDecimals(tariff.currency);
  const lines: Array<{ code: string; label: string; micros: bigint; isFuelled: boolean }> = [];
  const add = (code: string, label: string, amount: bigint, isFuelled: boolean) => void lines.push({ code, label, micros: rounded(amount, decimals), isFuelled });
  const base = micros(row.price) + ofWeight(micros(row.perKg ?? '0'), Math.max(0, grams - gramsOf(row.overKg ?? '0')));
  add('FREIGHT', service.label, atLeast(base, micros(service.minimum ?? '0')), true);
  for (const each of tariff.surcharges) if (applies(each, { lane, to, service, zone, grams, measured })) add(each.code, each.label, surchargeOf(each, lines[0]!.micros, grams), each.isFuelled);
  const fuel = fuelOf(tariff.fuel, service.code, lane.on);
  if (fuel !== null) add('FUEL', `Fuel ${fuel.percent} %`, percentOf(lines.filter((line) => line.isFuelled).reduce((sum, line) => sum + line.micros, 0n), fuel.percent), false);
  const total = lines.reduce((sum, line) => sum + line.micros, 0n);
  if (total < 0n) return no(service, 'would cost less than nothing: its discounts are larger than its price');
  const days = zone.days ?? service.days;
  return {
    ok: true,
    price: {
      service: service.code, label: service.label, zone: zone.zone, chargedKg: String(grams / 1000), amount: amountText(total, decimals), currency: tariff.currency, ...(days === undefined ? {} : { days }),
      lines: lines.map(({ code, label, micros: of }) => ({ code, label, amount: amountText(of, decimals) })),
    },
  };
}

function no(service: ServiceRow, why: string): Priced {
  return { ok: false, why: `${service.label} ${why}.` };
}

interface Measures {
  grams: number;
  /** Centimetres, longest first; null where one of them is not known. */
  sides: [number, number, number] | null;
}

function measuresOf({ weightKg, lengthCm, widthCm, heightCm }: FreightPackage): Measures {
  const grams = gramsOf(weightKg);
  if (lengthCm === undefined || widthCm === undefined || heightCm === undefined) return { grams, sides: null };
  return { grams, sides: [lengthCm, widthCm, heightCm].map(Number).sort((a, b) => b - a) as [number, number, number] };
}

/** Rounded up; the noise of binary fractions is no reason to round up. */
function gramsOf(kilograms: string | number): number {
  return Math.ceil(Number((Number(kilograms) * 1000).toFixed(6)));
}

function girth([length, width, height]: [number, number, number]): number {
  // The noise of binary fractions is no excess.
  return Number((length + 2 * (width + height)).toFixed(6));
}

function excessOf({ mostKg, longestCm, mostGirthCm }: ServiceRow, { grams, sides }: Measures): string | null {
  if (mostKg !== undefined && grams > gramsOf(mostKg)) return `takes ${mostKg} kg at most`;
  if (sides !== null && longestCm !== undefined && sides[0] > longestCm) return `takes sides of ${longestCm} cm at most`;
  if (sides !== null && mostGirthCm !== undefined && girth(sides) > mostGirthCm) return `takes a girth with length of ${mostGirthCm} cm at most`;
  return null;
}

/** The heavier of what it weighs and what its volume counts for, in the steps in which the service charges. */
function chargedGrams({ cm3PerKg, stepKg }: ServiceRow, { grams, sides }: Measures): number {
  const ofVolume = cm3PerKg === undefined || sides === null ? 0 : gramsOf((sides[0] * sides[1] * sides[2]) / cm3PerKg);
  const most = Math.max(grams, ofVolume);
  const step = stepKg === undefined ? 1 : Math.max(1, gramsOf(stepKg));
  return Math.ceil(most / step) * step;
}

/** The lowest break that holds the weight; of several with the same one, that which began last. */
function priceRowOf(rows: readonly PriceRow[], { service, zone, grams, on }: { service: string; zone: string; grams: number; on: string }): PriceRow | null {
  return breaksOf(rows).get(`${service}/${zone}`)?.find((each) => each.upTo >= grams && holdsOn(each.row, on))?.row ?? null;
}

interface Break {
  row: PriceRow;
  /** Grams. */
  upTo: number;
}

/** Breaks of each service to each zone, in their order. */
const breaksOf = indexedOnce((rows: readonly PriceRow[]) => {
  const all = rows.map((row): Break => ({ row, upTo: row.upToKg === undefined ? Number.POSITIVE_INFINITY : gramsOf(row.upToKg) }));
  all.sort((a, b) => (a.upTo === b.upTo ? (b.row.from ?? '').localeCompare(a.row.from ?? '') : a.upTo - b.upTo));
  return Map.groupBy(all, ({ row }) => `${row.service}/${row.zone}`);
});

function atLeast(amount: bigint, least: bigint): bigint {
  return amount < least ? least : amount;
}

function surchargeOf({ amount = '0', percent, perKg = '0' }: Surcharge, base: bigint, grams: number): bigint {
  return micros(amount) + ofWeight(micros(perKg), grams) + (percent === undefined ? 0n : percentOf(base, percent));
}

interface Circumstances {
  lane: Lane;
  to: FreightRequest['to'];
  service: ServiceRow;
  zone: ZoneRow;
  grams: number;
  measured: Measures;
}

function applies({ when = {}, per, ...validity }: Surcharge, { lane, to, service, zone, grams, measured: { sides } }: Circumstances): boolean {
  const { options = {}, packages } = lane.request;
  const isAsked = (wanted: true | undefined, given: boolean | undefined) => wanted === undefined || given === true;
  return holdsOn(validity, lane.on) && (per !== 'shipment' || packages[0]?.id === lane.package.id)
    && isAsked(when.signature, options.signature) && isAsked(when.saturday, options.saturday) && isAsked(when.isReturn, lane.isReturn)
    && (when.services?.includes(service.code) ?? true) && (when.zones?.includes(zone.zone) ?? true) && (when.countries?.includes(to.country) ?? true)
    && (when.postal?.some((postal) => fits(postal, to.postalCode)) ?? true)
    && (when.overKg === undefined || grams > gramsOf(when.overKg))
    && (when.sideOverCm === undefined || (sides !== null && sides[0] > when.sideOverCm)) && (when.girthOverCm === undefined || (sides !== null && girth(sides) > when.girthOverCm));
}

function fuelOf(rows: readonly Fuel[], service: string, on: string): Fuel | null {
  const fitting = rows.filter((row) => holdsOn(row, on) && (row.services?.includes(service) ?? true));
  return fitting.sort((a, b) => (b.from ?? '').localeCompare(a.from ?? '') || Number(b.services !== undefined) - Number(a.services !== undefined))[0] ?? null;
}
