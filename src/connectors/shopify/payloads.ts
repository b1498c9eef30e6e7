import { z } from 'zod';
import { boundedDecimal } from '../kit/numbers.js';

/** Shapes of an order as webhooks and the REST API state it, as far as they are read. What is of another kind is taken for absent. */
const text = z.string().nullish().catch(null);
const flag = z.boolean().nullish().catch(null);
/** Ids of the shop are numbers below 2^53. */
const id = z.union([z.string().regex(/^\d{1,19}$/), z.number().int().positive().max(Number.MAX_SAFE_INTEGER)]).transform(String);

/** Shopify's test notification has larger ids, which JSON's numbers do not hold: exact is the one behind `admin_graphql_api_id`. */
function withExactId(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { id: stated, admin_graphql_api_id: global } = value as { id?: unknown; admin_graphql_api_id?: unknown };
  if (typeof stated !== 'number' || Number.isSafeInteger(stated) || typeof global !== 'string') return value;
  return { ...value, id: global.slice(global.lastIndexOf('/') + 1) };
}
/** An amount of money or of pieces, as decimal text; with as many decimals as the shop writes, for by these it rounds. */
const decimal = z.union([z.string(), z.number()]).transform((value) => (boundedDecimal(String(value)) === undefined ? undefined : String(value))).nullish().catch(undefined);
const list = z.array(z.unknown()).max(10_000).nullish().catch(null);

export const address = z.looseObject({
  name: text, first_name: text, last_name: text, company: text, address1: text, address2: text, city: text, zip: text, province: text, province_code: text, country_code: text, phone: text,
});

export const taxLine = z.looseObject({ price: decimal });
export const allocation = z.looseObject({ amount: decimal });

export const lineItem = z.preprocess(withExactId, z.looseObject({
  id, sku: text, name: text, title: text, price: decimal, quantity: decimal, current_quantity: decimal, total_discount: decimal, discount_allocations: list, tax_lines: list, requires_shipping: flag, gift_card: flag, fulfillment_service: text,
}));
export type LineItem = z.infer<typeof lineItem>;

export const shippingLine = z.looseObject({ code: text, title: text, price: decimal, discounted_price: decimal, discount_allocations: list, tax_lines: list, is_removed: flag });
export const fulfilment = z.looseObject({ status: text, line_items: list });
export const fulfilledLine = z.looseObject({ id, quantity: decimal });
export const refund = z.looseObject({ refund_line_items: list });
export const refundedLine = z.looseObject({ line_item_id: id, quantity: decimal, restock_type: text });
const moneySet = z.looseObject({ shop_money: z.looseObject({ amount: decimal }) }).nullish().catch(null);

export const order = z.preprocess(withExactId, z.looseObject({
  id, name: text, currency: text, created_at: text, processed_at: text, updated_at: z.string(), cancelled_at: text, closed_at: text, financial_status: text, fulfillment_status: text, confirmed: flag, test: flag,
  total_price: decimal, taxes_included: flag, total_tip_received: decimal, current_total_duties_set: moneySet, current_total_additional_fees_set: moneySet, note: text, email: text, contact_email: text, phone: text,
  customer: z.looseObject({ id: id.nullish().catch(null), email: text, phone: text }).nullish().catch(null), billing_address: address.nullish().catch(null), shipping_address: address.nullish().catch(null),
  line_items: z.array(z.unknown()).max(10_000), shipping_lines: list, fulfillments: list, refunds: list,
}));
export type Order = z.infer<typeof order>;

/** What a list of unknown items holds of this kind; the rest is left out. */
export function itemsOf<T>(schema: z.ZodType<T>, items: readonly unknown[] | null | undefined): T[] {
  return (items ?? []).flatMap((each) => {
    const parsed = schema.safeParse(each);
    return parsed.success ? [parsed.data] : [];
  });
}
