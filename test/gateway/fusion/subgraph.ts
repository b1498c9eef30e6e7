import { buildSubgraphSchema, printSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import type { LocalSubgraph } from '../../../src/gateway/compose.js';

const imports = ['@key', '@shareable', '@external', '@requires', '@provides', '@override', '@requiresScopes', '@authenticated', '@inaccessible', '@tag', '@interfaceObject', '@policy'];
const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ${JSON.stringify(imports)})\n`;

/** A subgraph out of SDL and resolvers, as an outside team would write it. */
export function subgraphOf(name: string, sdl: string, resolvers: Record<string, Record<string, unknown>>): LocalSubgraph {
  const schema = buildSubgraphSchema([{ typeDefs: parse(link + sdl), resolvers: resolvers as never }]);
  return { name, schema, sdl: printSubgraphSchema(schema) };
}
