import type { Numbers } from '../numbers.js';
import { currency, products, unit } from './catalog.js';
import { datetime, type Many2one, type MoveLine, type OrderLine, type OrderRecord, type PartnerReference, type PickingRecord } from './records.js';
import type { Store } from './store.js';

interface Address {
  name?: string;
  company?: string;
  street?: string;
  city?: string;
  postalCode?: string;
  country?: string;
}

interface WantedLine {
  id: string;
  sku: string;
  description: string;
  quantity: string;
}

/** Values of the topic `shop_order`, as far as they are simulated. */
interface Wanted {
  shop: { connection: string; order: string };
  version: number;
  name: string;
  state: 'OPEN' | 'CANCELLED';
  confirm: boolean;
  orderedAt: string;
  deliverBy?: string;
  total: string;
  people: { buyerId?: string; email?: string; phone?: string; billTo?: Address; shipTo?: Address };
  lines: WantedLine[];
}

/** What the shop said last of one of its orders, and the sale order that it is. */
interface Kept {
  version: number;
  state: Wanted['state'];
  content: string;
  orderId: number | null;
  pickingIds: number[];
}

const fields = ['shop', 'version', 'name', 'state', 'orderedAt', 'total', 'currency', 'people', 'lines'] as const;

/**
 * Orders of shops in the simulated Odoo, as the addon's `apply_shop_order` has them: found by shop and order, made, changed
 * and cancelled, with contact and delivery. Taxes, currencies and addresses within a contact are not simulated.
 */
export class ShopOrders {
  readonly #kept = new Map<string, Kept>();
  /** Contacts by shop and buyer. */
  readonly #buyers = new Map<string, PartnerReference>();

  constructor(private readonly store: Store, private readonly numbers: Numbers) {}

  /**
   * Brings an order up to what a command says of it.
   * @returns why it is rejected; null where it was carried out, or a later version stands there
   */
  apply(values: Record<string, unknown>, atMs: number): string | null {
    const missing = fields.find((name) => values[name] === undefined);
    if (missing !== undefined) return `${missing} is missing.`;
    const wanted = values as unknown as Wanted;
    const key = `${wanted.shop.connection} ${wanted.shop.order}`;
    const kept = this.#kept.get(key) ?? { version: -1, state: 'OPEN', content: '', orderId: null, pickingIds: [] };
    if (kept.version > wanted.version) return null;
    const next = { ...kept, version: wanted.version, state: wanted.state };
    const refused = wanted.state === 'CANCELLED' ? this.#cancel(kept, atMs) : this.#put(wanted, kept, next, atMs);
    if (refused === null) this.#kept.set(key, next);
    return refused;
  }

  #put(wanted: Wanted, kept: Kept, next: Kept, atMs: number): string | null {
    const order = this.#order(kept);
    if (order?.state === 'cancel' && kept.state !== 'CANCELLED') return `${order.name} was cancelled in Odoo, and ${wanted.name} is still open at the shop.`;
    const unknown = wanted.lines.filter(({ sku }) => productOf(sku) === undefined).map(({ sku, description }) => (sku === '' ? `${description} (without a SKU)` : sku));
    if (unknown.length > 0) return `No product has the internal reference ${[...new Set(unknown)].join(', ')}.`;
    const content = JSON.stringify([wanted.lines, wanted.total]);
    const isChanged = content !== kept.content;
    const gone = kept.pickingIds.map((id) => this.store.rows('stock.picking').get(id)!).filter(({ state }) => state === 'done');
    if (order?.state === 'sale' && isChanged && gone.length > 0) return `${order.name} cannot follow the change at the shop: ${gone.map(({ name }) => name).join(', ')} is done.`;
    next.content = content;
    next.orderId = kept.orderId ?? this.numbers.nextOrder();
    const written = this.#written(wanted, next.orderId, order);
    if (order?.state === 'sale' && isChanged) this.#cancelPickings(kept, atMs);
    const mustDeliver = wanted.confirm && (order?.state !== 'sale' || isChanged);
    if (mustDeliver) Object.assign(written, { state: 'sale', delivery_status: 'pending', invoice_status: 'to invoice' });
    this.#tell(next.orderId, written, order?.state, atMs);
    if (mustDeliver) next.pickingIds = [...kept.pickingIds, this.#deliver(next.orderId, written, atMs)];
    return null;
  }

