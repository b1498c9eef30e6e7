import { sql } from 'kysely';
import type { Database, Queryable } from '../../engine.js';
import { Lease, untilNow, type LeasedTable } from '../leases/lease.js';

export const endpointTable: LeasedTable = { name: 'webhook_endpoint', key: 'id' };

/** The right to look after one endpoint: one process has it at a time, so that its rate, its order and its place are one. */
export class EndpointLease extends Lease {
  private constructor(database: Database, endpoint: string) {
    super(database, endpointTable, endpoint);
  }

  /**
   * Takes the endpoint, and takes up what a holder that is gone had begun.
   * @returns null where another holds it
   */
  static async take(database: Database, endpoint: string): Promise<EndpointLease | null> {
    const lease = new EndpointLease(database, endpoint);
    const sentMs = performance.now();
    const taken = await database.transaction(async (tx) => {
      const { rows } = await sql`update webhook_endpoint set holder = ${lease.holder}::uuid, lease_until = ${untilNow()} where id = ${endpoint}::uuid and (lease_until is null or lease_until < clock_timestamp()) returning id`.execute(tx);
      if (rows.length === 0) return false;
      await takeUpAbandoned(tx, endpoint, lease.holder);
      return true;
    });
    if (!taken) return null;
    lease.takenAt(sentMs);
    return lease;
  }
}

/** What another holder was sending may have arrived or not: it is sent again, under the same id. */
async function takeUpAbandoned(db: Queryable, endpoint: string, holder: string): Promise<void> {
  await sql`
    with abandoned as (
      update webhook_delivery set state = 'WAITING', lease = null, next_at = clock_timestamp()
      where endpoint = ${endpoint}::uuid and state = 'SENDING' and lease is distinct from ${holder}::uuid returning sequence, endpoint, attempts
    )
    insert into webhook_attempt (id, endpoint, delivery, number, started_at, outcome) select gen_random_uuid(), endpoint, sequence, attempts, clock_timestamp(), 'LOST' from abandoned`.execute(db);
}
