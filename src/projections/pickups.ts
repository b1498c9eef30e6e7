import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { LogEvent } from '../events/event.js';
import { recordsOf } from './record-ids.js';

/**
 * Which bookings the pickups of a batch fetch, once their rows are written.
 * @returns shipments of these bookings: whoever looks at one is told that it changed
 */
export async function projectPickups(tx: Transaction, events: readonly LogEvent[]): Promise<string[]> {
  const ids = recordsOf(events, 'pickup');
  if (ids.length === 0) return [];
  const wanted = sql`any(${ids}::uuid[])`;
  await sql`delete from pickup_booking where pickup_id = ${wanted}`.execute(tx);
  await sql`
    insert into pickup_booking (pickup_id, booking_id, company)
    select p.id, b.id, p.company from pickup p cross join lateral (select distinct unnest(p.booking_ids) as id) b where p.id = ${wanted} and not p.deleted`.execute(tx);
  const { rows } = await sql<{ shipment_id: string }>`
    select distinct x.shipment_id from pickup_booking p join booking_shipment x on x.booking_id = p.booking_id where p.pickup_id = ${wanted}`.execute(tx);
  return rows.map((row) => row.shipment_id);
}
