import {
  getNamedType, isCompositeType, isObjectType, Kind,
  type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLField, type GraphQLNamedType, type GraphQLSchema, type OperationDefinitionNode, type SelectionSetNode, type ValueNode,
} from 'graphql';
import { plainListSize, type CostOf, type ListSize } from './weights.js';

type Variables = Readonly<Record<string, unknown>>;

/** Cost by the variables of a request; a number where they do not matter. */
export type Formula = number | ((variables: Variables) => number);

/** Size of lists below a field, by the name of the field that has the list. */
interface Sized {
  fields: readonly string[];
  size: Formula;
}

/**
 * What an operation costs at most, if every list is full. Selections on different types of an abstract type
 * are all counted. `@skip` and `@include` are not looked at.
 * @param operationName which one; undefined where there is only one
 * @returns undefined where the document has no such operation
 */
export function costFormula(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined, costOf: CostOf): Formula | undefined {
  const operations = document.definitions.filter((definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION);
  const operation = operationName == null ? operations[0] : operations.find(({ name }) => name?.value === operationName);
  const type = operation === undefined ? undefined : schema.getRootType(operation.operation);
  if (operation === undefined || type == null) return undefined;
  const fragments = new Map(document.definitions.flatMap((definition): Array<[string, FragmentDefinitionNode]> => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [])));
  const defaults = defaultsOf(operation);
  // A copy for each request: formulas of fragments know one from another by it.
  const formula = new FormulaMaker(schema, fragments, costOf).ofSelection(operation.selectionSet, type, undefined);
  return typeof formula === 'number' ? formula : (variables) => formula({ ...defaults, ...variables });
}

function defaultsOf({ variableDefinitions }: OperationDefinitionNode): Variables | undefined {
  const defaults = (variableDefinitions ?? []).flatMap(({ variable, defaultValue }): Array<[string, unknown]> => (defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)]] : []));
  return defaults.length === 0 ? undefined : Object.fromEntries(defaults);
}

class FormulaMaker {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #costOf: CostOf;
  readonly #ofFragment = new Map<string, Formula>();

  constructor(schema: GraphQLSchema, fragments: ReadonlyMap<string, FragmentDefinitionNode>, costOf: CostOf) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.#costOf = costOf;
  }

  ofSelection(set: SelectionSetNode, type: GraphQLNamedType, sized: Sized | undefined): Formula {
    return sum(set.selections.map((selection) => {
      if (selection.kind === Kind.FIELD) return this.#ofField(selection, type, sized);
      if (selection.kind === Kind.FRAGMENT_SPREAD) return this.#ofSpread(selection.name.value, sized);
      const condition = selection.typeCondition === undefined ? type : this.#schema.getType(selection.typeCondition.name.value);
      return condition === undefined ? 0 : this.ofSelection(selection.selectionSet, condition, sized);
    }));
  }

  /** Once per fragment, unless lists above decide on sizes in it: fragments that spread each other twice would otherwise cost 2^n. */
  #ofSpread(name: string, sized: Sized | undefined): Formula {
    const fragment = this.#fragments.get(name);
    const type = fragment === undefined ? undefined : this.#schema.getType(fragment.typeCondition.name.value);
    if (fragment === undefined || type === undefined) return 0;
    const key = sized === undefined ? name : `${name} ${sized.fields.join()} ${this.#numberOf(sized)}`;
    let formula = this.#ofFragment.get(key);
    if (formula === undefined) {
      this.#ofFragment.set(key, 0); // a cycle is refused elsewhere
      this.#ofFragment.set(key, (formula = once(this.ofSelection(fragment.selectionSet, type, sized))));
    }
    return formula;
  }

  readonly #sizes = new Map<Sized, number>();
  #numberOf(sized: Sized): number | string {
    if (typeof sized.size === 'number') return `=${sized.size}`;
    let number = this.#sizes.get(sized);
    if (number === undefined) this.#sizes.set(sized, (number = this.#sizes.size));
    return number;
  }

  #ofField(node: FieldNode, parent: GraphQLNamedType, sized: Sized | undefined): Formula {
    const field = fieldOf(parent, node.name.value);
    if (field === undefined) return 0; // __typename and introspection, which have limits of their own
    const { weight, argumentWeights, isList, size } = this.#costOf(parent.name, field);
    const type = getNamedType(field.type);
    const own = size === undefined ? undefined : sizeIn(size, node, field);
    const ofItems = node.selectionSet === undefined ? 0 : this.ofSelection(node.selectionSet, type, own !== undefined && size!.sizedFields.length > 0 ? { fields: size!.sizedFields, size: own } : undefined);
    const items = !isList ? 1 : own !== undefined && size!.sizedFields.length === 0 ? own : sized !== undefined && sized.fields.includes(field.name) ? sized.size : type.name === '_Entity' ? entitiesIn(node) : plainListSize;
    const ofArguments = (node.arguments ?? []).reduce((total, argument) => total + (argumentWeights.get(argument.name.value) ?? 0), 0);
    return sum([product(items, sum([weight, ofItems])), ofArguments]);
  }
}

