import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import { anyOf } from '../../shared/any-of.js';
import { listBelow, pageLoader } from '../../shared/page-loader.js';
import { cursorPatterns, decodeCursor, encodeCursor } from '../../shared/pages.js';
import { rowLoader, rowsByKey } from '../../shared/row-loader.js';
import { palletFields, palletOf, reportFields, reportOf } from './rows.js';
import type { PalletReportType } from './types.js';

const pallets = rowsByKey({ columns: palletFields, from: (db) => db.selectFrom('pallet'), key: 'pallet.id' });

/** In time order. */
const reportsOfPallets = listBelow<PalletReportType>({
  columns: reportFields,
  from: (db) => db.selectFrom('pallet_report'),
  parent: 'pallet_report.pallet_id',
  order: {
    columns: [['pallet_report.at', 'timestamptz'], ['pallet_report.id', 'uuid']],
    cursorOf: ({ at, uuid }) => encodeCursor(at, uuid),
    decode: (cursor) => decodeCursor(cursor, [cursorPatterns.instant, cursorPatterns.uuid]),
  },
});

/** The first that each report leads to. */
function first(rows: ReadonlyArray<{ report: string; found: string }>, ids: readonly string[]): Array<string | null> {
  const byReport = new Map<string, string>();
  for (const { report, found } of rows) if (!byReport.has(report)) byReport.set(report, found);
  return ids.map((id) => byReport.get(id) ?? null);
}

/** One statement per kind and level, of a shipment two. Everything is read as the principal. */
export function palletLoaders(reader: Reader) {
  const { db } = reader;
  return {
    pallet: rowLoader(reader, pallets, palletOf),
    reportsOfPallet: pageLoader(reader, reportsOfPallets, reportOf),
    /** Gives an id back where the product is visible. */
    product: new DataLoader<string, string | null>(async (ids) => {
      const seen = new Set((await db.selectFrom('product').select('product.id').where('product.id', '=', anyOf(ids)).where('deleted', '=', false).execute()).map(({ id }) => id));
      return ids.map((id) => (seen.has(id) ? id : null));
    }),
    /** Of a report its transfer: the one that says it, else the one whose name the order or receipt has, as the partner writes it or in the form in which names are compared. */
    transferOfReport: new DataLoader<string, string | null>(async (ids) => {
      const rows = await db.selectFrom('pallet_report').innerJoin('transfer', (join) => join.on('transfer.reference', '=', sql<string>`any(array[pallet_report.reference, pallet_report.reference_key])`).onRef('transfer.company', '=', 'pallet_report.company')).where('transfer.deleted', '=', false)
        .where((where) => where.or([where('pallet_report.record_kind', '=', 'warehouse_confirmation'), where('transfer.id', '=', where.ref('pallet_report.record_id'))]))
        .select(['pallet_report.id as report', 'transfer.id as found']).where('pallet_report.id', '=', anyOf(ids)).orderBy('transfer.id').execute();
      return first(rows, ids);
    }),
    shipmentOfReport: new DataLoader<string, string | null>(async (ids) => {
      const [handled, moved] = await Promise.all([
        db.selectFrom('pallet_report').innerJoin('warehouse_shipment', 'warehouse_shipment.record_id', 'pallet_report.record_id').select(['pallet_report.id as report', 'warehouse_shipment.shipment_id as found']).where('pallet_report.id', '=', anyOf(ids)).orderBy('shipment_id').execute(),
        db.selectFrom('pallet_report').innerJoin('transfer', 'transfer.id', 'pallet_report.record_id').innerJoin('reference', (join) => join.on('reference.subject', '=', sql<string>`'odoo.delivery:' || substr(transfer.subject, length('transfer:') + 1)`))
          .select(['pallet_report.id as report', 'reference.shipment_id as found']).where('reference.shipment_id', 'is not', null).$narrowType<{ found: string }>().where('pallet_report.id', '=', anyOf(ids)).execute(),
      ]);
      return first([...handled, ...moved], ids);
    }),
  };
}
