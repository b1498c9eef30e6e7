import { carrierCode } from '../model/references.js';

export const roles = ['customer', 'partner', 'operator', 'odoo', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Rights per action. Rows are a matter of visibility, not of scopes. */
export const scopes = {
  'shipments:read': 'Shipments, their timelines and live milestones, as far as visible.',
  'orders:read': 'Orders and their transfers, as far as visible.',
  'invoices:read': 'Invoices, as far as visible.',
  'products:read': 'Products.',
  'stock:read': 'Stock levels.',
  'personal:read': 'Street, e-mail and telephone of parties, as far as visible.',
  'loads:read': 'Loads with their stops, as far as visible.',
  'yard:read': 'Facilities, dock appointments and visits, as far as visible.',
  'exceptions:read': 'Exceptions.',
  'exceptions:write': 'Assign, resolve and reopen exceptions.',
} as const;
export type Scope = keyof typeof scopes;

export const scopesOfRole: Readonly<Record<Role, readonly Scope[]>> = {
  customer: ['shipments:read', 'orders:read', 'invoices:read'],
  partner: ['shipments:read', 'loads:read', 'yard:read'],
  operator: ['shipments:read', 'orders:read', 'invoices:read', 'products:read', 'stock:read', 'personal:read', 'loads:read', 'yard:read', 'exceptions:read', 'exceptions:write'],
  odoo: ['shipments:read', 'orders:read', 'products:read', 'stock:read', 'loads:read', 'yard:read', 'exceptions:read'],
  admin: Object.keys(scopes) as Scope[],
};

/** Who asks. Everything that is read is read on behalf of one of these. */
export interface Principal {
  subject: string;
  role: Role;
  scopes: ReadonlySet<Scope>;
  /**
   * Which rows: everything of these companies (`*` for all), or only what carries one of these keys
   * (`party:<uuid>`, `carrier:<code>`). An outsider has keys and no companies.
   */
  companies: readonly string[] | '*' | 'none';
  keys: readonly string[];
  /** Milliseconds UTC at which the token ends. */
  expiresMs: number;
  demonstration: boolean;
}

export interface PrincipalClaims {
  subject: string;
  role: Role;
  parties: readonly string[];
  carriers: readonly string[];
  companies: readonly string[];
  /** Narrows the role's scopes; absent: all of them. */
  scopes?: readonly string[];
  expiresMs: number;
  demonstration: boolean;
}

/** A token can narrow what its role may do, never widen it. */
export function principalOf(claims: PrincipalClaims): Principal {
  const allowed = scopesOfRole[claims.role];
  const granted = claims.scopes === undefined ? allowed : allowed.filter((scope) => claims.scopes!.includes(scope));
  const outsider = claims.role === 'customer' || claims.role === 'partner';
  const keys = [
    ...(claims.role === 'customer' ? claims.parties.map((id) => `party:${id}`) : []),
    ...(claims.role === 'partner' ? claims.carriers.map((code) => `carrier:${carrierCode(code)}`) : []),
  ];
  return {
    subject: claims.subject,
    role: claims.role,
    scopes: new Set(granted),
    companies: outsider ? 'none' : claims.companies.length > 0 ? claims.companies : '*',
    keys,
    expiresMs: claims.expiresMs,
    demonstration: claims.demonstration,
  };
}