function fieldOf(parent: GraphQLNamedType, name: string): GraphQLField<unknown, unknown> | undefined {
  return isCompositeType(parent) && (isObjectType(parent) || 'getFields' in parent) ? parent.getFields()[name] : undefined;
}

/** The largest of the slicing arguments that are given, else what is assumed. */
function sizeIn({ slicingArguments, assumed }: ListSize, node: FieldNode, field: GraphQLField<unknown, unknown>): Formula {
  const sizes = slicingArguments.flatMap((path): Formula[] => {
    const [name, ...members] = path.split('.') as [string, ...string[]];
    const given = node.arguments?.find((argument) => argument.name.value === name)?.value;
    if (given === undefined) {
      const value = at(field.args.find((argument) => argument.name === name)?.defaultValue, members);
      return typeof value === 'number' ? [value] : [];
    }
    return [valueAt(given, members, assumed ?? plainListSize)];
  });
  if (sizes.length === 0) return assumed ?? plainListSize;
  if (sizes.every((size) => typeof size === 'number')) return Math.max(...sizes);
  return (variables) => Math.max(...sizes.map((size) => (typeof size === 'number' ? size : size(variables))));
}

function valueAt(node: ValueNode, members: readonly string[], otherwise: number): Formula {
  if (node.kind === Kind.VARIABLE) return (variables) => countOf(at(variables[node.name.value], members), otherwise);
  if (node.kind === Kind.INT) return countOf(Number(node.value), otherwise);
  if (node.kind === Kind.OBJECT && members.length > 0) {
    const member = node.fields.find(({ name }) => name.value === members[0]);
    return member === undefined ? otherwise : valueAt(member.value, members.slice(1), otherwise);
  }
  return otherwise;
}

function entitiesIn(node: FieldNode): Formula {
  const value = node.arguments?.[0]?.value;
  if (value?.kind === Kind.LIST) return value.values.length;
  return value?.kind === Kind.VARIABLE ? (variables) => (Array.isArray(variables[value.name.value]) ? (variables[value.name.value] as unknown[]).length : 1) : 1;
}

function at(value: unknown, members: readonly string[]): unknown {
  return members.reduce<unknown>((parent, member) => (typeof parent === 'object' && parent !== null ? (parent as Record<string, unknown>)[member] : undefined), value);
}

/** Below 0 the resolver refuses; it costs nothing then. */
function countOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.max(0, value) : otherwise;
}

/** Worked out once per request, however often it is asked for. */
function once(formula: Formula): Formula {
  if (typeof formula === 'number') return formula;
  let last: Variables | undefined;
  let cost = 0;
  return (variables) => {
    if (variables !== last) {
      cost = formula(variables);
      last = variables;
    }
    return cost;
  };
}

function sum(parts: readonly Formula[]): Formula {
  const constant = parts.reduce<number>((total, part) => (typeof part === 'number' ? total + part : total), 0);
  const others = parts.filter((part) => typeof part !== 'number');
  if (others.length === 0) return constant;
  return (variables) => others.reduce((total, part) => total + part(variables), constant);
}

function product(a: Formula, b: Formula): Formula {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (a === 0 || b === 0) return 0;
  if (a === 1) return b;
  const [first, second] = [asFunction(a), asFunction(b)];
  return (variables) => first(variables) * second(variables);
}

function asFunction(formula: Formula): (variables: Variables) => number {
  return typeof formula === 'number' ? () => formula : formula;
}
