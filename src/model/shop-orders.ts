import { decimalText, millionths } from '../lib/decimal.js';
import type { OdooShopOrder, ShopFulfiller, ShopFulfilment, ShopOrderLine, ShopOrderPeople, ShopOrderState, ShopPayment, ShopPolicy, ShopTracking } from './shop.js';

/** An order of a shop as it stands, for what follows from it. */
export interface StandingShopOrder {
  /** Connection of the shop, and the shop's own id of the order. */
  connection: string;
  order: string;
  name: string;
  state: ShopOrderState;
  payment: ShopPayment;
  fulfilledBy: ShopFulfiller;
  orderedAt: string;
  deliverBy: string | null;
  /** Decimal text, of all lines, shipping and taxes. */
  total: string;
  currency: string;
  pricesIncludeTax: boolean;
  lines: readonly ShopOrderLine[];
  shipping: { label: string; price: string } | null;
}

/** A delivery in Odoo of an order of a shop. Quantities are decimal texts. */
export interface ShopDelivery {
  /** Subject of the transfer. */
  transfer: string;
  name: string;
  state: string;
  doneAt: string | null;
  carrier: string | null;
  trackingNumbers: readonly string[];
  lines: ReadonlyArray<{ productId: string | null; quantity: string; orderLineId?: string }>;
}

/** A line of the order in Odoo. */
export interface OdooOrderLine {
  id: string;
  productId: string | null;
  shopLine?: string;
}

/** What the shop was told of one delivery. */
export interface ToldFulfilment {
  transfer: string;
  lines: ReadonlyArray<{ id: string; quantity: string }>;
}

/**
 * What is to stand in Odoo of an order; null where Odoo is told nothing of it as it is now. An order that waits for something at
 * the shop, one that a marketplace delivers, and one that was over before Odoo heard of it do not come there.
 * @param isKnown Odoo was told of it before
 */
export function odooOrderOf(of: StandingShopOrder, people: ShopOrderPeople & { note?: string | undefined }, policy: ShopPolicy, isKnown: boolean): Omit<OdooShopOrder, 'version'> | null {
  if (!isKnown && policy.from !== null && of.orderedAt < policy.from) return null;
  if (of.fulfilledBy === 'MARKETPLACE' || (of.state !== 'OPEN' && !(of.state === 'CANCELLED' && isKnown))) return null;
  const { note, ...buyer } = people;
  return {
    shop: { connection: of.connection, order: of.order }, name: of.name, state: of.state, confirm: policy.confirm === 'always' || (policy.confirm === 'paid' && isSecured(of.payment)),
    orderedAt: of.orderedAt as OdooShopOrder['orderedAt'], total: of.total, currency: of.currency, pricesIncludeTax: of.pricesIncludeTax, people: buyer,
    lines: of.lines.map(({ id, sku, description, quantity, unitPrice, discount, tax }) => ({ id, sku, description, quantity, unitPrice, ...(discount === undefined ? {} : { discount }), ...(tax === undefined ? {} : { tax }) })),
    ...(of.deliverBy === null ? {} : { deliverBy: of.deliverBy as NonNullable<OdooShopOrder['deliverBy']> }),
    ...(of.shipping === null ? {} : { shipping: { label: of.shipping.label, price: of.shipping.price } }),
    ...(note === undefined ? {} : { note }),
  };
}

/** What is authorized is taken when the goods go out. */
function isSecured(payment: ShopPayment): boolean {
  return payment === 'PAID' || payment === 'AUTHORIZED';
}

/**
 * What of a delivery that is done the shop is to be told: lines of the shop, by its own ids, with what went out of each and what
 * the shop has not as sent. What the shop says is sent counts, and what it was told before, whichever is more: that
 * may be the same, and where it is not, the connector leaves out what the shop has no longer open. Empty where nothing is left to say; a line that a person added in Odoo, and one of which nothing is sent, is not the shop's.
 */
export function fulfilledLines(of: Pick<StandingShopOrder, 'lines'>, odooLines: readonly OdooOrderLine[], delivery: ShopDelivery, others: readonly ShopDelivery[], told: readonly ToldFulfilment[]): ShopFulfilment['lines'] {
  const went = wentOut(odooLines, delivery, others, of.lines);
  return of.lines.flatMap((line) => {
    if (line.isVirtual === true) return [];
    const before = told.flatMap((each) => each.lines).filter((each) => each.id === line.id).reduce((sum, each) => sum + amount(each.quantity), 0n);
    const atShop = amount(line.fulfilled ?? '0');
    const left = amount(line.quantity) - (atShop > before ? atShop : before);
    const now = went.get(line.id) ?? 0n;
    const quantity = now < left ? now : left;
    return quantity > 0n ? [{ id: line.id, sku: line.sku, quantity: decimalText(quantity) }] : [];
  });
}

/** By the shop's ids of lines: millionths of units. */
function wentOut(odooLines: readonly OdooOrderLine[], delivery: ShopDelivery, others: readonly ShopDelivery[], lines: readonly ShopOrderLine[]): Map<string, bigint> {
  const byId = new Map(odooLines.map((line) => [line.id, line]));
  const went = new Map<string, bigint>();
  for (const moved of delivery.lines) {
    const line = byId.get(moved.orderLineId ?? '');
    if (line?.shopLine === undefined || amount(moved.quantity) <= 0n) continue;
    // Of a kit its parts go out, in numbers of their own: it has gone when nothing of the order is still to go.
    if (line.productId !== null && moved.productId !== null && line.productId !== moved.productId) {
      const isLast = others.every(({ state }) => state === 'done' || state === 'cancel');
      const whole = lines.find((each) => each.id === line.shopLine);
      if (isLast && whole !== undefined) went.set(line.shopLine, amount(whole.quantity));
    } else went.set(line.shopLine, (went.get(line.shopLine) ?? 0n) + amount(moved.quantity));
  }
  return went;
}

/** Whether something of the order has left that the shop sells. */
export function hasLeft(deliveries: readonly ShopDelivery[]): boolean {
  return deliveries.some(({ state, lines }) => state === 'done' && lines.some(({ quantity }) => amount(quantity) > 0n));
}

/** By which numbers the parcels of a delivery are followed; null where there are none. */
export function trackingOf(delivery: ShopDelivery, booked: { carrier: string; service: string } | null): ShopTracking | null {
  const numbers = [...new Set(delivery.trackingNumbers)];
  if (numbers.length === 0) return null;
  return { carrier: delivery.carrier ?? booked?.carrier ?? 'Other', ...(booked === null ? {} : { carrierCode: booked.carrier, service: booked.service }), numbers };
}

/** What is no decimal is nothing. */
function amount(text: string): bigint {
  return millionths(text) ?? 0n;
}
