import { defaultTypeResolver, type GraphQLAbstractType, type GraphQLField, type GraphQLFieldResolver, type GraphQLIsTypeOfFn, type GraphQLObjectType, type GraphQLResolveInfo, type GraphQLTypeResolver } from 'graphql';
import type { Access } from './access.js';

/** Which part of a fused schema made an object; undefined in a schema that is not fused. */
export type Origin = string | undefined;

/** The parent as another part of the schema knows it. */
export interface Hop {
  /** Null where the other part does not know it. May be a promise. */
  resolve(parent: unknown, context: unknown, info: GraphQLResolveInfo): unknown;
  /** Names of the parent's fields that are told to the other part. */
  readonly reads: readonly string[];
}

/** How one field of an object of known origin comes to its value. */
export interface FieldResolution {
  /** Undefined: the property of that name. */
  resolve: GraphQLFieldResolver<unknown, unknown> | undefined;
  subscribe?: GraphQLFieldResolver<unknown, unknown> | undefined;
  /** Where set, the field resolves on what the hop gives; equal hops are taken once per object. */
  hop?: Hop | undefined;
  access?: Access | undefined;
  /** Origin of the objects in the value. */
  origin: Origin;
}

/** Where a compiled operation finds its resolvers. */
export interface Resolution {
  field(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, origin: Origin): FieldResolution;
  typeResolver(type: GraphQLAbstractType, origin: Origin): GraphQLTypeResolver<unknown, unknown>;
  /** Where objects of one field differ in origin: that of this one. Asked for values of abstract types only. */
  originOf?(value: unknown, origin: Origin): Origin;
  isTypeOf(type: GraphQLObjectType, origin: Origin): GraphQLIsTypeOfFn<unknown, unknown> | null | undefined;
}

/** The resolvers that stand in the schema itself, as graphql-js takes them. */
export const ownResolvers: Resolution = {
  field: (_type, field) => ({ resolve: field.resolve, subscribe: field.subscribe, origin: undefined }),
  typeResolver: (type) => type.resolveType ?? defaultTypeResolver,
  isTypeOf: (type) => type.isTypeOf,
};
