import { buildSubgraphSchema, printSubgraphSchema } from '@apollo/subgraph';
import { Kind, parse, visit, type DocumentNode, type GraphQLSchema } from 'graphql';
import { buildSchema, createResolversMap, type BuildSchemaOptions, type NonEmptyArray } from 'type-graphql';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import type { GraphContext } from './context.js';
import { directResolvers } from './direct-resolvers.js';

/** One of the five: a Federation v2 subgraph that stands on its own. */
export interface Subgraph {
  name: string;
  schema: GraphQLSchema;
  /** What composition and outside routers read. */
  sdl: string;
}

type ResolveReference = (reference: Record<string, unknown>, context: GraphContext) => unknown;

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@requiresScopes", "@authenticated", "@external", "@requires", "@provides", "@override", "@interfaceObject", "@inaccessible", "@composeDirective", "@tag", "@cost", "@listSize"])\n`;

/** Builds a subgraph from type-graphql classes. Keeps type-graphql behind this one function. */
export async function buildSubgraph(options: {
  name: string;
  resolvers: NonEmptyArray<Function>;
  orphanedTypes?: Function[];
  /** How an entity is found by its key, by type name. */
  references: Record<string, ResolveReference>;
  /** Directives of its own: `extend schema @link(...) @composeDirective(...)` and their definitions. */
  directives?: string;
}): Promise<Subgraph> {
  const schema = await buildSchema({
    resolvers: options.resolvers as unknown as BuildSchemaOptions['resolvers'],
    orphanedTypes: options.orphanedTypes ?? [],
    validate: false,
    skipCheck: true,
    pubSub: unusedPubSub,
  } as BuildSchemaOptions);
  const resolvers = createResolversMap(schema) as Record<string, Record<string, unknown>>;
  for (const [type, fields] of Object.entries(directResolvers(options.resolvers))) {
    for (const [field, resolve] of Object.entries(fields)) {
      const own = resolvers[type]?.[field];
      if (own === undefined) continue;
      // A subscription keeps how it subscribes.
      resolvers[type]![field] = typeof own === 'function' ? resolve : { ...own, resolve };
    }
  }
  for (const [type, resolveReference] of Object.entries(options.references)) {
    resolvers[type] = { ...resolvers[type], __resolveReference: resolveReference };
  }
  const typeDefs = withPageSizes(parse(link + (options.directives ?? '') + printSchemaWithDirectives(schema)));
  const subgraph = buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]);
  return { name: options.name, schema: subgraph, sdl: printSubgraphSchema(subgraph) };
}

/** Every field that gives a page is said to give `first` items, for limits on cost; ours, and those of outside routers. */
function withPageSizes(document: DocumentNode): DocumentNode {
  const [definition] = parse('type T { f: Int @listSize(slicingArguments: ["first"], sizedFields: ["edges", "nodes"]) }', { noLocation: true }).definitions;
  const listSize = definition?.kind === Kind.OBJECT_TYPE_DEFINITION ? definition.fields![0]!.directives![0]! : undefined;
  return visit(document, {
    FieldDefinition(field) {
      const given = field.type.kind === Kind.NON_NULL_TYPE ? field.type.type : field.type;
      const isPage = given.kind === Kind.NAMED_TYPE && given.name.value.endsWith('Connection') && field.arguments?.some(({ name }) => name.value === 'first');
      const isSaid = field.directives?.some(({ name }) => name.value === 'listSize');
      return isPage === true && isSaid !== true ? { ...field, directives: [...(field.directives ?? []), listSize!] } : undefined;
    },
  });
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
