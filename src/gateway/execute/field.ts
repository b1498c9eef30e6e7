import { getNullableType, isIntrospectionType, isLeafType, isNonNullType, SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef, type FieldNode, type GraphQLFieldResolver, type GraphQLLeafType, type GraphQLObjectType } from 'graphql';
import type { ResolveInfo } from '../../lib/fields-read.js';
import { compileArguments } from './arguments.js';
import { compileComplete, type Complete } from './complete.js';
import { later, Later } from './later.js';
import { fieldOf } from './field-of.js';
import { collectFieldsRead } from './fields-read.js';
import { compileLeaf } from './leaf.js';
import { infoOf, type FieldPlan, type Planner, type Site } from './plan.js';
import type { FieldResolution, Hop, Origin } from './resolution.js';
import { isThenable, nullOrThrow, toPromise, type Path, type Run } from './run.js';

type Resolve = GraphQLFieldResolver<unknown, unknown>;

/**
 * @param numberOf the number under which an object's hops are kept
 * @returns undefined where the type has no such field: it is left out, as graphql-js does with documents that were not validated
 */
export function compileField(planner: Planner, parent: GraphQLObjectType, origin: Origin, key: string, nodes: FieldNode[], numberOf: (hop: Hop) => number): FieldPlan | undefined {
  const field = fieldOf(planner.schema, parent, nodes[0]!.name.value);
  if (field === undefined) return undefined;
  if (field === TypeNameMetaFieldDef) return { key, execute: () => parent.name };
  const site: Site = { parent, field, key, nodes };
  const isMeta = field === SchemaMetaFieldDef || field === TypeMetaFieldDef || isIntrospectionType(parent);
  const resolution: FieldResolution = isMeta ? { resolve: field.resolve, origin: undefined } : planner.resolution.field(parent, field, origin);
  const finish = compileFinish(site, compileComplete(planner, site, resolution.origin, field.type));
  const isPlain = resolution.resolve === undefined && resolution.hop === undefined && resolution.access === undefined && field.args.length === 0;
  if (!isPlain) return resolved(planner, site, finish, resolution, numberOf);
  const leaf = getNullableType(field.type);
  return isLeafType(leaf) ? leafProperty(planner, site, finish, leaf) : property(planner, site, finish);
}

/** Completes what a field resolved to, and answers for what fails. */
type Finish = (run: Run, value: unknown, path: Path) => unknown;

function compileFinish({ nodes, field }: Site, complete: Complete): Finish {
  const isNullable = !isNonNullType(field.type);
  const finishNow: Finish = (run, value, path) => {
    try {
      const completed = complete(run, value, path, path);
      return completed instanceof Later ? completed.recover((error) => nullOrThrow(run, error, nodes, path, isNullable)) : completed;
    } catch (error) {
      return nullOrThrow(run, error, nodes, path, isNullable);
    }
  };
  const finishLater = (run: Run, value: PromiseLike<unknown>, path: Path) =>
    later(value, (settled) => complete(run, settled, path, path)).recover((error) => nullOrThrow(run, error, nodes, path, isNullable));
  return (run, value, path) => (isThenable(value) ? finishLater(run, value, path) : finishNow(run, value, path));
}

/** A field that is a property, or what a method gives. */
function property(planner: Planner, site: Site, finish: Finish): FieldPlan {
  const { key, parent, nodes, field: { name, type } } = site;
  const isNullable = !isNonNullType(type);
  return {
    key,
    execute(run, source, parentPath) {
      const path = { prev: parentPath, key, typename: parent.name };
      let value: unknown;
      try {
        if (hasMembers(source)) value = source[name];
        if (typeof value === 'function') value = callMethod(source, name, {}, run.context, infoOf(planner, site, run, path));
      } catch (error) {
        return nullOrThrow(run, error, nodes, path, isNullable);
      }
      return finish(run, value, path);
    },
  };
}

/** Most fields are this: a property that is no promise and no function. */
function leafProperty(planner: Planner, site: Site, finish: Finish, leaf: GraphQLLeafType): FieldPlan {
  const { key, parent, nodes, field: { name, type } } = site;
  const serialize = compileLeaf(leaf);
  const isNullable = !isNonNullType(type);
  return {
    key,
    execute(run, source, parentPath) {
      let value: unknown;
      try {
        if (hasMembers(source)) value = source[name];
        if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return serialize(value);
        if (value === null && isNullable) return null;
        if (typeof value === 'function') value = callMethod(source, name, {}, run.context, infoOf(planner, site, run, { prev: parentPath, key, typename: parent.name }));
      } catch (error) {
        return nullOrThrow(run, error, nodes, { prev: parentPath, key, typename: parent.name }, isNullable);
      }
      return finish(run, value, { prev: parentPath, key, typename: parent.name });
    },
  };
}

/** With a resolver, arguments, demands on who asks, or in another subgraph. */
function resolved(planner: Planner, site: Site, finish: Finish, { resolve, hop, access, origin }: FieldResolution, numberOf: (hop: Hop) => number): FieldPlan {
  const { key, parent, nodes, field } = site;
  const argumentsOf = compileArguments(field, nodes[0]!, planner.nextField());
  const resolver = resolve ?? propertyResolver(field.name);
  const isNullable = !isNonNullType(field.type);
  const number = hop === undefined ? -1 : numberOf(hop);
  let read: { byType: ResolveInfo['fieldsRead'] } | undefined;
  const infoWithReads = (run: Run, path: Path): ResolveInfo => {
    const info: ResolveInfo = infoOf(planner, site, run, path);
    info.fieldsRead = (read ??= { byType: collectFieldsRead(planner, site, origin, run) }).byType;
    return info;
  };
  return {
    key,
    execute(run, source, parentPath, hops) {
      const path = { prev: parentPath, key, typename: parent.name };
      let value: unknown;
      try {
        const args = argumentsOf(run);
        if (access !== undefined) run.check(access);
        if (hop === undefined) value = resolver(source, args, run.context, infoWithReads(run, path));
        else {
          let entity = hops![number];
          // What is read of the entity is more than this field: other fields take the same hop.
          if (entity === undefined) entity = hops![number] = take(hop, source, run.context, infoOf(planner, site, run, path));
          const resolveOn = (found: unknown): unknown => (found === null ? null : resolver(found, args, run.context, infoWithReads(run, path)));
          value = entity instanceof Promise ? entity.then(resolveOn) : resolveOn(entity);
        }
      } catch (error) {
        return nullOrThrow(run, error, nodes, path, isNullable);
      }
      return finish(run, value, path);
    },
  };
}

/** What fails is a rejection, so that every field that wants the hop is told. Never undefined. */
function take(hop: Hop, source: unknown, context: unknown, info: ReturnType<typeof infoOf>): unknown {
  try {
    const found = hop.resolve(source, context, info) ?? null;
    return isThenable(found) ? toPromise(found) : found;
  } catch (error) {
    const failed = Promise.reject(error);
    failed.catch(() => {});
    return failed;
  }
}

/** As graphql-js's default resolver. */
function propertyResolver(name: string): Resolve {
  return (source, args, context, info) => {
    if (!hasMembers(source)) return undefined;
    const value = source[name];
    return typeof value === 'function' ? callMethod(source, name, args, context, info) : value;
  };
}

function hasMembers(source: unknown): source is Record<string, unknown> {
  return (typeof source === 'object' && source !== null) || typeof source === 'function';
}

function callMethod(source: unknown, name: string, ...given: unknown[]): unknown {
  return (source as Record<string, (...given: unknown[]) => unknown>)[name]!(...given);
}
