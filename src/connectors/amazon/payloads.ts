import { z } from 'zod';

/** Shapes of the Orders API 2026-01-01, as far as they are read. */
const text = z.union([z.string(), z.number()]).transform(String).nullish().catch(null);
const count = z.number().int().min(0).max(1_000_000_000).nullish().catch(null);
const some = <Shape extends z.ZodType>(shape: Shape) => shape.nullish().catch(null);

const money = z.looseObject({ amount: z.union([z.string(), z.number()]).transform(String), currencyCode: z.string() });
const window = z.looseObject({ earliestDateTime: text, latestDateTime: text });
const breakdown = z.looseObject({ type: z.string(), subtotal: some(money), detailedBreakdowns: some(z.array(z.looseObject({ subtype: text, value: some(money) }))) });
export type Breakdown = z.infer<typeof breakdown>;

const address = z.looseObject({ name: text, companyName: text, addressLine1: text, addressLine2: text, addressLine3: text, city: text, districtOrCounty: text, stateOrRegion: text, municipality: text, postalCode: text, countryCode: text, phone: text });

export const orderItem = z.looseObject({
  orderItemId: z.string().min(1).max(60), quantityOrdered: z.number().int().min(0).max(1_000_000_000),
  product: z.looseObject({ asin: text, title: text, sellerSku: text, price: some(z.looseObject({ unitPrice: some(money) })) }),
  proceeds: some(z.looseObject({ proceedsTotal: some(money), breakdowns: some(z.array(breakdown)) })),
  fulfillment: some(z.looseObject({ quantityFulfilled: count, quantityUnfulfilled: count, packing: some(z.looseObject({ giftOption: some(z.looseObject({ giftMessage: text, giftWrapLevel: text })) })) })),
});
export type OrderItem = z.infer<typeof orderItem>;

export const orderPackage = z.looseObject({ packageReferenceId: z.union([z.string(), z.number()]).transform(String), trackingNumber: text, packageItems: some(z.array(z.looseObject({ orderItemId: z.string(), quantity: z.number().int().min(0) }))) });

export const order = z.looseObject({
  orderId: z.string().min(1).max(60), createdTime: z.string(), lastUpdatedTime: z.string(), programs: some(z.array(z.string())),
  salesChannel: z.looseObject({ channelName: text, marketplaceId: text }),
  buyer: some(z.looseObject({ buyerName: text, buyerEmail: text, buyerCompanyName: text })),
  recipient: some(z.looseObject({ deliveryAddress: some(address), deliveryPreference: some(z.looseObject({ addressInstruction: text, dropOffLocation: text })) })),
  proceeds: some(z.looseObject({ grandTotal: some(money), breakdowns: some(z.array(breakdown)) })),
  fulfillment: some(z.looseObject({ fulfillmentStatus: z.string(), fulfilledBy: text, fulfillmentServiceLevel: text, shipByWindow: some(window), deliverByWindow: some(window) })),
  orderItems: z.array(orderItem),
  packages: some(z.array(orderPackage)),
});
export type Order = z.infer<typeof order>;

/** The answer to getOrder; what we keep of an order is of this form. */
export const orderAnswer = z.looseObject({ order });
/** A page of searchOrders. */
export const page = z.looseObject({ orders: z.array(z.looseObject({ orderId: z.string() })), pagination: some(z.looseObject({ nextToken: text })), lastUpdatedBefore: text });
