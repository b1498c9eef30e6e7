import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { LogEvent } from '../events/event.js';
import type { Reference } from '../model/references.js';
import { writeMentions, type Mention } from './mentions.js';
import { recordsOf } from './record-ids.js';

const kinds = ['warehouse_order', 'warehouse_confirmation', 'ship_notice'] as const;

/** Ids of the orders and confirmations that events speak of, once the names in their newest versions are written down. */
export async function mentionsOfWarehouses(tx: Transaction, events: readonly LogEvent[]): Promise<string[]> {
  const found: string[] = [];
  for (const kind of kinds) {
    const ids = recordsOf(events, kind);
    if (ids.length === 0) continue;
    await writeMentions(tx, ids, await namesIn(tx, kind, ids));
    found.push(...ids);
  }
  return found;
}

/** Shipments of these orders and confirmations, as they are linked now: what they state decides on exceptions and on what Odoo is told. */
export async function shipmentsOfWarehouses(tx: Transaction, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await tx.selectFrom('warehouse_shipment').select('shipment_id').distinct().where('record_id', '=', sql<string>`any(${[...ids]}::uuid[])`).execute();
  return rows.map((row) => row.shipment_id);
}

async function namesIn(tx: Transaction, table: (typeof kinds)[number], ids: readonly string[]): Promise<Mention[]> {
  const rows = await tx.selectFrom(table).select(['id', 'names']).where('id', '=', sql<string>`any(${[...ids]}::uuid[])`).where('deleted', '=', false).execute();
  return rows.flatMap((row) => (row.names as unknown as Reference[]).map((name): Mention => ({ ...name, record_kind: table, record_id: row.id, stop: 0, action: 'HANDLE' })));
}
