import { createHmac } from 'node:crypto';
import type { Numbers } from '../numbers.js';
import { trackingNumber } from '../odoo/catalog.js';
import type { Label } from '../parcel/carrier.js';
import { carrierOfMethod, type CarrierName } from '../parcel/places.js';
import { registerTracker, type TrackerClient } from '../parcel/register.js';
import type { Random } from '../random.js';
import type { WebhookSender } from '../webhooks.js';

/** The warehouse of the logistics provider: its short name in Odoo, and its id at the provider. */
export const providerWarehouse = { code: 'EAST', id: '80112' } as const;

export interface ProviderOptions extends TrackerClient {
  sender: WebhookSender;
  /** shared_signature_secret of the webhook. */
  secret: string;
  numbers: Numbers;
  random: Random;
  /** Prints the label at the carrier, before its tracker is registered. */
  buyLabel: (label: Label) => void;
  /** Pieces on hand by SKU when the sandbox starts. */
  levels: ReadonlyMap<string, number>;
}

export interface ProviderLine {
  id: string;
  sku: string;
  quantity: number;
}

export interface NewOrder {
  name: string;
  partnerId: string;
  /** Name of the delivery method. */
  method: string;
  recipient: string;
  to: { city: string; state: string | null; country: string; zip: string };
  lines: ProviderLine[];
}

type Status = 'pending' | 'fulfilled' | 'canceled';

export interface ProviderOrder extends NewOrder {
  id: string;
  status: Status;
  shipments: number;
}

export interface ProviderPurchase {
  id: string;
  name: string;
  partnerId: string;
  status: Status;
}

/** Milliseconds at pace 1. */
const packing = { least: 5000, most: 9000 };
const inTwoShare = 0.2;
const maxKept = 1000;

/** A logistics provider's warehouse: takes orders, packs and labels them, and tells of each shipment by webhook. */
export class Provider {
  readonly #orders = new Map<string, ProviderOrder>();
  readonly #purchases = new Map<string, ProviderPurchase>();
  readonly #levels: Map<string, number>;
  #made = 0;

  constructor(private readonly options: ProviderOptions) {
    this.#levels = new Map(options.levels);
  }

  orders(): ProviderOrder[] {
    return [...this.#orders.values()];
  }

  purchases(): ProviderPurchase[] {
    return [...this.#purchases.values()];
  }

  levels(): Array<{ sku: string; onHand: number; allocated: number }> {
    const open = this.orders().filter(({ status }) => status === 'pending').flatMap(({ lines }) => lines);
    return [...this.#levels].map(([sku, onHand]) => ({ sku, onHand, allocated: open.filter((line) => line.sku === sku).reduce((sum, { quantity }) => sum + quantity, 0) }));
  }

  createOrder(of: NewOrder): ProviderOrder {
    const { timers, random } = this.options;
    const order: ProviderOrder = { ...of, id: this.#nextId('Order'), status: 'pending', shipments: 0 };
    keep(this.#orders, order);
    timers.after(random.between(packing.least, packing.most), () => this.#pack(order));
    return order;
  }

  /** @returns false where it was packed already */
  cancelOrder(order: ProviderOrder): boolean {
    if (order.status === 'fulfilled' || order.shipments > 0) return false;
    order.status = 'canceled';
    return true;
  }

  /** Nothing ever comes in: a purchase order is taken and waits. */
  createPurchase(of: Pick<ProviderPurchase, 'name' | 'partnerId'>): ProviderPurchase {
    const purchase: ProviderPurchase = { ...of, id: this.#nextId('PurchaseOrder'), status: 'pending' };
    keep(this.#purchases, purchase);
    return purchase;
  }

  /** All at once mostly; what does not fit into one box follows. */
  async #pack(order: ProviderOrder): Promise<void> {
    if (order.status !== 'pending') return;
    const { timers, random } = this.options;
    const [first, ...rest] = order.lines;
    const isInTwo = rest.length > 0 && random.chance(inTwoShare);
    if (!isInTwo) return this.#ship(order, order.lines, true);
    await this.#ship(order, [first!], false);
    timers.after(packing.least, () => this.#ship(order, rest, true));
  }

  async #ship(order: ProviderOrder, lines: readonly ProviderLine[], isLast: boolean): Promise<void> {
    const carrier = carrierOfMethod(order.method);
    const trackingCode = trackingNumber(carrier, Number(/\d+$/.exec(order.name)?.[0] ?? this.options.numbers.nextOrder()) * 2 + order.shipments);
    order.shipments += 1;
    if (isLast) order.status = 'fulfilled';
    for (const { sku, quantity } of lines) this.#levels.set(sku, (this.#levels.get(sku) ?? 0) - quantity);
    this.options.buyLabel({ trackingCode, carrier, destination: order.to, recipient: order.recipient, ounces: 40 * lines.length, createdMs: Date.now() });
    this.#tell(order, lines, { carrier, trackingCode, isLast });
    await registerTracker(this.options, carrier, trackingCode);
  }

  /** Shipment Update, as it is sent when the label of a shipment is printed. */
  #tell(order: ProviderOrder, lines: readonly ProviderLine[], { carrier, trackingCode, isLast }: { carrier: CarrierName; trackingCode: string; isLast: boolean }): void {
    const { numbers, sender, secret } = this.options;
    const body = Buffer.from(JSON.stringify({
      test: '0', webhook_type: 'Shipment Update',
      fulfillment: {
        shipment_id: this.#made, shipment_uuid: numbers.nextUuid(), warehouse: 'East', warehouse_id: Number(providerWarehouse.id), partner_order_id: order.partnerId, order_number: order.name, order_uuid: order.id,
        tracking_number: trackingCode, shipping_carrier: carrier, shipping_method: order.method, completed: isLast, created_at: new Date().toISOString().slice(0, 19).replace('T', ' '),
        line_items: lines.map((line) => ({ id: line.id, sku: line.sku, quantity: line.quantity, package: `Package #${order.shipments}` })),
      },
      packages: [{ name: `Package #${order.shipments}`, tracking_number: trackingCode, shipping_carrier: carrier, line_items: lines.map(({ id, quantity }) => ({ id, quantity })) }],
      total_packages: 1,
    }), 'utf8');
    const id = numbers.nextUuid();
    sender.send(body, () => ({ 'x-shiphero-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'), 'x-shiphero-message-id': id }));
  }

  /** ShipHero's ids hold their kind and a number. */
  #nextId(kind: 'Order' | 'PurchaseOrder'): string {
    this.#made += 1;
    return Buffer.from(`${kind}:${this.options.numbers.nextOrder()}`).toString('base64');
  }
}

function keep<T extends { id: string }>(map: Map<string, T>, item: T): void {
  map.set(item.id, item);
  if (map.size > maxKept) map.delete(map.keys().next().value!);
}
