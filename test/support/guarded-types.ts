import { getNamedType, isAbstractType, isObjectType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { FieldAccess } from '../../src/gateway/fusion/access.js';

/** What must be carried to come to something: scopes, each as the group of those of which one suffices (`a|b`). */
type Demands = ReadonlySet<string>;

export interface Guards {
  /** By type: each smallest set of demands with which some path leads to an object of it, as `a, b`; an empty text: none. */
  ways: Map<string, string[]>;
  /** Fields, as `Type.field`, that a token without any scope is given. */
  openFields: string[];
}

/**
 * What guards each object type and field of a graph: the demands that the gateway makes on every path from the
 * root types to it.
 * @param left fields of the root types that are not looked at
 */
export function guardsOf(schema: GraphQLSchema, subgraphs: ReadonlyArray<{ schema: GraphQLSchema }>, left: readonly string[] = []): Guards {
  const access = new FieldAccess(subgraphs);
  const found = new Map<GraphQLObjectType, Demands[]>();
  const openFields = new Set<string>();
  const waiting: Array<[GraphQLObjectType, Demands]> = [];
  const reach = (type: GraphQLObjectType, demands: Demands) => {
    const known = found.get(type) ?? [];
    if (known.some((each) => isWithin(each, demands))) return;
    found.set(type, [...known.filter((each) => !isWithin(demands, each)), demands]);
    waiting.push([type, demands]);
  };
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) if (root != null) reach(root, new Set());
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [type, demands] = next;
    for (const field of Object.values(type.getFields())) {
      if (left.includes(`${type.name}.${field.name}`)) continue;
      const all = new Set([...demands, ...demandsOf(access, type, field)]);
      if (all.size === 0) openFields.add(`${type.name}.${field.name}`);
      const given = getNamedType(field.type);
      for (const object of isAbstractType(given) ? schema.getPossibleTypes(given) : isObjectType(given) ? [given] : []) reach(object, all);
    }
  }
  return { ways: new Map([...found].map(([type, ways]) => [type.name, ways.map((way) => [...way].sort().join(', ')).sort()])), openFields: [...openFields].sort() };
}

/** Whether `demands` are among `others`. */
export function isWithin(demands: Demands, others: Demands): boolean {
  return [...demands].every((each) => others.has(each));
}

function demandsOf(access: FieldAccess, type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): Set<string> {
  const [, groups] = JSON.parse(access.textOf(type, field)) as [boolean, string[]];
  return new Set(groups.map((text) => (JSON.parse(text) as string[][]).map((group) => group.join('+')).join('|')));
}
