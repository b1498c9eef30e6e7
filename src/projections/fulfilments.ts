import { sql } from 'kysely';
import type { Queryable } from '../db/database.js';
import { fulfilmentOf, type AskedProduct, type Fulfilment } from '../model/fulfilment.js';
import { normalizeReferenceValue } from '../model/references.js';
import type { ConfirmedLine, ConfirmedPackage, HandlingRemark } from '../model/warehouse.js';

/** A transfer of Odoo with what warehouses were told and stated of it. */
export interface TransferFulfilment {
  shipmentId: string;
  /** Subject of the transfer: `transfer:erp:42`. */
  transfer: string;
  name: string;
  direction: string;
  state: string;
  fulfilment: Fulfilment;
  confirmations: ConfirmationRow[];
  /** Of all of them. */
  remarks: HandlingRemark[];
  /** What was sent, where something was. */
  release: { state: string; problem: string | null; overdue: boolean } | null;
  /** State of the order at the warehouse, where it has stated one. */
  orderState: string | null;
}

export interface ConfirmationRow {
  id: string;
  shipment_id: string;
  order_key: string;
  isFinal: boolean;
  carrier: string | null;
  lines: ConfirmedLine[];
  packages: ConfirmedPackage[];
  /** Who confirmed it. */
  connection: string;
  remarks: HandlingRemark[];
}

interface TransferRow { shipment_id: string; subject: string; reference: string; direction: string; state: string; lines: Array<{ productId: string | null; quantity: string; unit: string }> }
interface OrderRow { shipment_id: string; order_key: string; state: string }
interface ReleaseRow { transfer: string; state: string; problem: string | null; overdue: boolean }

/** Of these shipments, the transfers that a warehouse was told of or spoke of. One small statement where none was. */
export async function fulfilmentsOf(db: Queryable, shipmentIds: readonly string[]): Promise<TransferFulfilment[]> {
  const known = await handledBy(db, shipmentIds);
  if (known.length === 0) return [];
  const ids = sql<string>`${known}::uuid[]`;
  const [transfers, confirmations, orders, releases] = await Promise.all([
    sql<TransferRow>`
      select r.shipment_id, t.subject, t.reference, t.direction, t.state, t.lines from reference r join transfer t on t.subject = 'transfer:' || substr(r.subject, length('odoo.delivery:') + 1)
      where r.shipment_id = any(${ids}) and r.kind = 'odoo.delivery' and not t.deleted and t.direction <> 'INTERNAL' order by t.subject`.execute(db),
    sql<ConfirmationRow>`
      select c.id, x.shipment_id, c.order_key, c.is_final as "isFinal", c.carrier, c.lines, c.packages, c.connection, c.remarks from warehouse_shipment x join warehouse_confirmation c on c.id = x.record_id
      where x.shipment_id = any(${ids}) and not c.deleted order by c.id`.execute(db),
    sql<OrderRow>`
      select x.shipment_id, o.order_key, o.state from warehouse_shipment x join warehouse_order o on o.id = x.record_id
      where x.shipment_id = any(${ids}) and not o.deleted order by o.updated_at, o.id`.execute(db),
    sql<ReleaseRow>`select transfer, state, problem, overdue from warehouse_release where shipment_id = any(${ids}) order by updated_at, connection`.execute(db),
  ]);
  const products = await productsOf(db, transfers.rows.flatMap((row) => row.lines.flatMap((line) => line.productId ?? [])));
  return transfers.rows.map((row): TransferFulfilment => {
    const key = normalizeReferenceValue(row.reference);
    const own = confirmations.rows.filter((each) => each.shipment_id === row.shipment_id && each.order_key === key);
    const asked = row.lines.flatMap(({ productId, quantity, unit }): AskedProduct[] => {
      const product = products.get(productId ?? '');
      return product === undefined ? [] : [{ ...product, quantity, unit }];
    });
    const release = releases.rows.findLast((each) => each.transfer === row.subject) ?? null;
    return {
      shipmentId: row.shipment_id, transfer: row.subject, name: row.reference, direction: row.direction, state: row.state, fulfilment: fulfilmentOf(asked, own), confirmations: own, remarks: own.flatMap((each) => each.remarks),
      release, orderState: orders.rows.findLast((each) => each.shipment_id === row.shipment_id && each.order_key === key)?.state ?? null,
    };
  });
}

/** Those of which a warehouse was told, or of which one spoke. */
async function handledBy(db: Queryable, shipmentIds: readonly string[]): Promise<string[]> {
  if (shipmentIds.length === 0) return [];
  const ids = [...shipmentIds];
  const { rows } = await sql<{ shipment_id: string }>`
    select shipment_id from warehouse_shipment where shipment_id = any(${ids}::uuid[]) union select shipment_id from warehouse_release where shipment_id = any(${ids}::uuid[])`.execute(db);
  return rows.map((row) => row.shipment_id);
}

/** What Odoo calls these products, by our ids of them. */
export async function productsOf(db: Queryable, ids: readonly string[]): Promise<Map<string, Pick<AskedProduct, 'productId' | 'sku' | 'barcode'> & { name: string }>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('product').select(['id', 'subject', 'sku', 'barcode', 'name']).where('id', '=', sql<string>`any(${[...new Set(ids)]}::uuid[])`).execute();
  return new Map(rows.map((row) => [row.id, { productId: row.subject.split(':').slice(2).join(':'), sku: row.sku, barcode: row.barcode, name: row.name }]));
}
