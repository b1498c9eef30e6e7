import {
  buildSchema, defaultFieldResolver, getNamedType, isEnumType, isObjectType, isScalarType, isSpecifiedScalarType, Kind,
  type ConstDirectiveNode, type GraphQLField, type GraphQLFieldResolver, type GraphQLObjectType, type GraphQLResolveInfo, type GraphQLSchema,
} from 'graphql';
import type { LocalSubgraph } from './compose.js';
import { requireScopes, type ScopedContext } from './scopes.js';

type ResolveReference = (reference: Record<string, unknown>, context: unknown, info: GraphQLResolveInfo) => unknown;

/**
 * One executable schema out of the local subgraphs, with federation's meaning: a field that another
 * subgraph owns is resolved by that subgraph's reference resolver, then its field. No query plan, no
 * second parse. What it does not know how to fuse it refuses at start.
 */
export function fuse(subgraphs: readonly LocalSubgraph[], apiSdl: string): GraphQLSchema {
  const schema = buildSchema(apiSdl, { assumeValidSDL: true });
  const origins = new Origins();
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isScalarType(type) && !isSpecifiedScalarType(type)) copyScalar(subgraphs, type);
    else if (isObjectType(type)) fuseType(subgraphs, schema, type, origins);
    else if (!isEnumType(type) && 'resolveType' in type) throw new Error(`Type ${type.name} is abstract: fusing abstract types is not supported yet.`);
  }
  return schema;
}

/** Which subgraph made an object, so that its own fields need no hop. */
class Origins {
  readonly #origin = new WeakMap<object, LocalSubgraph>();
  readonly #hops = new WeakMap<object, Map<string, unknown>>();

  mark(value: unknown, subgraph: LocalSubgraph): unknown {
    if (Array.isArray(value)) for (const item of value) this.mark(item, subgraph);
    else if (typeof value === 'object' && value !== null) this.#origin.set(value, subgraph);
    return value;
  }

  of(value: object): LocalSubgraph | undefined {
    return this.#origin.get(value);
  }

  /** The object as another subgraph knows it; asked once per object, however many fields want it. */
  hop(value: object, to: string, resolve: () => unknown): unknown {
    let hops = this.#hops.get(value);
    if (hops === undefined) this.#hops.set(value, (hops = new Map()));
    if (!hops.has(to)) hops.set(to, resolve());
    return hops.get(to);
  }
}

interface Owner {
  subgraph: LocalSubgraph;
  field: GraphQLField<unknown, unknown>;
  resolve: GraphQLFieldResolver<unknown, unknown>;
}

function fuseType(subgraphs: readonly LocalSubgraph[], schema: GraphQLSchema, type: GraphQLObjectType, origins: Origins): void {
  const isRoot = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type);
  for (const field of Object.values(type.getFields())) {
    const owners = ownersOf(subgraphs, type.name, field.name);
    const owner = owners[0];
    if (owner === undefined) throw new Error(`No subgraph resolves ${type.name}.${field.name}.`);
    const marks = isObjectType(getNamedType(field.type));
    const resolve = isRoot ? owner.resolve : hopping(type, owners, origins);
    const scopes = scopesOf(owner.field);
    field.resolve = withMark(scopes.length === 0 ? resolve : guarded(resolve, scopes), marks, origins, owners, isRoot);
    if (owner.field.subscribe !== undefined) field.subscribe = scopes.length === 0 ? owner.field.subscribe : guarded(owner.field.subscribe, scopes);
  }
}

function ownersOf(subgraphs: readonly LocalSubgraph[], typeName: string, fieldName: string): Owner[] {
  return subgraphs.flatMap((subgraph) => {
    const type = subgraph.schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
    if (field === undefined || directives(field).some((directive) => directive.name.value === 'external')) return [];
    const unsupported = directives(field).find((directive) => ['requires', 'override', 'provides'].includes(directive.name.value));
    if (unsupported !== undefined) throw new Error(`${typeName}.${fieldName} uses @${unsupported.name.value}: fusing it is not supported yet.`);
    return [{ subgraph, field, resolve: field.resolve ?? defaultFieldResolver }];
  });
}

