import { globalId } from '../../../src/lib/ids.js';
import { carrierCode } from '../../../src/model/references.js';
import { recordId } from '../../../src/projections/records.js';
import { compareStored } from './compare-stored.js';
import { Differences, instant, money, numbers } from './differences.js';
import type { Many2one, World } from './world.js';

/** What only someone who was there knows. */
export interface Remembered {
  /** First date promised, by `model,id`. */
  promises: Map<string, string>;
}

interface OdooOrder {
  id: number;
  name: string;
  state: string;
  company_id: Many2one;
  partner_id: Many2one;
  date_order: string | false;
  currency_id: Many2one;
  amount_total: number;
  invoice_status: string | false;
  order_line: number[];
}

interface OdooLine {
  id: number;
  name: string;
  display_type: string | false;
  product_uom_qty?: number;
  product_qty?: number;
  product_uom_id?: Many2one;
  product_uom?: Many2one;
}

interface GraphOrder {
  id: string;
  reference: string;
  lines: { nodes: Array<{ description: string; quantity: string; unit: string }> };
  shipments: { nodes: Array<{ reference: string }> };
  party: { id: string; name: string; city: string | null; country: string | null } | null;
  [field: string]: unknown;
}

/** Compares every document of Odoo with what the graph shows of it, and what the graph does not show with the read model. */
export async function compareRecords(world: World, remembered: Remembered): Promise<{ differences: string[]; compared: number }> {
  const differences = new Differences();
  await compareOrders(world, remembered, differences);
  await compareShipments(world, remembered, differences);
  await compareStored(world, differences);
  return { differences: differences.found, compared: differences.compared };
}

const orderKinds = {
  'sale.order': { direction: 'SALE', reference: 'client_order_ref', promised: 'commitment_date', delivery: 'delivery_status', lines: 'sale.order.line', quantity: 'product_uom_qty' },
  'purchase.order': { direction: 'PURCHASE', reference: 'partner_ref', promised: 'date_planned', delivery: 'receipt_status', lines: 'purchase.order.line', quantity: 'product_qty' },
} as const;

async function compareOrders(world: World, remembered: Remembered, differences: Differences): Promise<void> {
  const graph = new Map((await allOf<GraphOrder>(world, 'orders', orderFields)).map((order) => [order.id, order]));
  for (const [model, kind] of Object.entries(orderKinds)) {
    const unit = (await world.rpc.fieldsOf(kind.lines)).has('product_uom_id') ? 'product_uom_id' : 'product_uom';
    const orders = await world.rpc.search<OdooOrder & Record<string, string | false>>(model, [], ['name', 'state', 'company_id', 'partner_id', 'date_order', 'currency_id', 'amount_total', 'invoice_status', 'order_line', kind.reference, kind.promised, kind.delivery]);
    const lines = new Map((await world.rpc.search<OdooLine>(kind.lines, [], ['name', 'display_type', kind.quantity, unit])).map((line) => [line.id, line]));
    const pickings = await world.rpc.search<{ id: number; name: string }>('stock.picking', [['picking_type_id.code', 'in', ['outgoing', 'incoming', 'dropship']]], ['name', kind.direction === 'SALE' ? 'sale_id' : 'purchase_id', 'partner_id']);
    const commercial = await commercialOf(world, orders.map((order) => order.partner_id));
    for (const order of orders) {
      const connection = world.connectionOf(order.company_id)!;
      const recordKey = kind.direction === 'SALE' ? String(order.id) : `purchase-${order.id}`;
      const shown = graph.get(globalId('Order', recordId('order', connection, recordKey)));
      const name = `${model} ${order.name}`;
      if (shown === undefined) {
        differences.add(`${name} is not in the graph`);
        continue;
      }
      graph.delete(shown.id);
      const promised = order[kind.promised] || null;
      if (promised !== null && !remembered.promises.has(`${model},${order.id}`)) remembered.promises.set(`${model},${order.id}`, promised);
      const own = order.order_line.map((id) => lines.get(id)!).filter((line) => line.display_type === false);
      const party = commercial.get(order.partner_id === false ? 0 : order.partner_id[0]);
      differences.compare(name, {
        reference: order.name, direction: kind.direction, state: order.state, customerReference: order[kind.reference] || null, orderedAt: instant(order.date_order),
        promisedAt: instant(remembered.promises.get(`${model},${order.id}`) ?? false), plannedAt: instant(promised ?? false), total: money(order.amount_total, order.currency_id),
        deliveryStatus: order[kind.delivery] || null, invoiceStatus: order.invoice_status || null,
        lines: own.map((line) => [line.name, line[kind.quantity], (line[unit] as Many2one | undefined)?.[1 as never]]),
        party: party && [party.name, party.city || null, party.country_code || null],
        shipments: pickings.filter((picking) => (picking as never as Record<string, Many2one>)[kind.direction === 'SALE' ? 'sale_id' : 'purchase_id']?.[0 as never] === order.id).map((picking) => picking.name).sort(),
      }, {
        ...shown, total: numbers(shown['total']), lines: shown.lines.nodes.map((line) => [line.description, Number(line.quantity), line.unit]),
        // A company's own partner was there before and is told by nobody until the initial load.
        party: party && (shown.party === null && !world.partners.includes(party.id) ? [party.name, party.city || null, party.country_code || null] : shown.party && [shown.party.name, shown.party.city, shown.party.country]),
        shipments: shown.shipments.nodes.map((shipment) => shipment.reference).sort(),
      });
    }
  }
  for (const order of graph.values()) differences.add(`order ${order.reference} is in the graph and not in Odoo`);
}

