import type { Json } from '../../../src/lib/json.js';
import type { Asked, Scripted } from '../../connectors/answering-server.js';

interface Item { orderItemId: string; quantity: number }
interface Package { packageReferenceId: string; trackingNumber: string; carrier: string; packageItems: Item[] }
export type AmazonOrder = { [key: string]: Json } & { orderId: string; lastUpdatedTime: string; fulfillment: { fulfillmentStatus: string }; orderItems: Array<{ orderItemId: string; quantityOrdered: number; fulfillment: { quantityFulfilled: number; quantityUnfulfilled: number } }>; packages: Json[] };

/** What happens to the next request of a kind: it is carried out and its answer lost, neither carried out nor answered (silent), carried out when nobody waits any more, or refused as too much. */
export interface AmazonFault {
  method: string;
  path: RegExp;
  kind: 'lost' | 'silent' | 'late' | 'throttled';
}

/** A seller at Amazon, as far as the Selling Partner API is spoken to: tokens, orders by pages, confirmations. */
export class AmazonSeller {
  static readonly client = { id: 'amzn1.application-oa2-client.0123', secret: 'amzn1.oa2-cs.v1.4567', refreshToken: 'Atzr|refresh-0123456789' };
  readonly orders = new Map<string, AmazonOrder>();
  /** Confirmed packages by order; each name once. */
  readonly confirmed = new Map<string, Map<string, Package>>();
  /** Names of confirmations as they came, changes too. */
  readonly confirmations: string[] = [];
  /** How many tokens were given; the last is the one that is taken. */
  tokens = 0;
  pageSize = 100;
  /** What was confirmed is shown at once; else when `show` is called. */
  isPrompt = true;
  /** Names that the seller gave are shown. */
  showsReferences = true;
  /** A confirmed package can no longer be changed: the order was sent. */
  refusesChanges = false;
  fault: AmazonFault | null = null;
  /** Now, as the API has it. */
  now = '2026-03-06T12:00:00Z';
  readonly #late: Array<() => void> = [];

  get token(): string {
    return `Atza|token-${this.tokens}`;
  }

  add(order: Json): AmazonOrder {
    const kept = structuredClone(order) as AmazonOrder;
    this.orders.set(kept.orderId, kept);
    return kept;
  }

  show(): void {
    for (const [id, packages] of this.confirmed) this.#reflect(id, packages);
  }

  carryOutLate(): void {
    for (const work of this.#late.splice(0)) work();
  }

  answer({ method, path, headers, body }: Asked): Scripted {
    if (path === '/auth/o2/token') return this.#giveToken(new URLSearchParams(body));
    if (headers['x-amz-access-token'] !== this.token) return refusal(403, 'Unauthorized', 'Access to requested resource is denied.');
    const { fault } = this;
    const isHit = fault !== null && fault.method === method && fault.path.test(path);
    if (isHit) this.fault = null;
    if (isHit && fault.kind === 'throttled') return refusal(429, 'QuotaExceeded', 'You exceeded your quota for the requested resource.');
    if (isHit && fault.kind === 'silent') return { cut: true };
    const work = () => this.#carryOut(method, new URL(path, 'http://api'), body);
    if (isHit && fault.kind === 'late') {
      this.#late.push(() => void work());
      return { cut: true };
    }
    const answer = work();
    return isHit ? { cut: true } : answer;
  }

  #giveToken(form: URLSearchParams): Scripted {
    const { id, secret, refreshToken } = AmazonSeller.client;
    if (form.get('grant_type') !== 'refresh_token' || form.get('client_id') !== id || form.get('client_secret') !== secret || form.get('refresh_token') !== refreshToken) return { status: 400, body: JSON.stringify({ error: 'invalid_grant', error_description: 'The request has an invalid grant parameter : refresh_token' }) };
    this.tokens++;
    return json({ access_token: this.token, token_type: 'bearer', expires_in: 3600, refresh_token: refreshToken });
  }

