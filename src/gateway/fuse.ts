import {
  buildSchema, defaultTypeResolver, GraphQLError, isAbstractType, isEnumType, isObjectType, isScalarType, isSpecifiedScalarType,
  type GraphQLEnumType, type GraphQLObjectType, type GraphQLScalarType, type GraphQLSchema, type GraphQLTypeResolver,
} from 'graphql';
import type { LocalSubgraph } from './compose.js';
import type { FieldResolution, Resolution } from './execute/resolution.js';
import { isThenable } from './execute/run.js';
import { FieldAccess } from './fusion/access.js';
import { FederatedGraph } from './fusion/graph.js';
import { FieldPlanner } from './fusion/plan.js';
import { checkReachable, type Find } from './fusion/reachable.js';

/** The local subgraphs as one graph. The schema itself has no resolvers: they depend on which subgraph made the parent. */
export interface FusedGraph {
  schema: GraphQLSchema;
  resolution: Resolution;
  access: FieldAccess;
  /** What the subgraphs say of their types. */
  graph: FederatedGraph;
  /** Finds a field of an object by who made it. */
  planner: FieldPlanner;
}

/**
 * One executable graph out of the local subgraphs, with federation's meaning: a field that another
 * subgraph owns is resolved by that subgraph's reference resolver, then its field. Which subgraph made an
 * object is known from the field that gave it, so all of this is decided when an operation is compiled.
 * `@provides` is a hint that is not needed here: its fields are asked of their owner.
 * @throws Error for what it does not know how to fuse, or cannot reach
 */
export function fuse(subgraphs: readonly LocalSubgraph[], apiSdl: string): FusedGraph {
  const schema = buildSchema(apiSdl, { assumeValidSDL: true });
  const graph = new FederatedGraph(subgraphs);
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isScalarType(type) && !isSpecifiedScalarType(type)) copyScalar(subgraphs, type);
    if (isEnumType(type)) checkEnum(subgraphs, type);
  }
  const planner = new FieldPlanner(graph);
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) => type ?? []);
  const rootNames = new Set(roots.map(({ name }) => name)); // by name: the graph may be part of a larger schema
  const find = (type: GraphQLObjectType, field: string, origin: string | undefined) => (rootNames.has(type.name) ? planner.rootField(type.name, field, schema.getMutationType()?.name) : planner.fieldOf(type.name, field, origin!));
  checkReachable(graph, schema, roots, find);
  const access = new FieldAccess(subgraphs);
  return { schema, resolution: resolutionOf(graph, access, find), access, graph, planner };
}

function resolutionOf({ subgraphs }: FederatedGraph, access: FieldAccess, find: Find): Resolution {
  const fields = new Map<string, FieldResolution>();
  return {
    field(type, field, origin): FieldResolution {
      const place = `${type.name}.${field.name} ${origin}`;
      let resolution = fields.get(place);
      if (resolution === undefined) fields.set(place, (resolution = { ...find(type, field.name, origin), access: access.of(type, field) }));
      return resolution;
    },
    typeResolver(type, origin): GraphQLTypeResolver<unknown, unknown> {
      const { schema } = subgraphs.get(origin!)!;
      const own = schema.getType(type.name);
      if (!isAbstractType(own)) throw new Error(`Subgraph ${origin} does not know the abstract type ${type.name}.`);
      const resolveType = own.resolveType ?? defaultTypeResolver;
      const possible = new Set(schema.getPossibleTypes(own).map(({ name }) => name));
      // What the subgraph itself may not give there is an error, whatever other subgraphs allow.
      const checked = (name: unknown) => {
        if (typeof name === 'string' && !possible.has(name)) throw new GraphQLError(`Subgraph ${origin} gave a "${name}" where it knows only ${[...possible].join(', ')}.`);
        return name as string | undefined;
      };
      return (value, context, info) => {
        const name = resolveType(value, context, { ...info, schema }, own);
        return isThenable(name) ? name.then(checked) : checked(name);
      };
    },
    isTypeOf(type, origin) {
      const own = origin === undefined ? undefined : subgraphs.get(origin)?.schema.getType(type.name);
      return isObjectType(own) ? own.isTypeOf : undefined;
    },
  };
}

/** @throws Error where subgraphs read or write it differently: a value would have to be translated on the way */
function copyScalar(subgraphs: readonly LocalSubgraph[], scalar: GraphQLScalarType): void {
  const [own, ...others] = subgraphs.flatMap(({ schema }) => {
    const type = schema.getType(scalar.name);
    return isScalarType(type) ? [type] : [];
  });
  if (own === undefined) throw new Error(`No subgraph defines scalar ${scalar.name}.`);
  if (others.some((other) => other.serialize !== own.serialize || other.parseValue !== own.parseValue)) throw new Error(`Subgraphs define scalar ${scalar.name} differently: fusing it is not supported. Share one definition.`);
  Object.assign(scalar, { serialize: own.serialize, parseValue: own.parseValue, parseLiteral: own.parseLiteral });
}

function checkEnum(subgraphs: readonly LocalSubgraph[], { name }: GraphQLEnumType): void {
  for (const subgraph of subgraphs) {
    const own = subgraph.schema.getType(name);
    const renamed = isEnumType(own) ? own.getValues().find((value) => value.value !== value.name) : undefined;
    if (renamed !== undefined) throw new Error(`Enum ${name} in subgraph ${subgraph.name} has an internal value for ${renamed.name}: fusing it is not supported. Use the names.`);
  }
}
