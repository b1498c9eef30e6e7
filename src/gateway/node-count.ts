import {
  getNamedType, getNullableType, isCompositeType, isListType, isObjectType, Kind, SchemaMetaFieldDef, TypeMetaFieldDef,
  type FieldNode, type GraphQLField, type GraphQLNamedType, type SelectionSetNode, type ValidationContext,
} from 'graphql';

/** What `first` counts as when a variable gives it: the most that a list field gives. */
const largestPage = 100;
/** Items of a list that takes no `first`. */
const plainListSize = 10;

/**
 * Counts the records and list items that a selection may ask for: every page multiplies what is selected of
 * its items. `edges` and `nodes` of one connection are the same items: each counts them once.
 */
export function nodeCounter(context: ValidationContext): (set: SelectionSetNode, type: GraphQLNamedType | null | undefined) => number {
  const schema = context.getSchema();
  const inFragments = new Map<string, number>();

  /** @param listSize items in a list that is selected here */
  function countIn(set: SelectionSetNode, type: GraphQLNamedType | null | undefined, listSize: number): number {
    let count = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) count += countOfField(selection, type, listSize);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) count += countOfFragment(selection.name.value, listSize);
      else count += countIn(selection.selectionSet, selection.typeCondition === undefined ? type : schema.getType(selection.typeCondition.name.value), listSize);
    }
    return count;
  }

  function countOfField(node: FieldNode, parent: GraphQLNamedType | null | undefined, listSize: number): number {
    const field = fieldOf(parent, node.name.value);
    if (field === undefined || node.selectionSet === undefined) return 0; // unknown: another rule refuses it
    const type = getNamedType(field.type);
    const page = pageSize(node, field);
    const ofEach = countIn(node.selectionSet, type, page ?? plainListSize);
    const isList = isListType(getNullableType(field.type));
    const isEdge = type.name.endsWith('Edge');
    if (!isList) return ofEach + (page === undefined && isRecord(type) ? 1 : 0);
    return (page ?? listSize) * (ofEach + (isEdge ? 0 : 1));
  }

  function fieldOf(parent: GraphQLNamedType | null | undefined, name: string): GraphQLField<unknown, unknown> | undefined {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    return isObjectType(parent) ? parent.getFields()[name] : undefined;
  }

  /** Once per fragment and list size: fragments that spread each other twice would otherwise cost 2^n. A cycle counts as 0; another rule refuses it. */
  function countOfFragment(name: string, listSize: number): number {
    const key = `${name} ${listSize}`;
    let count = inFragments.get(key);
    if (count === undefined) {
      inFragments.set(key, 0);
      const fragment = context.getFragment(name);
      count = fragment == null ? 0 : countIn(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value), listSize);
      inFragments.set(key, count);
    }
    return count;
  }

  return (set, type) => countIn(set, type, plainListSize);
}

/** Undefined where the field takes no `first`. */
function pageSize(node: FieldNode, field: GraphQLField<unknown, unknown>): number | undefined {
  if (!field.args.some((argument) => argument.name === 'first')) return undefined;
  const value = node.arguments?.find((argument) => argument.name.value === 'first')?.value;
  return value?.kind === Kind.INT ? Math.max(0, Number(value.value)) : largestPage;
}

/** Looked up by itself, unlike the parts of a record, which come with it. */
function isRecord(type: GraphQLNamedType): boolean {
  return isCompositeType(type) && isObjectType(type) && 'id' in type.getFields();
}
