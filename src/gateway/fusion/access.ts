import { getNamedType, isObjectType, type GraphQLField, type GraphQLObjectType } from 'graphql';
import { AccessRules, type Access } from '../execute/access.js';
import type { LocalSubgraph } from '../compose.js';
import { directivesNamed, scopesOf, type Annotated } from './directives.js';

/**
 * What a field demands of who asks: what every subgraph declares on the field, on its type and on the type
 * that it gives. All of it must be met. (The composer refuses demands on interfaces.)
 */
export class FieldAccess {
  readonly #rules = new AccessRules();
  readonly #subgraphs: readonly LocalSubgraph[];

  constructor(subgraphs: readonly LocalSubgraph[]) {
    this.#subgraphs = subgraphs;
  }

  of({ name }: GraphQLObjectType, field: GraphQLField<unknown, unknown>): Access | undefined {
    const elements = this.#subgraphs.flatMap(({ schema }): Annotated[] => {
      const type = schema.getType(name);
      const own = isObjectType(type) ? type.getFields()[field.name] : undefined;
      const given = schema.getType(getNamedType(field.type).name);
      return [...(isObjectType(type) && own !== undefined ? [type, own] : []), ...(given === undefined ? [] : [given])];
    });
    const demands = new Map(elements.flatMap((element) => scopesOf(element)).map((groups) => [JSON.stringify(groups), groups]));
    return this.#rules.of(elements.some((element) => directivesNamed(element, 'authenticated').length > 0), [...demands.values()]);
  }
}
