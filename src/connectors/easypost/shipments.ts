import { z } from 'zod';
import type { Held } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { clip } from '../kit/text.js';

/** EasyPost's Shipment, as far as it is read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const decimal = z.union([z.string().regex(/^\d{1,12}(\.\d{1,6})?$/), z.number().nonnegative().transform(String)]);

const rate = z.looseObject({
  id: z.string(),
  carrier: z.string().min(1).max(60),
  service: z.string().min(1).max(100),
  rate: decimal,
  currency: z.string().regex(/^[A-Z]{3}$/),
  delivery_days: z.int().min(0).max(365).nullish().catch(null),
  est_delivery_days: z.int().min(0).max(365).nullish().catch(null),
  delivery_date: text,
  delivery_date_guaranteed: z.boolean().nullish().catch(null),
  created_at: text,
});
export type EasyPostRate = z.infer<typeof rate>;

const label = z.looseObject({ created_at: text, updated_at: text, label_date: text, label_file_type: text, label_url: text, label_pdf_url: text, label_zpl_url: text });
export type PostageLabel = z.infer<typeof label>;

export const shipment = z.looseObject({
  id: z.string().min(1).max(120),
  reference: text,
  tracking_code: text,
  created_at: text,
  updated_at: text,
  refund_status: text,
  rates: z.array(z.unknown()).nullish().catch(null).transform((rates) => (rates ?? []).flatMap((each) => rate.safeParse(each).data ?? [])),
  selected_rate: rate.nullish().catch(null),
  postage_label: label.nullish().catch(null),
  scan_form: z.looseObject({ id: text, form_url: text, status: text }).nullish().catch(null),
  messages: z.array(z.looseObject({ carrier: text, message: z.unknown() })).nullish().catch(null),
});
export type EasyPostShipment = z.infer<typeof shipment>;

/** Reads an answer that should be a Shipment. */
export function readShipment(answer: CarrierOutcome<unknown>): CarrierOutcome<Held<EasyPostShipment>> {
  if (!answer.ok) return answer;
  const parsed = shipment.safeParse(answer.value);
  if (parsed.success) return { ok: true, value: { id: parsed.data.id, read: parsed.data, raw: answer.value } };
  return refused('unparseable', 'EasyPost answered with something that is no shipment.', clip(JSON.stringify(answer.value) ?? '', 500));
}

/** A shipment is bought once it has a label and a tracking code. */
export function isBought(of: EasyPostShipment): boolean {
  return of.postage_label != null && (of.tracking_code ?? '') !== '';
}

/** What carriers said instead of a rate, for people. */
export function carrierMessages({ messages }: Pick<EasyPostShipment, 'messages'>): string {
  return (messages ?? []).slice(0, 5).map(({ carrier, message }) => clip(`${carrier ?? 'carrier'}: ${typeof message === 'string' ? message : JSON.stringify(message)}`, 200)).join('; ');
}
