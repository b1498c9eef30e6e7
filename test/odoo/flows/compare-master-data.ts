import { numbers, rounded, type Differences } from './differences.js';
import { allById, graphId } from './graph.js';
import type { Many2one, World } from './world.js';

/** Compares products, parties and stock levels. What stood in Odoo before the steps was told by nobody, and need not be there. */
export async function compareMasterData(world: World, differences: Differences): Promise<void> {
  await compareProducts(world, differences);
  await compareParties(world, differences);
  await compareStock(world, differences);
}

interface GraphProduct { id: string; [field: string]: unknown }
interface Product { id: number; name: string; default_code: string | false; barcode: string | false; weight: number; weight_uom_name: string }

async function compareProducts(world: World, differences: Differences): Promise<void> {
  const graph = await allById<GraphProduct>(world, 'products', 'id name sku barcode weight { amount unit }');
  for (const product of await world.rpc.search<Product>('product.product', [], ['name', 'default_code', 'barcode', 'weight', 'weight_uom_name'])) {
    for (const connection of world.connections.values()) {
      const shown = take(graph, graphId('product', connection, product.id));
      if (shown === undefined) {
        // A product of all companies goes to each; one that was made before a company was connected is not there yet.
        if (connection === 'erp' && world.products.includes(product.id)) differences.add(`product.product ${product.id} is not in the graph`);
        continue;
      }
      differences.compare(`product.product ${product.id} (${connection})`, {
        name: product.name, sku: product.default_code || null, barcode: product.barcode || null, weight: product.weight === 0 ? null : { amount: rounded(product.weight), unit: product.weight_uom_name },
      }, { ...shown, weight: numbers(shown['weight']) });
    }
  }
  for (const { id } of graph.values()) differences.add(`product ${id} is in the graph and not in Odoo`);
}

interface GraphParty { id: string; commercialEntity: { id: string } | null; [field: string]: unknown }
interface Partner { id: number; name: string | false; commercial_partner_id: [number, string]; email: string | false; phone: string | false; street: string | false; street2: string | false; city: string | false; zip: string | false; state_id: Many2one; country_code: string | false }

async function compareParties(world: World, differences: Differences): Promise<void> {
  const graph = await allById<GraphParty>(world, 'parties', 'id name street city postalCode region country email phone commercialEntity { id }');
  const states = new Map((await world.rpc.search<{ id: number; name: string }>('res.country.state', [], ['name'])).map((state) => [state.id, state.name]));
  const fields = ['name', 'commercial_partner_id', 'email', 'phone', 'street', 'street2', 'city', 'zip', 'state_id', 'country_code'];
  for (const partner of await world.rpc.search<Partner>('res.partner', [['active', 'in', [true, false]]], fields)) {
    const entity = partner.commercial_partner_id;
    for (const connection of world.connections.values()) {
      const shown = take(graph, graphId('party', connection, partner.id));
      if (shown === undefined) {
        if (connection === 'erp' && world.partners.includes(partner.id)) differences.add(`res.partner ${partner.id} is not in the graph`);
        continue;
      }
      differences.compare(`res.partner ${partner.id} (${connection})`, {
        name: partner.name || entity[1], email: partner.email || null, phone: partner.phone || null, street: [partner.street, partner.street2].filter(Boolean).join(', ') || null, city: partner.city || null,
        postalCode: partner.zip || null, region: partner.state_id === false ? null : states.get(partner.state_id[0]), country: partner.country_code || null,
        commercialEntity: world.partners.includes(entity[0]) || shown.commercialEntity !== null ? graphId('party', connection, entity[0]) : null,
      }, { ...shown, commercialEntity: shown.commercialEntity?.id });
    }
  }
  for (const { id } of graph.values()) differences.add(`party ${id} is in the graph and not in Odoo`);
}

interface GraphLevel { id: string; product: { id: string } | null; onHand: string; reserved: string; available: string; [field: string]: unknown }
interface Quant { id: number; product_id: [number, string]; location_id: [number, string]; company_id: Many2one; quantity: number; reserved_quantity: number; product_uom_id: [number, string] }
interface Level { connection: string; product: [number, string]; location: string; unit: string; onHand: number; reserved: number }

async function compareStock(world: World, differences: Differences): Promise<void> {
  const graph = await allById<GraphLevel>(world, 'stockLevels', 'id product { id } location onHand reserved available unit');
  const levels = new Map<string, Level>();
  const quants = await world.rpc.search<Quant>('stock.quant', [['product_id', 'in', world.products], ['location_id.usage', 'in', ['internal', 'transit']]], ['product_id', 'location_id', 'company_id', 'quantity', 'reserved_quantity', 'product_uom_id']);
  for (const { product_id: product, location_id: location, company_id: company, ...quant } of quants) {
    const connection = world.connectionOf(company)!;
    const id = graphId('stock', connection, `${product[0]}-${location[0]}-${company === false ? 0 : company[0]}`);
    const known = levels.get(id) ?? { connection, product, location: location[1], unit: quant.product_uom_id[1], onHand: 0, reserved: 0 };
    levels.set(id, { ...known, onHand: known.onHand + quant.quantity, reserved: known.reserved + quant.reserved_quantity });
  }
  for (const [id, { connection, product, location, unit, onHand, reserved }] of levels) {
    const shown = take(graph, id);
    const name = `stock of ${product[1]} at ${location}`;
    if (shown === undefined) differences.add(`${name} is not in the graph`);
    else differences.compare(name, { product: graphId('product', connection, product[0]), location, unit, onHand: rounded(onHand), reserved: rounded(reserved), available: rounded(onHand - reserved) }, { ...shown, ...quantitiesOf(shown), product: shown.product?.id });
  }
  // A level whose last quant is gone stays as 0.
  for (const level of graph.values()) differences.compare(`stock level ${level.id}, of which Odoo has nothing`, { onHand: 0, reserved: 0, available: 0 }, quantitiesOf(level));
}

function quantitiesOf(level: GraphLevel) {
  return { onHand: Number(level.onHand), reserved: Number(level.reserved), available: Number(level.available) };
}

function take<Node>(nodes: Map<string, Node>, id: string): Node | undefined {
  const node = nodes.get(id);
  nodes.delete(id);
  return node;
}
