import { sql } from 'kysely';
import type { Queryable } from '../db/database.js';
import { ourConnection } from '../model/our-connection.js';
import { progressOf, type HandledProduct, type HandledTransfer, type ProgressLine } from '../model/yard/handling.js';
import type { HandlingCount } from '../model/yard/records.js';
import { productsOf } from './fulfilments.js';

interface TransferRow {
  shipment_id: string;
  subject: string;
  reference: string;
  lines: Array<{ productId: string | null; quantity: string; unit: string }>;
}

/** What was counted of the transfers of these shipments, by the subject of the transfer. One small statement where nothing was. */
export async function progressOfTransfers(db: Queryable, shipmentIds: readonly string[]): Promise<Map<string, ProgressLine[]>> {
  const { rows: visits } = await sql<{ id: string; shipment_id: string; counts: HandlingCount[] }>`
    select v.id, x.shipment_id, v.counts from visit_shipment x join visit v on v.id = x.visit_id
    where x.shipment_id = any(${[...shipmentIds]}::uuid[]) and not v.deleted and v.state <> 'CANCELLED' and v.counts <> '[]' order by v.id`.execute(db);
  if (visits.length === 0) return new Map();
  const counted = new Map<string, Array<{ transfer: HandledTransfer; counts: HandlingCount[] }>>();
  for (const { visit, subject, transfer } of await transfersOfVisits(db, [...new Set(visits.map((row) => row.id))])) {
    const own = visits.find((row) => row.id === visit)!;
    counted.set(subject, [...(counted.get(subject) ?? []), { transfer, counts: own.counts }]);
  }
  return new Map([...counted].map(([subject, all]) => {
    // Of several trucks each count is of this transfer, or of none of theirs.
    const counts = all.flatMap(({ transfer, counts: own }) => own.filter(({ reference }) => reference !== undefined || transfer.isOnly).map((count) => ({ ...count, reference: count.reference ?? transfer.name })));
    return [subject, progressOf({ ...all[0]!.transfer, isOnly: false }, counts)];
  }));
}

/** A transfer that a visit is for. */
export interface TransferOfVisit {
  visit: string;
  shipment: string;
  subject: string;
  direction: string;
  state: string;
  transfer: HandledTransfer;
}

/** The transfers that each of these visits is for: those of the direction in which goods go there, where that is known. */
export async function transfersOfVisits(db: Queryable, visitIds: readonly string[]): Promise<TransferOfVisit[]> {
  const { rows } = await sql<TransferRow & { visit: string; direction: string; state: string; way: string | null }>`
    select x.visit_id as visit, x.shipment_id, t.subject, t.reference, t.direction, t.state, t.lines, coalesce(v.direction, a.direction) as way
    from visit_shipment x join visit v on v.id = x.visit_id left join appointment a on a.id = v.appointment_id
    join reference r on r.shipment_id = x.shipment_id and r.kind = 'odoo.delivery' join transfer t on t.subject = 'transfer:' || substr(r.subject, length('odoo.delivery:') + 1)
    where x.visit_id = any(${[...visitIds]}::uuid[]) and not t.deleted and t.direction in ('INCOMING', 'OUTGOING') and (v.connection <> ${ourConnection} or t.company = v.company) order by t.subject`.execute(db);
  const fitting = rows.filter(({ way, direction }) => way === null || way === 'UNKNOWN' || (way === 'INBOUND') === (direction === 'INCOMING'));
  const products = await productsOf(db, fitting.flatMap((row) => row.lines.flatMap((line) => line.productId ?? [])));
  return fitting.map(({ visit, shipment_id: shipment, subject, reference, direction, state, lines }) => ({
    visit, shipment, subject, direction, state,
    transfer: {
      name: reference, isOnly: fitting.filter((row) => row.visit === visit).length === 1,
      asked: lines.flatMap(({ productId, quantity, unit }): HandledProduct[] => {
        const product = products.get(productId ?? '');
        return product === undefined ? [] : [{ ...product, id: productId!, quantity, unit }];
      }),
    },
  }));
}
