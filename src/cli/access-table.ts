import { isInputObjectType, isObjectType, type GraphQLSchema } from 'graphql';
import { partnerKinds, roles, scopes, scopesOfPartner, scopesOfRole, type RoleScopes, type Scope } from '../auth/scopes.js';
import { scopesOf } from '../gateway/fusion/directives.js';

/** What scopes guard that is no field of the graph. */
const guardedElsewhere: Partial<Record<Scope, readonly string[]>> = {
  'operations:read': ['`GET /metrics`, to tokens that see every company'],
  'tokens:exchange': ['`POST /token`, token exchange'],
};

/** The rights of every role, as Markdown: what each may do, and what each scope guards. */
export function accessTable(subgraphs: ReadonlyArray<{ schema: GraphQLSchema }>): string {
  const columns: ReadonlyArray<[name: string, rights: RoleScopes]> = roles.flatMap((role) =>
    role === 'partner' ? partnerKinds.map((kind): [string, RoleScopes] => [`partner: ${kind}`, scopesOfPartner[kind]]) : [[role, scopesOfRole[role]] as [string, RoleScopes]],
  );
  const guarded = guardedFields(subgraphs);
  const mark = ({ granted, onRequest }: RoleScopes, scope: Scope) => (granted.includes(scope) ? 'yes' : onRequest.includes(scope) ? 'on request' : '');
  const names = Object.keys(scopes) as Scope[];
  return [
    '# Who may do what',
    'Generated from src/auth/scopes.ts and the graph by npm run schema. Do not edit.',
    'A scope says what may be done, visibility to which rows. A token has the scopes of its role; its own list narrows them, and may name those that the role has on request. What a partner is follows from what its token names: several kinds add up.',
    '## Scopes of each role',
    table(['scope', ...columns.map(([name]) => name)], names.map((scope) => [`\`${scope}\``, ...columns.map(([, rights]) => mark(rights, scope))])),
    '## Rows of each role',
    table(['who', 'named by', 'sees'], rowsOfRoles.map((row) => [...row])),
    '## What each scope guards',
    'A field of a type that is guarded is guarded too. Where the scope is missing, the field is null and its error is FORBIDDEN and names the scope.',
    table(['scope', 'for', 'guards'], names.map((scope) => [`\`${scope}\``, scopes[scope], [...(guarded.get(scope) ?? []), ...(guardedElsewhere[scope] ?? [])].join(', ') || 'nothing yet'])),
  ].join('\n\n').concat('\n');
}

const rowsOfRoles: ReadonlyArray<readonly [who: string, named: string, sees: string]> = [
  ['customer', '`--party`', 'its orders, their shipments, deliveries and receipts, the stops of those shipments, its posted invoices'],
  ['partner: carrier', '`--carrier`', 'shipments that it moves or was to move, its loads with all stops, its appointments and visits'],
  ['partner: warehouse', '`--facility`', 'its facility, the appointments, visits and stops there, the shipments concerned and their deliveries and receipts; no other stop of a load'],
  ['partner: tms', '`--connection`', 'loads of its connection with all stops, and the shipments on them'],
  ['partner: shop', '`--shop`', 'sales orders of its company in Odoo, their deliveries and shipments'],
  ['everybody else', '`--company`', 'everything of the companies that are named; without one, everything'],
];

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function guardedFields(subgraphs: ReadonlyArray<{ schema: GraphQLSchema }>): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  const add = (groups: string[][][], name: string) => {
    for (const scope of groups.flat(2)) found.set(scope, (found.get(scope) ?? new Set()).add(`\`${name}\``));
  };
  for (const { schema } of subgraphs) {
    for (const type of Object.values(schema.getTypeMap())) {
      if (isInputObjectType(type) || type.name.startsWith('_')) continue;
      add(scopesOf(type), type.name);
      if (isObjectType(type)) for (const field of Object.values(type.getFields())) add(scopesOf(field), `${type.name}.${field.name}`);
    }
  }
  return new Map([...found].map(([scope, fields]) => [scope, [...fields].sort()]));
}
