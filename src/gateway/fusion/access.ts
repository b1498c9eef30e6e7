import { getNamedType, isObjectType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { AccessRules, type Access } from '../execute/access.js';
import { directivesNamed, scopesOf, type Annotated } from './directives.js';

/**
 * What a field demands of who asks: what every subgraph declares on the field, on its type and on the type
 * that it gives. All of it must be met. (The composer refuses demands on interfaces.)
 */
export class FieldAccess {
  readonly #rules = new AccessRules();
  readonly #subgraphs: ReadonlyArray<{ schema: GraphQLSchema }>;

  constructor(subgraphs: ReadonlyArray<{ schema: GraphQLSchema }>) {
    this.#subgraphs = subgraphs;
  }

  of(type: Pick<GraphQLObjectType, 'name'>, field: GraphQLField<unknown, unknown>): Access | undefined {
    const { isAuthenticated, groups } = this.#demands(type, field);
    return this.#rules.of(isAuthenticated, groups);
  }

  /** The demand as text, the same for the same demand in another graph. */
  textOf(type: Pick<GraphQLObjectType, 'name'>, field: GraphQLField<unknown, unknown>): string {
    const { isAuthenticated, groups } = this.#demands(type, field);
    return JSON.stringify([isAuthenticated, groups.map((each) => JSON.stringify(each)).sort()]);
  }

  #demands({ name }: Pick<GraphQLObjectType, 'name'>, field: GraphQLField<unknown, unknown>): { isAuthenticated: boolean; groups: string[][][] } {
    const elements = this.#subgraphs.flatMap(({ schema }): Annotated[] => {
      const type = schema.getType(name);
      const own = isObjectType(type) ? type.getFields()[field.name] : undefined;
      const given = schema.getType(getNamedType(field.type).name);
      return [...(isObjectType(type) && own !== undefined ? [type, own] : []), ...(given === undefined ? [] : [given])];
    });
    const demands = new Map(elements.flatMap((element) => scopesOf(element)).map((groups) => [JSON.stringify(groups), groups]));
    return { isAuthenticated: elements.some((element) => directivesNamed(element, 'authenticated').length > 0), groups: [...demands.values()] };
  }
}
