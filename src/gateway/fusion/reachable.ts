import { getNamedType, isAbstractType, isObjectType, isUnionType, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import type { FederatedGraph } from './graph.js';
import type { FederatedField } from './representation.js';

/** @param origin undefined for the root types */
export type Find = (type: GraphQLObjectType, field: string, origin: string | undefined) => FederatedField;

interface Place {
  type: GraphQLObjectType;
  /** The subgraph that makes the object; undefined for the root types. */
  origin: string | undefined;
  /** Every subgraph that could have made it, had it been asked. */
  makers: readonly string[];
}

/**
 * Looks at every field of every object that an operation can come to, from whichever subgraph.
 * @throws Error for a field that no key leads to, and where it would show which of several subgraphs was asked
 */
export function checkReachable(graph: FederatedGraph, schema: GraphQLSchema, roots: readonly GraphQLObjectType[], find: Find): void {
  const all = [...graph.subgraphs.keys()];
  const seen = new Set<string>();
  const waiting: Place[] = roots.map((type) => ({ type, origin: undefined, makers: all }));
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const { type, origin, makers } = place;
    const name = `${type.name} ${origin} ${makers.join()}`;
    if (seen.has(name)) continue;
    seen.add(name);
    for (const field of Object.values(type.getFields())) {
      const { origin: maker } = find(type, field.name, origin);
      const possibleMakers = makersOf(graph, type.name, field.name, roots.includes(type) ? all : makers);
      checkAlike(graph, type.name, field.name, possibleMakers);
      for (const given of possibleTypes(graph.subgraphs.get(maker)!.schema, getNamedType(field.type).name)) {
        const fused = schema.getType(given);
        if (!isObjectType(fused)) continue;
        waiting.push({ type: fused, origin: roots.includes(fused) ? undefined : maker, makers: possibleMakers.includes(maker) ? possibleMakers : [maker] });
      }
    }
  }
}

/** An entity can be asked of any subgraph that resolves the field; what is none comes from whoever made its parent. */
function makersOf(graph: FederatedGraph, typeName: string, fieldName: string, makers: readonly string[]): string[] {
  const isEntity = graph.keysOf(typeName).length > 0;
  return graph.declarations(typeName, fieldName).filter(({ field, subgraph }) => field.isOwned && (isEntity || makers.includes(subgraph))).map(({ subgraph }) => subgraph);
}

/** @throws Error where subgraphs that resolve the field give different things */
function checkAlike(graph: FederatedGraph, typeName: string, fieldName: string, makers: readonly string[]): void {
  const declarations = graph.declarations(typeName, fieldName).filter(({ subgraph }) => makers.includes(subgraph));
  if (declarations.length < 2) return;
  const given = declarations.map(({ field, subgraph }) => {
    const { schema } = graph.subgraphs.get(subgraph)!;
    const type = getNamedType(field.field.type);
    const possible = possibleTypes(schema, type.name);
    const external = possible.find((each) => [...(graph.type(subgraph, each)?.fields.values() ?? [])].some(({ isExternalKey }) => isExternalKey));
    if (external !== undefined && isAbstractType(type)) throw new Error(`${typeName}.${fieldName} gives ${external}, whose key is @external in subgraph ${subgraph}, and other subgraphs resolve it too: fusing that is not supported.`);
    return isUnionType(type) ? possible.sort().join(' | ') : '';
  });
  if (new Set(given).size > 1) throw new Error(`${typeName}.${fieldName} gives ${given.join(' in one subgraph and ')} in another: fusing that is not supported.`);
}

function possibleTypes(schema: GraphQLSchema, name: string): string[] {
  const type = schema.getType(name);
  return isAbstractType(type) ? schema.getPossibleTypes(type).map((each) => each.name) : isObjectType(type) ? [name] : [];
}
