import { sql } from 'kysely';
import { connectorOf } from '../../../connectors/registry.js';
import { acceptCommands } from '../../../events/commands.js';
import { instant } from '../../../lib/clock.js';
import { uuidOfName } from '../../../lib/ids.js';
import { endedStatuses } from '../../../model/milestones.js';
import type { Reference } from '../../../model/references.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';

const dayMs = 86_400_000;
/** A carrier that says nothing for so long is asked: a webhook may have been lost, ms. */
const silentMs = dayMs;
/** Parcels older than this are not asked for any more, ms. */
const oldestMs = 45 * dayMs;
const batch = 200;

/** Carriers whose connection was removed, or has no effects, are asked nothing: one of them must not end the questions to all others. */
const isAsked = sql<boolean>`exists (select 1 from connection k where k.id = b.connection and k.disabled_at is null and not k.shadow)`;

interface PolledBooking {
  id: string;
  connection: string;
  company: string;
  names: Reference[];
  shipment_id: string;
}

/** One command for each booking that has numbers. @returns how many */
async function acceptPolls(tx: Transaction, bodies: TaskContext['bodies'], rows: readonly PolledBooking[], keyOf: (row: PolledBooking) => string, nowMs: number): Promise<number> {
  const asked = rows.flatMap((row) => {
    const references = row.names.filter((name) => name.kind === 'tracking');
    return references.length === 0 ? [] : [{ row, references, key: keyOf(row) }];
  });
  await acceptCommands(tx, bodies, asked.map(({ row, references, key }) => ({
    id: uuidOfName(key), kind: 'tracking.poll' as const, input: { references }, connection: row.connection, lane: 'REPORT' as const, company: row.company, requestedBy: 'gatehouse', idempotencyKey: key,
    subject: `shipment:${row.shipment_id}`, shipmentId: row.shipment_id, correlationId: uuidOfName(key), deadlineAt: instant(nowMs + dayMs),
  })));
  return asked.length;
}

/**
 * Asks where parcels are that we booked and of which nothing was heard for a day: one command a booking and day.
 * @returns how many it asked for
 */
export async function pollSilent({ database, bodies }: Pick<TaskContext, 'database' | 'bodies'>, nowMs = Date.now()): Promise<number> {
  const day = instant(nowMs).slice(0, 10);
  return database.transaction(async (tx) => {
    const { rows } = await sql<PolledBooking>`
      select distinct on (b.updated_at, b.id) b.id, b.connection, b.company, b.names, s.id as shipment_id
      from booking b join booking_shipment x on x.booking_id = b.id join shipment s on s.id = x.shipment_id
      where b.state in ('BOOKED', 'PARTIAL') and not b.deleted and ${isAsked} and b.updated_at between ${instant(nowMs - oldestMs)}::timestamptz and ${instant(nowMs - silentMs)}::timestamptz
        and jsonb_path_exists(b.names, '$[*] ? (@.kind == "tracking")') and s.updated_at < ${instant(nowMs - silentMs)}::timestamptz and s.status <> all(${[...endedStatuses]}::text[])
        and not exists (select 1 from command c where c.requested_by = 'gatehouse' and c.idempotency_key = 'poll:' || b.id || ':' || ${day}::text)
      order by b.updated_at, b.id, s.id limit ${batch}
    `.execute(tx);
    return acceptPolls(tx, bodies, rows, (row) => `poll:${row.id}:${day}`, nowMs);
  });
}

/** A carrier's proof is there some hours after it has delivered, and is asked for on so many days, ms. */
const proofAfterMs = 2 * 3600_000;
const proofForMs = 3 * dayMs;

/**
 * Asks once a day for the proof of what was delivered, of carriers that give it as a file and of parcels that we booked there:
 * who is told of the delivery by a webhook has not been given it.
 * @returns how many it asked for
 */
export async function pollProofs({ database, bodies, connections }: Pick<TaskContext, 'database' | 'bodies' | 'connections'>, nowMs = Date.now()): Promise<number> {
  const giving = (await connections.list()).filter((row) => connectorOf(row.connector)?.capabilities.includes('proof') === true).map((row) => row.id);
  if (giving.length === 0) return 0;
  const day = instant(nowMs).slice(0, 10);
  return database.transaction(async (tx) => {
    const { rows } = await sql<PolledBooking>`
      select distinct on (s.delivered_at, b.id) b.id, b.connection, b.company, b.names, s.id as shipment_id
      from booking b join booking_shipment x on x.booking_id = b.id join shipment s on s.id = x.shipment_id
      where b.connection = any(${giving}::text[]) and b.state in ('BOOKED', 'PARTIAL') and not b.deleted and ${isAsked} and b.updated_at > ${instant(nowMs - oldestMs)}::timestamptz
        and s.status = 'DELIVERED' and s.delivered_at between ${instant(nowMs - proofForMs)}::timestamptz and ${instant(nowMs - proofAfterMs)}::timestamptz
        and not exists (select 1 from document_shipment y join document d on d.id = y.document_id where y.shipment_id = s.id and d.kind = 'POD')
        and not exists (select 1 from command c where c.requested_by = 'gatehouse' and c.idempotency_key = 'proof:' || b.id || ':' || ${day}::text)
      order by s.delivered_at, b.id, s.id limit ${batch}
    `.execute(tx);
    return acceptPolls(tx, bodies, rows, (row) => `proof:${row.id}:${day}`, nowMs);
  });
}

/**
 * Asks once a day whether carriers confirmed what they were asked to cancel: the same command once more, which asks for
 * nothing that was asked for already.
 * @returns how many it asked about
 */
export async function followCancellations({ database, bodies }: Pick<TaskContext, 'database' | 'bodies'>, nowMs = Date.now()): Promise<number> {
  const day = instant(nowMs).slice(0, 10);
  return database.transaction(async (tx) => {
    const rows = await tx.selectFrom('booking as b').select(['id', 'connection', 'company', 'subject', 'command_id']).where(isAsked).where('state', '=', 'CANCEL_REQUESTED').where('deleted', '=', false).where('command_id', 'is not', null)
      .where('updated_at', '>', instant(nowMs - oldestMs)).where('updated_at', '<', instant(nowMs - silentMs))
      .where(({ not, exists, selectFrom }) => not(exists(selectFrom('command').select('command.id').where('requested_by', '=', 'gatehouse').where('idempotency_key', '=', sql<string>`'refund:' || b.id || ':' || ${day}::text`))))
      .orderBy('updated_at').limit(batch).execute();
    const shipments = rows.length === 0 ? [] : await tx.selectFrom('booking_shipment').select(['booking_id', 'shipment_id']).where('booking_id', 'in', rows.map((row) => row.id)).orderBy('shipment_id').execute();
    await acceptCommands(tx, bodies, rows.map((row) => {
      const shipmentId = shipments.find((each) => each.booking_id === row.id)?.shipment_id;
      const key = `refund:${row.id}:${day}`;
      return {
        id: uuidOfName(key), kind: 'booking.cancel' as const, input: { booking: row.command_id! }, connection: row.connection, lane: 'REPORT' as const, company: row.company, requestedBy: 'gatehouse', idempotencyKey: key,
        subject: row.subject, correlationId: uuidOfName(key), deadlineAt: instant(nowMs + dayMs), ...(shipmentId === undefined ? {} : { shipmentId }),
      };
    }));
    return rows.length;
  });
}
