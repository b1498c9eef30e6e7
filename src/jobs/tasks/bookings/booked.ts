import { sql, type RawBuilder } from 'kysely';
import { GatehouseError } from '../../../lib/errors.js';
import type { Queryable, Transaction } from '../../engine.js';
import type { Asker } from './accept.js';

/**
 * Refuses a booking of what is booked already, or is about to be. Two that come at the same moment are told apart: the second
 * waits for the first. What was asked for before under the same key is not refused: it is the same booking.
 * @param of the shipment, where it is known, and the first name under which it is booked
 * @throws GatehouseError ALREADY_BOOKED
 */
export async function refuseSecondBooking(tx: Transaction, { shipmentId, subject }: { shipmentId: string | null; subject: string }, { company, requestedBy, idempotencyKey }: Pick<Asker, 'company' | 'requestedBy' | 'idempotencyKey'>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`book:${company}:${shipmentId ?? subject}`}, 0))`.execute(tx);
  if (await isKnown(tx, { requestedBy, idempotencyKey })) return;
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
