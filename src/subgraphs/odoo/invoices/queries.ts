import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import type { FieldsRead } from '../../../lib/fields-read.js';
import { cursorPatterns, decodeCursor, textPattern } from '../../shared/pages.js';
import { invoiceFields, type InvoiceRow } from './rows.js';
import type { InvoiceFilter } from './types.js';

/** Of rows that the caller says. */
export function selectInvoices(db: Reader['db'], fields: FieldsRead) {
  return db.selectFrom('invoice').select(invoiceFields.of(fields).names as never).$castTo<InvoiceRow>();
}

/** By reference, last first; one row more than `first` where there is a next page. `after` is a cursor of reference and id. */
export function invoicesQuery({ db }: Reader, first: number, after: string | null | undefined, filter: InvoiceFilter, fields?: FieldsRead) {
  let query = selectInvoices(db, fields).where('deleted', '=', false).orderBy('reference', 'desc').orderBy('invoice.id', 'desc').limit(first + 1);
  if (after != null) {
    const [reference, id] = decodeCursor(after, [textPattern, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(reference, invoice.id) < (${reference}, ${id}::uuid)`);
  }
  if (filter.state != null) query = query.where('state', 'in', filter.state.length > 0 ? filter.state : ['']);
  if (filter.paymentState != null) query = query.where('payment_state', 'in', filter.paymentState.length > 0 ? filter.paymentState : ['']);
  if (filter.reference != null) query = query.where('reference', '=', filter.reference.trim());
  if (filter.orderReference != null) query = query.where(sql<boolean>`order_references @> array[${filter.orderReference.trim()}]::text[]`);
  return query;
}
