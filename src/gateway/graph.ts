import type { ExecutionResult, GraphQLSchema } from 'graphql';
import type { OperationArgs } from './execute/operations.js';

/** A graph as clients meet it, for every way in: what it knows, and how its operations run. */
export interface Graph {
  /** For validation and introspection. Its own resolvers are not to be relied on. */
  schema: GraphQLSchema;
  /** For routers: which subgraph owns what. */
  supergraph: string;
  /** Takes the place of graphql-js's `execute`. The document has been validated against `schema`. */
  execute(args: OperationArgs): ExecutionResult | Promise<ExecutionResult>;
  /** The events of a subscription, each to be executed with it as the root; or a result with errors. */
  createSourceEventStream(args: OperationArgs): Promise<AsyncIterable<unknown> | ExecutionResult>;
}
