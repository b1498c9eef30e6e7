import type { GraphQLSchema } from 'graphql';
import { ownResolvers, type Resolution } from '../execute/resolution.js';
import { FieldAccess } from './access.js';

/** The resolvers of one subgraph's own schema, behind what its fields demand of who asks. */
export function ownResolution(schema: GraphQLSchema): Resolution {
  const access = new FieldAccess([{ schema }]);
  return { ...ownResolvers, field: (type, field) => ({ resolve: field.resolve, subscribe: field.subscribe, access: access.of(type, field), origin: undefined }) };
}
