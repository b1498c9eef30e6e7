import type { Log } from '../../lib/log.js';
import type { HttpClient } from '../http-client.js';
import type { Numbers } from '../numbers.js';
import type { Label } from '../parcel/carrier.js';
import type { JourneyName } from '../parcel/journeys.js';
import { parcelApiKey } from '../parcel/server.js';
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
    if (!withOrders) return;
    await Promise.all(history.map((entry) => this.#shippedEarlier(entry)));
    timers.after(orderEveryMs / 2, () => this.#nextOrder());
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
    const { timers, numbers, random, backlog } = this.options;
    timers.after(this.#orders < ordersBeforeSlow ? orderEveryMs : slowOrderEveryMs, () => this.#nextOrder());
    if (backlog() > maxBacklog) return;
    this.#orders += 1;
    const sale = draftSale(numbers.nextOrder(), Date.now(), random);
    this.#writeOrder(sale, Date.now());
    const isCancelled = random.chance(0.03);
    timers.after(1200, () => this.#confirm(sale, Date.now()));
    timers.after(3500, async () => {
      if (isCancelled) return this.#cancel(sale, Date.now());
      await this.#ship(sale, Date.now());
      timers.after(20_000, () => this.#invoice(sale, Date.now(), random.chance(0.5)));
    });
  }

  #confirm(sale: Sale, atMs: number): void {
    sale.order.state = 'sale';
    sale.order.delivery_status = 'pending';
    sale.order.invoice_status = 'to invoice';
    this.#writeOrder(sale, atMs, { field: 'state', from: 'draft', to: 'sale' });
    this.#writePicking(sale, atMs);
    this.options.stock.reserve(sale.order.lines, atMs);
  }

  #cancel(sale: Sale, atMs: number): void {
    sale.order.state = 'cancel';
    sale.order.delivery_status = null;
    sale.order.invoice_status = 'no';
    sale.picking.state = 'cancel';
    for (const move of sale.picking.moves) Object.assign(move, { state: 'cancel', quantity: 0 });
    // Nothing is reserved any more: the addon then tells of the moves themselves.
    sale.picking.lines = sale.picking.moves.map((move) => ({ id: move.id, product_id: move.product_id, quantity: move.product_uom_qty, uom_id: move.uom_id, lot_id: null, package_id: null }));
    sale.picking.package_count = 0;
    this.#writeOrder(sale, atMs, { field: 'state', from: 'sale', to: 'cancel' });
    this.#writePicking(sale, atMs, { field: 'state', from: 'assigned', to: 'cancel' });
    this.options.stock.unreserve(sale.order.lines, atMs);
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
    await Promise.all(codes.map((code) => this.#register(sale, code)));
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

  /** Over HTTP, as the delivery addon would. An aggregator that is down is asked again later. */
  async #register(sale: Sale, trackingCode: string, attempt = 1): Promise<void> {
    const { client, parcelUrl, timers, log } = this.options;
    const body = Buffer.from(JSON.stringify({ tracker: { tracking_code: trackingCode, carrier: sale.method.carrier } }));
    const { status } = await client.post(`${parcelUrl}/v2/trackers`, { authorization: `Basic ${Buffer.from(`${parcelApiKey}:`).toString('base64')}` }, body);
    if (status === 200 || status === 201) return;
    log.warn({ status, trackingCode }, 'The simulated carrier did not take a tracker; it is asked again.');
    timers.after(Math.min(60_000, 1000 * 2 ** attempt), () => this.#register(sale, trackingCode, attempt + 1));
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
