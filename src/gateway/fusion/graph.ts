import { getNamedType, isObjectType, Kind, print, type GraphQLField, type GraphQLObjectType, type SelectionSetNode } from 'graphql';
import type { LocalSubgraph } from '../compose.js';
import { argumentOf, directivesNamed, directivesOf, fieldSetOf, type Annotated } from './directives.js';

/** What one subgraph says of an object type. */
export interface TypeInSubgraph {
  type: GraphQLObjectType;
  /** Field sets by which other subgraphs may ask for an object of it. */
  keys: readonly SelectionSetNode[];
  fields: ReadonlyMap<string, FieldInSubgraph>;
}

export interface FieldInSubgraph {
  field: GraphQLField<unknown, unknown>;
  /** The subgraph answers for it: neither `@external` nor overridden by another. */
  isOwned: boolean;
  /** An object that this subgraph made can tell it: owned, overridden, or part of its own key. */
  isTold: boolean;
  requires: SelectionSetNode | undefined;
  /** In a key, and `@external`: told where the type is extended, or nowhere. */
  isExternalKey: boolean;
}

/** The object types of all subgraphs, read from their directives once. */
export class FederatedGraph {
  readonly subgraphs: ReadonlyMap<string, LocalSubgraph>;
  readonly #types = new Map<string, Map<string, TypeInSubgraph>>();
  readonly #references = new Set<string>();

  /** @throws Error where a subgraph uses what cannot be fused */
  constructor(subgraphs: readonly LocalSubgraph[]) {
    this.subgraphs = new Map(subgraphs.map((subgraph) => [subgraph.name, subgraph]));
    const overridden = new Set(subgraphs.flatMap(overriddenFields));
    for (const { name, schema } of subgraphs) {
      for (const type of Object.values(schema.getTypeMap())) {
        if (!isObjectType(type) || type.name.startsWith('_')) continue;
        const bySubgraph = this.#types.get(type.name) ?? new Map<string, TypeInSubgraph>();
        this.#types.set(type.name, bySubgraph.set(name, typeIn(name, type, overridden)));
      }
    }
  }

  type(subgraph: string, typeName: string): TypeInSubgraph | undefined {
    return this.#types.get(typeName)?.get(subgraph);
  }

