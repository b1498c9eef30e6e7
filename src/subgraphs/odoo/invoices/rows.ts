import type { Selectable } from 'kysely';
import type { InvoiceTable } from '../../../db/schema.js';
import { globalId } from '../../../lib/ids.js';
import { FieldColumns } from '../../shared/columns.js';
import type { Money } from '../measures.js';
import type { Invoice } from './types.js';

export const invoiceFields = new FieldColumns('invoice', ['id', 'reference'], {
  state: ['state'], paymentState: ['payment_state'], total: ['total'], residual: ['residual'], invoicedAt: ['invoiced_at'], dueAt: ['due_at'], orderReferences: ['order_references'], updatedAt: ['updated_at'],
  party: ['party_id'],
});
export type InvoiceRow = Selectable<InvoiceTable>;

export function invoiceOf(row: InvoiceRow): Invoice {
  return {
    id: globalId('Invoice', row.id), uuid: row.id, reference: row.reference, state: row.state, paymentState: row.payment_state, total: row.total as unknown as Money, residual: row.residual as unknown as Money,
    invoicedAt: row.invoiced_at, dueAt: row.due_at, orderReferences: row.order_references, updatedAt: row.updated_at, partyId: row.party_id,
  };
}
