import { GraphQLError, Kind, type ASTVisitor, type ValidationContext, type ValidationRule } from 'graphql';

/** Bounds on one document, the same on HTTP and on WebSocket. */
export const limits = {
  /** Tokens the parser reads before it gives up. */
  maxTokens: 2000,
  /** Levels of selection sets. */
  maxDepth: 12,
  /** Aliased fields: one document must not ask the same costly thing a hundred times over. */
  maxAliases: 30,
  /** Root fields of one operation. */
  maxRootFields: 20,
} as const;

export const limitRules: ValidationRule[] = [depthAndBreadth];

function depthAndBreadth(context: ValidationContext): ASTVisitor {
  let aliases = 0;
  return {
    Field(node) {
      if (node.alias !== undefined && ++aliases === limits.maxAliases + 1) context.reportError(new GraphQLError(`More than ${limits.maxAliases} aliases.`, { nodes: node }));
    },
    OperationDefinition(node) {
      const depth = depthOf(node.selectionSet, new Set());
      if (depth > limits.maxDepth) context.reportError(new GraphQLError(`Selections are nested ${depth} deep; ${limits.maxDepth} is the limit.`, { nodes: node }));
      if (node.selectionSet.selections.length > limits.maxRootFields) context.reportError(new GraphQLError(`More than ${limits.maxRootFields} root fields.`, { nodes: node }));
    },
  };

  function depthOf(set: { selections: readonly { kind: string }[] } | undefined, within: ReadonlySet<string>): number {
    if (set === undefined) return 0;
    let deepest = 0;
    for (const selection of set.selections as readonly import('graphql').SelectionNode[]) {
      if (selection.kind === Kind.FIELD) deepest = Math.max(deepest, 1 + depthOf(selection.selectionSet, within));
      else if (selection.kind === Kind.INLINE_FRAGMENT) deepest = Math.max(deepest, depthOf(selection.selectionSet, within));
      else if (!within.has(selection.name.value)) deepest = Math.max(deepest, depthOf(context.getFragment(selection.name.value)?.selectionSet, new Set([...within, selection.name.value])));
    }
    return deepest;
  }
}
