import type { Asked, Scripted } from '../../connectors/answering-server.js';

export interface ShopifyFulfilment {
  id: string;
  status: 'SUCCESS' | 'CANCELLED';
  numbers: string[];
  company: string | null;
  notified: boolean;
  lines: Array<{ item: string; quantity: number }>;
}

interface FulfillmentOrder {
  id: string;
  order: string;
  status: string;
  actions: string[];
  location: string;
  lines: Array<{ id: string; item: string; remaining: number }>;
}

/** What goes wrong with the next operation of a name. `lost`: it is carried out, and its answer does not come. `late`: so is it, and what it made shows only after `showLate`. */
export interface ShopifyFault {
  operation: 'fulfillmentCreate' | 'fulfillmentTrackingInfoUpdate';
  kind: 'lost' | 'late' | 'refused' | 'throttled' | 'down';
}

/** A shop at Shopify as its APIs show it: fulfilment orders, fulfilments, and orders as they are listed. Counts what was made. */
export class ShopifyShop {
  static readonly token = 'shpat_0123456789abcdef';
  readonly fulfilments = new Map<string, ShopifyFulfilment[]>();
  /** Orders in the form of the REST API, those that were changed last last. */
  readonly orders: Array<{ id: number; updated_at: string } & Record<string, unknown>> = [];
  readonly operations: string[] = [];
  readonly #planned: FulfillmentOrder[] = [];
  readonly #hidden = new Set<string>();
  fault: ShopifyFault | null = null;
  #serial = 0;

