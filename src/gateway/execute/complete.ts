import { getNamedType, isAbstractType, isLeafType, isListType, isNonNullType, isObjectType, type GraphQLAbstractType, type GraphQLLeafType, type GraphQLList, type GraphQLObjectType, type GraphQLOutputType } from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';
import { GraphQLError } from 'graphql';
import { compileLeaf } from './leaf.js';
import { later } from './later.js';
import { compileList } from './list.js';
import { infoOf, type ObjectPlan, type Planner, type Site } from './plan.js';
import type { Origin } from './resolution.js';
import { isThenable, type Path, type Run } from './run.js';

/**
 * Turns what a resolver gave into what the response has, now or later (`Later`).
 * @param path of the value: the field's, or a list item's
 * @param fieldPath of the field
 * @throws anything, not yet located
 */
export type Complete = (run: Run, value: unknown, path: Path, fieldPath: Path) => unknown;

/** @param origin of the objects in the value */
export function compileComplete(planner: Planner, site: Site, origin: Origin, type: GraphQLOutputType): Complete {
  if (!isNonNullType(type)) return compileNullable(planner, site, origin, type);
  const complete = compileNullable(planner, site, origin, type.ofType);
  return (run, value, path, fieldPath) => {
    const completed = complete(run, value, path, fieldPath);
    if (completed === null) throw new Error(`Cannot return null for non-nullable field ${site.parent.name}.${site.field.name}.`);
    return completed;
  };
}

function compileNullable(planner: Planner, site: Site, origin: Origin, type: Exclude<GraphQLOutputType, { __nonNull: true }>): Complete {
  const complete = compileValue(planner, site, origin, type);
  return (run, value, path, fieldPath) => {
    if (value == null) return null;
    if (typeof value === 'object' && value instanceof Error) throw value;
    return complete(run, value, path, fieldPath);
  };
}

function compileValue(planner: Planner, site: Site, origin: Origin, type: GraphQLOutputType): Complete {
  if (isListType(type)) return compileListOf(planner, site, origin, type);
  if (isLeafType(type)) return ofLeaf(type);
  if (isAbstractType(type)) return compileAbstract(planner, site, origin, type);
  if (isObjectType(type)) return compileObjectOf(planner, site, origin, type);
  throw new Error(`Cannot complete value of unexpected output type: ${inspect(type)}`);
}

function ofLeaf(type: GraphQLLeafType): Complete {
  const serialize = compileLeaf(type);
  return (_run, value) => {
    const serialized = serialize(value);
    return isThenable(serialized) ? later(serialized, (settled) => settled) : serialized;
  };
}

function compileListOf(planner: Planner, site: Site, origin: Origin, type: GraphQLList<GraphQLOutputType>): Complete {
  const isLeaf = isLeafType(getNamedType(type)) && !isListType(isNonNullType(type.ofType) ? type.ofType.ofType : type.ofType);
  return compileList(site, compileComplete(planner, site, origin, type.ofType), { isNullable: !isNonNullType(type.ofType), isLeaf });
}

function compileObjectOf(planner: Planner, site: Site, origin: Origin, type: GraphQLObjectType): Complete {
  const isTypeOf = planner.resolution.isTypeOf(type, origin);
  let plan: ObjectPlan | undefined;
  if (isTypeOf == null) return (run, value, path) => (plan ??= planner.plan(type, origin, site.nodes, run)).execute(run, value, path);
  return (run, value, path, fieldPath) => {
    const selected = (plan ??= planner.plan(type, origin, site.nodes, run));
    const executeIf = (matches: unknown) => {
      if (matches) return selected.execute(run, value, path);
      throw new GraphQLError(`Expected value of type "${type.name}" but got: ${inspect(value)}.`, { nodes: site.nodes });
    };
    const matches = isTypeOf(value, run.context, infoOf(planner, site, run, fieldPath));
    return isThenable(matches) ? later(matches, executeIf) : executeIf(matches);
  };
}

function compileAbstract(planner: Planner, site: Site, origin: Origin, type: GraphQLAbstractType): Complete {
  const resolveType = planner.resolution.typeResolver(type, origin);
  const byName = new Map<unknown, Complete>();
  return (run, value, path, fieldPath) => {
    const completeAs = (name: unknown) => {
      const made = planner.resolution.originOf === undefined ? origin : planner.resolution.originOf(value, origin);
      const kind = made === origin ? name : `${made} ${name}`;
      let complete = byName.get(kind);
      if (complete === undefined) byName.set(kind, (complete = compileObjectOf(planner, site, made, runtimeType(planner, site, type, name, value))));
      return complete(run, value, path, fieldPath);
    };
    const name: unknown = resolveType(value, run.context, infoOf(planner, site, run, fieldPath), type);
    return isThenable(name) ? later(name, completeAs) : completeAs(name);
  };
}

/** @throws GraphQLError where that is no object type which the abstract type allows */
function runtimeType({ schema }: Planner, { parent, field, nodes }: Site, type: GraphQLAbstractType, name: unknown, value: unknown): GraphQLObjectType {
  const place = `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${parent.name}.${field.name}"`;
  if (name == null) throw new GraphQLError(`${place}. Either the "${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`, { nodes });
  if (isObjectType(name)) throw new GraphQLError('Support for returning GraphQLObjectType from resolveType was removed in graphql-js@16.0.0 please return type name instead.');
  if (typeof name !== 'string') throw new GraphQLError(`${place} with value ${inspect(value)}, received "${inspect(name)}".`);
  const runtime = schema.getType(name);
  if (runtime === undefined) throw new GraphQLError(`Abstract type "${type.name}" was resolved to a type "${name}" that does not exist inside the schema.`, { nodes });
  if (!isObjectType(runtime)) throw new GraphQLError(`Abstract type "${type.name}" was resolved to a non-object type "${name}".`, { nodes });
  if (!schema.isSubType(type, runtime)) throw new GraphQLError(`Runtime Object type "${runtime.name}" is not a possible type for "${type.name}".`, { nodes });
  return runtime;
}
