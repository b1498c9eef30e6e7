import { getNamedType, type GraphQLField, type GraphQLNamedType, type GraphQLObjectType } from 'graphql';
import { AccessRules, type Access } from '../execute/access.js';
import type { LocalSubgraph } from '../compose.js';
import { directivesNamed, directivesOf, scopesOf } from './directives.js';

/**
 * What a field demands of who asks: what every subgraph declares on the field, on its type, on the type it
 * gives and on the interfaces that it comes from. All of them must be met.
 */
export class FieldAccess {
  readonly #rules = new AccessRules();
  readonly #subgraphs: readonly LocalSubgraph[];

  constructor(subgraphs: readonly LocalSubgraph[]) {
    this.#subgraphs = subgraphs;
  }

  of(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): Access | undefined {
    const elements = this.#subgraphs.flatMap(({ schema }) => {
      const holders = [type, ...type.getInterfaces()].flatMap(({ name }) => schema.getType(name) ?? []);
      const fields = holders.flatMap((holder) => ('getFields' in holder ? (holder.getFields()[field.name] ?? []) : []));
      const given = schema.getType(getNamedType(field.type).name);
      return [...(fields.length > 0 ? holders : []), ...fields, ...(given === undefined ? [] : [given])] as Array<Parameters<typeof directivesOf>[0] & (GraphQLNamedType | GraphQLField<unknown, unknown>)>;
    });
    const demands = new Map(elements.flatMap((element) => scopesOf(element)).map((groups) => [JSON.stringify(groups), groups]));
    return this.#rules.of(elements.some((element) => directivesNamed(element, 'authenticated').length > 0), [...demands.values()]);
  }
}
