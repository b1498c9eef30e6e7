import { z } from 'zod';

/** Shapes of WooCommerce's REST API v3, as far as they are read. Numbers may come as text and texts as numbers: plugins filter everything. */
const text = z.union([z.string(), z.number()]).transform(String).nullish().catch(null);
const id = z.union([z.string().regex(/^\d{1,19}$/), z.number().int().min(0)]).transform(String);
const flag = z.boolean().nullish().catch(null);
const list = <Item extends z.ZodType>(item: Item) => z.array(item).nullish().catch(null);

export const address = z.looseObject({ first_name: text, last_name: text, company: text, address_1: text, address_2: text, city: text, state: text, postcode: text, country: text, email: text, phone: text });

export const lineItem = z.looseObject({ id, name: text, sku: text, product_id: id.nullish().catch(null), variation_id: id.nullish().catch(null), quantity: text, subtotal: text, subtotal_tax: text, total: text, total_tax: text });
export const feeLine = z.looseObject({ id, name: text, total: text, total_tax: text });
export const shippingLine = z.looseObject({ method_title: text, method_id: text, total: text, total_tax: text });
export const meta = z.looseObject({ key: z.string(), value: z.unknown() });

export const order = z.looseObject({
  id, number: text, status: z.string(), currency: z.string(), date_created_gmt: text, date_modified_gmt: text, date_paid_gmt: text,
  total: text, prices_include_tax: flag, needs_processing: flag, customer_id: id.nullish().catch(null), customer_note: text,
  billing: address.nullish().catch(null), shipping: address.nullish().catch(null),
  line_items: z.array(z.unknown()), fee_lines: list(z.unknown()), shipping_lines: list(z.unknown()), refunds: list(z.unknown()), meta_data: list(z.unknown()),
});
export type Order = z.infer<typeof order>;

/** `quantity` of a refunded line is negative; the line that it takes back stands in its meta `_refunded_item_id`. */
export const refund = z.looseObject({ id, line_items: list(z.unknown()) });
export const refundedLine = z.looseObject({ quantity: text, meta_data: list(meta) });

/** An order with the refunds that were read to it: what we ask for is kept so. */
export const orderRead = z.looseObject({ gatehouse: z.literal('shop_order'), order: z.unknown(), refunds: z.array(z.unknown()) });

/** What stands in WordPress's answers where it refuses. */
export const fault = z.looseObject({ code: z.string(), message: z.string().nullish().catch(null) });

export const note = z.looseObject({ id, note: text });
export const product = z.looseObject({ id, virtual: flag });

/** Those of a list that are of the form. */
export function eachOf<Item>(schema: z.ZodType<Item>, list: readonly unknown[] | null | undefined): Item[] {
  return (list ?? []).flatMap((each) => {
    const parsed = schema.safeParse(each);
    return parsed.success ? [parsed.data] : [];
  });
}
