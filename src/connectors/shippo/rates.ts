import type { FreightRequest } from '../../model/commands.js';
import { carrierCode } from '../../model/references.js';
import type { Service } from '../kit/booking/carrier.js';
import { deliveryOf, type PackageRate } from '../kit/booking/rates.js';
import { clip } from '../kit/text.js';
import type { ShippoRate, ShippoShipment } from './payloads.js';

/** The rates of a shipment, which is one package. Of two accounts that offer one service the cheaper one counts. */
export function packageRates(of: ShippoShipment, request: Pick<FreightRequest, 'shipOn' | 'options'>): PackageRate[] {
  const services = new Map(of.rates.map((rate) => [`${carrierCode(rate.provider)}/${rate.servicelevel.token}`, { carrier: carrierCode(rate.provider), code: rate.servicelevel.token }]));
  return [...services.values()].map((service): PackageRate => {
    const rate = rateOf(of, service)!;
    const days = rate.estimated_days ?? undefined;
    const deliveryAt = deliveryOf({ days, asOf: rate.object_created }, request);
    return {
      carrier: service.carrier, service: service.code, label: clip(`${rate.provider} ${rate.servicelevel.name ?? service.code}`, 100), price: { amount: rate.amount, currency: rate.currency },
      ...(days === undefined ? {} : { days }), ...(deliveryAt === undefined ? {} : { deliveryAt }),
    };
  });
}

/** The rate that is bought for this service; undefined where nobody offers it for this package. */
export function rateOf(of: ShippoShipment, { carrier, code }: Service): ShippoRate | undefined {
  return of.rates.filter((rate) => carrierCode(rate.provider) === carrier && rate.servicelevel.token === code).sort((a, b) => Number(a.amount) - Number(b.amount))[0];
}
