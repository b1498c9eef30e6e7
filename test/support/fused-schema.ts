import { defaultFieldResolver, isAbstractType, isObjectType, type GraphQLSchema } from 'graphql';
import { compose, type LocalSubgraph } from '../../src/gateway/compose.js';
import type { AccessContext } from '../../src/gateway/execute/access.js';
import type { FieldResolution, Hop } from '../../src/gateway/execute/resolution.js';
import { fuse } from '../../src/gateway/fuse.js';

/**
 * The fused graph with resolvers in the schema, so that graphql-js executes it: which subgraph made an
 * object is then not known beforehand, and every object is marked when it comes out of a resolver.
 */
export function fusedForGraphqlJs(subgraphs: readonly LocalSubgraph[]): GraphQLSchema {
  const { schema, resolution } = fuse(subgraphs, compose(subgraphs).api);
  const origins = new WeakMap<object, string>();
  const hops = new WeakMap<object, Map<Hop, unknown>>();

  function marked(value: unknown, origin: string | undefined): unknown {
    if (value instanceof Promise) return value.then((settled) => marked(settled, origin));
    if (Array.isArray(value)) for (const item of value) marked(item, origin);
    else if (typeof value === 'object' && value !== null && origin !== undefined) origins.set(value, origin);
    return value;
  }
  function taken(hop: Hop, source: object, ...given: [unknown, never]): unknown {
    const ofSource = hops.get(source) ?? new Map<Hop, unknown>();
    hops.set(source, ofSource);
    if (!ofSource.has(hop)) ofSource.set(hop, hop.resolve(source, ...given));
    return ofSource.get(hop);
  }

  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isAbstractType(type)) type.resolveType = (value, context, info) => resolution.typeResolver(type, origins.get(value as object))(value, context, info, type);
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const resolutions = new Map<string | undefined, FieldResolution>();
      field.resolve = (source, args, context, info) => {
        const parentOrigin = origins.get(source as object);
        const found = resolutions.get(parentOrigin) ?? resolution.field(type, field, parentOrigin);
        const { resolve, hop, access, origin } = found;
        resolutions.set(parentOrigin, found);
        const refusal = access?.refusal(context as AccessContext) ?? null;
        if (refusal !== null) throw refusal;
        const read = (on: unknown) => (on == null && hop !== undefined ? null : (resolve ?? defaultFieldResolver)(on, args, context, info));
        const on = hop === undefined ? source : taken(hop, source as object, context, info as never);
        return marked(on instanceof Promise ? on.then(read) : read(on), origin);
      };
    }
  }
  return schema;
}
