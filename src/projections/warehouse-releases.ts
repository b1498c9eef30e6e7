import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { WarehouseReleaseTable } from '../db/schema.js';
import type { Release } from '../model/facts.js';

/** A transfer with all that an order to a warehouse is made of. */
export interface ReleasableTransfer {
  subject: string;
  /** The Odoo connection, and Odoo's id of the transfer. */
  connection: string;
  company: string;
  shipment_id: string;
  direction: string;
  state: string;
  deleted: boolean;
  reference: string;
  carrier: string | null;
  scheduled_at: string | null;
  promised_at: string | null;
  release: Release | null;
  lines: Array<{ id: string; productId: string | null; quantity: string; unit: string; lot?: string }>;
  order_name: string | null;
  customer_reference: string | null;
  party_id: string | null;
  party_name: string | null;
  address: { city: string | null; region: string | null; postalCode: string | null; country: string | null } | null;
  personal_data_id: string | null;
  sealed: string | null;
  correlation_id: string | null;
}

export type ReleaseRow = Pick<WarehouseReleaseTable, 'connection' | 'transfer' | 'shipment_id' | 'company' | 'order_key' | 'state' | 'revision' | 'digest' | 'problem' | 'command_id' | 'released_at' | 'due_at' | 'overdue' | 'updated_at'>;

/** Transfers of these companies that stand for these shipments, and those of which a warehouse was told under them. */
export async function releasableTransfers(tx: Transaction, shipmentIds: readonly string[], companies: readonly string[]): Promise<ReleasableTransfer[]> {
  if (shipmentIds.length === 0 || companies.length === 0) return [];
  const ids = [...shipmentIds];
  const { rows } = await sql<ReleasableTransfer>`
    with wanted as (
      select 'transfer:' || substr(r.subject, length('odoo.delivery:') + 1) as subject, r.shipment_id from reference r where r.shipment_id = any(${ids}::uuid[]) and r.kind = 'odoo.delivery'
      union select transfer, shipment_id from warehouse_release where shipment_id = any(${ids}::uuid[])
    )
    select distinct on (t.subject) t.subject, t.connection, t.company, w.shipment_id, t.direction, t.state, t.deleted, t.reference, t.carrier, t.scheduled_at, t.deadline_at as promised_at, t.release, t.lines,
      o.reference as order_name, o.customer_reference, p.id as party_id, p.name as party_name, p.address, p.personal_data_id, p.sealed,
      (select e.correlation_id from event e where e.subject = t.subject order by e.position desc limit 1) as correlation_id
    from wanted w join transfer t on t.subject = w.subject left join sales_order o on o.id = t.order_id left join party p on p.id = t.ship_to_id
    where t.company = any(${[...companies]}::text[]) and t.direction <> 'INTERNAL' order by t.subject, w.shipment_id`.execute(tx);
  return rows;
}

/** What warehouses were told of these transfers; locks it until the transaction ends. */
export async function releasesOf(tx: Transaction, transfers: readonly string[]): Promise<ReleaseRow[]> {
  if (transfers.length === 0) return [];
  return tx.selectFrom('warehouse_release').selectAll().where('transfer', '=', sql<string>`any(${[...transfers]}::text[])`).orderBy('transfer').orderBy('connection').forUpdate().execute();
}

export async function keepReleases(tx: Transaction, rows: readonly ReleaseRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into warehouse_release (connection, transfer, shipment_id, company, order_key, state, revision, digest, problem, command_id, released_at, due_at, overdue, updated_at)
    select connection, transfer, shipment_id, company, order_key, state, revision, digest, problem, command_id, released_at, due_at, overdue, updated_at from json_populate_recordset(null::warehouse_release, ${JSON.stringify(rows)}::json)
    on conflict (connection, transfer) do update set shipment_id = excluded.shipment_id, company = excluded.company, order_key = excluded.order_key, state = excluded.state, revision = excluded.revision, digest = excluded.digest,
      problem = excluded.problem, command_id = excluded.command_id, released_at = excluded.released_at, due_at = excluded.due_at, overdue = excluded.overdue, updated_at = excluded.updated_at`.execute(tx);
}

/** The warehouse has said something of the order, or its system that the interchange was taken (X12 997). */
const isAcknowledged = sql<boolean>`(
  exists (select 1 from warehouse_order o where o.connection = r.connection and o.order_key = r.order_key and not o.deleted and o.state <> 'RELEASED')
  or exists (select 1 from interchange i join interchange_answer a on a.interchange_id = i.id where i.command_id = r.command_id and '997' = any(a.kinds) and a.state <> 'REJECTED'))`;

/** Notices releases that no warehouse acknowledged in time, and those that were acknowledged since. @returns shipments of them */
export async function noticeOverdue(tx: Transaction, now: string): Promise<string[]> {
  const { rows } = await sql<{ shipment_id: string }>`
    update warehouse_release r set overdue = not r.overdue
    where r.state = 'RELEASED' and ((not r.overdue and r.due_at < ${now}::timestamptz and not ${isAcknowledged}) or (r.overdue and ${isAcknowledged})) returning r.shipment_id`.execute(tx);
  return rows.map((row) => row.shipment_id);
}

/** Shipments of releases that were blocked and have not been looked at for a minute: what blocks them changes no shipment. */
export async function blockedReleases(tx: Transaction, limit: number): Promise<string[]> {
  const { rows } = await sql<{ shipment_id: string }>`
    update warehouse_release set updated_at = now() where (connection, transfer) in (select connection, transfer from warehouse_release where state = 'BLOCKED' order by updated_at limit ${limit} for update skip locked)
    returning shipment_id`.execute(tx);
  return rows.map((row) => row.shipment_id);
}
