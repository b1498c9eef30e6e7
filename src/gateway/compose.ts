import { composeServices, compositionHasErrors, transformSupergraphToPublicSchema } from '@theguild/federation-composition';
import { parse, print, type GraphQLSchema } from 'graphql';

/** A subgraph as the gateway takes it: it runs in this process. */
export interface LocalSubgraph {
  name: string;
  schema: GraphQLSchema;
  sdl: string;
}

export interface Composition {
  /** For routers: which subgraph owns what. */
  supergraph: string;
  /** For clients. */
  api: string;
}

/** @throws when the subgraphs contradict each other, with every reason */
export function compose(subgraphs: readonly LocalSubgraph[]): Composition {
  const result = composeServices(subgraphs.map(({ name, sdl }) => ({ name, typeDefs: parse(sdl), url: `http://localhost/subgraphs/${name}` })));
  if (compositionHasErrors(result)) throw new Error(`The subgraphs do not compose:\n${result.errors.map((error) => `- ${error.message}`).join('\n')}`);
  return { supergraph: result.supergraphSdl, api: print(transformSupergraphToPublicSchema(parse(result.supergraphSdl))) };
}