  /** Every key by which some subgraph can be asked for objects of the type. */
  keysOf(typeName: string): SelectionSetNode[] {
    const keys = [...(this.#types.get(typeName)?.values() ?? [])].flatMap((type) => type.keys);
    return [...new Map(keys.map((key) => [print(key), key])).values()];
  }

  /** Whether objects of this origin are references from outside: they tell their key and nothing else. */
  isReference(origin: string): boolean {
    return this.#references.has(origin);
  }

  /** Makes `origin` the maker of references by this key. */
  addReference(origin: string, typeName: string, key: SelectionSetNode): void {
    this.#references.add(origin);
    const [known] = [...(this.#types.get(typeName)?.values() ?? [])].filter(({ fields }) => key.selections.every((selection) => selection.kind === Kind.FIELD && fields.has(selection.name.value)));
    if (known === undefined) return;
    const fields = key.selections.flatMap((selection): Array<[string, FieldInSubgraph]> => {
      if (selection.kind !== Kind.FIELD) return [];
      const { field } = known.fields.get(selection.name.value)!;
      if (selection.selectionSet !== undefined) this.addReference(origin, getNamedType(field.type).name, selection.selectionSet);
      return [[field.name, { field: { ...field, resolve: undefined }, isOwned: false, isTold: true, requires: undefined, isExternalKey: false }]];
    });
    this.#types.get(typeName)!.set(origin, { type: known.type, keys: [key], fields: new Map(fields) });
  }

  /** What every subgraph says of this field. */
  declarations(typeName: string, fieldName: string): Array<{ subgraph: string; type: TypeInSubgraph; field: FieldInSubgraph }> {
    return [...(this.#types.get(typeName) ?? [])].flatMap(([subgraph, type]) => {
      if (this.#references.has(subgraph)) return [];
      const field = type.fields.get(fieldName);
      return field === undefined ? [] : [{ subgraph, type, field }];
    });
  }
}

function typeIn(subgraph: string, type: GraphQLObjectType, overridden: ReadonlySet<string>): TypeInSubgraph {
  refuse(type, `Type ${type.name} in subgraph ${subgraph}`, ['interfaceObject', 'policy', 'context']);
  const all = directivesNamed(type, 'key').map((directive) => ({ set: fieldSetOf(directive)!, resolvable: argumentOf(directive, 'resolvable') }));
  const inKey = new Set(all.flatMap(({ set }) => set.selections.map((selection) => (selection.kind === Kind.FIELD ? selection.name.value : ''))));
  const keys = all.filter(({ resolvable }) => !(resolvable?.kind === Kind.BOOLEAN && !resolvable.value)).map(({ set }) => set);
  for (const { set } of all) checkFieldSet(set, `@key of ${type.name} in subgraph ${subgraph}`, { mayHaveArguments: false });
  const isExternalType = directivesNamed(type, 'external').length > 0;
  const fields = Object.values(type.getFields()).map((field): [string, FieldInSubgraph] => {
    const place = `${type.name}.${field.name} in subgraph ${subgraph}`;
    refuse(field, place, ['policy']);
    for (const argument of field.args) refuse(argument, place, ['fromContext']);
    checkProvides(fieldSetOf(directivesNamed(field, 'provides')[0]), place);
    const requires = fieldSetOf(directivesNamed(field, 'requires')[0]);
    if (requires !== undefined) checkFieldSet(requires, `@requires of ${place}`, { mayHaveArguments: true });
    const isExternal = (isExternalType && !inKey.has(field.name)) || directivesNamed(field, 'external').length > 0;
    const isOwned = !isExternal && !overridden.has(`${subgraph} ${type.name}.${field.name}`);
    return [field.name, { field, isOwned, isTold: (!isExternal || inKey.has(field.name)) && requires === undefined, requires, isExternalKey: isExternal && inKey.has(field.name) }];
  });
  return { type, keys, fields: new Map(fields) };
}

/** `subgraph Type.field`, of what another subgraph took over. */
function overriddenFields({ name, schema }: LocalSubgraph): string[] {
  return Object.values(schema.getTypeMap()).filter(isObjectType).flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) =>
      directivesNamed(field, 'override').map((directive) => {
        if (argumentOf(directive, 'label') !== undefined) throw new Error(`${type.name}.${field.name} in subgraph ${name} uses @override with a label: fusing it is not supported.`);
        const from = argumentOf(directive, 'from');
        return `${from?.kind === Kind.STRING ? from.value : ''} ${type.name}.${field.name}`;
      }),
    ),
  );
}

function refuse(element: Annotated, place: string, names: readonly string[]): void {
  const found = directivesOf(element).find((directive) => names.includes(directive.name.value));
  if (found !== undefined) throw new Error(`${place} uses @${found.name.value}: fusing it is not supported.`);
}

/** Fields of the object itself are asked of their owner; in objects below it, which ones count depends on the way there. */
function checkProvides(set: SelectionSetNode | undefined, place: string): void {
  const nested = set?.selections.find((selection) => selection.kind === Kind.FIELD && selection.selectionSet?.selections.some((inner) => inner.kind === Kind.FIELD && inner.selectionSet !== undefined));
  if (nested !== undefined) throw new Error(`${place} has @provides of ${print(nested)}: fusing what is nested so deep is not supported.`);
}

/** Fields, nested where they are objects; what is required may have arguments. */
function checkFieldSet(set: SelectionSetNode, place: string, options: { mayHaveArguments: boolean }): void {
  for (const selection of set.selections) {
    const hasArguments = selection.kind === Kind.FIELD && (selection.arguments?.length ?? 0) > 0;
    if (selection.kind !== Kind.FIELD || (hasArguments && !options.mayHaveArguments) || selection.alias !== undefined) throw new Error(`${place} has ${print(selection)}: fusing fragments and aliases in field sets, and arguments in keys, is not supported.`);
    if (selection.selectionSet !== undefined) checkFieldSet(selection.selectionSet, place, options);
  }
}
