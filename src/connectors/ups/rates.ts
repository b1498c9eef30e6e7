import { z } from 'zod';
import type { FreightRequest } from '../../model/commands.js';
import type { Money } from '../../model/facts.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { deliveryOf, type PackageRate } from '../kit/booking/rates.js';
import { clip } from '../kit/text.js';
import { serviceName } from './services.js';

const text = z.string().nullish().catch(null);
export const charge = z.looseObject({ CurrencyCode: z.string().regex(/^[A-Z]{3}$/), MonetaryValue: z.string().regex(/^\d{1,12}(\.\d{1,6})?$/) });
const charged = charge.nullish().catch(null);
/** UPS gives a list of one as its only item in older versions. */
const listOf = <T extends z.ZodType>(item: T) => z.preprocess((value) => (value == null || Array.isArray(value) ? value : [value]), z.array(item));

const ratedShipment = z.looseObject({
  Service: z.looseObject({ Code: z.string().min(1).max(10) }),
  TotalCharges: charged,
  TotalChargesWithTaxes: charged,
  NegotiatedRateCharges: z.looseObject({ TotalCharge: charged, TotalChargesWithTaxes: charged }).nullish().catch(null),
  GuaranteedDelivery: z.looseObject({ BusinessDaysInTransit: text }).nullish().catch(null),
  TimeInTransit: z.looseObject({ ServiceSummary: z.looseObject({ EstimatedArrival: z.looseObject({ Arrival: z.looseObject({ Date: text, Time: text }).nullish().catch(null), BusinessDaysInTransit: text }).nullish().catch(null), GuaranteedIndicator: text }).nullish().catch(null) }).nullish().catch(null),
});
type RatedShipment = z.infer<typeof ratedShipment>;

const rateResponse = z.looseObject({ RateResponse: z.looseObject({ RatedShipment: listOf(z.unknown()) }) });

/** Rates of an answer; one without a price, or without a service, is left out. */
export function readRates(answer: unknown, request: FreightRequest): CarrierOutcome<PackageRate[]> {
  const parsed = rateResponse.safeParse(answer);
  if (!parsed.success) return refused('unparseable', 'UPS answered with something that is no rates.', clip(JSON.stringify(answer) ?? '', 500));
  return { ok: true, value: parsed.data.RateResponse.RatedShipment.flatMap((each) => {
    const read = ratedShipment.safeParse(each);
    const price = read.success ? priceOf(read.data) : undefined;
    return read.success && price !== undefined ? [toRate(read.data, price, request)] : [];
  }) };
}

/** What is agreed with the shipper goes before the list price, and without taxes, as the quoted prices of all carriers are. */
function priceOf({ NegotiatedRateCharges: negotiated, TotalCharges: total }: RatedShipment): Money | undefined {
  return moneyOf(negotiated?.TotalCharge ?? total);
}

export function moneyOf(of: z.infer<typeof charge> | null | undefined): Money | undefined {
  return of == null ? undefined : { amount: of.MonetaryValue, currency: of.CurrencyCode };
}

function toRate(of: RatedShipment, price: Money, request: FreightRequest): PackageRate {
  const { Code: code } = of.Service;
  const summary = of.TimeInTransit?.ServiceSummary;
  const days = daysOf(summary?.EstimatedArrival?.BusinessDaysInTransit ?? of.GuaranteedDelivery?.BusinessDaysInTransit);
  const deliveryAt = arrivalOf(summary?.EstimatedArrival?.Arrival) ?? deliveryOf({ days }, request);
  return {
    carrier: 'UPS', service: code, label: serviceName(code), price,
    ...(days === undefined ? {} : { days }), ...(deliveryAt === undefined ? {} : { deliveryAt }), ...(summary?.GuaranteedIndicator === '1' || of.GuaranteedDelivery != null ? { guaranteed: true } : {}),
  };
}

function daysOf(value: string | null | undefined): number | undefined {
  return value != null && /^\d{1,3}$/.test(value) ? Number(value) : undefined;
}

/** By the clock of the receiver, whose zone UPS does not state: the end of the day in UTC, as of other carriers that name days alone. */
function arrivalOf(at: { Date?: string | null } | null | undefined): string | undefined {
  const day = /^(\d{4})(\d{2})(\d{2})$/.exec(at?.Date ?? '');
  if (day === null) return undefined;
  const instant = new Date(`${day[1]}-${day[2]}-${day[3]}T23:59:59.000Z`);
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString();
}
