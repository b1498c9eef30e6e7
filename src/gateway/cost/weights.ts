import { getNamedType, isCompositeType, isListType, isNonNullType, Kind, type ConstDirectiveNode, type GraphQLField, type GraphQLNamedType, type GraphQLSchema } from 'graphql';
import { argumentOf, directivesNamed, type Annotated } from '../fusion/directives.js';

/** Cost of one mutation, beside what it gives. */
const mutationWeight = 10;
/** Items of a list of which no subgraph says how long it is. */
export const plainListSize = 10;

/** What `@cost` and `@listSize` say of one field, of all the subgraphs that declare it. */
export interface FieldCost {
  /** Of one object that it gives; of a leaf, of the field itself. */
  weight: number;
  /** Of each argument that has a weight, when it is given. */
  argumentWeights: ReadonlyMap<string, number>;
  isList: boolean;
  /** Undefined where the field says nothing of its list's size. */
  size: ListSize | undefined;
}

export interface ListSize {
  assumed: number | undefined;
  /** Arguments that give the number of items; the largest counts. May be paths: `page.first`. */
  slicingArguments: readonly string[];
  /** Fields of what is given whose lists have this size; empty: the field's own list. */
  sizedFields: readonly string[];
}

export type CostOf = (typeName: string, field: GraphQLField<unknown, unknown>) => FieldCost;

/**
 * Costs by the specification of IBM (https://ibm.github.io/graphql-specs/cost-spec.html) with the default
 * weights that federated routers use: an object 1, a leaf 0, a mutation 10. Where subgraphs differ, the
 * highest counts.
 * @param graphs schemas whose definitions carry the directives
 */
export function costsOf(graphs: ReadonlyArray<{ schema: GraphQLSchema }>): CostOf {
  const known = new Map<string, FieldCost>();
  return (typeName, field) => {
    const place = `${typeName}.${field.name}`;
    let cost = known.get(place);
    if (cost === undefined) known.set(place, (cost = fieldCost(graphs, typeName, field)));
    return cost;
  };
}

function fieldCost(graphs: ReadonlyArray<{ schema: GraphQLSchema }>, typeName: string, field: GraphQLField<unknown, unknown>): FieldCost {
  const declarations = graphs.flatMap(({ schema }) => {
    const type = schema.getType(typeName);
    const own = type !== undefined && 'getFields' in type ? type.getFields()[field.name] : undefined;
    return own === undefined || !('args' in own) ? [] : [own];
  });
  const given = getNamedType(field.type);
  const types = graphs.flatMap(({ schema }) => schema.getType(given.name) ?? []);
  const isMutation = graphs.some(({ schema }) => schema.getMutationType()?.name === typeName);
  const argumentWeights = new Map<string, number>();
  for (const argument of declarations.flatMap(({ args }) => args)) {
    const weight = weightOf([argument]);
    if (weight !== undefined) argumentWeights.set(argument.name, Math.max(weight, argumentWeights.get(argument.name) ?? 0));
  }
  return {
    weight: (weightOf(declarations) ?? weightOf(types) ?? (isComposite(given) ? 1 : 0)) + (isMutation ? mutationWeight : 0),
    argumentWeights,
    isList: isListType(isNonNullType(field.type) ? field.type.ofType : field.type),
    size: sizeOf(declarations),
  };
}

function isComposite(type: GraphQLNamedType): boolean {
  return isCompositeType(type) && !type.name.startsWith('__');
}

function weightOf(elements: readonly Annotated[]): number | undefined {
  const weights = elements.flatMap((element) => directivesNamed(element, 'cost')).flatMap((directive) => numberIn(directive, 'weight') ?? []);
  return weights.length === 0 ? undefined : Math.max(...weights);
}

function sizeOf(elements: readonly Annotated[]): ListSize | undefined {
  const directives = elements.flatMap((element) => directivesNamed(element, 'listSize'));
  if (directives.length === 0) return undefined;
  const assumed = directives.flatMap((directive) => numberIn(directive, 'assumedSize') ?? []);
  return {
    assumed: assumed.length === 0 ? undefined : Math.max(...assumed),
    slicingArguments: [...new Set(directives.flatMap((directive) => textsIn(directive, 'slicingArguments')))],
    sizedFields: [...new Set(directives.flatMap((directive) => textsIn(directive, 'sizedFields')))],
  };
}

function numberIn(directive: ConstDirectiveNode, name: string): number | undefined {
  const value = argumentOf(directive, name);
  return value?.kind === Kind.INT ? Number(value.value) : value?.kind === Kind.STRING ? Number(value.value) : undefined;
}

function textsIn(directive: ConstDirectiveNode, name: string): string[] {
  const value = argumentOf(directive, name);
  return value?.kind === Kind.LIST ? value.values.flatMap((item) => (item.kind === Kind.STRING ? [item.value] : [])) : [];
}
