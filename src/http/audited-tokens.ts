import { decodeJwt } from 'jose';
import { grantTypes, type TokenAnswer } from '../auth/token-grants.js';
import { TokenGrantError, type TokenRequest } from '../auth/token-request.js';
import type { TokenRevocation } from '../auth/token-revocation.js';
import { system } from '../events/audit.js';
import type { AuditWriter } from '../events/audit-writer.js';
import { GatehouseError } from '../lib/errors.js';
import type { Rejections } from './rejections.js';

const actions: Readonly<Record<string, string>> = { [grantTypes.refresh]: 'token.refreshed', [grantTypes.client]: 'token.created', [grantTypes.exchange]: 'token.exchanged' };

/** Stands where a connection stands in the counts of what was refused. */
export const refusedAt = { graphql: '@graphql', token: '@token' } as const;

/** Gives tokens only when it is in the audit log that they were given; refusals are counted, and a refresh token that comes again is recorded. */
export async function grantAudited(answer: (request: TokenRequest) => Promise<TokenAnswer>, request: TokenRequest, audit: AuditWriter, rejections: Rejections): Promise<TokenAnswer> {
  const given = await countGrantErrors(() => answer(request), rejections).catch(async (error: unknown) => {
    if (error instanceof TokenGrantError && error.endedFamily !== null) await audit.record({ actor: system, action: 'token.reused', target: { kind: 'family', id: error.endedFamily } });
    throw error;
  });
  await recordToken(audit, actions[request.parameters.get('grant_type')!]!, given.access_token);
  return given;
}

/**
 * Takes a token back once it is in the audit log by whom; refusals are counted.
 * @returns whether there was such a token
 */
export async function revokeAudited(revocation: TokenRevocation, request: TokenRequest, audit: AuditWriter, rejections: Rejections): Promise<boolean> {
  const found = await countGrantErrors(() => revocation.find(request), rejections);
  if (found === null) return false;
  await audit.record({ actor: found.by, action: 'token.revoked', target: { kind: found.kind, id: found.id } });
  await revocation.revoke(found);
  return true;
}

async function countGrantErrors<T>(step: () => Promise<T>, rejections: Rejections): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof TokenGrantError) rejections.count(refusedAt.token, error.code);
    throw error;
  }
}

/** Durable when it resolves. */
export async function recordToken(audit: AuditWriter, action: string, jwt: string): Promise<void> {
  const { sub, jti, role, scope, exp, client_id: client } = decodeJwt(jwt) as { sub: string; jti: string; role?: string; scope?: string; exp: number; client_id?: string };
  await audit.record({
    actor: { subject: sub, role: role ?? 'unknown' }, action, target: { kind: 'token', id: jti },
    payload: { until: new Date(exp * 1000).toISOString(), ...(scope === undefined ? {} : { scope }), ...(client === undefined ? {} : { client }) },
  });
}

/** Counts who is not let in. */
export async function countRefusals<T>(authenticate: () => Promise<T>, rejections: Rejections): Promise<T> {
  try {
    return await authenticate();
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'UNAUTHENTICATED') rejections.count(refusedAt.graphql, 'unauthenticated');
    throw error;
  }
}
