import { GatehouseError } from '../lib/errors.js';

export interface ScopedContext {
  principal: { scopes: ReadonlySet<string> };
}

/**
 * Any of the groups suffices; a group needs all of its scopes.
 * @throws GatehouseError FORBIDDEN
 */
export function requireScopes(context: ScopedContext, groups: readonly (readonly string[])[]): void {
  if (groups.some((group) => group.every((scope) => context.principal.scopes.has(scope)))) return;
  throw new GatehouseError('FORBIDDEN', `This needs the scope ${groups.map((group) => group.join(' and ')).join(' or ')}.`);
}
