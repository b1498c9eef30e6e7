import { isObjectType, Kind, print, type GraphQLField, type GraphQLObjectType, type SelectionSetNode } from 'graphql';
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
}

/** The object types of all subgraphs, read from their directives once. */
export class FederatedGraph {
  readonly subgraphs: ReadonlyMap<string, LocalSubgraph>;
  readonly #types = new Map<string, Map<string, TypeInSubgraph>>();

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

  /** What every subgraph says of this field. */
  declarations(typeName: string, fieldName: string): Array<{ subgraph: string; type: TypeInSubgraph; field: FieldInSubgraph }> {
    return [...(this.#types.get(typeName) ?? [])].flatMap(([subgraph, type]) => {
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
  for (const { set } of all) checkFieldSet(set, `@key of ${type.name} in subgraph ${subgraph}`);
  const isExternalType = directivesNamed(type, 'external').length > 0;
  const fields = Object.values(type.getFields()).map((field): [string, FieldInSubgraph] => {
    const place = `${type.name}.${field.name} in subgraph ${subgraph}`;
    refuse(field, place, ['policy']);
    for (const argument of field.args) refuse(argument, place, ['fromContext']);
    const requires = fieldSetOf(directivesNamed(field, 'requires')[0]);
    if (requires !== undefined) checkFieldSet(requires, `@requires of ${place}`);
    const isExternal = (isExternalType && !inKey.has(field.name)) || directivesNamed(field, 'external').length > 0;
    const isOwned = !isExternal && !overridden.has(`${subgraph} ${type.name}.${field.name}`);
    return [field.name, { field, isOwned, isTold: (!isExternal || inKey.has(field.name)) && requires === undefined, requires }];
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

/** Plain fields, nested where they are objects. */
function checkFieldSet(set: SelectionSetNode, place: string): void {
  for (const selection of set.selections) {
    if (selection.kind !== Kind.FIELD || (selection.arguments?.length ?? 0) > 0 || selection.alias !== undefined) throw new Error(`${place} has ${print(selection)}: fusing fragments, arguments and aliases in field sets is not supported.`);
    if (selection.selectionSet !== undefined) checkFieldSet(selection.selectionSet, place);
  }
}
