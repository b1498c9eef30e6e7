import { defaultFieldResolver, getArgumentValues, getNamedType, isLeafType, isListType, isNonNullType, Kind, type FieldNode, type GraphQLField, type GraphQLOutputType, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';
import type { FieldResolution } from '../execute/resolution.js';
import { isThenable, toPromise } from '../execute/run.js';

/** How a field is resolved on an object that a subgraph made, with its type there. */
export interface FederatedField extends FieldResolution {
  type: GraphQLOutputType;
  origin: string;
  /** Its definition there. */
  definition: GraphQLField<unknown, unknown>;
}

export type FieldOf = (typeName: string, fieldName: string, origin: string) => FederatedField;

/** Reads something of an object; may give a promise. */
export type Read = (object: unknown, context: unknown, info: GraphQLResolveInfo) => unknown;

/**
 * Reads the fields of a set as another subgraph is sent them in a reference: names of enums, serialised
 * scalars, nested objects. What a resolver throws is thrown, or rejected.
 * @param origin the subgraph that made the objects
 */
export function compileRepresentation(fieldOf: FieldOf, set: SelectionSetNode, typeName: string, origin: string): Read {
  const members = set.selections.map((selection): [string, Read] => {
    const name = (selection as FieldNode).name.value;
    return [name, name === '__typename' ? () => typeName : compileField(fieldOf, fieldOf(typeName, name, origin), selection as FieldNode)];
  });
  return (object, context, info) => {
    const record: Record<string, unknown> = { __typename: typeName };
    let pending: string[] | undefined;
    for (const [name, read] of members) {
      const value = read(object, context, info);
      record[name] = value;
      if (isThenable(value)) (pending ??= []).push(name);
    }
    return pending === undefined ? record : settled(record, pending);
  };
}

async function settled(record: Record<string, unknown>, names: readonly string[]): Promise<Record<string, unknown>> {
  const values = await Promise.all(names.map((name) => record[name]));
  return { ...record, ...Object.fromEntries(names.map((name, index) => [name, values[index]])) };
}

function compileField(fieldOf: FieldOf, { hop, resolve, type, origin, definition }: FederatedField, node: FieldNode): Read {
  const { name: { value: name }, selectionSet } = node;
  const args = getArgumentValues(definition, node); // field sets have no variables
  const convert = compileValue(fieldOf, type, origin, selectionSet);
  const resolver = resolve ?? defaultFieldResolver;
  const read: Read = (object, context, info) => {
    const value = object == null ? null : resolve === undefined && typeof (object as Record<string, unknown>)[name] !== 'function' ? (object as Record<string, unknown>)[name] : resolver(object, { ...args }, context, { ...info, fieldName: name, returnType: type });
    return isThenable(value) ? value.then((settled) => convert(settled, context, info)) : convert(value, context, info);
  };
  if (hop === undefined) return read;
  return (object, context, info) => {
    const there = hop.resolve(object, context, info);
    return isThenable(there) ? there.then((entity) => read(entity, context, info)) : read(there, context, info);
  };
}

function compileValue(fieldOf: FieldOf, type: GraphQLOutputType, origin: string, selectionSet: SelectionSetNode | undefined): Read {
  if (isNonNullType(type)) return compileValue(fieldOf, type.ofType, origin, selectionSet);
  const convert = isListType(type) ? compileItems(compileValue(fieldOf, type.ofType, origin, selectionSet)) : isLeafType(type) ? (value: unknown) => type.serialize(value) : compileRepresentation(fieldOf, selectionSet ?? { kind: Kind.SELECTION_SET, selections: [] }, getNamedType(type).name, origin);
  return (value, context, info) => {
    if (value == null) return null;
    if (value instanceof Error) throw value;
    return convert(value, context, info);
  };
}

function compileItems(convert: Read): Read {
  return (list, context, info) => {
    const items = Array.from(list as Iterable<unknown>, (item) => (isThenable(item) ? toPromise(item.then((settled) => convert(settled, context, info))) : convert(item, context, info)));
    return items.some(isThenable) ? Promise.all(items) : items;
  };
}
