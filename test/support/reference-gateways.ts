import { execute, Kind, parse, print, visit, type DocumentNode, type ExecutionResult, type GraphQLSchema, type SelectionNode, type SelectionSetNode } from 'graphql';
import { compose, type LocalSubgraph } from '../../src/gateway/compose.js';

export interface ReferenceRequest {
  query: string;
  document: DocumentNode;
  variables: Record<string, unknown>;
  context: object;
}

export type ReferenceGateway = (request: ReferenceRequest) => Promise<ExecutionResult>;

/** Published gateways over the same subgraphs, in process. `make` gives null where the package is not installed. */
export const referenceGateways: ReadonlyArray<{ name: string; make(subgraphs: readonly LocalSubgraph[]): Promise<ReferenceGateway | null> }> = [
  { name: '@apollo/gateway', make: apolloGateway },
  { name: '@graphql-tools/federation', make: graphqlTools },
];

async function apolloGateway(subgraphs: readonly LocalSubgraph[]): Promise<ReferenceGateway | null> {
  const gateway = await openApolloGateway(subgraphs);
  if (gateway === null) return null;
  const { executor } = await gateway.load({ apollo: {} });
  return ({ query, document, variables, context }) => executor({ document, request: { query, variables }, queryHash: query, operationName: null, source: query, context, metrics: {}, logger: silent, cache: new Map() });
}

async function graphqlTools(subgraphs: readonly LocalSubgraph[]): Promise<ReferenceGateway | null> {
  const schema = await stitchedSchema(subgraphs);
  if (schema === null) return null;
  return async ({ document, variables, context }) => execute({ schema, document, variableValues: variables, contextValue: context });
}

/** What ApolloServer takes as `gateway`; null where @apollo/gateway is not installed. */
export async function openApolloGateway(subgraphs: readonly LocalSubgraph[]): Promise<any> {
  const apollo = await optional('@apollo/gateway');
  if (apollo === null) return null;
  const schemaOf = new Map(subgraphs.map(({ name, schema }) => [name, schema]));
  return new apollo.ApolloGateway({ supergraphSdl: supergraphOf(subgraphs), buildService: ({ name }: { name: string }) => new apollo.LocalGraphQLDataSource(schemaOf.get(name)), logger: silent });
}

/** What @graphql-tools/federation makes of them, for graphql-js to execute; null where it is not installed. */
export async function stitchedSchema(subgraphs: readonly LocalSubgraph[]): Promise<GraphQLSchema | null> {
  const tools = await optional('@graphql-tools/federation');
  if (tools === null) return null;
  const executorOf = localExecutors(subgraphs);
  return tools.getStitchedSchemaFromSupergraphSdl({
    supergraphSdl: supergraphOf(subgraphs),
    batch: true,
    onSubschemaConfig(config: { name: string; executor: unknown }) {
      config.executor = executorOf(config.name);
    },
  });
}

/**
 * Hive Gateway's runtime, a request handler for node:http; null where it is not installed, which it is not
 * by default: `npm install --no-save @graphql-hive/gateway-runtime`.
 * @param contextOf of one request, by its Authorization
 */
export async function openHiveGateway(subgraphs: readonly LocalSubgraph[], contextOf: (authorization: string | undefined) => Promise<object>): Promise<any> {
  const hive = await optional('@graphql-hive/gateway-runtime');
  if (hive === null) return null;
  const executorOf = localExecutors(subgraphs);
  return hive.createGatewayRuntime({
    supergraph: supergraphOf(subgraphs),
    transports: () => ({ getSubgraphExecutor: ({ subgraphName }: { subgraphName: string }) => executorOf(subgraphName) }),
    plugins: () => [{
      async onContextBuilding({ context, extendContext }: { context: { request: Request }; extendContext(more: object): void }) {
        extendContext(await contextOf(context.request.headers.get('authorization') ?? undefined));
      },
    }],
    logging: false,
    graphiql: false,
    landingPage: false,
  });
}

/** Of each subgraph in this process, by name in any case. */
function localExecutors(subgraphs: readonly LocalSubgraph[]) {
  const schemaOf = new Map(subgraphs.map(({ name, schema }) => [name.toUpperCase(), schema]));
  return (name: string) => {
    const schema = schemaOf.get(name.toUpperCase())!;
    return ({ document, variables, context }: { document: DocumentNode; variables: Record<string, unknown>; context: unknown }) => execute({ schema, document: withFlatSelections(document), variableValues: variables, contextValue: context });
  };
}

/** None checks scopes, and @apollo/gateway does not start where a supergraph names them. */
function supergraphOf(subgraphs: readonly LocalSubgraph[]): string {
  const withoutScopes = (sdl: string) => print(visit(parse(sdl), { Directive: ({ name }) => (name.value === 'requiresScopes' ? null : undefined), ListValue: (list) => ({ ...list, values: list.values.filter((value) => !(value.kind === Kind.STRING && value.value === '@requiresScopes')) }) }));
  return compose(subgraphs.map((subgraph) => ({ ...subgraph, sdl: withoutScopes(subgraph.sdl) }))).supergraph;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Documents of @graphql-tools may nest lists of selections; printed they are right, executed as they are they lose fields. */
function withFlatSelections(document: DocumentNode): DocumentNode {
  return { ...document, definitions: document.definitions.map((definition) => ('selectionSet' in definition ? { ...definition, selectionSet: flat(definition.selectionSet) } : definition)) };
}

function flat(set: SelectionSetNode): SelectionSetNode {
  const selections = set.selections.flat(Infinity) as SelectionNode[];
  return { ...set, selections: selections.map((node) => ('selectionSet' in node && node.selectionSet !== undefined ? { ...node, selectionSet: flat(node.selectionSet) } : node)) };
}

async function optional(name: string): Promise<any> {
  try {
    return await import(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}
