import { ApolloServer, type ApolloServerOptionsWithGateway } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import { GraphQLError, type DocumentNode, type GraphQLSchema } from 'graphql';
import type { Log } from '../lib/log.js';
import type { LocalSubgraph } from './compose.js';
import type { AdmittingContext } from './cost/limit.js';
import type { Deprecated } from './deprecations.js';
import { formatError, maskErrors } from './errors.js';
import { BoundedCache } from '../lib/bounded-cache.js';
import type { Operations } from './execute/operations.js';
import type { Graph } from './graph.js';
import { Graphs } from './graphs.js';
import { limitRules, limits } from './limits.js';
import { statusPlugin } from './status-plugin.js';
import { subgraphGraph, type SubgraphGraph } from './subgraph-graph.js';

/** What the gateway itself needs of a context; the rest is between main and the subgraphs. */
export interface OperationContext extends AdmittingContext {
  correlationId: string;
  /** What the operation that was admitted uses that is deprecated. */
  deprecated?: readonly Deprecated[];
  /** Headers of the client's request, by name in lower case: remote subgraphs may be configured to be handed some. */
  headers?: Readonly<Record<string, string | undefined>>;
}

export interface GatewayOptions {
  log: Log;
  /** Whether the schema is for everybody who has a token. */
  introspection: boolean;
  /** What one operation may cost at most; see `cost/weights`. */
  maxCost?: number | undefined;
  /** File of remote subgraphs; undefined: the local ones alone. */
  remoteFile?: string | undefined;
}

export interface Gateway<Context extends OperationContext> {
  /** What is served now, and by which schema an operation was validated. */
  graphs: Graphs;
  /** What clients of the local subgraphs see; its resolvers are in `operations`. */
  schema: GraphQLSchema;
  /** Executes on the local subgraphs alone, without limits. */
  operations: Operations;
  /** Each local subgraph on its own, by name. */
  subgraphs: ReadonlyMap<string, SubgraphGraph>;
  apollo: ApolloServer<Context>;
}

type Executor = NonNullable<Awaited<ReturnType<ApolloServerOptionsWithGateway<OperationContext>['gateway']['load']>>['executor']>;

/** A hundred shipments with their orders, 50 milestones each, loads with stops and exceptions may cost 22,600. */
export const defaultMaxCost = 100_000;

const overSocketsOnly = new GraphQLError('Subscriptions go over the WebSocket on this address (graphql-transport-ws).', { extensions: { code: 'BAD_USER_INPUT' } });

/** One graph out of the local subgraphs and the remote ones, behind Apollo Server's `gateway` interface. */
export async function openGateway<Context extends OperationContext>(subgraphs: readonly LocalSubgraph[], options: GatewayOptions): Promise<Gateway<Context>> {
  const cost = { maxCost: options.maxCost ?? defaultMaxCost };
  const graphs = await Graphs.open(subgraphs, { log: options.log, cost, ...(options.remoteFile === undefined ? {} : { remoteFile: options.remoteFile }) });
  const executor: Executor = async ({ document, operation, operationName, request, context, schema }) => {
    const known = operation as typeof operation | undefined;
    if (known?.operation === 'subscription') return { data: null, errors: [overSocketsOnly] };
    // Where the document has no operation of the name that was asked for, Apollo Server forgets the name: executing tells it.
    const name = known === undefined ? request.operationName : operationName;
    // Apollo Server's own formatError is not told the context: what failed is given its correlation id here.
    return maskErrors(options.log, await graphs.of(schema).execute({ document, contextValue: context, operationName: name ?? null, variableValues: request.variables }), context.correlationId);
  };
  const apollo = new ApolloServer<Context>({
    gateway: {
      async load() {
        return { executor };
      },
      onSchemaLoadOrUpdate(callback) {
        const tell = ({ schema, supergraph }: Graph) => callback({ apiSchema: schema, coreSupergraphSdl: supergraph });
        tell(graphs.current);
        return graphs.onChange(tell);
      },
      async stop() {
        graphs.close();
      },
    },
    documentStore: documentStore(),
    validationRules: limitRules,
    parseOptions: { maxTokens: limits.maxTokens },
    introspection: options.introspection,
    hideSchemaDetailsFromClientErrors: !options.introspection,
    includeStacktraceInErrorResponses: false,
    // Its own adds a line break, for which the whole text is copied.
    stringifyResult: (result) => JSON.stringify(result),
    // A page of another site cannot send Authorization unless it is let: such a request needs no further sign.
    csrfPrevention: { requestHeaders: ['authorization', 'apollo-require-preflight', 'x-apollo-operation-name'] },
    stopOnTerminationSignals: false,
    logger: { debug() {}, info() {}, warn: (message) => options.log.warn(message), error: (message) => options.log.error(message) },
    formatError: (formatted, error) => formatError(options.log, formatted, error),
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), ApolloServerPluginUsageReportingDisabled(), statusPlugin()],
  });
  await apollo.start();
  return { graphs, schema: graphs.local.schema, operations: graphs.local.operations, subgraphs: new Map(subgraphs.map((subgraph) => [subgraph.name, subgraphGraph(subgraph, cost)])), apollo };
}

/** Documents that Apollo Server has validated, by their hash. Its own store is bounded by the length of their JSON, which is a fraction of what they take. */
function documentStore(): NonNullable<ApolloServerOptionsWithGateway<OperationContext>['documentStore']> {
  const documents = new BoundedCache<string, DocumentNode>({ maxEntries: 1000, maxWeight: 1024 * 1024, weightOf: (document) => document.loc?.end ?? 1000 });
  return {
    get: async (hash) => documents.get(hash),
    set: async (hash, document) => void documents.set(hash, document),
    delete: async () => false, // nothing is ever taken back: a hash has one document
  };
}
