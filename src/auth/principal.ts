import { BoundedCache } from '../lib/bounded-cache.js';
import { carrierCode, normalizeReferenceValue, unknownCarrier } from '../model/references.js';
import { roles, scopesOf, type PartnerKind, type Role, type Scope } from './scopes.js';

export { roles, scopes, type Role, type Scope } from './scopes.js';

/** What a token stands on, for its revocation; absent for one that was made in this process and never was a token. */
export interface TokenIdentity {
  /** `jti`; null where an outside issuer gives none. */
  id: string | null;
  issuer: string;
  /** Milliseconds UTC. */
  issuedMs: number;
  /** The refresh tokens that it came from. */
  family: string | null;
  /** The connection or client that asked for it. */
  connection: string | null;
}

/** Who asks. Everything that is read is read on behalf of one of these. */
export interface Principal {
  subject: string;
  role: Role;
  scopes: ReadonlySet<Scope>;
  /**
   * Which rows: everything of these companies (`*` for all), or only what carries one of these keys
   * (`party:<uuid>`, `carrier:<code>`, `facility:<code>@<company>`, `tms:<connection>`, `shop:<company>`). An outsider
   * has keys and no companies.
   */
  companies: readonly string[] | '*' | 'none';
  keys: readonly string[];
  /** Milliseconds UTC at which the token ends. */
  expiresMs: number;
  demonstration: boolean;
  token?: TokenIdentity;
}

export interface PrincipalClaims {
  subject: string;
  role: Role;
  parties: readonly string[];
  carriers: readonly string[];
  /** Facilities whose warehouse asks, `<code>@<company>`: two companies may both call one of theirs WH. Without a company: main. */
  facilities?: readonly string[];
  /** Connections of transport management systems. */
  connections?: readonly string[];
  /** Companies of Odoo whose sales channel asks. */
  shops?: readonly string[];
  companies: readonly string[];
  /** Narrows the role's scopes; absent: those that the role grants by itself. */
  scopes?: readonly string[];
  expiresMs: number;
  demonstration: boolean;
  token?: TokenIdentity;
}

/** Roles that see only what names them. */
export function isOutsider(role: Role): boolean {
  return role === 'customer' || role === 'partner';
}

/** A token can narrow what its role may do, never widen it. */
export function principalOf(claims: PrincipalClaims): Principal {
  return {
    subject: claims.subject,
    role: roles.find((role) => role === claims.role)!, // the one text that it is, not one for every token
    scopes: grantedScopes(claims),
    companies: isOutsider(claims.role) ? 'none' : claims.companies.length > 0 ? claims.companies : '*',
    keys: keysOf(claims),
    expiresMs: claims.expiresMs,
    demonstration: claims.demonstration,
    ...(claims.token === undefined ? {} : { token: claims.token }),
  };
}

/** Equal sets of scopes as one: a principal is held for every open socket. */
const knownScopes = new BoundedCache<string, ReadonlySet<Scope>>({ maxEntries: 1000, maxWeight: 1000, weightOf: () => 1 });

function grantedScopes(claims: PrincipalClaims): ReadonlySet<Scope> {
  const { granted, onRequest } = scopesOf(claims.role, partnerKindsOf(claims));
  const { scopes: listed } = claims;
  const names = listed === undefined ? granted : [...granted, ...onRequest].filter((scope) => listed.includes(scope));
  const key = names.join(' ');
  let scopes = knownScopes.get(key);
  if (scopes === undefined) knownScopes.set(key, (scopes = new Set(names)));
  return scopes;
}

/** What a partner is, by what its token names. */
export function partnerKindsOf({ carriers, facilities = [], connections = [], shops = [] }: Pick<PrincipalClaims, 'carriers' | 'facilities' | 'connections' | 'shops'>): PartnerKind[] {
  const named: Readonly<Record<PartnerKind, readonly string[]>> = { carrier: carriers, warehouse: facilities, tms: connections, shop: shops };
  return (Object.keys(named) as PartnerKind[]).filter((kind) => named[kind].length > 0);
}

/** The name of a facility in its one form. @param name `<code>@<company>`; without a company that of main */
function facilityNamed(name: string): string {
  const at = name.lastIndexOf('@');
  const [code, company] = at === -1 ? [name, 'main'] : [name.slice(0, at), name.slice(at + 1)];
  return `${normalizeReferenceValue(code)}@${company}`;
}

function keysOf({ role, parties, carriers, facilities = [], connections = [], shops = [] }: PrincipalClaims): string[] {
  if (role === 'customer') return parties.map((id) => `party:${id}`);
  if (role !== 'partner') return [];
  return [
    ...carriers.map(carrierCode).filter((code) => code !== unknownCarrier).map((code) => `carrier:${code}`),
    ...facilities.map((name) => `facility:${facilityNamed(name)}`),
    ...connections.map((id) => `tms:${id}`),
    ...shops.map((company) => `shop:${company}`),
  ];
}
