import { sql } from 'kysely';
import type { Database, Queryable } from '../../engine.js';
import { Lease, untilNow, type LeasedTable } from '../leases/lease.js';
import { closedBreaker, type BreakerState } from './breaker.js';

export const partnerTable: LeasedTable = { name: 'partner_state', key: 'connection' };

interface StateRow {
  breaker: BreakerState['breaker'];
  openings: number;
  open_until: string | null;
  paused_until: string | null;
}

/** The right to look after one partner: one process has it at a time. */
export class PartnerLease extends Lease {
  readonly #database: Database;
  /** As the holder before left it. */
  breaker: BreakerState = closedBreaker;
  pausedUntilMs = 0;

  private constructor(database: Database, connection: string) {
    super(database, partnerTable, connection);
    this.#database = database;
  }

  /**
   * Takes the partner, and takes up what a holder that is gone had begun.
   * @returns null where another holds it
   */
  static async take(database: Database, connection: string): Promise<PartnerLease | null> {
    const lease = new PartnerLease(database, connection);
    const sentMs = performance.now();
    const row = await database.transaction(async (tx) => {
      const { rows } = await sql<StateRow>`
        insert into partner_state (connection, holder, lease_until, updated_at) values (${connection}, ${lease.holder}::uuid, ${untilNow()}, clock_timestamp())
        on conflict (connection) do update set holder = excluded.holder, lease_until = excluded.lease_until, updated_at = excluded.updated_at
          where partner_state.lease_until is null or partner_state.lease_until < clock_timestamp()
        returning breaker, openings, open_until, paused_until`.execute(tx);
      if (rows.length === 0) return null;
      await takeUpAbandoned(tx, connection, lease.holder);
      return rows[0]!;
    });
    if (row === null) return null;
    lease.takenAt(sentMs);
    lease.breaker = breakerOf(row);
    lease.pausedUntilMs = row.paused_until === null ? 0 : Date.parse(row.paused_until);
    return lease;
  }

  /** A holder that lost the partner may have begun something since it was taken. */
  async takeUpAbandoned(): Promise<void> {
    await takeUpAbandoned(this.#database.kysely, this.id, this.holder);
  }

  /** Keeps what the breaker and the partner's own limits say, for whoever comes next and for who looks. */
  async save(breaker: BreakerState, pausedUntilMs: number, lastError: string | null): Promise<void> {
    const [openUntil, pausedUntil] = [breaker.openUntilMs, pausedUntilMs === 0 ? null : pausedUntilMs].map((ms) => (ms === null ? null : new Date(ms).toISOString()));
    await sql`
      update partner_state set breaker = ${breaker.breaker}, openings = ${breaker.openings}, open_until = ${openUntil}::timestamptz, paused_until = ${pausedUntil}::timestamptz,
        last_error = coalesce(${lastError}, last_error), updated_at = clock_timestamp()
      where connection = ${this.id} and holder = ${this.holder}::uuid`.execute(this.#database.kysely);
  }
}

function breakerOf({ breaker, openings, open_until: openUntil }: StateRow): BreakerState {
  if (breaker === 'OPEN') return { breaker, openings, openUntilMs: openUntil === null ? 0 : Date.parse(openUntil) };
  return breaker === 'HALF_OPEN' ? { breaker, openings, openUntilMs: null } : closedBreaker;
}

/**
 * What another holder has begun and does not hold any more is performed again. It counts as a failure, so that a
 * command which brings its process down every time is given up in the end.
 */
async function takeUpAbandoned(db: Queryable, connection: string, holder: string): Promise<void> {
  await sql`
    with abandoned as (
      update command set state = 'WAITING', lease = null, failures = failures + 1, next_at = clock_timestamp() + make_interval(secs => least(failures * 10, 60)), updated_at = clock_timestamp()
      where connection = ${connection} and state = 'CALLING' and lease is distinct from ${holder}::uuid returning id
    )
    update command_attempt a set outcome = 'LOST', ended_at = clock_timestamp() from abandoned where a.command_id = abandoned.id and a.ended_at is null`.execute(db);
}
