import { buildSchema, GraphQLScalarType, isObjectType, isScalarType, isSpecifiedScalarType, Kind, parse, print, visit, type ConstDirectiveNode, type GraphQLObjectType, type GraphQLSchema, type SelectionSetNode } from 'graphql';
import type { LocalSubgraph } from '../compose.js';
import { Operations } from '../execute/operations.js';
import type { Resolution } from '../execute/resolution.js';
import type { FusedGraph } from '../fuse.js';
import { argumentOf, directivesOf, type Annotated } from './directives.js';

/** The fused graph as one subgraph of a larger one. */
export interface FusedSubgraph {
  sdl: string;
  /** Knows `_entities` beside all that the fused graph knows. */
  schema: GraphQLSchema;
  operations: Operations;
}

/** Directives that a definition keeps; the others are about how the local subgraphs join, which is settled here. */
const kept = new Set(['shareable', 'tag', 'inaccessible', 'authenticated', 'requiresScopes', 'cost', 'listSize']);

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@override", "@tag", "@inaccessible", "@authenticated", "@requiresScopes", "@cost", "@listSize"])\n';

/**
 * @param apiSdl of the local subgraphs alone
 * @throws Error where a field of an entity cannot be reached from one of its keys
 */
export function fusedSubgraph(subgraphs: readonly LocalSubgraph[], apiSdl: string, fused: FusedGraph): FusedSubgraph {
  const entities = Object.values(fused.schema.getTypeMap()).filter(isObjectType).flatMap((type) => fused.graph.keysOf(type.name).map((key, index) => ({ type, key, origin: `reference ${type.name} ${index}` })));
  for (const { type, key, origin } of entities) {
    fused.graph.addReference(origin, type.name, key);
    for (const field of Object.keys(type.getFields())) fused.planner.fieldOf(type.name, field, origin);
  }
  const names = [...new Set(entities.map(({ type }) => type.name))];
  const schema = names.length === 0 ? fused.schema : buildSchema(`${apiSdl}\nscalar _Any\nunion _Entity = ${names.join(' | ')}\nextend type Query { _entities(representations: [_Any!]!): [_Entity]! }`, { assumeValidSDL: true });
  for (const type of Object.values(schema.getTypeMap())) if (isScalarType(type) && !isSpecifiedScalarType(type)) copyScalar(fused.schema.getType(type.name), type);
  return { sdl: sdlOf(subgraphs, apiSdl, fused), schema, operations: new Operations(schema, withReferences(fused.resolution, entities)) };
}

function copyScalar(from: unknown, to: GraphQLScalarType): void {
  if (from instanceof GraphQLScalarType) Object.assign(to, { serialize: from.serialize, parseValue: from.parseValue, parseLiteral: from.parseLiteral });
}

interface Entity {
  type: GraphQLObjectType;
  key: SelectionSetNode;
  /** Maker of the references by this key. */
  origin: string;
}

/** A representation, and by which key it stands for its entity. */
class Reference {
  readonly #entity: Entity;

  constructor(entity: Entity, representation: object) {
    this.#entity = entity;
    Object.assign(this, representation);
  }

  static entityOf(reference: Reference): Entity {
    return reference.#entity;
  }
}

function withReferences(resolution: Resolution, entities: readonly Entity[]): Resolution {
  const referenceOf = (representation: Record<string, unknown>) => {
    const entity = entities.find(({ type, key }) => type.name === representation.__typename && holds(representation, key));
    return entity === undefined ? new Error(`No entity ${String(representation.__typename)} is known by these fields.`) : new Reference(entity, representation);
  };
  return {
    field: (type, field, origin) => (field.name === '_entities' ? { resolve: (_source, { representations }) => (representations as Array<Record<string, unknown>>).map(referenceOf), origin: 'references' } : resolution.field(type, field, origin)),
    typeResolver: (type, origin) => (origin === 'references' ? (value) => Reference.entityOf(value as Reference).type.name : resolution.typeResolver(type, origin)),
    originOf: (value, origin) => (value instanceof Reference ? Reference.entityOf(value).origin : origin),
    isTypeOf: (type, origin) => resolution.isTypeOf(type, origin),
  };
}

/** Whether the value has every field of the set, and none of them null. */
function holds(value: unknown, { selections }: SelectionSetNode): boolean {
  if (Array.isArray(value)) return value.every((item) => holds(item, { kind: Kind.SELECTION_SET, selections }));
  return typeof value === 'object' && value !== null && selections.every((selection) => {
    if (selection.kind !== Kind.FIELD || selection.name.value === '__typename') return true;
    const member = (value as Record<string, unknown>)[selection.name.value];
    return member != null && (selection.selectionSet === undefined || holds(member, selection.selectionSet));
  });
}

function sdlOf(subgraphs: readonly LocalSubgraph[], apiSdl: string, { graph }: FusedGraph): string {
  const elements = (typeName: string, fieldName?: string) => subgraphs.flatMap(({ schema }): Annotated[] => {
    const type = schema.getType(typeName);
    if (fieldName === undefined) return type === undefined ? [] : [type];
    const field = type !== undefined && 'getFields' in type ? type.getFields()[fieldName] : undefined;
    return field === undefined ? [] : [field];
  });
  const names = new Set(subgraphs.map(({ name }) => name));
  const directives = (typeName: string, fieldName?: string) => {
    const found = elements(typeName, fieldName).flatMap((element) => directivesOf(element)).filter((directive) => kept.has(directive.name.value) || (directive.name.value === 'override' && !names.has(fromOf(directive))));
    return [...new Map(found.map((directive) => [print(directive), directive])).values()];
  };
  let typeName = '';
  const document = visit(parse(apiSdl), {
    enter(node) {
      if (!('name' in node) || node.name?.kind !== Kind.NAME) return undefined;
      const own = (node as { directives?: readonly ConstDirectiveNode[] }).directives ?? [];
      switch (node.kind) {
        case Kind.OBJECT_TYPE_DEFINITION: {
          typeName = node.name.value;
          const keys = graph.keysOf(typeName).map((key) => keyDirective(key));
          return { ...node, directives: [...own, ...keys, ...directives(typeName)] };
        }
        case Kind.INTERFACE_TYPE_DEFINITION:
        case Kind.ENUM_TYPE_DEFINITION:
        case Kind.SCALAR_TYPE_DEFINITION:
        case Kind.INPUT_OBJECT_TYPE_DEFINITION:
        case Kind.UNION_TYPE_DEFINITION:
          typeName = node.name.value;
          return { ...node, directives: [...own, ...directives(typeName).filter(({ name }) => name.value !== 'shareable')] };
        case Kind.FIELD_DEFINITION:
          return { ...node, directives: [...own, ...directives(typeName, node.name.value)] };
        default:
          return undefined;
      }
    },
  });
  return link + print(document);
}

function fromOf(override: ConstDirectiveNode): string {
  const from = argumentOf(override, 'from');
  return from?.kind === Kind.STRING ? from.value : '';
}

function keyDirective(key: SelectionSetNode): ConstDirectiveNode {
  const fields = print(key).replace(/\s+/g, ' ').slice(1, -1).trim();
  return { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: 'key' }, arguments: [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'fields' }, value: { kind: Kind.STRING, value: fields } }] };
}
