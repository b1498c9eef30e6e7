import type { FreightRequest } from '../../model/commands.js';
import { carrierCode } from '../../model/references.js';
import type { Service } from '../kit/booking/carrier.js';
import { deliveryOf, serviceWords, type PackageRate } from '../kit/booking/rates.js';
import { clip } from '../kit/text.js';
import type { EasyPostRate, EasyPostShipment } from './shipments.js';

/** The rates of a shipment, which is one package. */
export function packageRates(of: EasyPostShipment, request: Pick<FreightRequest, 'shipOn' | 'options'>): PackageRate[] {
  return of.rates.map((rate): PackageRate => {
    const days = rate.delivery_days ?? rate.est_delivery_days ?? undefined;
    const deliveryAt = deliveryOf({ stated: rate.delivery_date, days, asOf: rate.created_at }, request);
    return {
      carrier: carrierCode(rate.carrier), service: rate.service, label: clip(`${rate.carrier} ${serviceWords(rate.service)}`, 100), price: { amount: rate.rate, currency: rate.currency },
      ...(days === undefined ? {} : { days }),
      ...(deliveryAt === undefined ? {} : { deliveryAt }),
      ...(rate.delivery_date_guaranteed === true ? { guaranteed: true } : {}),
    };
  });
}

/** The rate of this service; undefined where the carrier does not offer it for this package. */
export function rateOf(of: EasyPostShipment, service: Service): EasyPostRate | undefined {
  return of.rates.find((rate) => carrierCode(rate.carrier) === service.carrier && rate.service === service.code);
}
