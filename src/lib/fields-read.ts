import type { GraphQLResolveInfo } from 'graphql';

/**
 * Names of the fields that are read of the objects of one type; the same array for every run of a compiled
 * operation. Undefined: not known, so any may be.
 */
export type FieldsRead = readonly string[] | undefined;

/**
 * What our executor tells a resolver beyond graphql-js: by type, which fields are read of the objects that the
 * resolver gives, as they are or inside of others (the nodes of a connection). Other executors, and readers
 * of references, tell nothing.
 */
export interface ResolveInfo extends GraphQLResolveInfo {
  fieldsRead?: ReadonlyMap<string, readonly string[]> | undefined;
}

const none: readonly string[] = [];

/** @param type of the objects that the resolver gives */
export function fieldsRead(info: ResolveInfo | undefined, type: string): FieldsRead {
  return info?.fieldsRead === undefined ? undefined : (info.fieldsRead.get(type) ?? none);
}
