import { buildSubgraphSchema, printSubgraphSchema } from '@apollo/subgraph';
import { parse, type GraphQLSchema } from 'graphql';
import { buildSchema, createResolversMap, type BuildSchemaOptions, type NonEmptyArray } from 'type-graphql';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import type { GraphContext } from './context.js';

/** One of the five: a Federation v2 subgraph that stands on its own. */
export interface Subgraph {
  name: string;
  schema: GraphQLSchema;
  /** What composition and outside routers read. */
  sdl: string;
}

type ResolveReference = (reference: Record<string, unknown>, context: GraphContext) => unknown;

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@requiresScopes", "@external", "@requires", "@provides", "@tag", "@cost", "@listSize"])\n`;

/** Builds a subgraph from type-graphql classes. Keeps type-graphql behind this one function. */
export async function buildSubgraph(options: {
  name: string;
  resolvers: NonEmptyArray<Function>;
  orphanedTypes?: Function[];
  /** How an entity is found by its key, by type name. */
  references: Record<string, ResolveReference>;
}): Promise<Subgraph> {
  const schema = await buildSchema({
    resolvers: options.resolvers as unknown as BuildSchemaOptions['resolvers'],
    orphanedTypes: options.orphanedTypes ?? [],
    validate: false,
    skipCheck: true,
    pubSub: unusedPubSub,
  } as BuildSchemaOptions);
  const resolvers = createResolversMap(schema) as Record<string, Record<string, unknown>>;
  for (const [type, resolveReference] of Object.entries(options.references)) {
    resolvers[type] = { ...resolvers[type], __resolveReference: resolveReference };
  }
  const typeDefs = parse(link + printSchemaWithDirectives(schema));
  const subgraph = buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]);
  return { name: options.name, schema: subgraph, sdl: printSubgraphSchema(subgraph) };
}

/** type-graphql asks for one when a subscription exists; ours bring their own source. */
const unusedPubSub = {
  publish() {
    throw new Error('Subscriptions read the event log; nothing is published in memory.');
  },
  subscribe() {
    throw new Error('Subscriptions read the event log; nothing is published in memory.');
  },
};
