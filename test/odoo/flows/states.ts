import type { OdooRpc } from '../rpc.js';
import type { StatesById } from './transitions.js';

/** Fields whose change is a transition, by model, as far as the version has them. */
export const transitionFields: Readonly<Record<string, readonly string[]>> = {
  'sale.order': ['state', 'delivery_status', 'invoice_status'],
  'purchase.order': ['state', 'receipt_status', 'invoice_status'],
  'stock.picking': ['state'],
  'account.move': ['state', 'payment_state'],
};

/** Those fields of every document, as Odoo answers them. */
export async function statesOf(rpc: OdooRpc): Promise<StatesById> {
  const found: StatesById = new Map();
  for (const [model, fields] of Object.entries(transitionFields)) {
    const domain = model === 'account.move' ? [['move_type', '!=', 'entry']] : [];
    for (const { id, ...states } of await rpc.search<{ id: number } & Record<string, string | false>>(model, domain, fields)) found.set(`${model},${id}`, states as Record<string, string | false>);
  }
  return found;
}
