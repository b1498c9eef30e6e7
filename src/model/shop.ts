import type { Instant } from '../lib/clock.js';
import type { FreightAddress } from './commands.js';
import type { Money } from './facts.js';

/** OPEN: it is to be delivered. HELD: not yet, the shop waits for something (payment, a check). CLOSED: everything of it is done. */
export const shopOrderStates = ['UNKNOWN', 'HELD', 'OPEN', 'CLOSED', 'CANCELLED'] as const;
export type ShopOrderState = (typeof shopOrderStates)[number];

export const shopPayments = ['UNKNOWN', 'PENDING', 'AUTHORIZED', 'PAID', 'REFUNDED'] as const;
export type ShopPayment = (typeof shopPayments)[number];

/** MARKETPLACE: the marketplace keeps and ships the goods itself (Fulfilled by Amazon); Odoo is to deliver nothing. */
export const shopFulfillers = ['MERCHANT', 'MARKETPLACE'] as const;
export type ShopFulfiller = (typeof shopFulfillers)[number];

/** An order of a shop or marketplace, whole, as the shop has it. Who bought it is kept apart from the log. */
export interface ShopOrderRecord {
  /** The number that the shop shows to people, e.g. `#1001`. */
  name: string;
  state: ShopOrderState;
  /** The shop's own words of state, payment and fulfilment. */
  rawState: string;
  payment: ShopPayment;
  fulfilledBy: ShopFulfiller;
  orderedAt: Instant;
  /** Until when it is to be sent and to arrive, as the marketplace promised. */
  shipBy?: Instant;
  deliverBy?: Instant;
  /** Of all lines, shipping and taxes, less discounts. Its currency is that of every amount of the order. */
  total: Money;
  /** Whether prices of lines and of shipping include tax. */
  pricesIncludeTax: boolean;
  lines: ShopOrderLine[];
  /** What the buyer chose and pays for it. */
  shipping?: { code?: string; label: string; /** Decimal text. */ price: string };
  /** The shop's note for who packs it. */
  note?: string;
}

/** Quantities and amounts are decimal texts. */
export interface ShopOrderLine {
  /** The shop's own id of the line. */
  id: string;
  sku: string;
  description: string;
  /** Still wanted: what was ordered less what was cancelled or taken back before it was sent. */
  quantity: string;
  /** Of one, before discounts. */
  unitPrice: string;
  /** Of the whole line. */
  discount?: string;
  /** Of the whole line; 0 or absent where none was charged on it. An order without any tax may have been exempt, or be of a shop that tells of none. */
  tax?: string;
  /** Sent already, where the shop says so. */
  fulfilled?: string;
  /** Nothing is sent for it: a service, a gift card, a download. */
  isVirtual?: true;
}

/** Who bought and who gets it: personal data. */
export interface ShopOrderPeople {
  /** The shop's own id of the buyer: two orders with the same are one contact in Odoo. */
  buyerId?: string;
  email?: string;
  phone?: string;
  billTo?: FreightAddress;
  shipTo?: FreightAddress;
}

/** What a source reports of an order. Who bought is taken out of it before it is recorded, and the note with it: buyers write it. */
export interface ReportedShopOrder extends ShopOrderRecord {
  people: ShopOrderPeople;
}

/** What is to stand in Odoo of an order of a shop: values of the topic `shop_order`. */
export interface OdooShopOrder {
  /** Connection of the shop, and the shop's own id of the order: together the key by which Odoo finds it again. */
  shop: { connection: string; order: string };
  /** Rises with every change; a lower one than stands there changes nothing. */
  version: number;
  name: string;
  state: 'OPEN' | 'CANCELLED';
  /** Confirmed in Odoo at once; else it stays a quotation for a person. */
  confirm: boolean;
  orderedAt: Instant;
  /** Odoo's `commitment_date`. */
  deliverBy?: Instant;
  /** Company of Gatehouse that sells it: the one that the Odoo connection's setting `companies` names so, else that of its user in Odoo. */
  company?: string;
  /** ISO 4217. */
  currency: string;
  /** Of all lines, shipping and taxes, less discounts: what the order comes to in Odoo, to the cent. Decimal text. */
  total: string;
  pricesIncludeTax: boolean;
  people: ShopOrderPeople;
  lines: Array<Pick<ShopOrderLine, 'id' | 'sku' | 'description' | 'quantity' | 'unitPrice' | 'discount' | 'tax'>>;
  shipping?: { label: string; price: string };
  note?: string;
}

/** What becomes of the orders of a shop, by the settings of its connection. */
export interface ShopPolicy {
  /** Which orders Odoo confirms at once: those of which the money is there or sure, all, or none. */
  confirm: 'paid' | 'always' | 'never';
  /** Id of the Odoo connection to which they go; null: the only one of the company. */
  odoo: string | null;
  /** Orders made before this instant do not go there: they were taken care of in another way. */
  from: Instant | null;
  /** So long after a delivery was done its tracking numbers may still come before the shop is told without them. */
  trackingMinutes: number;
}

/** Goods of an order of a shop that are on their way, told to the shop: one for each delivery in Odoo. */
export interface ShopFulfilment {
  /** The shop's own id of the order. */
  order: string;
  /** Name of the delivery in Odoo: the shop's reference of the fulfilment where it takes one. */
  delivery: string;
  /** By the shop's own ids of its lines. */
  lines: Array<{ id: string; sku: string; quantity: string }>;
  shippedAt: Instant;
  tracking?: ShopTracking;
}

export interface ShopTracking {
  /** The carrier's name for people; its code as we know it where we do. */
  carrier: string;
  carrierCode?: string;
  service?: string;
  numbers: string[];
  url?: string;
}
