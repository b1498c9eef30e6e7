import { sql, type RawBuilder } from 'kysely';
import { GatehouseError } from '../../../lib/errors.js';
import type { BookingInput } from '../../../model/commands.js';
import type { Queryable, Transaction } from '../../engine.js';
import { shipmentOf, subjectOf, type Asker } from './accept.js';

/** What is booked, by its names. */
export type Booked = Pick<BookingInput, 'references'> & { company: string };

/** Locks are taken per bucket, so that their number stays bounded. A power of two. */
const lockBuckets = 64;

/**
 * Nobody else books the same until this transaction ends. By all names that its shipment has: who links them at this moment
 * holds all of them, and who does not see that yet waits by the one that it has.
 */
export async function lockBooked(tx: Transaction, booked: readonly Booked[]): Promise<void> {
  if (booked.length === 0) return;
  const shipments = (await Promise.all(booked.map((each) => shipmentOf(tx, each, each.company)))).filter((id) => id !== null);
  // A name of a delivery is the same whoever gives it. In rising order, so that two transactions wait instead of deadlocking.
  await sql`
    select pg_advisory_xact_lock(hashtextextended('book:' || bucket, 0)) from (
      select distinct hashtextextended(name, 0) & ${sql.lit(lockBuckets - 1)} as bucket from (
        select unnest(${[...shipments, ...booked.flatMap(namesOf)]}::text[]) union all
        select kind || ':' || value from reference where shipment_id = any(${shipments}::uuid[])
      ) as named (name) order by 1
    ) as buckets`.execute(tx);
}

function namesOf({ references }: Booked): string[] {
  return references.length === 0 ? [''] : references.map(({ kind, value }) => `${kind}:${value}`);
}

/**
 * Refuses a booking of what is booked already, or is about to be. Two that come at the same moment are told apart: the second
 * waits for the first. What was asked for before under the same key is not refused: it is the same booking.
 * @throws GatehouseError ALREADY_BOOKED
 */
export async function refuseSecondBooking(tx: Transaction, booked: Booked, { requestedBy, idempotencyKey }: Pick<Asker, 'requestedBy' | 'idempotencyKey'>): Promise<void> {
  await lockBooked(tx, [booked]);
  if (await isKnown(tx, { requestedBy, idempotencyKey })) return;
  // Behind the lock: whoever was waited for may have linked it.
  const [shipmentId, subject, { company }] = [await shipmentOf(tx, booked, booked.company), subjectOf(booked), booked];
  const { rows } = await sql<{ standing: boolean }>`
    select exists (
      select from command c left join booking b on b.command_id = c.id and not b.deleted
      where (c.shipment_id = ${shipmentId}::uuid or c.subject = ${subject}) and c.company = ${company} and c.kind = 'shipment.book'
        and c.state in ('QUEUED', 'CALLING', 'WAITING', 'DONE', 'PARTIAL') and (b.id is null or b.state in ('BOOKED', 'PARTIAL')) and ${isNotCancelled(sql`c.order_key`)}
    ) or exists (
      select from booking_shipment x join booking b on b.id = x.booking_id
      where x.shipment_id = ${shipmentId}::uuid and b.state in ('BOOKED', 'PARTIAL') and not b.is_return and not b.deleted and ${isNotCancelled(sql`(select o.order_key from command o where o.id = b.command_id)`)}
    ) as standing`.execute(tx);
  if (rows[0]!.standing) throw new GatehouseError('ALREADY_BOOKED', undefined, { field: 'input.again' });
}

/** Nobody has asked the carrier to undo it. @param orderKey of the command that booked */
function isNotCancelled(orderKey: RawBuilder<unknown>) {
  return sql`not exists (select from command u where u.kind = 'booking.cancel' and u.order_key = ${orderKey} and u.state in ('QUEUED', 'CALLING', 'WAITING', 'DONE'))`;
}

/** Whether something was accepted under this key before. */
export async function isKnown(db: Queryable, { requestedBy, idempotencyKey }: Pick<Asker, 'requestedBy' | 'idempotencyKey'>): Promise<boolean> {
  return (await db.selectFrom('command').select('id').where('requested_by', '=', requestedBy).where('idempotency_key', '=', idempotencyKey).executeTakeFirst()) !== undefined;
}
