import type { Json } from '../../../src/lib/json.js';
import type { Asked, Scripted } from '../../connectors/answering-server.js';

type Meta = { key: string; value: Json };
export type ShopOrder = { [key: string]: Json } & { id: number; status: string; date_modified_gmt: string; meta_data: Meta[]; line_items: Json[]; refunds: Json[] };

/** What happens to the next request of a kind: it is carried out and its answer lost, neither carried out nor answered (silent), carried out when nobody waits any more, or refused. */
export interface ShopFault {
  method: string;
  path: RegExp;
  kind: 'lost' | 'silent' | 'refused' | 'late';
}

/** A shop of WooCommerce, as far as its REST API is spoken to: orders, their refunds and notes, products. */
export class WooCommerceShop {
  static readonly key = 'ck_0123456789';
  static readonly secret = 'cs_9876543210';
  readonly orders = new Map<number, ShopOrder>();
  readonly refunds = new Map<number, Json[]>();
  readonly notes = new Map<number, Array<{ id: number; note: string; customer_note: boolean }>>();
  /** Virtual products by id, and by `product/variation`. */
  readonly virtual = new Set<string>();
  /** Orders that the key may not read: they are left out of lists, and counted. */
  readonly hidden = new Set<number>();
  /** `METHOD path` of everything that changed something, or tried to. */
  readonly written: string[] = [];
  fault: ShopFault | null = null;
  /** Carries out what came late. */
  readonly #late: Array<() => void> = [];
  #nextId = 10_000;
  #second = Date.UTC(2026, 2, 10, 12);

  add(order: Json): ShopOrder {
    const kept = structuredClone(order) as ShopOrder;
    this.orders.set(kept.id, kept);
    return kept;
  }

  /** Somebody changes an order in the shop: the clock of the shop goes on by a second. */
  change(id: number, change: Partial<ShopOrder>): ShopOrder {
    const order = this.orders.get(id)!;
    this.#second += 1_000;
    return Object.assign(order, change, { date_modified_gmt: new Date(this.#second).toISOString().slice(0, 19) });
  }

  refund(id: number, lines: Array<{ line: number; quantity: number }>): void {
    const refundId = this.#nextId++;
    this.refunds.set(id, [{ id: refundId, line_items: lines.map(({ line, quantity }) => ({ id: this.#nextId++, quantity: -quantity, meta_data: [{ key: '_refunded_item_id', value: String(line) }] })) }, ...(this.refunds.get(id) ?? [])]);
    this.change(id, { refunds: [{ id: refundId, reason: '', total: '-1.00' }, ...this.orders.get(id)!.refunds] });
  }

  carryOutLate(): void {
    for (const work of this.#late.splice(0)) work();
  }

  answer({ method, path, headers, body }: Asked): Scripted {
    if (headers.authorization !== `Basic ${Buffer.from(`${WooCommerceShop.key}:${WooCommerceShop.secret}`).toString('base64')}`) return refusal(401, 'woocommerce_rest_cannot_view', 'Sorry, you cannot list resources.');
    const { fault } = this;
    const isHit = fault !== null && fault.method === method && fault.path.test(path);
    if (isHit) this.fault = null;
    if (method !== 'GET') this.written.push(`${method} ${path}`);
    if (isHit && fault.kind === 'refused') return refusal(400, 'rest_invalid_param', 'Invalid parameter(s): status');
    if (isHit && fault.kind === 'silent') return { cut: true };
    const work = () => this.#carryOut(method, new URL(path, 'http://shop'), body === '' ? null : (JSON.parse(body) as { [key: string]: Json }));
    if (isHit && fault.kind === 'late') {
      this.#late.push(() => void work());
      return { cut: true };
    }
    const answer = work();
    return isHit ? { cut: true } : answer;
  }

  #carryOut(method: string, url: URL, body: { [key: string]: Json } | null): Scripted {
    const [, route, id, below] = /^\/wp-json\/wc\/v3\/(orders|products)(?:\/(\d+))?(?:\/(.+))?$/.exec(url.pathname) ?? [];
    if (route === 'products') return json({ id: Number(id), virtual: this.virtual.has(below === undefined ? id! : `${id}/${below.split('/')[1]}`) });
    if (route !== 'orders') return refusal(404, 'rest_no_route', 'No route was found matching the URL and request method.');
    if (id === undefined) return this.#list(url.searchParams);
    const order = this.orders.get(Number(id));
    if (order === undefined) return refusal(404, 'woocommerce_rest_shop_order_invalid_id', 'Invalid ID.');
    if (below === 'refunds') return json(this.refunds.get(order.id) ?? []);
    if (below === 'notes') return method === 'POST' ? json(this.#note(order.id, body as { note: string; customer_note?: boolean })) : json(this.notes.get(order.id) ?? []);
    return json(method === 'PUT' ? this.#update(order, body!) : order);
  }

  /** As WooCommerce does: changed after the time, which itself is left out, in the order of the last change. */
  #list(query: URLSearchParams): Scripted {
    const [perPage, page] = [Number(query.get('per_page') ?? 10), Number(query.get('page') ?? 1)];
    const excluded = (query.get('exclude') ?? '').split(',');
    const found = [...this.orders.values()].filter((each) => each.status !== 'trash' && !excluded.includes(String(each.id)) && each.date_modified_gmt > (query.get('modified_after') ?? '')).sort((a, b) => a.date_modified_gmt.localeCompare(b.date_modified_gmt) || a.id - b.id);
    const shown = found.slice((page - 1) * perPage, page * perPage).filter((each) => !this.hidden.has(each.id));
    return { ...json(shown), headers: { 'x-wp-total': String(found.length), 'x-wp-totalpages': String(Math.ceil(found.length / perPage)) } };
  }

  #update(order: ShopOrder, { meta_data: meta = [], ...rest }: { [key: string]: Json }): ShopOrder {
    for (const { key, value } of meta as Meta[]) {
      const known = order.meta_data.find((each) => each.key === key);
      if (known === undefined) order.meta_data.push({ key, value });
      else known.value = value;
    }
    return this.change(order.id, rest as Partial<ShopOrder>);
  }

  #note(order: number, { note, customer_note = false }: { note: string; customer_note?: boolean }) {
    const kept = { id: this.#nextId++, note, customer_note };
    this.notes.set(order, [kept, ...(this.notes.get(order) ?? [])]);
    return kept;
  }
}

function json(value: unknown): Scripted {
  return { status: 200, body: JSON.stringify(value) };
}

function refusal(status: number, code: string, message: string): Scripted {
  return { status, body: JSON.stringify({ code, message, data: { status } }) };
}
