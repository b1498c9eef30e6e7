import { instant, money, numbers, type Differences } from './differences.js';
import { allById, graphId, reference } from './graph.js';
import type { Many2one, World } from './world.js';

interface Move {
  id: number;
  name: string | false;
  state: string;
  payment_state: string;
  commercial_partner_id: Many2one;
  company_id: Many2one;
  invoice_origin: string | false;
  invoice_date: string | false;
  invoice_date_due: string | false;
  amount_total: number;
  amount_residual: number;
  currency_id: Many2one;
}
const moveFields = ['name', 'state', 'payment_state', 'commercial_partner_id', 'company_id', 'invoice_origin', 'invoice_date', 'invoice_date_due', 'amount_total', 'amount_residual', 'currency_id'];

interface GraphInvoice {
  id: string;
  party: { id: string } | null;
  orders: { nodes: Array<{ reference: string }> };
  [field: string]: unknown;
}
const selection = 'id reference state paymentState total { amount currency } residual { amount currency } invoicedAt dueAt orderReferences party { id } orders(first: 20) { nodes { reference } }';

/** Compares every invoice with what the graph says of it, and the orders that it bills with those of which Odoo says so. */
export async function compareInvoices(world: World, differences: Differences): Promise<void> {
  const graph = await allById<GraphInvoice>(world, 'invoices', selection);
  const orders = (await Promise.all(['sale.order', 'purchase.order'].map((model) => world.rpc.search<{ id: number; name: string; invoice_ids: number[] }>(model, [], ['name', 'invoice_ids'])))).flat();
  for (const move of await world.rpc.search<Move>('account.move', [['move_type', '!=', 'entry']], moveFields)) {
    const connection = world.connectionOf(move.company_id)!;
    const shown = graph.get(graphId('invoice', connection, move.id));
    if (shown === undefined) {
      differences.add(`account.move ${move.name || move.id} is no invoice of the graph`);
      continue;
    }
    graph.delete(shown.id);
    differences.compare(`account.move ${move.name || move.id}`, {
      reference: move.name || '/', state: move.state, paymentState: move.payment_state, total: money(move.amount_total, move.currency_id), residual: money(move.amount_residual, move.currency_id),
      invoicedAt: instant(move.invoice_date), dueAt: instant(move.invoice_date_due), orderReferences: move.invoice_origin === false ? [] : move.invoice_origin.split(', '),
      party: reference('party', connection, move.commercial_partner_id, (id) => world.partners.includes(id), shown.party), orders: orders.filter((order) => order.invoice_ids.includes(move.id)).map((order) => order.name).sort(),
    }, { ...shown, total: numbers(shown['total']), residual: numbers(shown['residual']), party: shown.party?.id, orders: shown.orders.nodes.map((order) => order.reference) });
  }
  for (const { reference: name } of graph.values()) differences.add(`invoice ${name as string} is in the graph and not in Odoo`);
}
