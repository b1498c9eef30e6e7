import { execute, Kind, parse, print, visit, type DocumentNode, type ExecutionResult } from 'graphql';
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
  const apollo = await optional('@apollo/gateway');
  if (apollo === null) return null;
  const supergraphSdl = supergraphOf(subgraphs);
  const schemaOf = new Map(subgraphs.map(({ name, schema }) => [name, schema]));
  const gateway = new apollo.ApolloGateway({ supergraphSdl, buildService: ({ name }: { name: string }) => new apollo.LocalGraphQLDataSource(schemaOf.get(name)), logger: silent });
  const { executor } = await gateway.load({ apollo: {} });
  return ({ query, document, variables, context }) => executor({ document, request: { query, variables }, queryHash: query, operationName: null, source: query, context, metrics: {}, logger: silent, cache: new Map() });
}

async function graphqlTools(subgraphs: readonly LocalSubgraph[]): Promise<ReferenceGateway | null> {
  const tools = await optional('@graphql-tools/federation');
  if (tools === null) return null;
  const supergraphSdl = supergraphOf(subgraphs);
  const schemaOf = new Map(subgraphs.map(({ name, schema }) => [name.toUpperCase(), schema]));
  const schema = tools.getStitchedSchemaFromSupergraphSdl({
    supergraphSdl,
    batch: true,
    onSubschemaConfig(config: { name: string; executor: unknown }) {
      const own = schemaOf.get(config.name.toUpperCase())!;
      config.executor = ({ document, variables, context }: { document: DocumentNode; variables: Record<string, unknown>; context: unknown }) => execute({ schema: own, document: withFlatSelections(document), variableValues: variables, contextValue: context });
    },
  });
  return async ({ document, variables, context }) => execute({ schema, document, variableValues: variables, contextValue: context });
}

/** Neither checks scopes, and @apollo/gateway does not start where a supergraph names them. */
function supergraphOf(subgraphs: readonly LocalSubgraph[]): string {
  const withoutScopes = (sdl: string) => print(visit(parse(sdl), { Directive: ({ name }) => (name.value === 'requiresScopes' ? null : undefined), ListValue: (list) => ({ ...list, values: list.values.filter((value) => !(value.kind === Kind.STRING && value.value === '@requiresScopes')) }) }));
  return compose(subgraphs.map((subgraph) => ({ ...subgraph, sdl: withoutScopes(subgraph.sdl) }))).supergraph;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Its documents may nest lists of selections; printed they are right, executed as they are they lose fields. */
function withFlatSelections<Node>(node: Node): Node {
  if (Array.isArray(node)) return node.map(withFlatSelections) as Node;
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, key === 'loc' ? value : key === 'selections' && Array.isArray(value) ? value.flat(Infinity).map(withFlatSelections) : withFlatSelections(value)]);
  return Object.fromEntries(entries) as Node;
}

async function optional(name: string): Promise<any> {
  try {
    return await import(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}
