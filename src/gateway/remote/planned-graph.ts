import { getStitchedSchemaFromSupergraphSdl } from '@graphql-tools/federation';
import type { ExecutionRequest } from '@graphql-tools/utils';
import { buildASTSchema, getNamedType, GraphQLError, isLeafType, isScalarType, isSpecifiedScalarType, Kind, parse, print, type DocumentNode, type ExecutionResult, type GraphQLFieldResolver, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql';
import { BoundedCache } from '../../lib/bounded-cache.js';
import { Operations, type OperationArgs } from '../execute/operations.js';
import { ownResolvers, type Resolution } from '../execute/resolution.js';
import { isThenable, pathKeys } from '../execute/run.js';
import { FieldAccess } from '../fusion/access.js';
import { argumentOf } from '../fusion/directives.js';
import { makersOf, type Makers } from './partial-unions.js';

/** A request of the planner to one subgraph. */
export interface SubgraphRequest {
  /** The same object for the same text. */
  document: DocumentNode;
  query: string;
  variables: Record<string, unknown> | undefined;
  operationName: string | undefined;
  context: unknown;
}

/** Answers for one subgraph; of a subscription, with its events. */
export type SubgraphExecutor = (request: SubgraphRequest, operation: 'query' | 'mutation' | 'subscription') => Promise<ExecutionResult | AsyncIterable<ExecutionResult>> | ExecutionResult;

export interface PlannedGraph {
  schema: GraphQLSchema;
  operations: Operations;
  /** What each field demands of who asks, wherever it comes from. */
  access: FieldAccess;
  /** The supergraph as a schema, whose definitions carry their directives. */
  annotated: GraphQLSchema;
}

/** Documents of the planner that are kept, per subgraph. */
const documentsKept = { maxEntries: 500, maxWeight: 1024 * 1024 };

/**
 * A supergraph, each operation of which is planned and put together by @graphql-tools/federation. Nothing
 * is asked but through `executors`: addresses in the supergraph are not used.
 * @param executors by the subgraph's name, as it is in the supergraph
 * @throws Error where a subgraph of the supergraph has none
 */
export function plannedGraph(supergraph: string, executors: ReadonlyMap<string, SubgraphExecutor>, locals: readonly GraphQLSchema[]): PlannedGraph {
  const document = parse(supergraph);
  const nameOf = subgraphNames(document);
  const missing = [...nameOf.values()].filter((name) => !executors.has(name));
  if (missing.length > 0) throw new Error(`The supergraph has subgraphs that are not configured: ${missing.join(', ')}.`);
  const annotated = buildASTSchema(document, { assumeValidSDL: true });
  const access = new FieldAccess([{ schema: annotated }]);
  const schema = getStitchedSchemaFromSupergraphSdl({
    supergraphSdl: document,
    batch: true,
    onStitchingOptions({ subschemas }) {
      // Every one, those too that the planner makes for fields with arguments in @requires.
      for (const subschema of subschemas) subschema.executor = executorOf(executors.get(nameOf.get(subschema.name!.toUpperCase())!)!);
    },
  });
  for (const type of Object.values(schema.getTypeMap())) if (isScalarType(type) && !isSpecifiedScalarType(type)) copyScalar(locals, type.name, schema);
  return { schema, operations: new PlannedOperations(schema, resolutionOf(annotated, access)), access, annotated };
}

function resolutionOf(annotated: GraphQLSchema, access: FieldAccess): Resolution {
  const makers = new Map<string, Makers>();
  return {
    ...ownResolvers,
    field(type, field, origin) {
      const parent = origin === undefined ? undefined : makers.get(origin);
      if (parent?.common?.includes(type.name) === false) return { resolve: () => null, origin: undefined };
      const made = isLeafType(getNamedType(field.type)) ? undefined : makersOf(annotated, type.name, field, parent);
      const name = made === undefined ? undefined : JSON.stringify(made);
      if (name !== undefined) makers.set(name, made!);
      return { resolve: field.resolve === undefined ? undefined : placedAnew(field.resolve), subscribe: field.subscribe, access: access.of(type, field), origin: name };
    },
  };
}

/** The planner places errors of a list's items on the list. One whose place is not at or below the field is placed on the field. */
function placedAnew(resolve: GraphQLFieldResolver<unknown, unknown>): GraphQLFieldResolver<unknown, unknown> {
  const placed = (value: unknown, { path }: GraphQLResolveInfo) => {
    if (!(value instanceof GraphQLError) || value.path === undefined) return value;
    const own = pathKeys(path);
    if (own.every((key, index) => value.path![index] === key)) return value;
    return new GraphQLError(value.message, { originalError: value, extensions: value.extensions });
  };
  return (source, args, context, info) => {
    const fail = (error: unknown): never => {
      throw placed(error, info);
    };
    try {
      const value: unknown = resolve(source, args, context, info);
      return isThenable(value) ? value.then((settled) => placed(settled, info), fail) : placed(value, info);
    } catch (error) {
      return fail(error);
    }
  };
}

/** Where the planner itself fails, there is no answer at all: parts of it would be wrong. */
class PlannedOperations extends Operations {
  override execute(args: OperationArgs): ExecutionResult | Promise<ExecutionResult> {
    const result = super.execute(args);
    return result instanceof Promise ? result.then(withoutFailedPlans) : withoutFailedPlans(result);
  }
}

function withoutFailedPlans(result: ExecutionResult): ExecutionResult {
  const failed = result.errors?.filter((error) => error.extensions[CRITICAL_ERROR] === true) ?? [];
  if (failed.length === 0) return result;
  return { data: null, errors: failed.map((error) => new GraphQLError(error.message, { nodes: error.nodes, path: error.path, originalError: new Error(error.message) })) };
}

/** How the planner marks them. */
const CRITICAL_ERROR = 'CRITICAL_ERROR';

/** Names of subgraphs by how the supergraph's enum `join__Graph` writes them. */
export function subgraphNames(supergraph: DocumentNode): Map<string, string> {
  const names = new Map<string, string>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const value of definition.values ?? []) {
      const directive = value.directives?.find((each) => each.name.value === 'join__graph');
      const name = directive === undefined ? undefined : argumentOf(directive as never, 'name');
      names.set(value.name.value.toUpperCase(), name?.kind === Kind.STRING ? name.value : value.name.value);
    }
  }
  if (names.size === 0) throw new Error('It is no supergraph: it names no subgraphs (enum join__Graph).');
  return names;
}

function executorOf(executor: SubgraphExecutor) {
  const documents = new BoundedCache<string, DocumentNode>({ ...documentsKept, weightOf: (document) => document.loc?.end ?? 0 });
  return ({ document, variables, operationName, context, operationType }: ExecutionRequest): never => {
    // Printed and read again: the planner's own documents may nest lists of selections, and are new each time.
    const query = print(document);
    let known = documents.get(query);
    if (known === undefined) documents.set(query, (known = parse(query)));
    return executor({ document: known, query, variables: variables as Record<string, unknown> | undefined, operationName, context }, operationType ?? operationOf(known)) as never;
  };
}

function operationOf(document: DocumentNode): 'query' | 'mutation' | 'subscription' {
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return operation?.kind === Kind.OPERATION_DEFINITION ? operation.operation : 'query';
}

/** Scalars of ours are read and written as we do; those of others pass as they are. */
function copyScalar(locals: readonly GraphQLSchema[], name: string, schema: GraphQLSchema): void {
  const own = locals.map((local) => local.getType(name)).find(isScalarType);
  if (own !== undefined) Object.assign(schema.getType(name)!, { parseValue: own.parseValue, parseLiteral: own.parseLiteral });
}
