import type { FreightRequest, Rate } from '../../../model/commands.js';
import { parseOffsetTime } from '../../../model/time.js';
import { sumOfAmounts } from '../amounts.js';

/** What a service costs for one package, and when it would arrive. */
export type PackageRate = Omit<Rate, 'connection'>;

/**
 * What a service costs for all packages together, of the services that every one of them can go by.
 * @param byPackage rates of each package
 */
export function commonRates(byPackage: ReadonlyArray<readonly PackageRate[]>, connection: string): Rate[] {
  const [first, ...others] = byPackage;
  return (first ?? []).flatMap((rate) => {
    const all = [rate, ...others.map((rates) => rates.find((each) => each.carrier === rate.carrier && each.service === rate.service))];
    if (all.some((each) => each?.price.currency !== rate.price.currency)) return [];
    return [together(all as PackageRate[], connection)];
  });
}

function together(rates: readonly PackageRate[], connection: string): Rate {
  const { carrier, service, label, price } = rates[0]!;
  const days = greatest(rates.map((rate) => rate.days));
  const deliveryAt = greatest(rates.map((rate) => rate.deliveryAt));
  return {
    connection, carrier, service, label,
    price: { amount: sumOfAmounts(rates.map((rate) => rate.price.amount)), currency: price.currency },
    ...(days === undefined ? {} : { days }),
    ...(deliveryAt === undefined ? {} : { deliveryAt }),
    ...(rates.every((rate) => rate.guaranteed === true) ? { guaranteed: true } : {}),
  };
}

/** Undefined where it is of any: what is not known of one package is not known of all. */
function greatest<T extends string | number>(values: ReadonlyArray<T | undefined>): T | undefined {
  return values.includes(undefined) ? undefined : (values as T[]).reduce((most, value) => (value > most ? value : most));
}

/**
 * When it arrives: as the carrier says, else the end of the day after so many working days.
 * @param of `asOf`: ISO time at which the rate was given, from which days count where no day of shipping was named
 */
export function deliveryOf(of: { stated?: string | null | undefined; days?: number | null | undefined; asOf?: string | null | undefined }, { shipOn, options }: Pick<FreightRequest, 'shipOn' | 'options'>): string | undefined {
  const stated = parseOffsetTime(of.stated ?? '');
  if (stated !== null) return stated.instant;
  const start = shipOn ?? of.asOf?.slice(0, 10);
  if (of.days == null || start === undefined) return undefined;
  const day = new Date(`${start}T23:59:59.000Z`);
  if (Number.isNaN(day.getTime())) return undefined;
  for (let left = of.days; left > 0; ) {
    day.setUTCDate(day.getUTCDate() + 1);
    if (day.getUTCDay() !== 0 && (day.getUTCDay() !== 6 || options?.saturday === true)) left--;
  }
  return day.toISOString();
}

/** Of a day that a carrier states by the clock of the receiver, whose zone it does not say: its end in UTC, as of carriers that name days alone. */
export function endOfStatedDay(stated: string | null | undefined): string | undefined {
  const day = /^(\d{4}-\d{2}-\d{2})/.exec(stated ?? '')?.[1];
  const instant = new Date(`${day ?? 'none'}T23:59:59.000Z`);
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString();
}

/** `FEDEX_GROUND` and `GroundAdvantage` as people write them. */
export function serviceWords(service: string): string {
  return service.includes('_') || service === service.toUpperCase() ? service.replaceAll('_', ' ') : service.replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
}
