import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import { anyOf } from '../../shared/any-of.js';
import { byReference, listBelow, pageLoader } from '../../shared/page-loader.js';
import { rowLoader, rowsByKey } from '../../shared/row-loader.js';
import { transferFields, transferOf } from './rows.js';
import type { TransferLine } from './types.js';

const order = byReference('transfer');
const transfers = rowsByKey({ columns: transferFields, from: (db) => db.selectFrom('transfer').where('deleted', '=', false), key: 'transfer.id' });
const transfersOfOrders = listBelow({ columns: transferFields, from: (db) => db.selectFrom('transfer').where('deleted', '=', false), parent: 'transfer.order_id', order });
const transfersOfShipments = listBelow({
  columns: transferFields,
  from: (db) => db
    .selectFrom('reference')
    .innerJoin('transfer', (join) => join.on('transfer.subject', '=', sql<string>`'transfer:' || reference.issuer || ':' || reference.value`))
    .where('reference.kind', '=', 'odoo.delivery')
    .where('transfer.deleted', '=', false),
  parent: 'reference.shipment_id',
  order,
});

/** One statement per kind and level. Everything is read as the principal. */
export function transferLoaders(reader: Reader) {
  return {
    transfer: rowLoader(reader, transfers, transferOf),
    /** All lines of a transfer, which are one value of its row. */
    lines: new DataLoader<string, TransferLine[]>(async (ids) => {
      const rows = await reader.db.selectFrom('transfer').select(['transfer.id', 'lines']).where('transfer.id', '=', anyOf(ids)).execute();
      const byId = new Map(rows.map((row) => [row.id, row.lines as unknown as TransferLine[]]));
      return ids.map((id) => byId.get(id) ?? []);
    }),
    transfersOfOrder: pageLoader(reader, transfersOfOrders, transferOf),
    transfersOfShipment: pageLoader(reader, transfersOfShipments, transferOf),
  };
}
