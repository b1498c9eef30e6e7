import { sql } from 'kysely';
import { partnerKinds, scopesOf, type PartnerKind, type Role } from '../../../auth/scopes.js';
import type { Principal } from '../../../auth/principal.js';
import { longestTtlDays } from '../../../auth/token-state.js';
import type { EndpointRow } from '../../../events/webhooks.js';
import { instant } from '../../../lib/clock.js';

type RightsColumns = Pick<EndpointRow, 'owner' | 'owner_role' | 'token_id' | 'token_issuer' | 'token_family' | 'token_connection' | 'token_issued_at' | 'rights_until'> & { rights: string };

/** No token is good for longer, so what somebody may do is confirmed once in so many days. */
const rightsDays = longestTtlDays;

/**
 * What an endpoint keeps of the principal whose it is. Its token may end: endpoints are for longer than a token of
 * minutes. Taking the token back ends the endpoint, too.
 */
export function rightsColumns(principal: Principal): RightsColumns {
  const { subject, role, scopes, companies, keys, token } = principal;
  return {
    owner: subject, owner_role: role, rights: JSON.stringify({ scopes: [...scopes].sort(), companies, keys }), rights_until: instant(Date.now() + rightsDays * 86_400_000),
    token_id: token?.id ?? null, token_issuer: token?.issuer ?? '', token_family: token?.family ?? null, token_connection: token?.connection ?? null, token_issued_at: instant(token?.issuedMs ?? Date.now()),
  };
}

const prefixes: Readonly<Record<PartnerKind, string>> = { carrier: 'carrier:', warehouse: 'facility:', tms: 'tms:', shop: 'shop:' };

/** The owner as it may read today: scopes that its role has no more are not kept alive by the endpoint. */
export function principalOfEndpoint(row: Pick<EndpointRow, 'owner' | 'owner_role' | 'rights' | 'rights_until' | 'token_id' | 'token_issuer' | 'token_family' | 'token_connection' | 'token_issued_at'>): Principal {
  const { scopes, companies, keys } = row.rights;
  const role = row.owner_role as Role;
  const { granted, onRequest } = scopesOf(role, partnerKinds.filter((kind) => keys.some((key) => key.startsWith(prefixes[kind]))));
  return {
    subject: row.owner, role, scopes: new Set([...granted, ...onRequest].filter((scope) => scopes.includes(scope))), companies, keys, expiresMs: Date.parse(row.rights_until), demonstration: false,
    token: { id: row.token_id, issuer: row.token_issuer, issuedMs: Date.parse(row.token_issued_at), family: row.token_family, connection: row.token_connection },
  };
}

/** True of endpoints `e` whose owner's token was taken back: the same that ends tokens, asked of the database itself. */
export const isRevoked = sql<boolean>`(
  exists (select from token_revocation r where (r.kind = 'jti' and r.value = e.token_id) or (r.kind = 'family' and r.value = e.token_family)
    or (r.kind = 'subject' and r.value = e.owner and r.revoked_at >= e.token_issued_at) or (r.kind = 'connection' and r.value = e.token_connection and r.revoked_at >= e.token_issued_at))
  or exists (select from token_client c where c.id = e.token_connection and c.disabled_at is not null))`;
