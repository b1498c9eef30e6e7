import type { Log } from '../../lib/log.js';
import type { HttpClient } from '../http-client.js';
import type { Numbers } from '../numbers.js';
import type { Label } from '../parcel/carrier.js';
import type { JourneyName } from '../parcel/journeys.js';
import { registerTracker } from '../parcel/register.js';
import type { Random } from '../random.js';
import type { Timers } from '../timers.js';
import { customers, products, trackingNumber } from './catalog.js';
import { draftSale, invoiceOf, type Sale } from './documents.js';
import { datetime } from './records.js';
import type { Stock } from './stock.js';
import type { Store } from './store.js';

export interface SalesOptions {
  store: Store;
  stock: Stock;
  numbers: Numbers;
  random: Random;
  timers: Timers;
  client: HttpClient;
  log: Log;
  parcelUrl: string;
  /** Prints the label at the carrier, before its tracker is registered. */
  buyLabel: (label: Label) => void;
  /** Where a logistics provider delivers a part of the orders: its warehouse's short name, and the stock that lies there. */
  provider?: { code: string; stock: Stock };
  /** Messages that Gatehouse has not taken yet: while there are many, no new order comes. */
  backlog: () => number;
}

const hourMs = 3_600_000;
/** Milliseconds at pace 1. */
const orderEveryMs = 8000;
const slowOrderEveryMs = 60_000;
const ordersBeforeSlow = 200;
const maxBacklog = 300;
const kilogramsToOunces = 35.27396;
/** One order of so many is the provider's. */
const providedEvery = 4;
const firstProvidedMs = 1500;
/** How often it is looked at whether the provider has delivered. */
const watchMs = 2000;
const maxWatches = 1000;

/** What the first screen shows: hours since the label was made, and how the journey goes. */
const history: ReadonlyArray<{ hoursAgo: number; journey: JourneyName; abroad: boolean }> = [
  { hoursAgo: 130, journey: 'plain', abroad: true },
  { hoursAgo: 112, journey: 'attempt', abroad: false },
  { hoursAgo: 96, journey: 'plain', abroad: false },
  { hoursAgo: 88, journey: 'return', abroad: false },
  { hoursAgo: 71, journey: 'weather', abroad: false },
  { hoursAgo: 60, journey: 'plain', abroad: false },
  { hoursAgo: 52, journey: 'customs', abroad: true },
  { hoursAgo: 43, journey: 'plain', abroad: false },
  { hoursAgo: 31, journey: 'collection', abroad: false },
  { hoursAgo: 24, journey: 'weather', abroad: false },
  { hoursAgo: 12, journey: 'plain', abroad: true },
  { hoursAgo: 3, journey: 'plain', abroad: false },
];

/** The simulated company's day: orders come, are confirmed, shipped, invoiced and paid. */
export class Sales {
  #orders = 0;

  constructor(private readonly options: SalesOptions) {}

  /** Master data first, then the shipments of the last days, then new orders for ever. */
  async start(withOrders: boolean): Promise<void> {
    const { store, stock, timers } = this.options;
    const now = Date.now();
    for (const { records } of customers) for (const { id, record } of records) store.write({ model: 'res.partner', id, record, atMs: now });
    for (const { id, record } of products) store.write({ model: 'product.product', id, record, atMs: now });
    stock.report(now);
    this.options.provider?.stock.report(now);
    if (!withOrders) return;
    // One after the other: sent at once, the last would wait for the first longer than an answer may take on a slow machine.
    for (const entry of history) await this.#shippedEarlier(entry);
    timers.after(orderEveryMs / 2, () => this.#nextOrder());
    if (this.options.provider !== undefined) timers.after(firstProvidedMs, () => this.#order(true));
  }

  async #shippedEarlier({ hoursAgo, journey, abroad }: (typeof history)[number]): Promise<void> {
    const { numbers, random } = this.options;
    const labelMs = Date.now() - hoursAgo * hourMs;
    const sale = draftSale(numbers.nextOrder(), labelMs - random.between(1, 5) * hourMs, random, abroad);
    this.#confirm(sale, labelMs - hourMs);
    await this.#ship(sale, labelMs, journey);
    if (hoursAgo > 30) this.#invoice(sale, labelMs + 2 * hourMs, hoursAgo > 90);
  }

  #nextOrder(): void {
    const { timers, backlog, provider } = this.options;
    timers.after(this.#orders < ordersBeforeSlow ? orderEveryMs : slowOrderEveryMs, () => this.#nextOrder());
    if (backlog() > maxBacklog) return;
    this.#orders += 1;
    this.#order(provider !== undefined && this.#orders % providedEvery === 0);
  }

  #order(isProvided: boolean): void {
    const { store, timers, numbers, random, provider } = this.options;
    const sale = draftSale(numbers.nextOrder(), Date.now(), random, undefined, isProvided ? provider?.code : undefined);
    this.#writeOrder(sale, Date.now());
    const isCancelled = random.chance(0.03);
    timers.after(1200, () => this.#confirm(sale, Date.now(), isProvided));
    timers.after(3500, async () => {
      // What the provider has delivered on a slow machine meanwhile is not cancelled any more.
      if (isCancelled && store.rows('stock.picking').get(sale.number)?.state === 'assigned') return this.#cancel(sale, Date.now(), isProvided);
      if (isProvided) return this.#watchProvided(sale);
      await this.#ship(sale, Date.now());
      this.#invoiceLater(sale);
    });
  }

  /** Nobody here ships it: Gatehouse has the provider do it, and validates the delivery by what the provider confirms. */
  #watchProvided(sale: Sale, watches = 0): void {
    const { store, timers, provider } = this.options;
    const picking = store.rows('stock.picking').get(sale.number);
    if (picking?.state === 'done') {
      provider?.stock.issue(sale.order.lines, Date.now());
      sale.order.delivery_status = 'full';
      this.#writeOrder(sale, Date.now(), { field: 'delivery_status', from: 'pending', to: 'full' });
      this.#invoiceLater(sale);
    } else if (picking?.state === 'assigned' && watches < maxWatches) timers.after(watchMs, () => this.#watchProvided(sale, watches + 1));
  }

  #invoiceLater(sale: Sale): void {
    const { timers, random } = this.options;
    timers.after(20_000, () => this.#invoice(sale, Date.now(), random.chance(0.5)));
  }

  #stockOf(isProvided: boolean): Stock {
    return isProvided ? (this.options.provider?.stock ?? this.options.stock) : this.options.stock;
  }

