import { sql } from 'kysely';
import type { Queryable } from '../../engine.js';
import type { EndpointRow } from '../../../events/webhooks.js';
import { isRevoked } from './rights.js';

/** An endpoint with what can take its owner's rights from it. */
export type CheckedEndpoint = EndpointRow & { revoked: boolean; outdated: boolean; replays: boolean };

export async function checkedEndpoint(db: Queryable, id: string): Promise<CheckedEndpoint | undefined> {
  const { rows } = await sql<CheckedEndpoint>`select e.*, ${isRevoked} as revoked, e.rights_until <= clock_timestamp() as outdated,
    exists (select from webhook_replay r where r.endpoint = e.id and r.finished_at is null) as replays from webhook_endpoint e where e.id = ${id}::uuid`.execute(db);
  return rows[0];
}

/** Endpoints that are to be looked after and that nobody holds. @param kinds that this process can look after */
export async function endpointsToTake(db: Queryable, kinds: ReadonlyArray<EndpointRow['kind']>): Promise<Array<Pick<EndpointRow, 'id' | 'kind'>>> {
  const { rows } = await sql<Pick<EndpointRow, 'id' | 'kind'>>`select id, kind from webhook_endpoint where state = 'ACTIVE' and kind = any(${[...kinds]}::text[]) and (lease_until is null or lease_until < clock_timestamp()) order by id`.execute(db);
  return rows;
}
