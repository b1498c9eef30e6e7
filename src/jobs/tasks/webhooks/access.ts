import type { Principal } from '../../../auth/principal.js';
import type { Actor } from '../../../events/audit.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { Queryable } from '../../engine.js';
import type { EndpointRow } from '../../../events/webhooks.js';

/** Who deals with endpoints: a token with its own, an administrator or the command line with all. */
export interface Access {
  actor: Actor;
  /** Whose token it is; null on the command line. */
  principal: Principal | null;
  seesAll: boolean;
}

export function accessOf(principal: Principal): Access {
  return { actor: { subject: principal.subject, role: principal.role }, principal, seesAll: principal.role === 'admin' && principal.companies === '*' };
}

export const commandLine = (actor: Actor): Access => ({ actor, principal: null, seesAll: true });

/** Names alone are not enough: two issuers may give the same. */
export function isOwn({ principal }: Access, row: Pick<EndpointRow, 'owner' | 'owner_role' | 'token_issuer'>): boolean {
  return principal !== null && row.owner === principal.subject && row.owner_role === principal.role && row.token_issuer === (principal.token?.issuer ?? '');
}

/**
 * The endpoint, locked.
 * @throws GatehouseError NOT_FOUND, also for those of others
 */
export async function lockEndpoint(tx: Queryable, id: string, access: Access): Promise<EndpointRow> {
  const row = await tx.selectFrom('webhook_endpoint').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined || !(access.seesAll || isOwn(access, row))) throw new GatehouseError('NOT_FOUND', undefined, { field: 'id' });
  return row;
}
