import { GraphQLError, Kind, type ASTVisitor, type SelectionNode, type SelectionSetNode, type ValidationContext, type ValidationRule } from 'graphql';
import { nodeCounter } from './node-count.js';

/** Bounds on one document, the same on HTTP and on WebSocket. */
export const limits = {
  /** Tokens the parser reads before it gives up. */
  maxTokens: 2000,
  /** Levels of selection sets. */
  maxDepth: 12,
  /** The same within introspection: the query that tools send is 15 deep. */
  maxIntrospectionDepth: 16,
  /** Aliased fields: one document must not ask the same costly thing a hundred times over. */
  maxAliases: 30,
  /** Root fields of one operation. */
  maxRootFields: 20,
  /** Records and list items that one operation may ask for, if every list is full. */
  maxNodes: 20_000,
} as const;

export const limitRules: ValidationRule[] = [depthAndBreadth, nodesAskedFor];

function nodesAskedFor(context: ValidationContext): ASTVisitor {
  const countNodes = nodeCounter(context);
  return {
    OperationDefinition({ operation, selectionSet }) {
      const count = countNodes(selectionSet, context.getSchema().getRootType(operation));
      if (count > limits.maxNodes) context.reportError(new GraphQLError(`This asks for up to ${count} nodes; ${limits.maxNodes} is the limit. Ask for smaller pages: lower first in the outer lists.`, { nodes: selectionSet }));
    },
  };
}

function depthAndBreadth(context: ValidationContext): ASTVisitor {
  let aliases = 0;
  const fragmentDepths = new Map<string, number>();
  return {
    Field(node) {
      if (node.alias !== undefined && ++aliases === limits.maxAliases + 1) context.reportError(new GraphQLError(`More than ${limits.maxAliases} aliases.`, { nodes: node }));
    },
    OperationDefinition({ selectionSet }) {
      if (selectionSet.selections.length > limits.maxRootFields) context.reportError(new GraphQLError(`More than ${limits.maxRootFields} root fields.`, { nodes: selectionSet }));
      for (const introspection of [false, true]) {
        const limit = introspection ? limits.maxIntrospectionDepth : limits.maxDepth;
        const depth = depthOf(selectionSet, introspection);
        if (depth > limit) context.reportError(new GraphQLError(`Selections are nested ${depth} deep; ${limit} is the limit.`, { nodes: selectionSet }));
      }
    },
  };

  /** Levels of fields below `set`, of introspection only or of everything else only. */
  function depthOf(set: SelectionSetNode | undefined, introspection: boolean): number {
    return Math.max(0, ...(set?.selections ?? []).map((selection) => depthOfSelection(selection, introspection)));
  }

  function depthOfSelection(selection: SelectionNode, introspection: boolean): number {
    if (selection.kind === Kind.INLINE_FRAGMENT) return depthOf(selection.selectionSet, introspection);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return depthOfFragment(selection.name.value, introspection);
    const isEntry = selection.name.value === '__schema' || selection.name.value === '__type';
    if (isEntry) return introspection ? 1 + depthOf(selection.selectionSet, false) : 0;
    return introspection ? depthOf(selection.selectionSet, true) : 1 + depthOf(selection.selectionSet, false);
  }

  /** Once per fragment: fragments that spread each other twice would otherwise cost 2^n. A cycle counts as 0; another rule refuses it. */
  function depthOfFragment(name: string, introspection: boolean): number {
    const key = `${introspection} ${name}`;
    let depth = fragmentDepths.get(key);
    if (depth === undefined) {
      fragmentDepths.set(key, 0);
      depth = depthOf(context.getFragment(name)?.selectionSet, introspection);
      fragmentDepths.set(key, depth);
    }
    return depth;
  }
}
