import type { Asked, Scripted } from '../../connectors/answering-server.js';

interface Kept {
  id: string;
  name: string;
  partnerId: string;
  status: string;
  isPurchase: boolean;
  lines: Array<{ sku: string; quantity: number }>;
}

/** An account at ShipHero, as far as its API is spoken to: orders and purchase orders that are made, found and called off, and levels. */
export class ShipHeroAccount {
  static readonly token = 'access-token-of-the-account';
  readonly orders: Kept[] = [];
  /** By SKU. */
  readonly levels = new Map<string, { on_hand: number; allocated: number; available: number }>();
  /** Names of the operations that were asked for. */
  readonly asked: string[] = [];
  /** What happens with the next operation of a name: it is carried out and its answer lost, or answered with an error. */
  fault: { operation: string; kind: 'lost' | 'throttled' } | null = null;

  make({ name, partnerId, isPurchase, lines = [] }: Pick<Kept, 'name' | 'partnerId' | 'isPurchase'> & Partial<Kept>): Kept {
    const kept: Kept = { id: Buffer.from(`${isPurchase ? 'PurchaseOrder' : 'Order'}:${this.orders.length + 1}`).toString('base64'), name, partnerId, status: 'pending', isPurchase, lines };
    this.orders.push(kept);
    return kept;
  }

  answer({ path, body }: Asked): Scripted {
    if (path === '/auth/refresh') return json({ access_token: ShipHeroAccount.token, expires_in: 2_419_200, scope: 'openid profile offline_access', token_type: 'Bearer' });
    if (path !== '/graphql') return { status: 404 };
    const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> };
    const operation = /\{\s*(\w+)\(/.exec(query)![1]!;
    this.asked.push(operation);
    const { fault } = this;
    if (fault?.operation === operation) this.fault = null;
    if (fault?.operation === operation && fault.kind === 'throttled') return json({ errors: [{ code: 30, message: 'There are not enough credits to perform the requested operation.', time_remaining: '1 seconds' }], data: null });
    const value = this.#carryOut(operation, variables);
    if (fault?.operation === operation) return { status: 502, body: '' };
    return typeof value === 'string' ? json({ errors: [{ code: 5, message: value, operation }], data: { [operation]: null } }) : json({ data: { [operation]: { request_id: 'r', complexity: 1, ...value } } });
  }

  #carryOut(operation: string, variables: Record<string, unknown>): object | string {
    const data = (variables['data'] ?? {}) as Record<string, unknown>;
    switch (operation) {
      case 'orders':
      case 'purchase_orders':
        return this.#list(this.orders.filter((each) => each.isPurchase === (operation === 'purchase_orders') && (variables['id'] === undefined ? each.name === variables['name'] : each.partnerId === variables['id'])));
      case 'order_create':
        return { order: shown(this.make({ name: String(data['order_number']), partnerId: String(data['partner_order_id']), isPurchase: false, lines: data['line_items'] as Kept['lines'] })) };
      case 'purchase_order_create':
        return { purchase_order: shown(this.make({ name: String(data['po_number']), partnerId: String(data['partner_order_number']), isPurchase: true, lines: data['line_items'] as Kept['lines'] })) };
      case 'order_cancel':
      case 'purchase_order_cancel': {
        const kept = this.orders.find((each) => each.id === (data['order_id'] ?? data['po_id']));
        if (kept === undefined) return 'Order not found';
        kept.status = 'canceled';
        return operation === 'order_cancel' ? { order: shown(kept) } : {};
      }
      case 'warehouse_products':
        return { data: { pageInfo: { hasNextPage: false, endCursor: null }, edges: [...this.levels].map(([sku, level]) => ({ node: { sku, ...level } })) } };
      default:
        return `Unknown operation ${operation}`;
    }
  }

  #list(kept: readonly Kept[]): object {
    return { data: { edges: kept.map((each) => ({ node: shown(each) })) } };
  }
}

function shown(of: Kept): object {
  const status = { id: of.id, fulfillment_status: of.status };
  return of.isPurchase ? { ...status, po_number: of.name, partner_order_number: of.partnerId } : { ...status, order_number: of.name, partner_order_id: of.partnerId };
}

function json(body: object): Scripted {
  return { status: 200, body: JSON.stringify(body) };
}
