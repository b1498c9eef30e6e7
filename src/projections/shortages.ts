import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import { sha256 } from '../lib/ids.js';
import { canonicalJson } from '../lib/json.js';
import type { TransferFulfilment } from './fulfilments.js';

/** A shortage older than this is looked at no more by itself. */
const oldestMs = 7 * 86_400_000;

/**
 * Notes since when what was confirmed of each of these transfers is short as it is now: a confirmation that comes later
 * begins it anew.
 * @returns milliseconds, by subject of the transfer; none of those that are not short
 */
export async function noteShortages(tx: Transaction, fulfilments: readonly TransferFulfilment[], nowMs: number): Promise<Map<string, number>> {
  if (fulfilments.length === 0) return new Map();
  const now = new Date(nowMs).toISOString();
  const short = fulfilments.filter((each) => each.fulfilment.state === 'SHORT' && each.state !== 'done' && each.state !== 'cancel');
  const over = fulfilments.filter((each) => !short.includes(each)).map((each) => each.transfer);
  if (over.length > 0) await tx.deleteFrom('warehouse_shortage').where('transfer', '=', sql<string>`any(${over}::text[])`).execute();
  if (short.length === 0) return new Map();
  const rows = short.map((each) => ({ transfer: each.transfer, shipment_id: each.shipmentId, digest: sha256(canonicalJson([each.fulfilment, each.confirmations.map(({ id }) => id)])).slice(0, 32) }));
  const { rows: kept } = await sql<{ transfer: string; since: string }>`
    insert into warehouse_shortage as s (transfer, shipment_id, digest, since, looked_at)
    select transfer, shipment_id, digest, ${now}::timestamptz, ${now}::timestamptz from json_populate_recordset(null::warehouse_shortage, ${JSON.stringify(rows)}::json)
    on conflict (transfer) do update set shipment_id = excluded.shipment_id, since = case when s.digest = excluded.digest then s.since else excluded.since end, digest = excluded.digest
    returning transfer, since`.execute(tx);
  return new Map(kept.map(({ transfer, since }) => [transfer, Math.max(0, nowMs - Date.parse(since))]));
}

/** Shipments of shortages that still stand, those first that were not looked at for longest: time alone settles them. */
export async function standingShortages(tx: Transaction, nowMs: number, limit: number): Promise<string[]> {
  const at = (ms: number) => new Date(ms).toISOString();
  const { rows } = await sql<{ shipment_id: string }>`
    update warehouse_shortage set looked_at = ${at(nowMs)}::timestamptz
    where transfer in (select transfer from warehouse_shortage where since > ${at(nowMs - oldestMs)}::timestamptz order by looked_at limit ${limit} for update skip locked) returning shipment_id`.execute(tx);
  return rows.map((row) => row.shipment_id);
}
