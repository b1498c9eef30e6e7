import { Directive } from 'type-graphql';
import type { Scope } from '../../auth/principal.js';

/** The field is for tokens that carry this scope; enforced by the gateway, for every way in. */
export function needs(scope: Scope): ReturnType<typeof Directive> {
  return Directive(`@requiresScopes(scopes: [["${scope}"]])`);
}