  #carryOut(method: string, url: URL, body: string): Scripted {
    const confirming = /^\/orders\/v0\/orders\/([^/]+)\/shipmentConfirmation$/.exec(url.pathname);
    if (method === 'POST' && confirming !== null) return this.#confirm(decodeURIComponent(confirming[1]!), JSON.parse(body) as { marketplaceId: string; packageDetail: Record<string, Json> });
    if (url.pathname === '/orders/2026-01-01/orders') return this.#search(url.searchParams);
    const order = this.orders.get(decodeURIComponent(/^\/orders\/2026-01-01\/orders\/([^/]+)$/.exec(url.pathname)?.[1] ?? ''));
    return order === undefined ? refusal(404, 'NotFound', 'The requested resource was not found.') : json({ order: this.#shown(order, url.searchParams) });
  }

  #search(query: URLSearchParams): Scripted {
    const found = [...this.orders.values()].filter((each) => Date.parse(each.lastUpdatedTime) >= Date.parse(query.get('lastUpdatedAfter') ?? '')).sort((a, b) => a.orderId.localeCompare(b.orderId));
    const token = query.get('paginationToken');
    // A token names the place and the words with which it was given; with others, or unknown, it is refused.
    const [place, words] = token === null ? [0, wordsOf(query)] : [Number(/^(\d+) /.exec(token)?.[1] ?? Number.NaN), token.replace(/^\d+ /, '')];
    if (Number.isNaN(place) || words !== wordsOf(query)) return refusal(400, 'InvalidInput', 'Invalid paginationToken.');
    const next = place + this.pageSize;
    return json({ orders: found.slice(place, next).map((each) => this.#shown(each, query)), ...(next < found.length ? { pagination: { nextToken: `${next} ${words}` } } : {}), lastUpdatedBefore: this.now });
  }

  #shown(order: AmazonOrder, query: URLSearchParams): Json {
    const data = (query.get('includedData') ?? '').split(',');
    const { buyer = null, recipient = null, proceeds = null, fulfillment, packages, ...rest } = order;
    return { ...rest, ...(data.includes('BUYER') ? { buyer } : {}), ...(data.includes('RECIPIENT') ? { recipient } : {}), ...(data.includes('PROCEEDS') ? { proceeds } : {}), ...(data.includes('FULFILLMENT') ? { fulfillment } : {}), ...(data.includes('PACKAGES') ? { packages } : {}) };
  }

  #confirm(id: string, { marketplaceId, packageDetail }: { marketplaceId: string; packageDetail: Record<string, Json> }): Scripted {
    const order = this.orders.get(id);
    if (order === undefined) return refusal(404, 'NotFound', 'The requested resource was not found.');
    const { packageReferenceId, carrierCode, trackingNumber, shipDate, orderItems } = packageDetail as unknown as { packageReferenceId: unknown; carrierCode?: string; trackingNumber?: string; shipDate?: string; orderItems?: Item[] };
    if (typeof packageReferenceId !== 'string' || !/^[1-9]\d*$/.test(packageReferenceId)) return refusal(400, 'InvalidInput', 'PackageReferenceId: is invalid, must be a positive numeric value.');
    if (!marketplaceId || !carrierCode || !trackingNumber || !shipDate || orderItems === undefined || orderItems.length === 0) return refusal(400, 'InvalidInput', 'The input you have submitted is not valid.');
    const packages = this.confirmed.get(id) ?? new Map<string, Package>();
    this.confirmed.set(id, packages);
    this.confirmations.push(packageReferenceId);
    const others = [...packages.values()].filter((each) => each.packageReferenceId !== packageReferenceId);
    const isTooMuch = order.orderItems.some((item) => sentOf(others, item.orderItemId) + sentOf([{ packageItems: orderItems }], item.orderItemId) > item.quantityOrdered);
    if (isTooMuch || (packages.has(packageReferenceId) && this.refusesChanges)) return refusal(400, 'InvalidInput', 'Failed to create package due to not finding a matching package or order already fulfilled. ErrorMessage(errorCode=GeneralError, errorMetric=PackageToUpdateNotFound)');
    packages.set(packageReferenceId, { packageReferenceId, trackingNumber, carrier: carrierCode, packageItems: orderItems });
    if (this.isPrompt) this.#reflect(id, packages);
    return { status: 204 };
  }

  #reflect(id: string, packages: ReadonlyMap<string, Package>): void {
    const order = this.orders.get(id)!;
    for (const item of order.orderItems) {
      const sent = sentOf([...packages.values()], item.orderItemId);
      item.fulfillment = { quantityFulfilled: sent, quantityUnfulfilled: item.quantityOrdered - sent };
    }
    order.packages = [...packages.values()].map((each, index): Json => ({ ...each, packageReferenceId: this.showsReferences ? each.packageReferenceId : `PKG-${index}`, packageItems: each.packageItems.map((item) => ({ ...item })) }));
    order.fulfillment.fulfillmentStatus = order.orderItems.every(({ fulfillment }) => fulfillment.quantityUnfulfilled === 0) ? 'SHIPPED' : 'PARTIALLY_SHIPPED';
    order.lastUpdatedTime = this.now;
  }
}

function sentOf(packages: ReadonlyArray<{ packageItems: readonly Item[] }>, id: string): number {
  return packages.flatMap((each) => each.packageItems).filter((item) => item.orderItemId === id).reduce((sum, { quantity }) => sum + quantity, 0);
}

function wordsOf(query: URLSearchParams): string {
  const { paginationToken: _token, maxResultsPerPage: _size, includedData: _data, ...words } = Object.fromEntries(query);
  return JSON.stringify(words);
}

function json(value: unknown): Scripted {
  return { status: 200, body: JSON.stringify(value) };
}

function refusal(status: number, code: string, message: string): Scripted {
  return { status, body: JSON.stringify({ errors: [{ code, message, details: '' }] }) };
}
