import { fastify, type FastifyInstance } from 'fastify';
import { graphql, GraphQLError } from 'graphql';
import { z } from 'zod';
import { providerWarehouse, type Provider, type ProviderOrder, type ProviderPurchase } from './provider.js';
import { warehouseSchema } from './schema.js';

/** The refresh token that the simulated provider takes. */
export const warehouseRefreshToken = 'sandbox-refresh-token';
const accessToken = 'sandbox-access-token';

const refresh = z.object({ refresh_token: z.string() });
const operation = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).nullish() });
const line = z.looseObject({ sku: z.string(), partner_line_item_id: z.string(), quantity: z.number().int().positive() });
const address = z.looseObject({ first_name: z.string().nullish(), last_name: z.string().nullish(), city: z.string(), state: z.string().nullish(), zip: z.string().nullish(), country: z.string() });
const newOrder = z.looseObject({ order_number: z.string(), partner_order_id: z.string(), shipping_lines: z.looseObject({ method: z.string() }), shipping_address: address, line_items: z.array(line).min(1) });

/** ShipHero's API, as far as it is simulated: tokens, and a graph of orders, purchase orders and levels. Errors come with status 200. */
export function createWarehouseServer(provider: Provider): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  const resolvers = resolversOf(provider);
  app.post('/auth/refresh', async (request, reply) => {
    const parsed = refresh.safeParse(request.body);
    if (!parsed.success || parsed.data.refresh_token !== warehouseRefreshToken) return reply.code(401).send({ error: 'Invalid refresh token' });
    return { access_token: accessToken, expires_in: 2_419_200, scope: 'openid profile offline_access', token_type: 'Bearer' };
  });
  app.post('/graphql', async (request, reply) => {
    if (request.headers.authorization !== `Bearer ${accessToken}`) return reply.code(401).send({ message: 'Unauthorized' });
    const parsed = operation.safeParse(request.body);
    if (!parsed.success) return reply.code(400).send({ errors: [{ message: 'Must provide query string.' }] });
    const { errors, data } = await graphql({ schema: warehouseSchema, source: parsed.data.query, variableValues: parsed.data.variables ?? {}, rootValue: resolvers });
    return { ...(errors === undefined ? {} : { errors: errors.map(({ message, extensions, path }) => ({ message, code: extensions['code'] ?? 1, operation: path?.[0] ?? null, request_id: 'sandbox' })) }), data: data ?? null };
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'Not Found' }));
  return app;
}

const head = { request_id: 'sandbox', complexity: 1 };

function resolversOf(provider: Provider) {
  const purchaseOf = (id: string) => provider.purchases().find((each) => each.id === id);
  return {
    orders: (of: { order_number?: string; partner_order_id?: string }) => listed(provider.orders().filter((order) => fits(order, of.order_number, of.partner_order_id)).map(orderNode)),
    purchase_orders: ({ po_number: name }: { po_number?: string }) => listed(provider.purchases().filter((purchase) => fits(purchase, name, undefined)).map(purchaseNode)),
    warehouse_products: ({ warehouse_id: id }: { warehouse_id?: string }) => listed(
      id === undefined || id === warehouseUuid ? provider.levels().map(({ sku, onHand, allocated }) => ({ sku, on_hand: onHand, allocated, available: onHand - allocated })) : []),
    order_create({ data }: { data: unknown }) {
      const parsed = newOrder.safeParse(data);
      if (!parsed.success) throw failed(`${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`, 3);
      const { shipping_address: to, shipping_lines: { method }, line_items: lines } = parsed.data;
      const order = provider.createOrder({
        name: parsed.data.order_number, partnerId: parsed.data.partner_order_id, method, recipient: `${to.first_name ?? ''} ${to.last_name ?? ''}`.trim(),
        to: { city: to.city, state: to.state || null, country: to.country, zip: to.zip ?? '' }, lines: lines.map((each) => ({ id: each.partner_line_item_id, sku: each.sku, quantity: each.quantity })),
      });
      return { ...head, order: orderNode(order) };
    },
    order_cancel({ data }: { data: { order_id: string } }) {
      const order = provider.orders().find((each) => each.id === data.order_id);
      if (order === undefined) throw failed('Order not found', 5);
      if (!provider.cancelOrder(order)) throw failed('Order was shipped and cannot be cancelled', 7);
      return { ...head, order: orderNode(order) };
    },
    purchase_order_create: ({ data }: { data: { po_number: string; partner_order_number?: string } }) => ({ ...head, purchase_order: purchaseNode(provider.createPurchase({ name: data.po_number, partnerId: data.partner_order_number ?? '' })) }),
    purchase_order_cancel({ data }: { data: { po_id: string } }) {
      const purchase = purchaseOf(data.po_id);
      if (purchase === undefined) throw failed('Purchase order not found', 5);
      purchase.status = 'canceled';
      return head;
    },
  };
}

const warehouseUuid = Buffer.from(`Warehouse:${providerWarehouse.id}`).toString('base64');

function fits(of: { name: string; partnerId: string }, name: string | undefined, partnerId: string | undefined): boolean {
  return (name === undefined || of.name === name) && (partnerId === undefined || of.partnerId === partnerId);
}

function listed(nodes: readonly object[]): object {
  return {
    ...head,
    data({ first = 25, after }: { first?: number; after?: string }) {
      const start = after == null ? 0 : Number(after);
      const page = nodes.slice(start, start + first);
      return { pageInfo: { hasNextPage: start + first < nodes.length, endCursor: page.length === 0 ? null : String(start + page.length) }, edges: page.map((node) => ({ node })) };
    },
  };
}

function orderNode({ id, name, partnerId, status }: ProviderOrder): object {
  return { id, order_number: name, partner_order_id: partnerId, fulfillment_status: status };
}

function purchaseNode({ id, name, partnerId, status }: ProviderPurchase): object {
  return { id, po_number: name, partner_order_number: partnerId, fulfillment_status: status };
}

function failed(message: string, code: number): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
