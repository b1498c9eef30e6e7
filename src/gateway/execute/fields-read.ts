import { getNamedType, GraphQLError, isAbstractType, isObjectType, type FieldNode, type GraphQLObjectType } from 'graphql';
import type { ResolveInfo } from '../../lib/fields-read.js';
import { collectFields } from './collect.js';
import { fieldOf } from './field-of.js';
import type { Planner, Site } from './plan.js';
import type { Origin } from './resolution.js';
import type { Run } from './run.js';

/**
 * Which fields are read of the objects that a field gives, by their types: what its selection names, what hops
 * to other subgraphs tell of them, and the same of objects that are plain properties of those. Fields of such
 * a property are named with it, too: `source`, `source.rawCode`.
 * @returns undefined where an abstract type makes that depend on the objects, or a condition has no value
 */
export function collectFieldsRead(planner: Planner, { field, nodes }: Site, origin: Origin, run: Run): ResolveInfo['fieldsRead'] {
  const byType = new Map<string, Set<string>>();
  const type = getNamedType(field.type);
  if (isAbstractType(type)) return undefined;
  // Types of introspection are of no subgraph.
  if (type.name.startsWith('__')) return new Map();
  try {
    if (isObjectType(type) && collect(planner, type, origin, nodes, run, byType) === undefined) return undefined;
  } catch (error) {
    // A condition without a value: told when the selection that has it is executed, if it is at all.
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
  return new Map([...byType].map(([name, fields]) => [name, [...fields].sort()]));
}

/** @returns what is read of this object; undefined where it meets an abstract type */
function collect(planner: Planner, type: GraphQLObjectType, origin: Origin, nodes: readonly FieldNode[], run: Run, byType: Map<string, Set<string>>): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  const collected = collectFields({ schema: planner.schema, fragments: planner.fragments, variables: run.variables }, type, nodes.flatMap((node) => node.selectionSet ?? []));
  for (const selected of collected.values()) {
    const name = selected[0]!.name.value;
    const field = fieldOf(planner.schema, type, name);
    if (field === undefined || name.startsWith('__')) continue;
    names.add(name);
    const { hop, resolve, origin: next } = planner.resolution.field(type, field, origin);
    for (const told of hop?.reads ?? []) names.add(told);
    if (hop !== undefined || resolve !== undefined) continue;
    const inner = getNamedType(field.type);
    if (isAbstractType(inner)) return undefined;
    if (!isObjectType(inner)) continue;
    const nested = collect(planner, inner, next, selected, run, byType);
    if (nested === undefined) return undefined;
    for (const each of nested) names.add(`${name}.${each}`);
  }
  const read = byType.get(type.name);
  byType.set(type.name, read === undefined ? names : new Set([...read, ...names]));
  return names;
}