  /** An order with lines to be sent from a place; called again, from another place as well. */
  plan(order: string, lines: ReadonlyArray<readonly [item: string, quantity: number]>, { location = 'L1', status = 'OPEN', actions = ['CREATE_FULFILLMENT', 'HOLD'] }: { location?: string; status?: string; actions?: string[] } = {}): FulfillmentOrder {
    const planned: FulfillmentOrder = { id: this.#gid('FulfillmentOrder'), order, status, actions, location: `gid://shopify/Location/${location}`, lines: lines.map(([item, remaining]) => ({ id: this.#gid('FulfillmentOrderLineItem'), item, remaining })) };
    this.#planned.push(planned);
    return planned;
  }

  /** Those of an order that stand. */
  of(order: string): ShopifyFulfilment[] {
    return (this.fulfilments.get(order) ?? []).filter(({ status }) => status === 'SUCCESS');
  }

  /** What was made late can be seen from now on. */
  showLate(): void {
    this.#hidden.clear();
  }

  answer = ({ method, path, headers, body }: Asked): Scripted => {
    if (headers['x-shopify-access-token'] !== ShopifyShop.token) return { status: 401, body: JSON.stringify({ errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' }) };
    const url = new URL(path, 'http://shop');
    if (method === 'GET' && url.pathname.endsWith('/orders.json')) return this.#list(url);
    const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, never> };
    const operation = /fulfillmentCreate|fulfillmentTrackingInfoUpdate/.exec(query)?.[0] ?? 'query';
    this.operations.push(operation);
    const { fault } = this;
    if (fault === null || fault.operation !== operation) return json({ data: this.#carryOut(query, variables) });
    this.fault = null;
    if (fault.kind === 'throttled') return json({ errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }], extensions: { cost: { requestedQueryCost: 60, actualQueryCost: null, throttleStatus: { maximumAvailable: 1000, currentlyAvailable: 10, restoreRate: 50 } } } });
    if (fault.kind === 'down') return { status: 503 };
    if (fault.kind === 'refused') return json({ data: { [operation]: { fulfillment: null, userErrors: [{ field: ['fulfillment'], message: 'Invalid fulfillment order line item quantity requested.' }] } } });
    const made = this.#carryOut(query, variables) as { fulfillmentCreate?: { fulfillment: { id: string } | null } };
    if (fault.kind === 'late' && made.fulfillmentCreate?.fulfillment != null) this.#hidden.add(made.fulfillmentCreate.fulfillment.id);
    return { cut: true };
  };

  /** 50 a page, by the time of their last change. */
  #list(url: URL): Scripted {
    const from = url.searchParams.get('page_info') === null ? 0 : Number(url.searchParams.get('page_info'));
    const limit = Number(url.searchParams.get('limit'));
    const since = Date.parse(url.searchParams.get('updated_at_min') ?? '1980-01-01T00:00:00Z');
    const found = this.orders.filter(({ updated_at: at }) => Date.parse(at) >= since).sort((a, b) => Date.parse(a.updated_at) - Date.parse(b.updated_at));
    const next = from + limit < found.length ? { link: `<https://shop.example.com/admin/api/2026-07/orders.json?limit=${limit}&page_info=${from + limit}>; rel="next"` } : {};
    return { headers: next as Record<string, string>, body: JSON.stringify({ orders: found.slice(from, from + limit) }) };
  }

  #carryOut(query: string, variables: Record<string, unknown>): unknown {
    const { id } = variables as { id: string };
    const page = { hasNextPage: false, endCursor: null };
    if (query.includes('fulfillmentCreate(')) return { fulfillmentCreate: this.#create(variables['fulfillment'] as CreateInput) };
    if (query.includes('fulfillmentTrackingInfoUpdate(')) return { fulfillmentTrackingInfoUpdate: this.#track(variables as unknown as TrackInput) };
    if (query.includes('fulfillmentOrders(')) return { order: { id, fulfillmentOrders: { nodes: this.#planned.filter(({ order }) => id.endsWith(`/${order}`)).map((each) => ({ id: each.id, status: each.status, supportedActions: each.actions.map((action) => ({ action })), assignedLocation: { location: { id: each.location } } })), pageInfo: page } } };
    if (query.includes('fulfillmentOrder(')) return { fulfillmentOrder: { lineItems: { nodes: this.#planned.find((each) => each.id === id)!.lines.map((line) => ({ id: line.id, remainingQuantity: line.remaining, lineItem: { id: `gid://shopify/LineItem/${line.item}` } })), pageInfo: page } } };
    if (query.includes('fulfillments(')) return { order: { id, fulfillments: (this.fulfilments.get(id.slice(id.lastIndexOf('/') + 1)) ?? []).filter((each) => !this.#hidden.has(each.id)).map((each) => ({ id: each.id })) } };
    const found = [...this.fulfilments.values()].flat().find((each) => each.id === id)!;
    return { fulfillment: { id, status: found.status, trackingInfo: found.numbers.map((number) => ({ number })), fulfillmentLineItems: { nodes: found.lines.map(({ item, quantity }) => ({ quantity, lineItem: { id: `gid://shopify/LineItem/${item}` } })), pageInfo: page } } };
  }

  #create({ lineItemsByFulfillmentOrder: asked, trackingInfo, notifyCustomer }: CreateInput) {
    const parts = asked.map(({ fulfillmentOrderId, fulfillmentOrderLineItems }) => ({ of: this.#planned.find((each) => each.id === fulfillmentOrderId)!, lines: fulfillmentOrderLineItems }));
    const refuse = (message: string) => ({ fulfillment: null, userErrors: [{ field: ['fulfillment'], message }] });
    if (new Set(parts.map(({ of }) => of.location)).size > 1) return refuse('All fulfillment orders must be assigned to the same location.');
    const taken = parts.flatMap(({ of, lines }) => lines.map(({ id, quantity }) => ({ line: of.lines.find((each) => each.id === id)!, quantity })));
    if (parts.some(({ of }) => !of.actions.includes('CREATE_FULFILLMENT')) || taken.some(({ line, quantity }) => quantity > line.remaining)) return refuse('Invalid fulfillment order line item quantity requested.');
    for (const { line, quantity } of taken) line.remaining -= quantity;
    for (const { of } of parts) if (of.lines.every(({ remaining }) => remaining === 0)) Object.assign(of, { status: 'CLOSED', actions: [] });
    const made: ShopifyFulfilment = { id: this.#gid('Fulfillment'), status: 'SUCCESS', numbers: trackingInfo?.numbers ?? [], company: trackingInfo?.company ?? null, notified: notifyCustomer, lines: taken.map(({ line, quantity }) => ({ item: line.item, quantity })) };
    const { order } = parts[0]!.of;
    this.fulfilments.set(order, [...(this.fulfilments.get(order) ?? []), made]);
    return { fulfillment: { id: made.id, status: made.status }, userErrors: [] };
  }

  #track({ fulfillmentId, trackingInfoInput: { company, numbers }, notifyCustomer }: TrackInput) {
    const found = [...this.fulfilments.values()].flat().find((each) => each.id === fulfillmentId);
    if (found === undefined) return { fulfillment: null, userErrors: [{ field: ['fulfillmentId'], message: 'Fulfillment does not exist.' }] };
    Object.assign(found, { company, numbers, notified: notifyCustomer });
    return { fulfillment: { id: found.id }, userErrors: [] };
  }

  #gid(type: string): string {
    return `gid://shopify/${type}/${++this.#serial}`;
  }
}

interface CreateInput {
  lineItemsByFulfillmentOrder: Array<{ fulfillmentOrderId: string; fulfillmentOrderLineItems: Array<{ id: string; quantity: number }> }>;
  trackingInfo?: { company: string; numbers: string[] };
  notifyCustomer: boolean;
}

interface TrackInput {
  fulfillmentId: string;
  trackingInfoInput: { company: string; numbers: string[] };
  notifyCustomer: boolean;
}

function json(body: unknown): Scripted {
  return { body: JSON.stringify(body) };
}