const orderFields = 'id reference direction state customerReference orderedAt promisedAt plannedAt total { amount currency } deliveryStatus invoiceStatus lines(first: 100) { nodes { description quantity unit } } party { id name city country } shipments(first: 100) { nodes { reference } }';

interface OdooPicking {
  id: number;
  name: string;
  state: string;
  picking_type_code: 'outgoing' | 'incoming' | 'dropship';
  company_id: Many2one;
  carrier_id: Many2one;
  carrier_tracking_ref: string | false;
  scheduled_date: string | false;
  date_deadline: string | false;
  sale_id: Many2one;
  purchase_id: Many2one;
}

interface GraphShipment {
  reference: string;
  order: { reference: string } | null;
  [field: string]: unknown;
}

async function compareShipments(world: World, remembered: Remembered, differences: Differences): Promise<void> {
  const graph = new Map<string, GraphShipment>();
  for (const shipment of await allOf<GraphShipment>(world, 'shipments', 'reference status rawStatus provisional carrier direction trackingNumbers promisedAt plannedAt deliveredAt order { reference }')) {
    if (graph.has(shipment.reference)) differences.add(`shipment ${shipment.reference} is in the graph twice`);
    graph.set(shipment.reference, shipment);
  }
  const orderNames = new Map<string, string>();
  for (const model of Object.keys(orderKinds)) for (const order of await world.rpc.search<{ id: number; name: string }>(model, [], ['name'])) orderNames.set(`${model},${order.id}`, order.name);
  const pickings = await world.rpc.search<OdooPicking>('stock.picking', [['picking_type_id.code', 'in', ['outgoing', 'incoming', 'dropship']]], ['name', 'state', 'picking_type_code', 'company_id', 'carrier_id', 'carrier_tracking_ref', 'scheduled_date', 'date_deadline', 'sale_id', 'purchase_id']);
  for (const picking of pickings) {
    const shown = graph.get(picking.name);
    if (shown === undefined) {
      differences.add(`stock.picking ${picking.name} is no shipment of the graph`);
      continue;
    }
    graph.delete(picking.name);
    if (picking.date_deadline !== false && !remembered.promises.has(`stock.picking,${picking.id}`)) remembered.promises.set(`stock.picking,${picking.id}`, picking.date_deadline);
    const order = picking.sale_id || picking.purchase_id;
    const promisedByOrder = order === false ? undefined : remembered.promises.get(`${picking.sale_id !== false ? 'sale.order' : 'purchase.order'},${order[0]}`);
    differences.compare(`stock.picking ${picking.name}`, {
      reference: picking.name, status: picking.state === 'cancel' ? 'CANCELLED' : 'PLANNED', rawStatus: picking.state, provisional: false,
      carrier: picking.carrier_id === false ? null : carrierCode(picking.carrier_id[1]), direction: picking.picking_type_code === 'incoming' ? 'INCOMING' : 'OUTGOING',
      trackingNumbers: picking.carrier_tracking_ref === false ? [] : picking.carrier_tracking_ref.split(','), promisedAt: instant(promisedByOrder ?? remembered.promises.get(`stock.picking,${picking.id}`) ?? false),
      plannedAt: instant(picking.scheduled_date), deliveredAt: null, order: order === false ? null : orderNames.get(`${picking.sale_id !== false ? 'sale.order' : 'purchase.order'},${order[0]}`),
    }, { ...shown, order: shown.order?.reference ?? null });
  }
  for (const reference of graph.keys()) differences.add(`shipment ${reference} is in the graph and not in Odoo`);
}

interface OdooPartner {
  id: number;
  name: string;
  city: string | false;
  country_code: string | false;
}

/** By id of an address the entity that it belongs to. */
async function commercialOf(world: World, partners: readonly Many2one[]): Promise<Map<number, OdooPartner>> {
  const ids = [...new Set(partners.flatMap((partner) => (partner === false ? [] : [partner[0]])))];
  const addresses = await world.rpc.search<{ id: number; commercial_partner_id: [number, string] }>('res.partner', [['id', 'in', ids]], ['commercial_partner_id']);
  const entities = new Map((await world.rpc.search<OdooPartner>('res.partner', [['id', 'in', addresses.map((address) => address.commercial_partner_id[0])]], ['name', 'city', 'country_code'])).map((entity) => [entity.id, entity]));
  return new Map(addresses.map((address) => [address.id, entities.get(address.commercial_partner_id[0])!]));
}

async function allOf<Node>(world: World, field: string, selection: string): Promise<Node[]> {
  const found: Node[] = [];
  for (let after: string | null = null; ; ) {
    const answer: { page: { nodes: Node[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } = await world.gatehouse.graphql(`query ($after: String) { page: ${field}(first: 50, after: $after) { nodes { ${selection} } pageInfo { hasNextPage endCursor } } }`, { after });
    found.push(...answer.page.nodes);
    if (!answer.page.pageInfo.hasNextPage) return found;
    after = answer.page.pageInfo.endCursor;
  }
}