/** Resolves in the subgraph that made the parent where it owns the field, else in the first owner, by reference. */
function hopping(type: GraphQLObjectType, owners: readonly Owner[], origins: Origins): GraphQLFieldResolver<unknown, unknown> {
  return (parent, args, context, info) => {
    const origin = origins.of(parent as object);
    const owner = owners.find((each) => each.subgraph === origin);
    if (owner !== undefined || origin === undefined) return (owner ?? owners[0]!).resolve(parent, args, context, info);
    const target = owners[0]!;
    const found = origins.hop(parent as object, target.subgraph.name, () => referenceIn(target.subgraph, type, parent as object, origin, context, info));
    const resolveIn = (value: unknown) => (value == null ? null : target.resolve(value, args, context, info));
    return isPromise(found) ? found.then(resolveIn) : resolveIn(found);
  };
}

function referenceIn(target: LocalSubgraph, type: GraphQLObjectType, parent: object, origin: LocalSubgraph, context: unknown, info: GraphQLResolveInfo): unknown {
  const entity = target.schema.getType(type.name) as GraphQLObjectType;
  const resolveReference = (entity.extensions as { apollo?: { subgraph?: { resolveReference?: ResolveReference } } }).apollo?.subgraph?.resolveReference;
  if (resolveReference === undefined) throw new Error(`Subgraph ${target.name} has no reference resolver for ${type.name}.`);
  const reference: Record<string, unknown> = { __typename: type.name };
  const fields = (origin.schema.getType(type.name) as GraphQLObjectType).getFields();
  for (const key of keyFields(entity)) reference[key] = (fields[key]?.resolve ?? defaultFieldResolver)(parent, {}, context, { ...info, fieldName: key });
  return resolveReference(reference, context, info);
}

/** Fields of the first `@key`; only flat keys are fused. */
function keyFields(type: GraphQLObjectType): string[] {
  const argument = directives(type).find((directive) => directive.name.value === 'key')?.arguments?.find((each) => each.name.value === 'fields');
  const fields = argument?.value.kind === Kind.STRING ? argument.value.value : '';
  if (fields === '' || fields.includes('{')) throw new Error(`Type ${type.name} in a subgraph has no flat @key: fusing it is not supported yet.`);
  return fields.split(/[\s,]+/);
}

function withMark(resolve: GraphQLFieldResolver<unknown, unknown>, marks: boolean, origins: Origins, owners: readonly Owner[], isRoot: boolean): GraphQLFieldResolver<unknown, unknown> {
  if (!marks) return resolve;
  return (parent, args, context, info) => {
    const origin = isRoot ? owners[0]!.subgraph : origins.of(parent as object);
    const maker = owners.find((owner) => owner.subgraph === origin)?.subgraph ?? owners[0]!.subgraph;
    const value = resolve(parent, args, context, info);
    return isPromise(value) ? value.then((found) => origins.mark(found, maker)) : origins.mark(value, maker);
  };
}

function guarded<Resolve extends GraphQLFieldResolver<unknown, unknown>>(resolve: Resolve, scopes: string[][]): GraphQLFieldResolver<unknown, unknown> {
  return (parent, args, context, info) => {
    requireScopes(context as ScopedContext, scopes);
    return resolve(parent, args, context, info);
  };
}

/** `@requiresScopes(scopes: [["a", "b"], ["c"]])`: (a and b) or c. */
function scopesOf(field: GraphQLField<unknown, unknown>): string[][] {
  const value = directives(field).find((directive) => directive.name.value === 'requiresScopes')?.arguments?.[0]?.value;
  if (value?.kind !== Kind.LIST) return [];
  return value.values.map((group) => (group.kind === Kind.LIST ? group.values.map((scope) => (scope.kind === Kind.STRING ? scope.value : '')) : []));
}

function directives(element: { astNode?: { directives?: readonly ConstDirectiveNode[] } | null | undefined; extensionASTNodes?: ReadonlyArray<{ directives?: readonly ConstDirectiveNode[] }> }): readonly ConstDirectiveNode[] {
  return [...(element.astNode?.directives ?? []), ...(element.extensionASTNodes ?? []).flatMap((node) => node.directives ?? [])];
}

function copyScalar(subgraphs: readonly LocalSubgraph[], scalar: { name: string; serialize: unknown; parseValue: unknown; parseLiteral: unknown }): void {
  const own = subgraphs.map((subgraph) => subgraph.schema.getType(scalar.name)).find((type) => isScalarType(type));
  if (!isScalarType(own)) throw new Error(`No subgraph defines scalar ${scalar.name}.`);
  Object.assign(scalar, { serialize: own.serialize, parseValue: own.parseValue, parseLiteral: own.parseLiteral });
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | null)?.then === 'function';
}
