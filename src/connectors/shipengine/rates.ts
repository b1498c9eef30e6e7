import type { FreightRequest } from '../../model/commands.js';
import { sumOfAmounts } from '../kit/amounts.js';
import type { Service } from '../kit/booking/carrier.js';
import { deliveryOf, type PackageRate } from '../kit/booking/rates.js';
import { clip } from '../kit/text.js';
import { carrierOf } from './codes.js';
import type { RatedShipment, ShipEngineRate } from './payloads.js';

/** The rates of a shipment, which is one package. Of two accounts that offer one service the cheaper one counts. */
export function packageRates(of: RatedShipment, request: Pick<FreightRequest, 'shipOn' | 'options'>): PackageRate[] {
  const best = new Map<string, ShipEngineRate>();
  for (const rate of usable(of)) {
    const key = `${carrierOf(rate.carrier_code)}/${rate.service_code}`;
    const known = best.get(key);
    if (known === undefined || Number(priceOf(rate)) < Number(priceOf(known))) best.set(key, rate);
  }
  return [...best.values()].map((rate): PackageRate => {
    const days = rate.delivery_days ?? undefined;
    const deliveryAt = deliveryOf({ stated: rate.estimated_delivery_date, days, asOf: rate.ship_date ?? of.created_at }, request);
    return {
      carrier: carrierOf(rate.carrier_code), service: rate.service_code, label: clip(rate.service_type ?? rate.service_code, 100), price: { amount: priceOf(rate), currency: rate.shipping_amount.currency },
      ...(days === undefined ? {} : { days }), ...(deliveryAt === undefined ? {} : { deliveryAt }), ...(rate.guaranteed_service === true ? { guaranteed: true } : {}),
    };
  });
}

/** The rate that is bought for this service; undefined where nobody offers it for this package. */
export function rateOf(of: RatedShipment, { carrier, code }: Service): ShipEngineRate | undefined {
  return usable(of).filter((rate) => carrierOf(rate.carrier_code) === carrier && rate.service_code === code).sort((a, b) => Number(priceOf(a)) - Number(priceOf(b)))[0];
}

/** Rates of carriers' own boxes are for who has them. */
function usable(of: RatedShipment): ShipEngineRate[] {
  return of.rate_response.rates.filter((rate) => rate.package_type == null || rate.package_type === 'package');
}

/** All that is charged for it. */
function priceOf({ shipping_amount: shipping, insurance_amount: insurance, confirmation_amount: confirmation, other_amount: other, tax_amount: tax }: ShipEngineRate): string {
  return sumOfAmounts([shipping, insurance, confirmation, other, tax].flatMap((part) => (part == null ? [] : [part.amount.toFixed(2)])));
}

/** What carriers said instead of a rate, for people. */
export function whyNoRate({ rate_response: { invalid_rates: invalid, errors } }: RatedShipment): string {
  const refusals = (invalid ?? []).flatMap((rate) => (rate.error_messages ?? []).map((message) => `${rate.carrier_friendly_name ?? 'carrier'}: ${message}`));
  const faults = (errors ?? []).map((error) => `${error.carrier_code ?? 'carrier'}: ${error.message ?? 'no rate'}`);
  return [...new Set([...refusals, ...faults])].slice(0, 5).map((text) => clip(text, 200)).join('; ');
}
