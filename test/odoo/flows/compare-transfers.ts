import type { Differences } from './differences.js';
import { instant, numbers, rounded } from './differences.js';
import { allById, graphId, reference } from './graph.js';
import type { Many2one, World } from './world.js';

/** Kinds of transfers that Gatehouse keeps. */
export const keptTypes = ['outgoing', 'incoming', 'dropship', 'internal'];

interface Picking {
  id: number;
  name: string;
  state: string;
  picking_type_code: string;
  company_id: Many2one;
  partner_id: Many2one;
  sale_id: Many2one;
  purchase_id: Many2one;
  carrier_id: Many2one;
  carrier_tracking_ref: string | false;
  scheduled_date: string | false;
  date_deadline: string | false;
  date_done: string | false;
  backorder_id: Many2one;
  return_id: Many2one;
  weight: number;
  weight_uom_name: string;
  gatehouse_release_state: string | false;
  gatehouse_release_blocked: Array<{ check: string; reason: string }> | false;
  move_ids: number[];
}
const pickingFields = [
  'name', 'state', 'picking_type_code', 'company_id', 'partner_id', 'sale_id', 'purchase_id', 'carrier_id', 'carrier_tracking_ref', 'scheduled_date', 'date_deadline', 'date_done', 'backorder_id', 'return_id',
  'weight', 'weight_uom_name', 'gatehouse_release_state', 'gatehouse_release_blocked', 'move_ids',
];

interface MoveLine { id: number; product_id: [number, string]; quantity: number; product_uom_id: [number, string]; lot_id: Many2one; result_package_id: Many2one }
interface Move { id: number; state: string; product_id: [number, string]; product_uom_qty: number; product_uom: [number, string]; move_line_ids: number[] }
type Line = [product: string | null, quantity: number, unit: string, lot: string | null, packageName: string | null];

interface GraphTransfer {
  id: string;
  lines: { nodes: Array<{ product: { id: string } | null; quantity: string; unit: string; lot: string | null; package: string | null }> };
  party: { id: string } | null;
  shipTo: { id: string } | null;
  order: { id: string } | null;
  backorderOf: { id: string } | null;
  returnOf: { id: string } | null;
  [field: string]: unknown;
}
const selection = `id reference direction state carrier trackingNumbers scheduledAt deadlineAt doneAt weight { amount unit } packageCount release { ready blocked { check reason } }
  lines(first: 50) { nodes { product { id } quantity unit lot package } } party { id } shipTo { id } order { id } backorderOf { id } returnOf { id }`;

/** What Odoo says of the release of a transfer, as the graph writes it. */
export function releaseOf(picking: Pick<Picking, 'gatehouse_release_state' | 'gatehouse_release_blocked'>): unknown {
  return picking.gatehouse_release_state === false ? null : { ready: picking.gatehouse_release_state === 'ready', blocked: (picking.gatehouse_release_blocked || []).map(({ check, reason }) => ({ check, reason })) };
}

/** Compares every transfer of a kind that is kept with what the graph says of it, lines and links too. */
export async function compareTransfers(world: World, differences: Differences): Promise<void> {
  const graph = await allById<GraphTransfer>(world, 'transfers', selection);
  const lines = new Map((await world.rpc.search<MoveLine>('stock.move.line', [], ['product_id', 'quantity', 'product_uom_id', 'lot_id', 'result_package_id'])).map((line) => [line.id, line]));
  const moves = new Map((await world.rpc.search<Move>('stock.move', [], ['state', 'product_id', 'product_uom_qty', 'product_uom', 'move_line_ids'])).map((move) => [move.id, move]));
  const pickings = await world.rpc.search<Picking>('stock.picking', [['picking_type_id.code', 'in', keptTypes]], pickingFields);
  const partners = pickings.flatMap(({ partner_id: partner }) => (partner === false ? [] : [partner[0]]));
  const entities = new Map((await world.rpc.search<{ id: number; commercial_partner_id: Many2one }>('res.partner', [['id', 'in', partners]], ['commercial_partner_id'])).map((partner) => [partner.id, partner.commercial_partner_id]));
  for (const picking of pickings) {
    const connection = world.connectionOf(picking.company_id)!;
    const shown = graph.get(graphId('transfer', connection, picking.id));
    if (shown === undefined) {
      differences.add(`stock.picking ${picking.name} is no transfer of the graph`);
      continue;
    }
    graph.delete(shown.id);
    const product = ([id]: [number, string]) => (world.products.includes(id) ? graphId('product', connection, id) : null);
    // Of a move with lines its lines; of one without, what it is to move; of a cancelled one nothing.
    const carried = picking.move_ids.map((id) => moves.get(id)!).flatMap((move): Line[] => {
      if (move.move_line_ids.length > 0) return move.move_line_ids.map((id) => lines.get(id)!).map((line) => [product(line.product_id), line.quantity, line.product_uom_id[1], line.lot_id && line.lot_id[1] || null, line.result_package_id && line.result_package_id[1] || null]);
      return move.state === 'cancel' && picking.state !== 'cancel' ? [] : [[product(move.product_id), move.product_uom_qty, move.product_uom[1], null, null]];
    });
    const packages = new Set(picking.move_ids.flatMap((id) => moves.get(id)!.move_line_ids).map((id) => lines.get(id)!.result_package_id).filter((each) => each !== false).map((each) => each[0]));
    const transfer = (other: Many2one) => (other === false ? null : graphId('transfer', connection, other[0]));
    const party = picking.partner_id === false ? false : entities.get(picking.partner_id[0])!;
    const isPartner = (id: number) => world.partners.includes(id);
    differences.compare(`stock.picking ${picking.name}`, {
      reference: picking.name, direction: picking.picking_type_code === 'dropship' ? 'OUTGOING' : picking.picking_type_code.toUpperCase(), state: picking.state,
      carrier: picking.carrier_id === false ? null : picking.carrier_id[1], trackingNumbers: picking.carrier_tracking_ref === false ? [] : picking.carrier_tracking_ref.split(','),
      scheduledAt: instant(picking.scheduled_date), deadlineAt: instant(picking.date_deadline), doneAt: instant(picking.date_done),
      weight: picking.weight === 0 ? null : { amount: rounded(picking.weight), unit: picking.weight_uom_name }, packageCount: packages.size, release: releaseOf(picking),
      lines: carried, party: reference('party', connection, party, isPartner, shown.party), shipTo: reference('party', connection, picking.partner_id, isPartner, shown.shipTo),
      order: picking.sale_id !== false ? graphId('order', connection, picking.sale_id[0]) : picking.purchase_id !== false ? graphId('order', connection, `purchase-${picking.purchase_id[0]}`) : null,
      backorderOf: transfer(picking.backorder_id), returnOf: transfer(picking.return_id),
    }, {
      ...shown, weight: numbers(shown['weight']), lines: shown.lines.nodes.map((line): Line => [line.product?.id ?? null, Number(line.quantity), line.unit, line.lot, line.package]),
      party: shown.party?.id, shipTo: shown.shipTo?.id, order: shown.order?.id, backorderOf: shown.backorderOf?.id, returnOf: shown.returnOf?.id,
    });
  }
  for (const { reference: name } of graph.values()) differences.add(`transfer ${name as string} is in the graph and not in Odoo`);
}
