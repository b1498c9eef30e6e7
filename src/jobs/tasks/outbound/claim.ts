import { sql } from 'kysely';
import { commandChannel, type CommandRow } from '../../../events/commands.js';
import type { Database, Queryable } from '../../engine.js';
import { movableKinds } from './policy.js';

/** A command that its holder performs now. */
export type ClaimedCommand = Pick<CommandRow, 'id' | 'kind' | 'connection' | 'routed_from' | 'company' | 'input' | 'memory' | 'subject' | 'shipment_id' | 'attempts' | 'failures' | 'deadline_at' | 'waiting_since' | 'error' | 'correlation_id' | 'lane'> & {
  /** Row of command_attempt. */
  attempt_id: string;
};

/** Nothing of the same order that was accepted before waits or is under way. */
const noneBefore = sql`not exists (
  select from command b where b.connection = c.connection and b.lane = c.lane and b.order_key = c.order_key and b.sequence < c.sequence and b.state in ('QUEUED', 'WAITING', 'CALLING'))`;

export interface Room {
  /** Calls that may begin now. */
  calls: number;
  /** How many of these may be of the lane REPORT: one place is always left to what moves freight. */
  reports: number;
}

/**
 * Takes what is due, the longest due first, what moves freight before what reports. Of one order key only the
 * first that has not ended is taken, and only by who holds the partner. One that failed is due later than those that wait beside it, so a command
 * that fails every time holds nobody up.
 */
export async function claimDue(database: Database, connection: string, holder: string, room: Room): Promise<ClaimedCommand[]> {
  const due = (lane: 'DISPATCH' | 'REPORT', limit: number) => sql`
    (select c.id, c.lane, c.next_at, c.sequence from command c
     where c.connection = ${connection} and c.lane = ${sql.lit(lane)} and c.state in ('QUEUED', 'WAITING') and c.next_at <= clock_timestamp()
       and (c.order_key is null or ${noneBefore})
     order by c.next_at, c.sequence limit ${limit})`;
  const { rows } = await sql<ClaimedCommand>`
    with due as (${due('DISPATCH', room.calls)} union all ${due('REPORT', room.reports)}),
    first as (select id from due where exists (select from partner_state where connection = ${connection} and holder = ${holder}::uuid) order by lane, next_at, sequence limit ${room.calls}),
    claimed as (
      update command c set state = 'CALLING', lease = ${holder}::uuid, attempts = c.attempts + 1, updated_at = clock_timestamp()
      from first where c.id = first.id and c.state in ('QUEUED', 'WAITING')
      returning c.id, c.kind, c.connection, c.routed_from, c.company, c.input, c.memory, c.subject, c.shipment_id, c.attempts, c.failures, c.deadline_at, c.waiting_since, c.error, c.correlation_id, c.lane
    ),
    begun as (
      insert into command_attempt (command_id, number, company, connection, started_at)
      select id, attempts, company, connection, clock_timestamp() from claimed returning id, command_id
    )
    select claimed.*, begun.id as attempt_id from claimed join begun on begun.command_id = claimed.id`.execute(database.kysely);
  return rows;
}

/** Milliseconds until the next command of a connection is due that is not due now; null where there is none. */
export async function msToNextDue(database: Database, connection: string): Promise<number | null> {
  const next = (lane: 'DISPATCH' | 'REPORT') => sql`(select next_at from command where connection = ${connection} and lane = ${sql.lit(lane)} and state in ('QUEUED', 'WAITING') and next_at > clock_timestamp() order by next_at limit 1)`;
  const { rows } = await sql<{ ms: number | null }>`select ceil(extract(epoch from min(next_at) - clock_timestamp()) * 1000)::float8 as ms from (${next('DISPATCH')} union all ${next('REPORT')}) x`.execute(database.kysely);
  return rows[0]!.ms === null ? null : Math.max(1, Number(rows[0]!.ms));
}

/** Connections that have something due, or something that a process which is gone had begun, and that nobody looks after. */
export async function partnersToTake(db: Queryable): Promise<string[]> {
  const due = (lane: 'DISPATCH' | 'REPORT') => sql`exists (select from command m where m.connection = c.id and m.lane = ${sql.lit(lane)} and m.state in ('QUEUED', 'WAITING') and m.next_at <= clock_timestamp())`;
  const { rows } = await sql<{ id: string }>`
    select c.id from connection c left join partner_state p on p.connection = c.id
    where c.disabled_at is null and (p.lease_until is null or p.lease_until < clock_timestamp())
      and (${due('DISPATCH')} or ${due('REPORT')} or exists (select from command m where m.connection = c.id and m.state = 'CALLING'))
    order by c.id`.execute(db);
  return rows.map((row) => row.id);
}

/**
 * Hands what may go elsewhere over to the fallback, once: what waits here and has begun nothing here, together
 * with what waits behind it in the same order. Nothing goes to one that was removed, or put into shadow mode, by now.
 * @param kinds those that the fallback performs
 * @param only this one; all that are due unless given
 * @returns how many went
 */
export async function routeToFallback(db: Queryable, connection: string, fallback: string, kinds: readonly string[], only?: string): Promise<number> {
  const movable = movableKinds.filter((kind) => kinds.includes(kind));
  if (movable.length === 0) return 0;
  const there = sql`connection = ${fallback}, routed_from = ${connection}, failures = 0, updated_at = clock_timestamp()`;
  const { rows } = await sql`
    with live as (
      select id from connection where id = ${fallback} and disabled_at is null and not shadow for share
    ), routed as (
      update command c set ${there}, next_at = clock_timestamp()
      where exists (select from live) and c.connection = ${connection} and c.lane in ('DISPATCH', 'REPORT') and c.state in ('QUEUED', 'WAITING') and c.memory is null and c.routed_from is null and c.kind = any(${movable}::text[])
        and ${only === undefined ? sql`(c.state = 'WAITING' or c.next_at <= clock_timestamp())` : sql`c.id = ${only}::uuid`}
        and (c.order_key is null or ${noneBefore})
      returning c.lane, c.order_key, c.sequence
    ), behind as (
      update command c set ${there} from routed
      where c.connection = ${connection} and c.lane = routed.lane and c.order_key = routed.order_key and c.sequence > routed.sequence and c.state in ('QUEUED', 'WAITING')
    )
    select pg_notify(${commandChannel}, '') from routed`.execute(db);
  return rows.length;
}
