import {
  getDirectiveValues, GraphQLIncludeDirective, GraphQLSkipDirective, isAbstractType, Kind,
  type FieldNode, type FragmentDefinitionNode, type GraphQLObjectType, type GraphQLSchema, type InlineFragmentNode, type SelectionNode, type SelectionSetNode,
} from 'graphql';

export interface CollectContext {
  schema: GraphQLSchema;
  fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Coerced; only those that `@skip` and `@include` name are read. */
  variables: Record<string, unknown>;
}

/**
 * Fields selected on an object type by response key, in order of first appearance (GraphQL 2021, 6.3.2).
 * @throws GraphQLError where a condition has no value
 */
export function collectFields(context: CollectContext, type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const visitedFragments = new Set<string>();
  for (const set of sets) collectInto(context, type, set, fields, visitedFragments);
  return fields;
}

function collectInto(context: CollectContext, type: GraphQLObjectType, set: SelectionSetNode, fields: Map<string, FieldNode[]>, visitedFragments: Set<string>): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD && visitedFragments.has(selection.name.value)) continue;
    if (!isIncluded(context, selection)) continue;
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      const nodes = fields.get(key);
      if (nodes === undefined) fields.set(key, [selection]);
      else nodes.push(selection);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      if (appliesTo(context, selection, type)) collectInto(context, type, selection.selectionSet, fields, visitedFragments);
    } else {
      visitedFragments.add(selection.name.value);
      const fragment = context.fragments[selection.name.value];
      if (fragment !== undefined && appliesTo(context, fragment, type)) collectInto(context, type, fragment.selectionSet, fields, visitedFragments);
    }
  }
}

function isIncluded({ variables }: CollectContext, node: SelectionNode): boolean {
  if (node.directives === undefined || node.directives.length === 0) return true;
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;
}

function appliesTo({ schema }: CollectContext, fragment: FragmentDefinitionNode | InlineFragmentNode, type: GraphQLObjectType): boolean {
  if (fragment.typeCondition === undefined) return true;
  const condition = schema.getType(fragment.typeCondition.name.value);
  return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
}
