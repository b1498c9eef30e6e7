import { carrierCode } from '../../../src/model/references.js';
import { compareInvoices } from './compare-invoices.js';
import { compareMasterData } from './compare-master-data.js';
import { compareTransfers, keptTypes, releaseOf } from './compare-transfers.js';
import { Differences, instant, money, numbers } from './differences.js';
import { allById, allOf, graphId } from './graph.js';
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
  invoice_ids: number[];
}

interface OdooLine {
  id: number;
  name: string;
  display_type: string | false;
  product_id: Many2one;
  product_uom_qty?: number;
  product_qty?: number;
  product_uom_id?: Many2one;
  product_uom?: Many2one;
}

interface GraphOrder {
  id: string;
  reference: string;
  lines: { nodes: Array<{ description: string; quantity: string; unit: string; product: { id: string } | null }> };
  shipments: { nodes: Array<{ reference: string }> };
  transfers: { nodes: Array<{ reference: string }> };
  invoices: { nodes: Array<{ id: string }> };
  party: { id: string; name: string; city: string | null; country: string | null } | null;
  [field: string]: unknown;
}

/** Compares every document of Odoo with what the graph shows of it. */
export async function compareRecords(world: World, remembered: Remembered): Promise<{ differences: string[]; compared: number }> {
  const differences = new Differences();
  await compareOrders(world, remembered, differences);
  await compareShipments(world, remembered, differences);
  await compareTransfers(world, differences);
  await compareInvoices(world, differences);
  await compareMasterData(world, differences);
  return { differences: differences.found, compared: differences.compared };
}

const orderKinds = {
  'sale.order': { direction: 'SALE', reference: 'client_order_ref', promised: 'commitment_date', delivery: 'delivery_status', lines: 'sale.order.line', quantity: 'product_uom_qty' },
  'purchase.order': { direction: 'PURCHASE', reference: 'partner_ref', promised: 'date_planned', delivery: 'receipt_status', lines: 'purchase.order.line', quantity: 'product_qty' },
} as const;

async function compareOrders(world: World, remembered: Remembered, differences: Differences): Promise<void> {
  const graph = await allById<GraphOrder>(world, 'orders', orderFields);
  for (const [model, kind] of Object.entries(orderKinds)) {
    const unit = (await world.rpc.fieldsOf(kind.lines)).has('product_uom_id') ? 'product_uom_id' : 'product_uom';
    const orders = await world.rpc.search<OdooOrder & Record<string, string | false>>(model, [], ['name', 'state', 'company_id', 'partner_id', 'date_order', 'currency_id', 'amount_total', 'invoice_status', 'order_line', 'invoice_ids', kind.reference, kind.promised, kind.delivery]);
    const lines = new Map((await world.rpc.search<OdooLine>(kind.lines, [], ['name', 'display_type', 'product_id', kind.quantity, unit])).map((line) => [line.id, line]));
    const pickings = await world.rpc.search<{ id: number; name: string; picking_type_code: string }>('stock.picking', [['picking_type_id.code', 'in', keptTypes]], ['name', 'picking_type_code', kind.direction === 'SALE' ? 'sale_id' : 'purchase_id', 'partner_id']);
    const commercial = await commercialOf(world, orders.map((order) => order.partner_id));
    for (const order of orders) {
      const connection = world.connectionOf(order.company_id)!;
      const recordKey = kind.direction === 'SALE' ? String(order.id) : `purchase-${order.id}`;
      const shown = graph.get(graphId('order', connection, recordKey));
      const name = `${model} ${order.name}`;
      if (shown === undefined) {
        differences.add(`${name} is not in the graph`);
        continue;
      }
      graph.delete(shown.id);
      const promised = order[kind.promised] || null;
      if (promised !== null && !remembered.promises.has(`${model},${order.id}`)) remembered.promises.set(`${model},${order.id}`, promised);
      const own = order.order_line.map((id) => lines.get(id)!).filter((line) => line.display_type === false);
      const transfers = pickings.filter((picking) => (picking as never as Record<string, Many2one>)[kind.direction === 'SALE' ? 'sale_id' : 'purchase_id']?.[0 as never] === order.id);
      const party = commercial.get(order.partner_id === false ? 0 : order.partner_id[0]);
      differences.compare(name, {
        reference: order.name, direction: kind.direction, state: order.state, customerReference: order[kind.reference] || null, orderedAt: instant(order.date_order),
        promisedAt: instant(remembered.promises.get(`${model},${order.id}`) ?? false), plannedAt: instant(promised ?? false), total: money(order.amount_total, order.currency_id),
        deliveryStatus: order[kind.delivery] || null, invoiceStatus: order.invoice_status || null,
        lines: own.map((line) => [line.name, line[kind.quantity], (line[unit] as Many2one | undefined)?.[1 as never], line.product_id !== false && world.products.includes(line.product_id[0]) ? graphId('product', connection, line.product_id[0]) : null]),
        party: party && [party.name, party.city || null, party.country_code || null],
        shipments: transfers.filter((picking) => picking.picking_type_code !== 'internal').map((picking) => picking.name).sort(), transfers: transfers.map((picking) => picking.name).sort(),
        invoices: order.invoice_ids.map((id) => graphId('invoice', connection, id)).sort(),
      }, {
        ...shown, total: numbers(shown['total']), lines: shown.lines.nodes.map((line) => [line.description, Number(line.quantity), line.unit, line.product?.id ?? null]),
        // A company's own partner was there before and is told by nobody until the initial load.
        party: party && (shown.party === null && !world.partners.includes(party.id) ? [party.name, party.city || null, party.country_code || null] : shown.party && [shown.party.name, shown.party.city, shown.party.country]),
        shipments: shown.shipments.nodes.map((shipment) => shipment.reference).sort(), transfers: shown.transfers.nodes.map((transfer) => transfer.reference), invoices: shown.invoices.nodes.map((invoice) => invoice.id).sort(),
      });
    }
  }
  for (const order of graph.values()) differences.add(`order ${order.reference} is in the graph and not in Odoo`);
}

