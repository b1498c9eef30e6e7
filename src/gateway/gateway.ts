import { ApolloServer, type ApolloServerOptionsWithGateway } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { Log } from '../lib/log.js';
import { compose, type LocalSubgraph } from './compose.js';
import { formatError, maskErrors } from './errors.js';
import { Operations } from './execute/operations.js';
import { fuse } from './fuse.js';
import { limitRules, limits } from './limits.js';

/** What the gateway itself needs of a context; the rest is between main and the subgraphs. */
export interface OperationContext {
  correlationId: string;
}

export interface Gateway<Context extends OperationContext> {
  /** What clients see; its resolvers are in `operations`. */
  schema: GraphQLSchema;
  /** Executes on the local subgraphs, for every way in. */
  operations: Operations;
  apollo: ApolloServer<Context>;
}

type Executor = NonNullable<Awaited<ReturnType<ApolloServerOptionsWithGateway<OperationContext>['gateway']['load']>>['executor']>;

const overSocketsOnly = new GraphQLError('Subscriptions go over the WebSocket on this address (graphql-transport-ws).', { extensions: { code: 'BAD_USER_INPUT' } });

/** One graph out of the local subgraphs, behind Apollo Server's `gateway` interface. */
export async function openGateway<Context extends OperationContext>(subgraphs: readonly LocalSubgraph[], options: { log: Log; production: boolean }): Promise<Gateway<Context>> {
  const { api, supergraph } = compose(subgraphs);
  const { schema, resolution } = fuse(subgraphs, api);
  const operations = new Operations(schema, resolution);
  const executor: Executor = async ({ document, operation, operationName, request, context }) => {
    if (operation.operation === 'subscription') return { data: null, errors: [overSocketsOnly] };
    // Apollo Server's own formatError is not told the context: what failed is given its correlation id here.
    return maskErrors(options.log, await operations.execute({ document, contextValue: context, operationName, variableValues: request.variables }), context.correlationId);
  };
  const apollo = new ApolloServer<Context>({
    gateway: {
      async load() {
        return { executor };
      },
      onSchemaLoadOrUpdate(callback) {
        callback({ apiSchema: schema, coreSupergraphSdl: supergraph });
        return () => {};
      },
      async stop() {},
    },
    validationRules: limitRules,
    parseOptions: { maxTokens: limits.maxTokens },
    introspection: !options.production,
    hideSchemaDetailsFromClientErrors: options.production,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    logger: { debug() {}, info() {}, warn: (message) => options.log.warn(message), error: (message) => options.log.error(message) },
    formatError: (formatted, error) => formatError(options.log, formatted, error),
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), ApolloServerPluginUsageReportingDisabled()],
  });
  await apollo.start();
  return { schema, operations, apollo };
}