  #written(wanted: Wanted, id: number, known: OrderRecord | undefined): OrderRecord {
    const contact = this.#contact(wanted);
    const lines = wanted.lines.filter(({ quantity }) => Number(quantity) > 0).map((line): OrderLine => {
      const product = productOf(line.sku)!;
      const same = known?.lines.find((each) => each.shop_line === line.id);
      return { id: same?.id ?? this.numbers.nextOrder(), product_id: { id: product.id, name: product.record.name }, name: line.description, quantity: Number(line.quantity), uom_id: unit, display_type: null, shop_line: line.id };
    });
    return {
      name: `S${id}`, state: known === undefined || known.state === 'cancel' ? 'draft' : known.state, locked: false, partner_id: contact, partner_shipping_id: contact, client_order_ref: wanted.name,
      date_order: datetime(Date.parse(wanted.orderedAt)), commitment_date: wanted.deliverBy === undefined ? null : datetime(Date.parse(wanted.deliverBy)), amount_total: Number(wanted.total), currency_id: currency,
      delivery_status: known?.delivery_status ?? null, invoice_status: known?.invoice_status ?? 'no', shop: wanted.shop, lines,
    };
  }

  #contact({ shop, people }: Wanted): PartnerReference {
    const address = people.shipTo ?? people.billTo ?? {};
    const key = `${shop.connection} ${people.buyerId ?? people.email ?? JSON.stringify(address)}`;
    const known = this.#buyers.get(key);
    if (known !== undefined) return known;
    const id = this.numbers.nextOrder();
    const own: Many2one = { id, name: address.company ?? address.name ?? people.email ?? `Buyer ${people.buyerId}` };
    const contact: PartnerReference = { ...own, commercial_partner_id: own };
    this.#buyers.set(key, contact);
    const record = {
      name: own.name, is_company: address.company !== undefined, commercial_partner_id: own, email: people.email ?? null, phone: people.phone ?? null, street: address.street ?? '', street2: null, city: address.city ?? '', zip: address.postalCode ?? '',
      state_id: null, country_code: address.country ?? 'US', active: true,
    };
    this.store.write({ model: 'res.partner', id, record, atMs: Date.now(), origin: 'gatehouse' });
    return contact;
  }

  #deliver(orderId: number, order: OrderRecord, atMs: number): number {
    const id = this.numbers.nextOrder();
    const picking: PickingRecord = {
      name: `WH/OUT/${id}`, state: 'assigned', picking_type_code: 'outgoing', origin: order.name, priority: '0', partner_id: order.partner_shipping_id, sale_id: { id: orderId, name: order.name }, purchase_id: null, backorder_id: null, return_id: null,
      carrier_id: null, carrier_tracking_ref: null, scheduled_date: datetime(atMs), date_deadline: order.commitment_date, date_done: null, weight: order.lines.reduce((sum, line) => sum + line.quantity * products.find((product) => product.id === line.product_id.id)!.record.weight, 0),
      weight_uom_name: 'kg', package_count: 1,
      lines: order.lines.map((line) => ({ id: line.id, product_id: line.product_id, quantity: line.quantity, uom_id: unit, lot_id: null, package_id: null, order_line_id: line.id })),
      moves: order.lines.map((line): MoveLine => ({ id: line.id, product_id: line.product_id, state: 'assigned', product_uom_qty: line.quantity, quantity: line.quantity, picked: false, uom_id: unit, order_line_id: line.id })),
    };
    this.store.write({ model: 'stock.picking', id, record: picking, atMs, origin: 'gatehouse' });
    return id;
  }

  #cancel(kept: Kept, atMs: number): string | null {
    const order = this.#order(kept);
    if (order === undefined || order.state === 'cancel') return null;
    const gone = kept.pickingIds.map((id) => this.store.rows('stock.picking').get(id)!).filter(({ state }) => state === 'done');
    if (gone.length > 0) return `${order.name} was cancelled at the shop, and ${gone.map(({ name }) => name).join(', ')} has left.`;
    this.#cancelPickings(kept, atMs);
    this.#tell(kept.orderId!, { ...order, state: 'cancel', delivery_status: null, invoice_status: 'no' }, order.state, atMs);
    return null;
  }

  #cancelPickings(kept: Kept, atMs: number): void {
    for (const id of kept.pickingIds) {
      const picking = this.store.rows('stock.picking').get(id)!;
      if (picking.state === 'cancel' || picking.state === 'done') continue;
      const record: PickingRecord = { ...picking, state: 'cancel', moves: picking.moves.map((move) => ({ ...move, state: 'cancel', quantity: 0 })) };
      this.store.write({ model: 'stock.picking', id, record, atMs, origin: 'gatehouse', transition: { field: 'state', from: picking.state, to: 'cancel' } });
    }
  }

  #order({ orderId }: Kept): OrderRecord | undefined {
    return orderId === null ? undefined : this.store.rows('sale.order').get(orderId);
  }

  #tell(id: number, record: OrderRecord, before: OrderRecord['state'] | undefined, atMs: number): void {
    this.store.write({ model: 'sale.order', id, record, atMs, origin: 'gatehouse', ...(before === undefined || before === record.state ? {} : { transition: { field: 'state', from: before, to: record.state } }) });
  }
}

function productOf(sku: string): (typeof products)[number] | undefined {
  return products.find(({ record }) => record.default_code === sku);
}
