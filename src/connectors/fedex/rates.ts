import { z } from 'zod';
import type { FreightRequest } from '../../model/commands.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { deliveryOf, endOfStatedDay, serviceWords, type PackageRate } from '../kit/booking/rates.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';
import { wireAmount, wireCurrency } from '../kit/wire-money.js';

const text = z.string().nullish().catch(null);

const ratedDetail = z.looseObject({ rateType: text, totalNetCharge: wireAmount, currency: wireCurrency.nullish().catch(null), shipmentRateDetail: z.looseObject({ currency: wireCurrency.nullish().catch(null) }).nullish().catch(null) });
const replyDetail = z.looseObject({
  serviceType: z.string().min(1).max(100),
  serviceName: text,
  ratedShipmentDetails: z.array(z.unknown()),
  operationalDetail: z.looseObject({ transitTime: text, deliveryDate: text, commitDate: text, ineligibleForMoneyBackGuarantee: z.boolean().nullish().catch(null) }).nullish().catch(null),
  commit: z.looseObject({ dateDetail: z.looseObject({ dayFormat: text }).nullish().catch(null), transitDays: z.looseObject({ minimumTransitTime: text }).nullish().catch(null) }).nullish().catch(null),
});
const rateAnswer = z.looseObject({ output: z.looseObject({ rateReplyDetails: z.array(z.unknown()).nullish().transform((list) => list ?? []) }) });

/** Rates of an answer; one without a price, or without a service, is left out. */
export function readRates(answer: unknown, request: FreightRequest): CarrierOutcome<PackageRate[]> {
  const parsed = rateAnswer.safeParse(answer);
  if (!parsed.success) return refused('unparseable', 'FedEx answered with something that is no rates.', clip(JSON.stringify(answer) ?? '', 500));
  return { ok: true, value: parsed.data.output.rateReplyDetails.flatMap((each) => toRate(replyDetail.safeParse(each).data, request)) };
}

function toRate(of: z.infer<typeof replyDetail> | undefined, request: FreightRequest): PackageRate[] {
  const details = (of?.ratedShipmentDetails ?? []).flatMap((each) => ratedDetail.safeParse(each).data ?? []);
  // What is agreed with the account goes before the list price.
  const priced = details.find((each) => each.rateType === 'ACCOUNT') ?? details[0];
  const currency = priced?.currency ?? priced?.shipmentRateDetail?.currency;
  if (of === undefined || priced === undefined || currency == null) return [];
  const days = daysOf(of.operationalDetail?.transitTime ?? of.commit?.transitDays?.minimumTransitTime);
  const deliveryAt = endOfStatedDay(of.commit?.dateDetail?.dayFormat ?? of.operationalDetail?.deliveryDate ?? of.operationalDetail?.commitDate) ?? deliveryOf({ days }, request);
  return [{
    carrier: 'FEDEX', service: of.serviceType, label: clip(of.serviceName ?? serviceWords(of.serviceType), 100), price: { amount: priced.totalNetCharge, currency },
    ...(days === undefined ? {} : { days }), ...(deliveryAt === undefined ? {} : { deliveryAt }), ...(of.operationalDetail?.ineligibleForMoneyBackGuarantee === false ? { guaranteed: true } : {}),
  }];
}

const numbers: Readonly<Record<string, number>> = Object.fromEntries(
  ['ONE', 'TWO', 'THREE', 'FOUR', 'FIVE', 'SIX', 'SEVEN', 'EIGHT', 'NINE', 'TEN', 'ELEVEN', 'TWELVE', 'THIRTEEN', 'FOURTEEN', 'FIFTEEN', 'SIXTEEN', 'SEVENTEEN', 'EIGHTEEN', 'NINETEEN', 'TWENTY'].map((word, index) => [word, index + 1]),
);

/** `FOUR_DAYS`. */
function daysOf(words: string | null | undefined): number | undefined {
  return rowOf(numbers, /^([A-Z]+)_DAYS?$/.exec(words ?? '')?.[1] ?? '');
}
