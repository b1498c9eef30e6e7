import { z } from 'zod';
import type { FreightRequest } from '../../model/commands.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { deliveryOf, endOfStatedDay, type PackageRate } from '../kit/booking/rates.js';
import { int32 } from '../kit/numbers.js';
import { clip, filled } from '../kit/text.js';
import { wireAmount, wireCurrency } from '../kit/wire-money.js';
import { carrierName } from './tracking.js';

const text = z.string().nullish().catch(null);
const code = z.string().regex(/^[A-Za-z0-9]{1,6}$/);
const price = z.looseObject({ currencyType: text, priceCurrency: wireCurrency, price: wireAmount });
const product = z.looseObject({
  productCode: code, localProductCode: code.nullish().catch(null), productName: text,
  totalPrice: z.array(z.unknown()),
  deliveryCapabilities: z.looseObject({ estimatedDeliveryDateAndTime: text, totalTransitDays: z.unknown() }).nullish().catch(null),
});
const rateAnswer = z.looseObject({ products: z.array(z.unknown()) });

/** Prices in the currency in which the account is billed. */
const billed = 'BILLC';

/** Rates of an answer; a product for which DHL worked out no price, which it says as 0, is left out. */
export function readRates(answer: unknown, request: FreightRequest): CarrierOutcome<PackageRate[]> {
  const parsed = rateAnswer.safeParse(answer);
  if (!parsed.success) return refused('unparseable', 'DHL Express answered with something that is no rates.', clip(JSON.stringify(answer) ?? '', 500));
  return { ok: true, value: parsed.data.products.flatMap((each) => toRate(product.safeParse(each).data, request)) };
}

/** By the account's own currency, else the first that is stated. */
export function billedPrice(stated: readonly unknown[]): { amount: string; currency: string } | null {
  const prices = stated.flatMap((each) => price.safeParse(each).data ?? []).filter((each) => Number(each.price) > 0);
  const of = prices.find((each) => each.currencyType === billed) ?? prices[0];
  return of === undefined ? null : { amount: of.price, currency: of.priceCurrency };
}

function toRate(of: z.infer<typeof product> | undefined, request: FreightRequest): PackageRate[] {
  const total = of === undefined ? null : billedPrice(of.totalPrice);
  if (of === undefined || total === null) return [];
  const days = int32(of.deliveryCapabilities?.totalTransitDays);
  const deliveryAt = endOfStatedDay(of.deliveryCapabilities?.estimatedDeliveryDateAndTime) ?? deliveryOf({ days }, request);
  // Some countries sell a product under a code of their own, and want both.
  const service = of.localProductCode == null || of.localProductCode === of.productCode ? of.productCode : `${of.productCode}/${of.localProductCode}`;
  return [{
    carrier: carrierName, service, label: clip(filled(of.productName) ?? `DHL Express ${of.productCode}`, 100), price: total,
    ...(days === undefined ? {} : { days }), ...(deliveryAt === undefined ? {} : { deliveryAt }),
  }];
}