const orderFields = 'id reference direction state customerReference orderedAt promisedAt plannedAt total { amount currency } deliveryStatus invoiceStatus lines(first: 50) { nodes { description quantity unit product { id } } } party { id name city country } shipments(first: 20) { nodes { reference } } transfers(first: 20) { nodes { reference } } invoices(first: 20) { nodes { id } }';

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
  date_done: string | false;
  gatehouse_release_state: string | false;
  gatehouse_release_blocked: Array<{ check: string; reason: string }> | false;
  sale_id: Many2one;
  purchase_id: Many2one;
}

interface GraphShipment {
  reference: string;
  order: { reference: string } | null;
  transfers: { nodes: Array<{ reference: string }> };
  [field: string]: unknown;
}

async function compareShipments(world: World, remembered: Remembered, differences: Differences): Promise<void> {
  const graph = new Map<string, GraphShipment>();
  for (const shipment of await allOf<GraphShipment>(world, 'shipments', 'reference status rawStatus provisional carrier direction trackingNumbers promisedAt plannedAt deliveredAt release { ready blocked { check reason } } order { reference } transfers(first: 20) { nodes { reference } }')) {
    if (graph.has(shipment.reference)) differences.add(`shipment ${shipment.reference} is in the graph twice`);
    graph.set(shipment.reference, shipment);
  }
  const orderNames = new Map<string, string>();
  for (const model of Object.keys(orderKinds)) for (const order of await world.rpc.search<{ id: number; name: string }>(model, [], ['name'])) orderNames.set(`${model},${order.id}`, order.name);
  const pickings = await world.rpc.search<OdooPicking>('stock.picking', [['picking_type_id.code', 'in', ['outgoing', 'incoming', 'dropship']]], ['name', 'state', 'picking_type_code', 'company_id', 'carrier_id', 'carrier_tracking_ref', 'scheduled_date', 'date_deadline', 'date_done', 'gatehouse_release_state', 'gatehouse_release_blocked', 'sale_id', 'purchase_id']);
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
      reference: picking.name, status: statusOf(picking), rawStatus: picking.state, provisional: false,
      carrier: picking.carrier_id === false ? null : carrierCode(picking.carrier_id[1]), direction: picking.picking_type_code === 'incoming' ? 'INCOMING' : 'OUTGOING',
      trackingNumbers: picking.carrier_tracking_ref === false ? [] : picking.carrier_tracking_ref.split(','), promisedAt: instant(promisedByOrder ?? remembered.promises.get(`stock.picking,${picking.id}`) ?? false),
      plannedAt: instant(picking.scheduled_date), deliveredAt: statusOf(picking) === 'DELIVERED' ? instant(picking.date_done) : null, release: releaseOf(picking), transfers: [picking.name], order: order === false ? null : orderNames.get(`${picking.sale_id !== false ? 'sale.order' : 'purchase.order'},${order[0]}`),
    }, { ...shown, transfers: shown.transfers.nodes.map((transfer) => transfer.reference), order: shown.order?.reference ?? null });
  }
  for (const reference of graph.keys()) differences.add(`shipment ${reference} is in the graph and not in Odoo`);
}

/** No carrier reports anything here: a validated delivery has left, a validated receipt has come. */
function statusOf({ state, picking_type_code: code }: OdooPicking): string {
  if (state === 'cancel') return 'CANCELLED';
  if (state !== 'done') return 'PLANNED';
  return code === 'incoming' ? 'DELIVERED' : 'IN_TRANSIT';
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
