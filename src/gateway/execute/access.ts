import { GatehouseError } from '../../lib/errors.js';
import { requireScopes, type ScopedContext } from '../scopes.js';

/** What a context says of who asks; no principal: nobody signed in. */
export interface AccessContext {
  principal?: ScopedContext['principal'];
}

/** What a field demands of who asks (`@authenticated`, `@requiresScopes`), one per distinct demand of a schema. */
export interface Access {
  /** Counted from 0 in its schema. */
  readonly number: number;
  /** Why this context may not, as the error to throw; null when it may. */
  refusal(context: AccessContext): Error | null;
}

/** Numbers demands, so that equal ones are decided once per run. */
export class AccessRules {
  readonly #byDemand = new Map<string, Access>();

  /**
   * @param groups what each declaration demands; every declaration must be met, by any one of its groups, and a group needs all of its scopes
   * @returns undefined when nothing is demanded
   */
  of(authenticated: boolean, groups: ReadonlyArray<readonly (readonly string[])[]>): Access | undefined {
    if (!authenticated && groups.length === 0) return undefined;
    const demand = JSON.stringify([authenticated, groups]);
    let access = this.#byDemand.get(demand);
    if (access === undefined) this.#byDemand.set(demand, (access = { number: this.#byDemand.size, refusal: (context) => refusalOf(context, groups) }));
    return access;
  }
}

function refusalOf({ principal }: AccessContext, demands: ReadonlyArray<readonly (readonly string[])[]>): Error | null {
  if (principal === undefined) return new GatehouseError('UNAUTHENTICATED');
  try {
    for (const groups of demands) requireScopes({ principal }, groups);
    return null;
  } catch (error) {
    return error as Error;
  }
}
