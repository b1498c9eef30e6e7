import { GraphQLError, Kind, type ASTVisitor, type SelectionNode, type SelectionSetNode, type ValidationContext, type ValidationRule } from 'graphql';
import { nodeCounter } from './node-count.js';

/**
 * Every bound on what one client may send, the same on HTTP, WebSocket and event streams. What operators may want
 * otherwise is configuration besides: what an operation may cost (`GATEHOUSE_MAX_COST`), rates per token
 * (`OperationLimits`), sockets (`SocketLimits`).
 */
export const limits = {
  /** Bytes of one request's body, or of one message on a WebSocket. */
  maxRequestBytes: 256 * 1024,
  /** Operations in one request: an array of them is refused. */
  maxBatch: 1,
  /** Tokens the parser reads before it gives up. */
  maxTokens: 2000,
  /** Levels of selection sets. */
  maxDepth: 12,
  /** The same within introspection: the query that tools send is 15 deep. */
  maxIntrospectionDepth: 16,
  /** Aliased fields: one document must not ask the same costly thing a hundred times over. */
  maxAliases: 30,
  /** Root fields of one operation, those of its fragments counted wherever they are spread. */
  maxRootFields: 20,
  /** Fields of one name in one place, those of fragments and of parents of one name taken together. */
  maxSameFields: 100,
  /** Fields of a document with those of fragments wherever they are spread. */
  maxMergedFields: 10_000,
  /** Directives on fields, fragments and operations of one document. */
  maxDirectives: 50,
  /** Records and list items that one operation may ask for, if every list is full. */
  maxNodes: 20_000,
  /** Items of lists and members of objects in the variables of one operation, all together. */
  maxVariableValues: 2000,
  /** Operations that run at once on one socket. */
  maxOperationsPerSocket: 100,
  /** Longest that a socket may take to say who it is, ms. */
  connectionInitMs: 5000,
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
  let directives = 0;
  const fragmentDepths = new Map<string, number>();
  return {
    Field(node) {
      if (node.alias !== undefined && ++aliases === limits.maxAliases + 1) context.reportError(new GraphQLError(`More than ${limits.maxAliases} aliases.`, { nodes: node }));
    },
    Directive(node) {
      if (++directives === limits.maxDirectives + 1) context.reportError(new GraphQLError(`More than ${limits.maxDirectives} directives.`, { nodes: node }));
    },
    OperationDefinition({ selectionSet }) {
      if (fieldsIn(selectionSet, new Map()) > limits.maxRootFields) context.reportError(new GraphQLError(`More than ${limits.maxRootFields} root fields.`, { nodes: selectionSet }));
      for (const introspection of [false, true]) {
        const limit = introspection ? limits.maxIntrospectionDepth : limits.maxDepth;
        const depth = depthOf(selectionSet, introspection);
        if (depth > limit) context.reportError(new GraphQLError(`Selections are nested ${depth} deep; ${limit} is the limit.`, { nodes: selectionSet }));
      }
    },
  };

  /** Fields of `set` itself and of what is spread in it. A cycle counts as 0; another rule refuses it. */
  function fieldsIn(set: SelectionSetNode, known: Map<string, number>): number {
    return set.selections.reduce((total, selection) => {
      if (selection.kind === Kind.FIELD) return total + 1;
      if (selection.kind === Kind.INLINE_FRAGMENT) return total + fieldsIn(selection.selectionSet, known);
      const name = selection.name.value;
      if (!known.has(name)) {
        known.set(name, 0);
        const fragment = context.getFragment(name);
        if (fragment != null) known.set(name, fieldsIn(fragment.selectionSet, known));
      }
      return total + known.get(name)!;
    }, 0);
  }

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

/** What is wrong with the variables of an operation whatever it asks: more than `maxVariableValues`, of which it looks at no more, or text that no database keeps. Null where nothing is. */
export function faultOfVariables(variables: unknown): string | null {
  const waiting: unknown[] = [variables];
  for (let seen = 0; waiting.length > 0;) {
    const value = waiting.pop();
    if (typeof value === 'string' && !value.isWellFormed()) return 'A text of the variables ends or begins in half of a character. Send whole ones.';
    if (typeof value !== 'object' || value === null) continue;
    const items = Array.isArray(value) ? value : Object.values(value);
    seen += items.length;
    if (seen > limits.maxVariableValues) return `The variables hold more than ${limits.maxVariableValues} values.`;
    for (const item of items) if (typeof item === 'object' || typeof item === 'string') waiting.push(item);
  }
  return null;
}