  #confirm(sale: Sale, atMs: number, isProvided = false): void {
    sale.order.state = 'sale';
    sale.order.delivery_status = 'pending';
    sale.order.invoice_status = 'to invoice';
    this.#writeOrder(sale, atMs, { field: 'state', from: 'draft', to: 'sale' });
    this.#writePicking(sale, atMs);
    this.#stockOf(isProvided).reserve(sale.order.lines, atMs);
  }

  #cancel(sale: Sale, atMs: number, isProvided = false): void {
    sale.order.state = 'cancel';
    sale.order.delivery_status = null;
    sale.order.invoice_status = 'no';
    sale.picking.state = 'cancel';
    for (const move of sale.picking.moves) Object.assign(move, { state: 'cancel', quantity: 0 });
    // Nothing is reserved any more: the addon then tells of the moves themselves.
    sale.picking.lines = sale.picking.moves.map((move) => ({ id: move.id, product_id: move.product_id, quantity: move.product_uom_qty, uom_id: move.uom_id, lot_id: null, package_id: null, order_line_id: move.order_line_id }));
    sale.picking.package_count = 0;
    this.#writeOrder(sale, atMs, { field: 'state', from: 'sale', to: 'cancel' });
    this.#writePicking(sale, atMs, { field: 'state', from: 'assigned', to: 'cancel' });
    this.#stockOf(isProvided).unreserve(sale.order.lines, atMs);
  }

  /** Validates the delivery, buys a label for each package and has the carrier report on it. */
  async #ship(sale: Sale, atMs: number, journey?: JourneyName): Promise<void> {
    const { picking, order } = sale;
    picking.state = 'done';
    picking.date_done = datetime(atMs);
    for (const move of picking.moves) Object.assign(move, { state: 'done', picked: true });
    order.delivery_status = 'full';
    this.#writePicking(sale, atMs, { field: 'state', from: 'assigned', to: 'done' });
    this.#writeOrder(sale, atMs, { field: 'delivery_status', from: 'pending', to: 'full' });
    this.options.stock.issue(order.lines, atMs);
    const codes = Array.from({ length: sale.packages }, (_, index) => trackingNumber(sale.method.carrier, sale.number * 2 + index));
    for (const trackingCode of codes) this.options.buyLabel(this.#labelOf(sale, trackingCode, atMs, journey));
    await Promise.all(codes.map((code) => registerTracker(this.options, sale.method.carrier, code)));
    picking.carrier_tracking_ref = codes.join(',');
    this.#writePicking(sale, atMs + 1000);
  }

  #labelOf(sale: Sale, trackingCode: string, createdMs: number, journey: JourneyName | undefined): Label {
    return {
      trackingCode, createdMs, carrier: sale.method.carrier, destination: sale.customer.place, recipient: sale.customer.recipient,
      ounces: Math.max(1, Math.round((sale.picking.weight / sale.packages) * kilogramsToOunces)),
      ...(journey === undefined ? {} : { journey }),
    };
  }

  #invoice(sale: Sale, atMs: number, isPaid: boolean): void {
    const { store, timers } = this.options;
    const record = invoiceOf(sale, atMs);
    store.write({ model: 'account.move', id: sale.number, record, atMs });
    sale.order.invoice_status = 'invoiced';
    this.#writeOrder(sale, atMs, { field: 'invoice_status', from: 'to invoice', to: 'invoiced' });
    if (!isPaid) return;
    timers.after(30_000, () => {
      store.write({ model: 'account.move', id: sale.number, record: { ...record, payment_state: 'paid', amount_residual: 0 }, atMs: Date.now(), transition: { field: 'payment_state', from: 'not_paid', to: 'paid' } });
    });
  }

  #writeOrder(sale: Sale, atMs: number, transition?: { field: string; from: string; to: string }): void {
    this.options.store.write({ model: 'sale.order', id: sale.number, record: sale.order, atMs, ...(transition === undefined ? {} : { transition }) });
  }

  #writePicking(sale: Sale, atMs: number, transition?: { field: string; from: string; to: string }): void {
    this.options.store.write({ model: 'stock.picking', id: sale.number, record: sale.picking, atMs, ...(transition === undefined ? {} : { transition }) });
  }
}
