import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import { normalizeReferenceValue } from '../model/references.js';
import type { ConfirmedLine, ConfirmedPackage } from '../model/warehouse.js';

/** A delivery of Odoo with all that its receiver is told of it. */
export interface DeliveredTransfer {
  subject: string;
  company: string;
  direction: string;
  reference: string;
  carrier: string | null;
  tracking_numbers: string[];
  done_at: string | null;
  lines: Array<{ id: string; productId: string | null; quantity: string; unit: string; lot?: string; package?: string }>;
  order_name: string | null;
  customer_reference: string | null;
  promised_at: string | null;
  party_name: string | null;
  address: { city: string | null; region: string | null; postalCode: string | null; country: string | null } | null;
  personal_data_id: string | null;
  sealed: string | null;
  shipment_id: string | null;
  confirmations: DeliveredConfirmation[];
}

/** What a warehouse confirmed of it, the earliest first. */
export interface DeliveredConfirmation {
  carrier: string | null;
  lines: ConfirmedLine[];
  packages: ConfirmedPackage[];
}

/** One transfer by our id of it; null where it is none, or deleted. */
export async function deliveredTransfer(tx: Transaction, id: string): Promise<DeliveredTransfer | null> {
  const { rows: [row] } = await sql<Omit<DeliveredTransfer, 'confirmations'>>`
    select t.subject, t.company, t.direction, t.reference, t.carrier, t.tracking_numbers, t.done_at, t.lines, o.reference as order_name, o.customer_reference, t.deadline_at as promised_at,
      p.name as party_name, p.address, p.personal_data_id, p.sealed, (select r.shipment_id from reference r where r.subject = 'odoo.delivery:' || substr(t.subject, length('transfer:') + 1)) as shipment_id
    from transfer t left join sales_order o on o.id = t.order_id left join party p on p.id = coalesce(t.ship_to_id, t.party_id) where t.id = ${id}::uuid and not t.deleted`.execute(tx);
  if (row === undefined) return null;
  const { rows: confirmations } = await sql<DeliveredConfirmation>`
    select carrier, lines, packages from warehouse_confirmation where company = ${row.company} and order_key = ${normalizeReferenceValue(row.reference)} and direction = 'OUTBOUND' and not deleted order by confirmed_at, id`.execute(tx);
  return { ...row, confirmations };
}

/** A delivery that a partner is to be told of. */
export interface DeliveryToTell {
  /** Our id of the transfer. */
  id: string;
  connection: string;
  company: string;
  /** As commands about it are written: `odoo.delivery:erp:42`. */
  subject: string;
  shipmentId: string;
  correlationId: string;
}

/** Days in which a notice is of use: what was done before, and what an initial load brings, is told to nobody. */
const noticeDays = 7;

/** Deliveries of these shipments that are done for these customers, and of which their partner was not told. */
export async function deliveriesToTell(tx: Transaction, shipmentIds: readonly string[], pairs: ReadonlyArray<{ connection: string; company: string; party: string }>, nowMs: number): Promise<DeliveryToTell[]> {
  if (shipmentIds.length === 0) return [];
  const { rows } = await sql<DeliveryToTell>`
    select t.id, x.connection, x.company, r.subject, r.shipment_id as "shipmentId", coalesce((select e.correlation_id from event e where e.subject = t.subject order by e.position desc limit 1), t.id) as "correlationId"
    from reference r join transfer t on t.subject = 'transfer:' || substr(r.subject, length('odoo.delivery:') + 1)
      join json_to_recordset(${JSON.stringify(pairs)}::json) as x(connection text, company text, party uuid) on x.party = t.party_id and x.company = t.company
    where r.shipment_id = any(${[...shipmentIds]}::uuid[]) and r.kind = 'odoo.delivery' and not t.deleted and t.direction = 'OUTGOING' and t.state = 'done' and t.return_of is null
      and t.done_at > ${new Date(nowMs - noticeDays * 86_400_000).toISOString()}::timestamptz
      and not exists (select from command c where c.subject = r.subject and c.kind = 'notice.send' and c.connection = x.connection and c.state <> 'DISCARDED')
    order by x.connection, r.subject`.execute(tx);
  return rows;
}
