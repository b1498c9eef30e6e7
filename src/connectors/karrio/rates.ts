import type { FreightRequest } from '../../model/commands.js';
import { carrierCode } from '../../model/references.js';
import type { Service } from '../kit/booking/carrier.js';
import { deliveryOf, serviceWords, type PackageRate } from '../kit/booking/rates.js';
import { clip } from '../kit/text.js';
import { carrierNameOf, type KarrioRate } from './payloads.js';

type Rates = { rates: readonly KarrioRate[]; asOf?: string | undefined };

/** The rates of one package. Of two accounts that offer one service the cheaper one counts. */
export function packageRates(of: Rates, request: Pick<FreightRequest, 'shipOn' | 'options'>): PackageRate[] {
  const services = new Map(of.rates.map((rate) => [`${carrierOf(rate)}/${rate.service}`, { carrier: carrierOf(rate), code: rate.service }]));
  return [...services.values()].map((service): PackageRate => {
    const rate = rateOf(of, service)!;
    const days = rate.transit_days ?? undefined;
    const deliveryAt = deliveryOf({ stated: endOfDay(rate.estimated_delivery), days, asOf: of.asOf }, request);
    return {
      carrier: service.carrier, service: service.code, label: clip(rate.meta?.service_name ?? serviceWords(service.code), 100), price: { amount: priceOf(rate), currency: rate.currency },
      ...(days === undefined ? {} : { days }), ...(deliveryAt === undefined ? {} : { deliveryAt }),
    };
  });
}

/** The rate that is bought for this service; undefined where nobody offers it for this package. */
export function rateOf(of: Pick<Rates, 'rates'>, { carrier, code }: Service): KarrioRate | undefined {
  return of.rates.filter((rate) => carrierOf(rate) === carrier && rate.service === code).sort((a, b) => a.total_charge - b.total_charge)[0];
}

export function carrierOf(rate: KarrioRate): string {
  return carrierCode(clip(carrierNameOf(rate)!, 60));
}

/** Karrio's amounts are binary fractions, to the cent. */
export function priceOf({ total_charge: amount }: KarrioRate): string {
  return amount.toFixed(2);
}

/** Of a day of delivery its end; any other text as it is. */
export function endOfDay(text: string | null | undefined): string | undefined {
  return text == null ? undefined : /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59Z` : text;
}
