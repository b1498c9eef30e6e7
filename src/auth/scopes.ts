export const roles = ['customer', 'partner', 'operator', 'odoo', 'admin', 'supervisor', 'support', 'machine'] as const;
export type Role = (typeof roles)[number];

/** What a partner is follows from what its token names: a carrier code, a facility, a connection of a TMS, a shop. */
export const partnerKinds = ['carrier', 'warehouse', 'tms', 'shop'] as const;
export type PartnerKind = (typeof partnerKinds)[number];

/** Rights per action. Rows are a matter of visibility, not of scopes. */
export const scopes = {
  'shipments:read': 'Shipments, their timelines and live milestones, as far as visible.',
  'orders:read': 'Orders and their transfers, as far as visible.',
  'invoices:read': 'Invoices, as far as visible.',
  'products:read': 'Products.',
  'stock:read': 'Stock levels.',
  'money:read': 'Amounts of money: totals and what is still to be paid.',
  'personal:read': 'Names, streets, e-mail and telephone of parties, and free text of carriers, which names who signed, also where exceptions quote it.',
  'loads:read': 'Loads with their stops, as far as visible.',
  'loads:write': 'Plan, split, merge and cancel loads, offer them to carriers and say who drives them.',
  'tenders:answer': 'Answer offers of loads, and name truck, trailer and driver of those that were accepted.',
  'yard:read': 'Facilities, dock appointments and visits, orders to warehouses and what warehouses state of them and of their levels, as far as visible.',
  'shipments:book': 'Ask carriers for rates, book, cancel, make return labels and manifests, and change how services are chosen.',
  'exceptions:read': 'Exceptions.',
  'exceptions:write': 'Assign, resolve and reopen exceptions.',
  'milestones:write': 'Report milestones of shipments that are visible.',
  'appointments:book': 'Find free times at docks of facilities that are run here, book, move and cancel appointments: carriers their own.',
  'yard:write': 'Book, move and cancel appointments, check trucks in and out.',
  'freight:read': 'Freight charges, freight invoices and their matches.',
  'detention:read': 'What is charged for waiting, with its rules and evidence: of carriers that of their own trucks.',
  'freight:approve': 'Approve freight invoices and disputes.',
  'connections:admin': 'Add, change and disable connections.',
  'replay:run': 'Run kept messages through the mapping again.',
  'operations:read': 'How the installation does: metrics, queues, service levels.',
  'commands:read': 'Commands to partners: bookings, cancellations, write-back; EDI interchanges; how partners do and are treated.',
  'commands:write': 'Retry, replay, discard and redrive commands that were given up.',
  'audit:read': 'The audit log and its export.',
  'approvals:decide': 'Approve or refuse what another person wants to do and may not do alone.',
  'tokens:admin': 'Make and revoke tokens and clients.',
  'webhooks:write': 'Register endpoints that events are sent to, under the own rights, and manage them; administrators those of everybody.',
  'tokens:exchange': 'Exchange a user of a connected Odoo for a token with the rights configured for that user.',
} as const;
export type Scope = keyof typeof scopes;

/** What a token of a role may do: `granted` unless it lists scopes; what it lists may also be among `onRequest`. */
export interface RoleScopes {
  granted: readonly Scope[];
  onRequest: readonly Scope[];
}

const reading = ['shipments:read', 'orders:read', 'invoices:read', 'products:read', 'stock:read', 'loads:read', 'yard:read', 'exceptions:read'] as const satisfies readonly Scope[];
const operating = [...reading, 'money:read', 'personal:read', 'exceptions:write', 'shipments:book', 'milestones:write', 'loads:write', 'tenders:answer', 'yard:write', 'appointments:book', 'freight:read', 'detention:read', 'operations:read', 'commands:read', 'commands:write'] as const satisfies readonly Scope[];
const only = (...granted: Scope[]): RoleScopes => ({ granted, onRequest: [] });

export const scopesOfRole: Readonly<Record<Exclude<Role, 'partner'>, RoleScopes>> = {
  // An endpoint outlives the token that registers it: but to partners, whose systems do, this is given by name.
  customer: { granted: ['shipments:read', 'orders:read', 'invoices:read', 'money:read'], onRequest: ['webhooks:write'] },
  operator: { granted: operating, onRequest: ['webhooks:write'] },
  supervisor: { granted: [...operating, 'freight:approve', 'replay:run', 'audit:read', 'approvals:decide'], onRequest: ['webhooks:write'] },
  support: { granted: [...reading, 'operations:read', 'commands:read'], onRequest: ['money:read', 'personal:read'] },
  odoo: only('shipments:read', 'shipments:book', 'orders:read', 'products:read', 'stock:read', 'money:read', 'personal:read', 'loads:read', 'yard:read', 'exceptions:read', 'tokens:exchange'),
  // A machine is given what it needs, by name. What a person answers for (approvals, tokens) it never gets.
  machine: { granted: [], onRequest: [...operating, 'connections:admin', 'replay:run', 'audit:read', 'webhooks:write', 'tokens:exchange'] },
  admin: only(...(Object.keys(scopes) as Scope[])),
};

export const scopesOfPartner: Readonly<Record<PartnerKind, RoleScopes>> = {
  carrier: only('shipments:read', 'loads:read', 'tenders:answer', 'yard:read', 'appointments:book', 'detention:read', 'milestones:write', 'webhooks:write'),
  warehouse: only('shipments:read', 'orders:read', 'loads:read', 'yard:read', 'yard:write', 'appointments:book', 'webhooks:write'),
  tms: only('shipments:read', 'loads:read', 'yard:read', 'milestones:write', 'webhooks:write'),
  shop: only('shipments:read', 'orders:read', 'webhooks:write'),
};

/** What a token may do that is of this role and, for a partner, of these kinds. */
export function scopesOf(role: Role, kinds: readonly PartnerKind[]): RoleScopes {
  if (role !== 'partner') return scopesOfRole[role];
  return { granted: [...new Set(kinds.flatMap((kind) => scopesOfPartner[kind].granted))], onRequest: [...new Set(kinds.flatMap((kind) => scopesOfPartner[kind].onRequest))] };
}
