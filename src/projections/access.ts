import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';

/** Who may see a record: the keys that hold now. */
export interface AccessGrant {
  kind: 'shipment' | 'order' | 'transfer' | 'invoice' | 'load' | 'appointment' | 'visit' | 'yard_move' | 'trailer_stay' | 'vehicle' | 'tender_offer';
  recordId: string;
  keys: readonly string[];
}

/**
 * Who loses a right and gets it back meets the milestones again, behind every cursor held by then: better twice than
 * never. So does who holds several keys, of which one takes the place of another.
 */
async function forgetFeed(tx: Transaction, lost: ReadonlyArray<{ key: string; record_id: string }>): Promise<void> {
  await sql`
    delete from feed f using unnest(${lost.map((r) => r.key)}::text[], ${lost.map((r) => r.record_id)}::uuid[]) as x(key, record_id), milestone m
    where m.shipment_id = x.record_id and f.milestone_id = m.id and f.key = x.key
  `.execute(tx);
}

/**
 * Milestones that went to another shipment are no longer in the feed of those who do not see that one.
 * Rows that tell of the change of a shipment too go on telling of that.
 */
export async function forgetMoved(tx: Transaction, milestoneIds: readonly string[]): Promise<void> {
  if (milestoneIds.length === 0) return;
  const unseen = sql`
    f.milestone_id = any(${[...milestoneIds]}::uuid[]) and m.id = f.milestone_id and f.key <> 'all' and f.key not like 'company:%'
    and not exists (select 1 from record_access a where a.kind = 'shipment' and a.record_id = m.shipment_id and a.key = f.key)`;
  await sql`delete from feed f using milestone m where f.record_id is null and ${unseen}`.execute(tx);
  await sql`update feed f set milestone_id = null from milestone m where ${unseen}`.execute(tx);
}

/**
 * Makes the grants of these records exactly the given ones.
 * @returns the keys that were added, by record
 */
export async function projectAccess(tx: Transaction, grants: readonly AccessGrant[]): Promise<Map<string, string[]>> {
  if (grants.length === 0) return new Map();
  const current = await tx.selectFrom('record_access').select(['key', 'kind', 'record_id']).where('record_id', '=', sql<string>`any(${grants.map((grant) => grant.recordId)}::uuid[])`).execute();
  const held = new Set(current.map((row) => `${row.kind} ${row.record_id} ${row.key}`));
  const wanted = new Map(grants.flatMap((grant) => grant.keys.map((key) => [`${grant.kind} ${grant.recordId} ${key}`, { key, kind: grant.kind as string, record_id: grant.recordId }])));
  const added = [...wanted].filter(([name]) => !held.has(name)).map(([, row]) => row);
  const removed = current.filter((row) => !wanted.has(`${row.kind} ${row.record_id} ${row.key}`));
  if (added.length > 0) {
    await sql`insert into record_access (key, kind, record_id) select * from unnest(${added.map((r) => r.key)}::text[], ${added.map((r) => r.kind)}::text[], ${added.map((r) => r.record_id)}::uuid[]) on conflict do nothing`.execute(tx);
  }
  if (removed.length > 0) {
    await sql`delete from record_access a using unnest(${removed.map((r) => r.key)}::text[], ${removed.map((r) => r.kind)}::text[], ${removed.map((r) => r.record_id)}::uuid[]) as x(key, kind, record_id) where a.key = x.key and a.kind = x.kind and a.record_id = x.record_id`.execute(tx);
  }
  if (removed.length > 0) await forgetFeed(tx, removed.filter((row) => row.kind === 'shipment'));
  const keys = new Map<string, string[]>();
  for (const row of added) keys.set(row.record_id, [...(keys.get(row.record_id) ?? []), row.key]);
  return keys;
}
