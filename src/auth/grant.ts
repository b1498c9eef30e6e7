import type { JWTPayload } from 'jose';
import { z } from 'zod';
import { GatehouseError } from '../lib/errors.js';
import { isUuid, uuidFromGlobalId, uuidOfName } from '../lib/ids.js';
import { carrierCode, unknownCarrier } from '../model/references.js';
import { partnerKindsOf, type PrincipalClaims } from './principal.js';
import { roles, scopes, scopesOf, type Role } from './scopes.js';

const names = z.array(z.string().min(1).max(200)).max(100).default([]);

/** What somebody is given: a role, whose rows, and which of the role's scopes. Kept with clients and refresh tokens. */
export const grantSchema = z.strictObject({
  role: z.enum(roles),
  /** Parties of a customer: canonical ids, global ids, or `<connection>/<id at the source>`. */
  parties: names,
  carriers: names,
  facilities: names,
  /** Connections of transport management systems. */
  connections: names,
  /** Companies of Odoo whose sales channel it is. */
  shops: names,
  companies: names,
  scopes: z.array(z.string()).optional(),
});
export type Grant = z.output<typeof grantSchema>;
export type GrantInput = z.input<typeof grantSchema>;

/** `GrantInput` as options have it: what is not given may be undefined. */
export type GrantOptions = { [Name in keyof GrantInput]: Name extends 'role' ? GrantInput[Name] : Readonly<GrantInput[Name]> | undefined };

/**
 * The grant in canonical form.
 * @throws GatehouseError BAD_INPUT with the field that is wrong
 */
export function grantOf(input: GrantOptions): Grant {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const parsed = grantSchema.safeParse(given);
  if (!parsed.success) throw new GatehouseError('BAD_INPUT', `${parsed.error.issues[0]!.path.join('.')}: ${parsed.error.issues[0]!.message}`);
  const grant = { ...parsed.data, parties: parsed.data.parties.map(canonicalParty) };
  if (grant.role === 'customer' && grant.parties.length === 0) throw new GatehouseError('BAD_INPUT', 'A customer token needs --party.', { field: 'party' });
  if (grant.role === 'partner' && partnerKindsOf(grant).length === 0) {
    throw new GatehouseError('BAD_INPUT', 'A partner token needs --carrier, --facility (a warehouse), --connection (a TMS) or --shop.', { field: 'carrier' });
  }
  const nameless = grant.carriers.find((name) => carrierCode(name) === unknownCarrier);
  if (nameless !== undefined) throw new GatehouseError('BAD_INPUT', `"${nameless}" names no carrier. A name has letters or figures.`, { field: 'carrier' });
  const [useless] = uselessLists(grant);
  if (useless !== undefined) throw new GatehouseError('BAD_INPUT', `${useless} narrows nothing for the role ${grant.role}, which sees ${rowsOf(grant.role)}. Leave it out.`, { field: useless });
  const unknown = grant.scopes?.find((scope) => !Object.hasOwn(scopes, scope));
  if (unknown !== undefined) throw new GatehouseError('BAD_INPUT', `There is no scope ${unknown}. Scopes: ${Object.keys(scopes).join(', ')}.`, { field: 'scope' });
  if (grant.scopes === undefined && scopesOf(grant.role, partnerKindsOf(grant)).granted.length === 0) {
    throw new GatehouseError('BAD_INPUT', `A ${grant.role} is given what it needs, by name: --scope shipments:read,...`, { field: 'scope' });
  }
  return grant;
}

const listNames = ['parties', 'carriers', 'facilities', 'connections', 'shops', 'companies'] as const;

/** Lists that are given and say nothing about the rows that this role sees: who gave them believes that they narrow it. */
export function uselessLists(grant: { role: Role } & { [Name in (typeof listNames)[number]]?: readonly string[] | undefined }): string[] {
  const useful: readonly string[] = grant.role === 'customer' ? ['parties'] : grant.role === 'partner' ? ['carriers', 'facilities', 'connections', 'shops'] : ['companies'];
  return listNames.filter((name) => (grant[name]?.length ?? 0) > 0 && !useful.includes(name));
}

function rowsOf(role: Role): string {
  return role === 'customer' ? 'what its parties are named in' : role === 'partner' ? 'what names it, of whatever company' : 'everything of its companies';
}

const claimsSchema = z.object({
  role: z.enum(roles),
  parties: z.array(z.string()).default([]),
  carriers: z.array(z.string()).default([]),
  facilities: z.array(z.string()).default([]),
  connections: z.array(z.string()).default([]),
  shops: z.array(z.string()).default([]),
  companies: z.array(z.string()).default([]),
  scope: z.string().optional(),
});

/** A grant as claims of a token; lists that are empty are left out. */
export function claimsOfGrant({ role, scopes: listed, ...lists }: Grant): JWTPayload {
  const filled = Object.entries(lists).filter(([, values]) => values.length > 0);
  return { role, ...Object.fromEntries(filled), ...(listed === undefined ? {} : { scope: listed.join(' ') }) };
}

/** The grant in a token's claims; null where they are not ours. */
export function grantOfClaims(payload: JWTPayload): Omit<PrincipalClaims, 'subject' | 'expiresMs' | 'demonstration'> | null {
  const parsed = claimsSchema.safeParse(payload);
  if (!parsed.success) return null;
  const { scope, ...rest } = parsed.data;
  return { ...rest, ...(scope === undefined ? {} : { scopes: scope.split(' ') }) };
}

/**
 * The canonical id of a party: `erp/7` names the one that connection `erp` knows as 7.
 * @throws GatehouseError BAD_INPUT
 */
export function canonicalParty(text: string): string {
  if (isUuid(text)) return text;
  const global = uuidFromGlobalId('Party', text);
  if (global !== null) return global;
  const source = /^([a-z0-9-]+)\/(\S+)$/.exec(text);
  if (source !== null) return uuidOfName(`party:${source[1]}:${source[2]}`);
  throw new GatehouseError('BAD_INPUT', `"${text}" is no party: give its id, or <connection>/<id at the source>.`, { field: 'party' });
}
